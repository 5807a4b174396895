#include <algorithm>

#include "base/check.h"
#include "base/random.h"
#include "store/job.h"
#include "store/sql.h"
#include "store/utf8.h"

namespace jikimi::store {
namespace {

constexpr std::size_t kMaxReasonBytes = 1000;

// due_at is when a job may be taken: its time to run, the end of its lease, or of its back-off. So
// a job whose worker died needs nobody to find it.
constexpr std::string_view kTake =
    "SELECT id, lease_number, unique_key, payload, tries FROM store_job "
    "WHERE queue = $1 AND state = 'open' AND due_at <= $2 AND tries < max_tries "
    "ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED";

constexpr std::string_view kBury =
    "UPDATE store_job SET state = 'dead', finished_at = $2, "
    "reason = COALESCE(reason, 'its worker disappeared') "
    "WHERE id IN (SELECT id FROM store_job WHERE queue = $1 AND state = 'open' AND due_at <= $2 "
    "AND tries >= max_tries FOR UPDATE SKIP LOCKED)";

struct JobState {
  std::string state;
  std::int64_t lease_number = 0;
  int tries = 0;
  int max_tries = 0;
};

Error LeaseOver(const Lease& lease) {
  return {ErrorCode::kPermissionDenied,
          "job " + std::to_string(lease.job) + ": this lease is over, another has followed"};
}

// The job of `lease`, locked. kNotFound when there is none, kPermissionDenied when the lease isn't
// its last.
Result<JobState> Lock(Transaction& transaction, const Lease& lease) {
  const auto row = TRY(QueryOne(transaction,
                                "SELECT state, lease_number, tries, max_tries FROM store_job "
                                "WHERE id = $1 FOR UPDATE",
                                {lease.job}));
  if (!row) return Error{ErrorCode::kNotFound, "job " + std::to_string(lease.job)};
  JobState job;
  job.state = TRY(row->Get<std::string>(0));
  job.lease_number = TRY(row->Get<std::int64_t>(1));
  job.tries = static_cast<int>(TRY(row->Get<std::int64_t>(2)));
  job.max_tries = static_cast<int>(TRY(row->Get<std::int64_t>(3)));
  if (job.lease_number != lease.number) return LeaseOver(lease);
  return job;
}

Result<JobState> LockOpen(Transaction& transaction, const Lease& lease) {
  JobState job = TRY(Lock(transaction, lease));
  if (job.state != "open") {
    return Error{ErrorCode::kPermissionDenied,
                 "job " + std::to_string(lease.job) + " is " + job.state + " already"};
  }
  return job;
}

}  // namespace

Result<Enqueued> Enqueue(Transaction& transaction, const NewJob& job) {
  if (job.max_tries < 1 || job.queue.empty() || job.unique_key.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "a job has a queue, a key and at least one try: " + std::string(job.queue)};
  }
  const std::int64_t added =
      TRY(Execute(transaction,
                  "INSERT INTO store_job (queue, unique_key, payload, due_at, max_tries) "
                  "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (queue, unique_key) DO NOTHING",
                  {job.queue, job.unique_key, job.payload, job.run_at, job.max_tries}));
  return added == 1 ? Enqueued::kNew : Enqueued::kExistedBefore;
}

Result<Completed> Complete(Transaction& transaction, const Lease& lease, Timestamp now) {
  const JobState job = TRY(Lock(transaction, lease));
  if (job.state == "done") return Completed::kBefore;
  if (job.state != "open") {
    return Error{ErrorCode::kPermissionDenied, "job " + std::to_string(lease.job) + " is dead"};
  }
  TRY(Execute(transaction,
              "UPDATE store_job SET state = 'done', finished_at = $2, reason = NULL WHERE id = $1",
              {lease.job, now}));
  return Completed::kNow;
}

std::chrono::microseconds BackOff::After(std::int64_t job, int tries) const {
  std::chrono::microseconds wait = std::min(first, most);
  for (int i = 1; i < tries && wait < most; ++i) wait = std::min(wait * 2, most);
  SplitMix64 random(static_cast<std::uint64_t>(job) * 1000 + static_cast<std::uint64_t>(tries));
  return wait + std::chrono::microseconds(static_cast<std::int64_t>(
                    random.Unit() * 0.1 * static_cast<double>(wait.count())));
}

Result<std::vector<LeasedJob>> JobQueue::Take(int limit, std::chrono::microseconds duration) {
  CHECK(limit >= 1 && duration.count() > 0);
  return database_.WriteLocking([&](Transaction& transaction) -> Result<std::vector<LeasedJob>> {
    const Timestamp now = clock_.Now();
    TRY(Execute(transaction, kBury, {name_, now}));
    std::vector<LeasedJob> jobs;
    std::vector<std::vector<Value>> changes;
    for (const Row& row : TRY(Query(transaction, kTake, {name_, now, limit}))) {
      LeasedJob job;
      job.lease.job = TRY(row.Get<std::int64_t>(0));
      job.lease.number = TRY(row.Get<std::int64_t>(1)) + 1;
      job.lease.until = now + duration;
      job.unique_key = TRY(row.Get<std::string>(2));
      job.payload = TRY(row.Get<std::vector<std::byte>>(3));
      job.tries = static_cast<int>(TRY(row.Get<std::int64_t>(4))) + 1;
      changes.push_back({job.lease.job, job.lease.number, job.lease.until});
      jobs.push_back(std::move(job));
    }
    TRY(ExecuteMany(transaction,
                    "UPDATE store_job SET lease_number = $2, tries = tries + 1, due_at = $3 "
                    "WHERE id = $1",
                    changes));
    return jobs;
  });
}

Result<Lease> JobQueue::Extend(const Lease& lease, std::chrono::microseconds duration) {
  CHECK(duration.count() > 0);
  return database_.WriteLocking([&](Transaction& transaction) -> Result<Lease> {
    TRY(LockOpen(transaction, lease));
    Lease longer = lease;
    longer.until = clock_.Now() + duration;
    TRY(Execute(transaction, "UPDATE store_job SET due_at = $2 WHERE id = $1",
                {lease.job, longer.until}));
    return longer;
  });
}

Result<JobQueue::Outcome> JobQueue::Fail(const Lease& lease, std::string_view reason) {
  return database_.WriteLocking([&](Transaction& transaction) -> Result<Outcome> {
    const JobState job = TRY(LockOpen(transaction, lease));
    const Timestamp now = clock_.Now();
    const std::string_view kept = Utf8Prefix(reason, kMaxReasonBytes);
    // The lease's number goes up, so that this lease is over at once.
    if (job.tries >= job.max_tries) {
      TRY(Execute(transaction,
                  "UPDATE store_job SET state = 'dead', lease_number = lease_number + 1, "
                  "finished_at = $2, reason = $3 WHERE id = $1",
                  {lease.job, now, kept}));
      return Outcome::kDead;
    }
    TRY(Execute(transaction,
                "UPDATE store_job SET lease_number = lease_number + 1, due_at = $2, reason = $3 "
                "WHERE id = $1",
                {lease.job, now + back_off_.After(lease.job, job.tries), kept}));
    return Outcome::kAgainLater;
  });
}

Result<void> JobQueue::Return(const Lease& lease) {
  return database_.WriteLocking([&](Transaction& transaction) -> Result<void> {
    TRY(LockOpen(transaction, lease));
    TRY(Execute(transaction,
                "UPDATE store_job SET lease_number = lease_number + 1, tries = tries - 1, "
                "due_at = $2 WHERE id = $1",
                {lease.job, clock_.Now()}));
    return {};
  });
}

Result<std::vector<JobQueue::DeadJob>> JobQueue::Dead(int limit) {
  CHECK(limit >= 1);
  return database_.Read([&](Transaction& transaction) -> Result<std::vector<DeadJob>> {
    std::vector<DeadJob> jobs;
    for (const Row& row :
         TRY(Query(transaction,
                   "SELECT id, unique_key, tries, reason FROM store_job "
                   "WHERE queue = $1 AND state = 'dead' ORDER BY finished_at, id LIMIT $2",
                   {name_, limit}))) {
      DeadJob job;
      job.job = TRY(row.Get<std::int64_t>(0));
      job.unique_key = TRY(row.Get<std::string>(1));
      job.tries = static_cast<int>(TRY(row.Get<std::int64_t>(2)));
      job.reason = TRY(row.Get<std::optional<std::string>>(3)).value_or("");
      jobs.push_back(std::move(job));
    }
    return jobs;
  });
}

Result<void> JobQueue::Revive(std::int64_t job) {
  return database_.WriteLocking([&](Transaction& transaction) -> Result<void> {
    const std::int64_t changed =
        TRY(Execute(transaction,
                    "UPDATE store_job SET state = 'open', tries = 0, due_at = $3, "
                    "finished_at = NULL, reason = NULL "
                    "WHERE id = $1 AND queue = $2 AND state = 'dead'",
                    {job, name_, clock_.Now()}));
    if (changed == 1) return {};
    return Error{ErrorCode::kNotFound, name_ + " has no dead job " + std::to_string(job)};
  });
}

Result<JobCounts> JobQueue::Count() {
  return database_.Read([&](Transaction& transaction) -> Result<JobCounts> {
    JobCounts counts;
    for (const Row& row :
         TRY(Query(transaction,
                   "SELECT CASE WHEN state <> 'open' THEN state WHEN due_at <= $2 THEN 'due' "
                   "ELSE 'waiting' END, COUNT(*) FROM store_job WHERE queue = $1 GROUP BY 1",
                   {name_, clock_.Now()}))) {
      const std::string state = TRY(row.Get<std::string>(0));
      const std::int64_t count = TRY(row.Get<std::int64_t>(1));
      (state == "due"    ? counts.due
       : state == "done" ? counts.done
       : state == "dead" ? counts.dead
                         : counts.waiting) = count;
    }
    return counts;
  });
}

Result<std::int64_t> JobQueue::Prune(Timestamp done_before) {
  return database_.WriteLocking([&](Transaction& transaction) {
    return Execute(transaction,
                   "DELETE FROM store_job WHERE queue = $1 AND state = 'done' AND finished_at < $2",
                   {name_, done_before});
  });
}

}  // namespace jikimi::store
