#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/random.h"
#include "store/contract.h"
#include "store/group_commit.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using testing::HasSubstr;

class GroupCommitTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open({.max_connections = 4}));
    Must(Do(*database_,
            "CREATE TABLE written (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "thread BIGINT NOT NULL, step BIGINT NOT NULL, UNIQUE (thread, step))"));
  }
  void TearDown() override {
    database_.reset();
    ContractTest::TearDown();
  }

  static Result<void> Insert(Transaction& transaction, std::int64_t thread, std::int64_t step) {
    TRY(Execute(transaction, "INSERT INTO written (thread, step) VALUES ($1, $2)", {thread, step}));
    return {};
  }
  std::int64_t Count() { return Number(*database_, "SELECT COUNT(*) FROM written"); }

  // Runs `body(thread)` in as many threads.
  template <typename Body>
  static void InThreads(int count, Body&& body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
    for (std::thread& thread : threads) thread.join();
  }

  std::optional<Database> database_;
};

TEST_P(GroupCommitTest, AWriteGivesItsValueAndIsThere) {
  GroupCommit commits(*database_);
  EXPECT_EQ(Must(commits.Write([](Transaction& transaction) -> Result<int> {
              TRY(Insert(transaction, 1, 1));
              return 7;
            })),
            7);
  Must(commits.Write([](Transaction& transaction) { return Insert(transaction, 1, 2); }));
  EXPECT_EQ(Count(), 2);
  EXPECT_EQ(commits.counts().writes, 2U);
  EXPECT_EQ(commits.counts().transactions, 2U);
}

TEST_P(GroupCommitTest, AWriteThatFailsInWhatItLeftForLaterFailsAlone) {
  constexpr int kThreads = 12;
  GroupCommit commits(*database_);
  Must(commits.Write([](Transaction& transaction) { return Insert(transaction, 1000, 1); }));
  std::atomic<int> refused = 0;
  InThreads(kThreads, [&](int thread) {
    for (int step = 0; step < 20; ++step) {
      const bool twin = (thread + step) % 5 == 0;
      const auto done = commits.Write([&](Transaction& transaction) {
        return ExecuteLater(transaction, "INSERT INTO written (thread, step) VALUES ($1, $2)",
                            {twin ? 1000 : thread, twin ? 1 : step});
      });
      EXPECT_EQ(done.has_value(), !twin);
      if (!done) {
        EXPECT_EQ(done.error().code, ErrorCode::kAlreadyExists);
        ++refused;
      }
    }
  });
  EXPECT_EQ(Count(), 1 + kThreads * 20 - refused);
}

TEST_P(GroupCommitTest, ThreadsShareTransactionsAndEachOnesWritesKeepTheirOrder) {
  constexpr int kThreads = 16;
  constexpr int kSteps = 40;
  GroupCommit commits(*database_);
  InThreads(kThreads, [&](int thread) {
    for (int step = 0; step < kSteps; ++step) {
      Must(commits.Write(
          [&](Transaction& transaction) { return Insert(transaction, thread, step); }));
    }
  });
  EXPECT_EQ(Count(), kThreads * kSteps);
  std::map<std::int64_t, std::int64_t> next;
  for (const Row& row : Rows(*database_, "SELECT thread, step FROM written ORDER BY id")) {
    EXPECT_EQ(Must(row.Get<std::int64_t>(1)), next[Must(row.Get<std::int64_t>(0))]++);
  }
  EXPECT_EQ(commits.counts().writes, std::size_t{kThreads * kSteps});
  // How many share is up to the scheduler; those that wait together do, as the next test says.
  EXPECT_LT(commits.counts().transactions, std::size_t{kThreads * kSteps});
}

TEST_P(GroupCommitTest, WritesThatWaitedComeInTheOrderInWhichTheyCame) {
  GroupCommit commits(*database_);
  std::atomic<bool> leading = false;
  std::atomic<bool> go_on = false;
  std::thread leader([&] {
    Must(commits.Write([&](Transaction&) -> Result<void> {
      leading = true;
      while (!go_on) std::this_thread::yield();
      return {};
    }));
  });
  while (!leading) std::this_thread::yield();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const int step = static_cast<int>(i);
      Must(commits.Write([&](Transaction& transaction) { return Insert(transaction, 0, step); }));
    });
    while (commits.counts().waiting <= i) std::this_thread::yield();
  }
  go_on = true;
  leader.join();
  for (std::thread& thread : threads) thread.join();
  std::int64_t next = 0;
  for (const Row& row : Rows(*database_, "SELECT step FROM written ORDER BY id")) {
    EXPECT_EQ(Must(row.Get<std::int64_t>(0)), next++);
  }
  EXPECT_EQ(next, 8);
  EXPECT_EQ(commits.counts().transactions, 2U);
}

// Some are refused by their own word, some by a constraint, some throw: each gets its own error,
// and nothing of it stays; the others are there.
TEST_P(GroupCommitTest, AFailingWriteFailsAlone) {
  constexpr int kThreads = 12;
  constexpr int kSteps = 30;
  GroupCommit commits(*database_);
  Must(Do(*database_, "INSERT INTO written (thread, step) VALUES (1000, 0)"));
  std::atomic<int> good = 0;
  InThreads(kThreads, [&](int thread) {
    for (int step = 0; step < kSteps; ++step) {
      const int sort = (thread * 7 + step) % 6;
      const auto done = commits.Write([&](Transaction& transaction) -> Result<void> {
        TRY(Insert(transaction, thread, step));
        if (sort == 0) return Error{ErrorCode::kPermissionDenied, "not " + std::to_string(step)};
        if (sort == 1) TRY(Insert(transaction, 1000, 0));
        if (sort == 2) throw std::runtime_error("bang");
        return {};
      });
      if (sort > 2) {
        Must(done);
        ++good;
        continue;
      }
      ASSERT_FALSE(done.has_value());
      EXPECT_EQ(done.error().code, sort == 0   ? ErrorCode::kPermissionDenied
                                   : sort == 1 ? ErrorCode::kAlreadyExists
                                               : ErrorCode::kInternal);
      if (sort == 0) {
        EXPECT_EQ(done.error().message, "not " + std::to_string(step));
      }
      if (sort == 2) {
        EXPECT_THAT(done.error().message, HasSubstr("bang"));
      }
    }
  });
  EXPECT_EQ(Count(), good + 1);
}

TEST_P(GroupCommitTest, TooManyWaitersAreTurnedAwayAndHaveDoneNothing) {
  GroupCommit commits(
      *database_,
      {.most = 4, .most_waiting = 2, .patience = std::chrono::milliseconds(100), .groups = 1});
  std::atomic<bool> leading = false;
  std::atomic<bool> go_on = false;
  std::thread leader([&] {
    Must(commits.Write([&](Transaction& transaction) -> Result<void> {
      leading = true;
      while (!go_on) std::this_thread::yield();
      return Insert(transaction, 0, 0);
    }));
  });
  while (!leading) std::this_thread::yield();
  std::atomic<int> turned_away = 0;
  InThreads(6, [&](int thread) {
    const auto done =
        commits.Write([&](Transaction& transaction) { return Insert(transaction, 1, thread); });
    if (!done && done.error().code == ErrorCode::kUnavailable) ++turned_away;
  });
  EXPECT_EQ(turned_away, 6);  // two of them while they waited for their turn
  go_on = true;
  leader.join();
  EXPECT_EQ(Count(), 1);
  Must(commits.Write([](Transaction& transaction) { return Insert(transaction, 2, 2); }));
}

TEST_P(GroupCommitTest, FullGroupsAreFollowedByTheRest) {
  GroupCommit commits(*database_,
                      {.most = 3, .most_waiting = 5, .patience = std::chrono::seconds(20)});
  InThreads(24, [&](int thread) {
    for (int step = 0; step < 5; ++step) {
      Must(commits.Write(
          [&](Transaction& transaction) { return Insert(transaction, thread, step); }));
    }
  });
  EXPECT_EQ(Count(), 120);
  EXPECT_GE(commits.counts().transactions, 40U);
}

TEST_P(GroupCommitTest, SeveralGroupsMayRunAtATime) {
  GroupCommit commits(*database_, {.most = 8, .groups = 3});
  InThreads(16, [&](int thread) {
    for (int step = 0; step < 20; ++step) {
      Must(commits.Write(
          [&](Transaction& transaction) { return Insert(transaction, thread, step); }));
    }
  });
  EXPECT_EQ(Count(), 320);
}

// Each promise of a killed program is kept.
TEST_P(GroupCommitTest, WhatWasAnsweredIsThereAfterAKill) {
  const int kills = std::getenv("JIKIMI_SLOW_TESTS") ? 100 : 10;
  SplitMix64 random(11);
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const std::int64_t first = kill_number * std::int64_t{1'000'000};
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      Database database = Open();
      GroupCommit commits(database);
      InThreads(4, [&](int thread) {
        for (std::int64_t step = first;; ++step) {
          Must(commits.Write(
              [&](Transaction& transaction) { return Insert(transaction, thread, step); }));
          const std::int64_t promise[2] = {thread, step};
          if (write(ends[1], promise, sizeof(promise)) != sizeof(promise)) _exit(1);
        }
      });
      _exit(1);
    }
    close(ends[1]);
    std::vector<std::array<std::int64_t, 2>> promises(1);
    ASSERT_EQ(read(ends[0], promises[0].data(), sizeof(promises[0])), ssize_t{sizeof(promises[0])});
    std::this_thread::sleep_for(std::chrono::microseconds(random.Below(30'000)));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    std::array<std::int64_t, 2> promise = {};
    while (read(ends[0], promise.data(), sizeof(promise)) == ssize_t{sizeof(promise)}) {
      promises.push_back(promise);
    }
    close(ends[0]);
    for (const auto& [thread, step] : promises) {
      EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM written WHERE thread = $1 AND step = $2",
                       {thread, step}),
                1);
    }
  }
}

class GroupCommitOnServerTest : public GroupCommitTest {};

// With the server's end of every connection gone no write may be taken for done, and those that
// come later find a new one.
TEST_P(GroupCommitOnServerTest, ALostConnectionFailsTheGroupAndNotTheNext) {
  GroupCommit commits(*database_);
  const auto lost = commits.Write([&](Transaction& transaction) -> Result<void> {
    TRY(Insert(transaction, 0, 0));
    RunOnServer(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    return {};
  });
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(lost.error().message, HasSubstr("is unknown"));
  Must(commits.Write([](Transaction& transaction) { return Insert(transaction, 0, 1); }));
  EXPECT_EQ(Count(), 1);
}

JIKIMI_ON_BOTH_DATABASES(GroupCommitTest);
INSTANTIATE_TEST_SUITE_P(, GroupCommitOnServerTest, testing::Values(Engine::kPostgresql),
                         [](const auto&) { return std::string("Postgresql"); });

}  // namespace
}  // namespace jikimi::store
