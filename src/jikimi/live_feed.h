#ifndef JIKIMI_JIKIMI_LIVE_FEED_H_
#define JIKIMI_JIKIMI_LIVE_FEED_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "http/events.h"
#include "jikimi/centre.h"

namespace jikimi {

// Tells the lists on people's screens which cases have changed, on this machine or another one:
// reads the events of the database and publishes "case", the case's id and its tag. Begins with
// what happens after Start(): who comes back with an older number is told to fetch anew, and so is
// everybody when events were pruned before this machine came to them.
class LiveFeed {
 public:
  using Complain = std::function<void(const Error&)>;

  // Both must outlive it. `complain` is told of an error once, until a round has gone well again.
  LiveFeed(Centre& centre, http::EventHub& hub, Complain complain)
      : centre_(centre), hub_(hub), complain_(std::move(complain)) {}
  ~LiveFeed() { Stop(); }

  // Publishes what has happened since the last round; a case that changed often, once.
  Result<void> RunOnce();

  void Start(std::chrono::milliseconds interval = std::chrono::milliseconds(250));
  void Stop();

 private:
  Centre& centre_;
  http::EventHub& hub_;
  const Complain complain_;
  std::optional<std::int64_t> place_;  // the last event that was published
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_LIVE_FEED_H_
