#ifndef JIKIMI_JIKIMI_HOUSEKEEPING_H_
#define JIKIMI_JIKIMI_HOUSEKEEPING_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "access/sign_in.h"
#include "base/result.h"
#include "jikimi/centre.h"

namespace jikimi {

// What a serving centre does by itself: rotating epochs, destroying what is due, revoking referrals
// whose consent has ended, ending guardians' and proxies' codes, forgetting sessions, idempotency
// keys and receipts that are over, and events that everybody has read, and keeping the log's head
// with the keys. Every machine may do it; each step is safe to do twice, at once, and killed.
class Housekeeping {
 public:
  using Complain = std::function<void(const Error&)>;

  // Both must outlive it. `complain` is told of the error of each round that had one.
  Housekeeping(Centre& centre, access::SignIn& sign_in, Complain complain)
      : centre_(centre), sign_in_(sign_in), complain_(std::move(complain)) {}
  ~Housekeeping() { Stop(); }

  // One round; the first error, after everything was tried.
  Result<void> RunOnce();

  // Rounds in a thread of its own, one every `interval`.
  void Start(std::chrono::milliseconds interval = std::chrono::seconds(30));
  void Stop();

 private:
  Result<void> DestroyWhatIsDue();
  Result<void> PruneEvents(Timestamp now);
  // Of the next cases, round by round.
  Result<void> RevokeUncoveredReferrals();

  Centre& centre_;
  access::SignIn& sign_in_;
  const Complain complain_;
  std::optional<vault::CaseId> referrals_after_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_HOUSEKEEPING_H_
