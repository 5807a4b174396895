#ifndef JIKIMI_STORE_JOB_H_
#define JIKIMI_STORE_JOB_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// Work to be done later, once, by whichever process comes first. A job is put in the transaction
// that makes it necessary, leased by one worker at a time, and completed in the transaction that
// holds its effects: a worker that dies loses its lease, and nothing is done twice.
namespace jikimi::store {

struct NewJob {
  std::string_view queue;
  // Names the job within its queue for as long as it is kept, done or not.
  std::string_view unique_key;
  std::vector<std::byte> payload;
  Timestamp run_at;
  int max_tries = 10;  // at least 1
};

enum class Enqueued { kNew, kExistedBefore };

// Adds the job unless its queue has one of that key already.
Result<Enqueued> Enqueue(Transaction& transaction, const NewJob& job);

// The right to work on a job until `until`. Each lease of a job has a higher number than the one
// before: whoever holds an older one can't change the job any more.
struct Lease {
  std::int64_t job = 0;
  std::int64_t number = 0;
  Timestamp until;
};

struct LeasedJob {
  Lease lease;
  std::string unique_key;
  std::vector<std::byte> payload;
  int tries = 0;  // this one included
};

enum class Completed { kNow, kBefore };

// Marks a job done in the transaction that holds its effects. kBefore: this very lease has
// completed it already, so the effects are there and this transaction must not add them again.
// A lease that another one followed is kPermissionDenied, an unknown job kNotFound. A lease that
// ran out while nobody else took the job still counts.
Result<Completed> Complete(Transaction& transaction, const Lease& lease, Timestamp now);

// How long a job waits after its n-th failure: first · 2^(n-1), at most `most`, and up to a tenth
// more, by the job, so that jobs that failed together don't come back together.
struct BackOff {
  std::chrono::microseconds first = std::chrono::seconds(10);
  std::chrono::microseconds most = std::chrono::hours(6);

  std::chrono::microseconds After(std::int64_t job, int tries) const;
};

struct JobCounts {
  std::int64_t waiting = 0;  // due later, or under a lease
  std::int64_t due = 0;
  std::int64_t done = 0;
  std::int64_t dead = 0;
};

// One queue as workers see it. Thread-safe; `database` and `clock` must outlive it.
class JobQueue {
 public:
  JobQueue(Database& database, const Clock& clock, std::string name, BackOff back_off = {})
      : database_(database), clock_(clock), name_(std::move(name)), back_off_(back_off) {}

  // Up to `limit` due jobs, those longest due first, each for `duration`. No two callers get the
  // same job. Jobs that were left lying (lease run out) after their last try become dead here.
  Result<std::vector<LeasedJob>> Take(int limit, std::chrono::microseconds duration);

  // Gives a lease `duration` from now. A lease that isn't the job's last: kPermissionDenied.
  Result<Lease> Extend(const Lease& lease, std::chrono::microseconds duration);

  enum class Outcome { kAgainLater, kDead };
  // Ends a try that failed; `reason` is kept with the job (1,000 bytes of it) and must hold no
  // personal data. The job comes back after `back_off`, or is dead after its last try.
  Result<Outcome> Fail(const Lease& lease, std::string_view reason);

  // Gives a job back at once, as if it had not been taken: for a worker that is told to stop.
  Result<void> Return(const Lease& lease);

  struct DeadJob {
    std::int64_t job = 0;
    std::string unique_key;
    int tries = 0;
    std::string reason;
  };
  Result<std::vector<DeadJob>> Dead(int limit);
  // Makes a dead job due now, with all its tries again; kNotFound when it isn't dead.
  Result<void> Revive(std::int64_t job);

  Result<JobCounts> Count();
  // Deletes jobs that were done before `done_before`; their keys may be used again. How many.
  Result<std::int64_t> Prune(Timestamp done_before);

 private:
  Database& database_;
  const Clock& clock_;
  const std::string name_;
  const BackOff back_off_;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_JOB_H_
