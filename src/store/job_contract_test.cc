#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "store/contract.h"
#include "store/job.h"
#include "store/migration.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

class JobTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open());
    const Schema schemas[] = {StoreSchema()};
    Must(Migrate(*database_, schemas, clock_));
    Must(Do(*database_, "CREATE TABLE effect (job BIGINT NOT NULL)"));
    queue_.emplace(*database_, clock_, "notices", BackOff{seconds(10), minutes(1)});
  }
  void TearDown() override {
    database_.reset();
    ContractTest::TearDown();
  }

  Enqueued Put(std::string_view key, Timestamp run_at = kSomeDay, int max_tries = 3,
               std::string_view queue = "notices") {
    const NewJob job{.queue = queue,
                     .unique_key = key,
                     .payload = Bytes(std::string_view("\0payload", 8)),
                     .run_at = run_at,
                     .max_tries = max_tries};
    return Must(
        database_->Write([&](Transaction& transaction) { return Enqueue(transaction, job); }));
  }
  LeasedJob TakeOne() {
    auto jobs = Must(queue_->Take(1, minutes(5)));
    if (jobs.size() != 1) throw std::runtime_error("no job is due");
    return std::move(jobs[0]);
  }
  bool NothingDue() { return Must(queue_->Take(1, minutes(5))).empty(); }
  // Completes it as a worker does: with its effect in the same transaction.
  Result<Completed> Finish(const Lease& lease) {
    return database_->Write([&](Transaction& transaction) -> Result<Completed> {
      const Completed completed = TRY(Complete(transaction, lease, clock_.Now()));
      if (completed == Completed::kNow) {
        TRY(Execute(transaction, "INSERT INTO effect (job) VALUES ($1)", {lease.job}));
      }
      return completed;
    });
  }
  std::int64_t Effects() { return Number(*database_, "SELECT COUNT(*) FROM effect"); }

  ManualClock clock_{kSomeDay};
  std::optional<Database> database_;
  std::optional<JobQueue> queue_;
};

TEST_P(JobTest, AJobIsTakenWithWhatItWasGiven) {
  EXPECT_EQ(Put("a"), Enqueued::kNew);
  const LeasedJob job = TakeOne();
  EXPECT_EQ(job.unique_key, "a");
  EXPECT_EQ(job.payload, Bytes(std::string_view("\0payload", 8)));
  EXPECT_EQ(job.tries, 1);
  EXPECT_EQ(job.lease.until, kSomeDay + minutes(5));
  EXPECT_TRUE(NothingDue());
}

TEST_P(JobTest, AJobThatWasNotCommittedIsNotThere) {
  const auto failed = database_->Write([&](Transaction& transaction) -> Result<void> {
    const NewJob job{.queue = "notices", .unique_key = "a", .payload = {}, .run_at = kSomeDay};
    TRY(Enqueue(transaction, job));
    return Error{ErrorCode::kInterrupted, "no"};
  });
  EXPECT_FALSE(failed.has_value());
  EXPECT_TRUE(NothingDue());
}

TEST_P(JobTest, AKeyMakesAJobOnceAlsoAfterItIsDone) {
  EXPECT_EQ(Put("a"), Enqueued::kNew);
  EXPECT_EQ(Put("a"), Enqueued::kExistedBefore);
  EXPECT_EQ(Put("a", kSomeDay, 3, "another queue"), Enqueued::kNew);
  Must(Finish(TakeOne().lease));
  EXPECT_EQ(Put("a"), Enqueued::kExistedBefore);
  clock_.Advance(hours(24));
  EXPECT_EQ(Must(queue_->Prune(clock_.Now())), 1);
  EXPECT_EQ(Put("a"), Enqueued::kNew);
}

TEST_P(JobTest, BadJobsAreRefused) {
  for (const NewJob& job : {NewJob{"", "k", {}, kSomeDay, 1}, NewJob{"q", "", {}, kSomeDay, 1},
                            NewJob{"q", "k", {}, kSomeDay, 0}}) {
    const auto put =
        database_->Write([&](Transaction& transaction) { return Enqueue(transaction, job); });
    EXPECT_EQ(put.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_P(JobTest, JobsWaitForTheirTimeAndComeInItsOrder) {
  Put("later", kSomeDay + hours(2));
  Put("sooner", kSomeDay + hours(1));
  EXPECT_TRUE(NothingDue());
  clock_.Advance(hours(3));
  EXPECT_EQ(TakeOne().unique_key, "sooner");
  EXPECT_EQ(TakeOne().unique_key, "later");
}

TEST_P(JobTest, ALeaseThatRanOutGoesToTheNextWorker) {
  Put("a");
  const LeasedJob first = TakeOne();
  clock_.Advance(minutes(5) - std::chrono::microseconds(1));
  EXPECT_TRUE(NothingDue());
  clock_.Advance(std::chrono::microseconds(1));
  const LeasedJob second = TakeOne();
  EXPECT_EQ(second.lease.job, first.lease.job);
  EXPECT_EQ(second.tries, 2);
  // The first worker comes back from the dead: too late for everything.
  EXPECT_EQ(Finish(first.lease).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(queue_->Extend(first.lease, minutes(5)).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(queue_->Fail(first.lease, "x").error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(queue_->Return(first.lease).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Must(Finish(second.lease)), Completed::kNow);
  EXPECT_EQ(Effects(), 1);
}

TEST_P(JobTest, ALateWorkerWhomNobodyFollowedMayStillComplete) {
  Put("a");
  const LeasedJob job = TakeOne();
  clock_.Advance(hours(1));
  EXPECT_EQ(Must(Finish(job.lease)), Completed::kNow);
  EXPECT_TRUE(NothingDue());
}

TEST_P(JobTest, CompletingTwiceHasOneEffect) {
  Put("a");
  const LeasedJob job = TakeOne();
  EXPECT_EQ(Must(Finish(job.lease)), Completed::kNow);
  EXPECT_EQ(Must(Finish(job.lease)), Completed::kBefore);
  EXPECT_EQ(Effects(), 1);
  EXPECT_EQ(queue_->Fail(job.lease, "x").error().code, ErrorCode::kPermissionDenied);
}

TEST_P(JobTest, ManyWhoCompleteOneLeaseHaveOneEffect) {
  Put("a");
  const LeasedJob job = TakeOne();
  std::atomic<int> now = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] { now += Must(Finish(job.lease)) == Completed::kNow ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(now, 1);
  EXPECT_EQ(Effects(), 1);
}

TEST_P(JobTest, AnExtendedLeaseHoldsLonger) {
  Put("a");
  const LeasedJob job = TakeOne();
  clock_.Advance(minutes(4));
  const Lease longer = Must(queue_->Extend(job.lease, minutes(5)));
  EXPECT_EQ(longer.until, kSomeDay + minutes(9));
  clock_.Advance(minutes(4));
  EXPECT_TRUE(NothingDue());
  EXPECT_EQ(Must(Finish(longer)), Completed::kNow);
}

TEST_P(JobTest, AFailedJobWaitsLongerEachTimeAndThenIsDead) {
  Put("a");
  for (const int wait : {10, 20}) {
    const LeasedJob job = TakeOne();
    EXPECT_EQ(Must(queue_->Fail(job.lease, "no answer")), JobQueue::Outcome::kAgainLater);
    EXPECT_EQ(Finish(job.lease).error().code, ErrorCode::kPermissionDenied);
    clock_.Advance(seconds(wait) - std::chrono::microseconds(1));
    EXPECT_TRUE(NothingDue());
    clock_.Advance(seconds(wait) / 10 + std::chrono::microseconds(1));
  }
  const LeasedJob last = TakeOne();
  EXPECT_EQ(last.tries, 3);
  std::string reason = std::string(999, 'r') + "각";
  EXPECT_EQ(Must(queue_->Fail(last.lease, reason)), JobQueue::Outcome::kDead);
  clock_.Advance(hours(1000));
  EXPECT_TRUE(NothingDue());
  const auto dead = Must(queue_->Dead(10));
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].unique_key, "a");
  EXPECT_EQ(dead[0].tries, 3);
  EXPECT_EQ(dead[0].reason, std::string(999, 'r'));

  Must(queue_->Revive(dead[0].job));
  EXPECT_EQ(queue_->Revive(dead[0].job).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Must(Finish(TakeOne().lease)), Completed::kNow);
}

TEST_P(JobTest, AJobThatKillsItsWorkersDies) {
  Put("a", kSomeDay, 2);
  for (int worker = 0; worker < 2; ++worker) {
    TakeOne();
    clock_.Advance(minutes(6));
  }
  EXPECT_TRUE(NothingDue());
  EXPECT_EQ(Must(queue_->Dead(1))[0].reason, "its worker disappeared");
}

TEST_P(JobTest, AReturnedJobIsDueAtOnceAndHasLostNoTry) {
  Put("a", kSomeDay, 1);
  const LeasedJob job = TakeOne();
  Must(queue_->Return(job.lease));
  EXPECT_EQ(Finish(job.lease).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(TakeOne().tries, 1);
}

TEST_P(JobTest, AnUnknownJobIsNotFound) {
  EXPECT_EQ(Finish({.job = 99, .number = 1, .until = {}}).error().code, ErrorCode::kNotFound);
}

TEST_P(JobTest, TheQueueIsCounted) {
  Put("due");
  Put("later", kSomeDay + hours(1));
  Put("done");
  Put("dead", kSomeDay, 1);
  Put("elsewhere", kSomeDay, 1, "another queue");
  for (const LeasedJob& job : Must(queue_->Take(10, minutes(1)))) {
    if (job.unique_key == "done") Must(Finish(job.lease));
    if (job.unique_key == "dead") Must(queue_->Fail(job.lease, "no"));
    if (job.unique_key == "due") Must(queue_->Return(job.lease));
  }
  const JobCounts counts = Must(queue_->Count());
  EXPECT_EQ(counts.due, 1);
  EXPECT_EQ(counts.waiting, 1);
  EXPECT_EQ(counts.done, 1);
  EXPECT_EQ(counts.dead, 1);
}

// Eight workers over four handles empty the queue: each job is had once and done once.
TEST_P(JobTest, NoTwoWorkersGetOneJob) {
  constexpr std::int64_t kJobs = 200;
  Must(database_->Write([&](Transaction& transaction) -> Result<void> {
    for (std::int64_t i = 0; i < kJobs; ++i) {
      const std::string key = std::to_string(i);
      TRY(Enqueue(transaction,
                  {.queue = "notices", .unique_key = key, .payload = {}, .run_at = kSomeDay}));
    }
    return {};
  }));
  std::mutex mutex;
  std::multiset<std::int64_t> taken;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Database own = Open();
      JobQueue queue(own, clock_, "notices");
      while (true) {
        const auto jobs = Must(queue.Take(3, minutes(5)));
        // Others may hold the rows that were looked at: empty only means none was free.
        if (jobs.empty() && Must(queue.Count()).due == 0) return;
        for (const LeasedJob& job : jobs) {
          Must(Finish(job.lease));
          const std::lock_guard lock(mutex);
          taken.insert(job.lease.job);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(Effects(), kJobs);
}

JIKIMI_ON_BOTH_DATABASES(JobTest);

TEST(BackOffTest, DoublesUpToTheMostAndATenthMore) {
  const BackOff back_off{seconds(10), seconds(100)};
  const std::int64_t expected[] = {10, 20, 40, 80, 100, 100};
  for (int tries = 1; tries <= 6; ++tries) {
    for (std::int64_t job = 1; job < 50; ++job) {
      const auto wait = back_off.After(job, tries);
      EXPECT_GE(wait, seconds(expected[tries - 1]));
      EXPECT_LE(wait, seconds(expected[tries - 1]) * 11 / 10);
    }
  }
  EXPECT_LE(back_off.After(1, 1'000'000), seconds(110));
  EXPECT_NE(back_off.After(1, 1), back_off.After(2, 1));
}

}  // namespace
}  // namespace jikimi::store
