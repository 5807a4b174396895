#ifndef JIKIMI_ACCESS_THROTTLE_H_
#define JIKIMI_ACCESS_THROTTLE_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string_view>

#include "access/source.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"

// What slows down whoever tries passwords, words and codes. Two means: a quota per source in the
// memory of each machine, which costs nothing to ask, and a growing delay per name or locator in
// the database, the same on all machines. Both let everybody else through, and both pass by
// themselves.
namespace jikimi::access {

// Each source has `burst` tries, and gets one more every `refill`. Thread-safe. Holds at most
// `max_sources` at a time; beyond, the one that was heard of longest ago is forgotten.
class SourceQuota {
 public:
  struct Limits {
    int burst = 30;
    std::chrono::microseconds refill = std::chrono::seconds(2);
    std::size_t max_sources = 100'000;
  };
  explicit SourceQuota(const Limits& limits) : limits_(limits) {}

  // Takes one try. kResourceExhausted, saying for how long, when there is none.
  Result<void> Take(const Source& source, Timestamp now);

 private:
  struct Bucket {
    Source source;
    double tries = 0;
    Timestamp at;
  };
  const Limits limits_;
  std::mutex mutex_;
  std::list<Bucket> buckets_;  // latest first
  std::map<Source, std::list<Bucket>::iterator> by_source_;
};

// After `free` failures each further try has to wait: `first`, doubling, up to `most`. Forgotten
// `memory` after the last try.
struct DelayRule {
  int free = 5;
  std::chrono::microseconds first = std::chrono::seconds(1);
  std::chrono::microseconds most = std::chrono::seconds(60);
  std::chrono::microseconds memory = std::chrono::hours(24);
};

// What is tried, as a keyed hash: a name, a locator, a person's second factor.
using TryKey = std::array<std::byte, 16>;
// `what` says which kind of thing ("name", "locator word"); different kinds never agree. The hash
// is under the server key, so that the rows tell nobody which names were tried.
TryKey MakeTryKey(const vault::ServerKey& key, std::string_view what,
                  std::span<const std::byte> value);

// Counts a try before it is made, as if it had failed, so that many at once don't get more of them.
// kResourceExhausted, saying for how long, when it has to wait: then nothing is counted.
Result<void> ChargeTry(store::Transaction& transaction, const TryKey& key, const DelayRule& rule,
                       Timestamp now);
// It succeeded: forget it and the failures before.
Result<void> ForgiveTries(store::Transaction& transaction, const TryKey& key);
// Deletes what is forgotten by now. How many.
Result<std::int64_t> PruneTries(store::Transaction& transaction, Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_THROTTLE_H_
