#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <latch>
#include <thread>

#include "store/contract.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::string_view kInsert = "INSERT INTO account (id, amount) VALUES ($1, $2)";

class TransactionTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    Database database = Open();
    Must(Do(database,
            "CREATE TABLE account (id BIGINT NOT NULL PRIMARY KEY, "
            "amount BIGINT NOT NULL)"));
    Must(Do(database, kInsert, {1, 0}));
    Must(Do(database, kInsert, {2, 0}));
  }

  static Result<std::int64_t> Amount(Transaction& transaction, std::int64_t id,
                                     std::string_view lock = "") {
    const auto row = TRY(QueryOne(
        transaction, "SELECT amount FROM account WHERE id = $1" + std::string(lock), {id}));
    return row->Get<std::int64_t>(0);
  }
  static Result<void> SetAmount(Transaction& transaction, std::int64_t id, std::int64_t amount) {
    TRY(Execute(transaction, "UPDATE account SET amount = $2 WHERE id = $1", {id, amount}));
    return {};
  }
};

TEST_P(TransactionTest, WhatSucceedsIsThereForOthersAndWhatFailsIsNot) {
  Database database = Open();
  Database other = Open();
  Must(Do(database, kInsert, {3, 3}));
  EXPECT_EQ(Number(other, "SELECT amount FROM account WHERE id = 3"), 3);
  const auto failed = database.Write([](Transaction& transaction) -> Result<void> {
    TRY(Execute(transaction, kInsert, {4, 4}));
    return Error{ErrorCode::kInterrupted, "changed our mind"};
  });
  EXPECT_EQ(failed.error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(Number(other, "SELECT COUNT(*) FROM account WHERE id = 4"), 0);
}

TEST_P(TransactionTest, WorkThatHidesAFailedStatementIsRolledBack) {
  Database database = Open();
  const auto hidden = database.Write([](Transaction& transaction) -> Result<void> {
    TRY(Execute(transaction, kInsert, {3, 3}));
    EXPECT_FALSE(Execute(transaction, kInsert, {1, 1}).has_value());
    // All that follows gives the first failure.
    EXPECT_EQ(Query(transaction, "SELECT 1").error().code, ErrorCode::kAlreadyExists);
    return {};
  });
  EXPECT_EQ(hidden.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM account"), 2);
}

TEST_P(TransactionTest, AnErrorOfTheWorkComesBackAsItIs) {
  Database database = Open();
  const Error error = {ErrorCode::kNotFound, "case 5"};
  EXPECT_EQ(database.Write([&](Transaction&) -> Result<void> { return error; }).error(), error);
}

TEST_P(TransactionTest, WorkThatThrowsLeavesNoTransactionBehind) {
  Database database = Open({.max_connections = 1});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW((void)database.Write([&](Transaction& transaction) -> Result<void> {
      TRY(Execute(transaction, kInsert, {3, 3}));
      throw std::runtime_error("from afar");
    }),
                 std::runtime_error);
  }
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM account"), 2);
  Must(Do(database, kInsert, {3, 3}));
}

TEST_P(TransactionTest, AReadTransactionDoesNotWrite) {
  Database database = Open();
  const auto wrote = database.Read([](Transaction& transaction) {
    return Execute(transaction, kInsert, {3, 3});
  });
  EXPECT_EQ(wrote.error().code, ErrorCode::kInternal);
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM account"), 2);
}

TEST_P(TransactionTest, AReadTransactionSeesOneMoment) {
  Database database = Open();
  Must(database.Read([&](Transaction& transaction) -> Result<void> {
    EXPECT_EQ(TRY(Amount(transaction, 1)), 0);
    std::thread([&] { Must(Do(database, "UPDATE account SET amount = 9")); }).join();
    EXPECT_EQ(TRY(Amount(transaction, 2)), 0);
    return {};
  }));
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM account WHERE amount = 9"), 2);
}

TEST_P(TransactionTest, TransactionStatementsAreTheStoresOwn) {
  Database database = Open();
  for (const std::string_view sql : {"COMMIT", "begin", "ROLLBACK", "SAVEPOINT a", "PRAGMA x",
                                     "SET statement_timeout = 0", "ATTACH 'x' AS y"}) {
    EXPECT_EQ(Do(database, sql).error().code, ErrorCode::kInvalidArgument) << sql;
  }
}

// Eight threads read, add one and write: every addition counts.
TEST_P(TransactionTest, NoUpdateIsLost) {
  Database database = Open();
  constexpr int kThreads = 8;
  constexpr int kRounds = 25;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        Must(database.Write([&](Transaction& transaction) -> Result<void> {
          return SetAmount(transaction, 1, TRY(Amount(transaction, 1)) + 1);
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number(database, "SELECT amount FROM account WHERE id = 1"), kThreads * kRounds);
}

// The same over two handles, as two programs would.
TEST_P(TransactionTest, NoUpdateIsLostBetweenPrograms) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Database database = Open();
      for (int round = 0; round < 25; ++round) {
        Must(database.Write([&](Transaction& transaction) -> Result<void> {
          return SetAmount(transaction, 1, TRY(Amount(transaction, 1)) + 1);
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Database database = Open();
  EXPECT_EQ(Number(database, "SELECT amount FROM account WHERE id = 1"), 100);
}

// Each takes from its own account as long as both together keep enough: done at once, both would
// (write skew). One of the two must see the other.
TEST_P(TransactionTest, WriteSkewIsPrevented) {
  Database database = Open();
  for (int round = 0; round < 10; ++round) {
    Must(Do(database, "UPDATE account SET amount = 1"));
    std::barrier start(2);
    const auto take = [&](std::int64_t id) {
      start.arrive_and_wait();
      Must(database.Write([&](Transaction& transaction) -> Result<void> {
        const std::int64_t total = TRY(Amount(transaction, 1)) + TRY(Amount(transaction, 2));
        std::this_thread::sleep_for(milliseconds(5));
        if (total < 2) return {};
        return SetAmount(transaction, id, 0);
      }));
    };
    std::thread other([&] { take(1); });
    take(2);
    other.join();
    EXPECT_EQ(Number(database, "SELECT CAST(SUM(amount) AS BIGINT) FROM account"), 1);
  }
}

// Two lock the same rows in opposite order: one is chosen to give way and tries again.
TEST_P(TransactionTest, ADeadlockIsTriedAgain) {
  Database database = Open();
  std::latch both_hold_one(2);
  std::atomic<int> calls = 0;
  const auto move = [&](std::int64_t from, std::int64_t to) {
    bool met = false;
    Must(database.WriteLocking([&](Transaction& transaction) -> Result<void> {
      ++calls;
      const std::int64_t source = TRY(Amount(transaction, from, " FOR UPDATE"));
      // SQLite's second writer waits for its turn and holds nothing.
      if (!met && !sqlite()) both_hold_one.arrive_and_wait();
      met = true;
      const std::int64_t target = TRY(Amount(transaction, to, " FOR UPDATE"));
      TRY(SetAmount(transaction, from, source - 1));
      return SetAmount(transaction, to, target + 1);
    }));
  };
  std::thread other([&] { move(1, 2); });
  move(2, 1);
  other.join();
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM account WHERE amount = 0"), 2);
  EXPECT_GE(calls, sqlite() ? 2 : 3);
}

TEST_P(TransactionTest, WaitingForAnotherWriterHasAnEnd) {
  Database holder = Open();
  Database waiting = Open({.patience = milliseconds(200)});
  Must(holder.Write([&](Transaction& transaction) -> Result<void> {
    TRY(SetAmount(transaction, 1, 5));
    const auto start = std::chrono::steady_clock::now();
    const auto late = Do(waiting, "UPDATE account SET amount = 6 WHERE id = 1");
    EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    return {};
  }));
  EXPECT_EQ(Number(waiting, "SELECT amount FROM account WHERE id = 1"), 5);
  Must(Do(waiting, "UPDATE account SET amount = 6 WHERE id = 1"));
}

TEST_P(TransactionTest, WaitingForAConnectionHasAnEnd) {
  Database database = Open({.max_connections = 1, .patience = milliseconds(100)});
  Must(database.Write([&](Transaction&) -> Result<void> {
    const auto late = Do(database, kInsert, {3, 3});
    EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
    return {};
  }));
  Must(Do(database, kInsert, {3, 3}));
}

TEST_P(TransactionTest, AReadGoesOnWhileAnotherWrites) {
  Database database = Open();
  Must(database.Write([&](Transaction& transaction) -> Result<void> {
    TRY(SetAmount(transaction, 1, 5));
    std::thread reader(
        [&] { EXPECT_EQ(Number(database, "SELECT amount FROM account WHERE id = 1"), 0); });
    reader.join();
    return {};
  }));
}

TEST_P(TransactionTest, AStatementThatRunsTooLongIsStopped) {
  Database database = Open({.statement_timeout = milliseconds(150)});
  const auto endless = database.Read([](Transaction& transaction) {
    return Query(transaction,
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                 "100000000) SELECT COUNT(*) FROM n");
  });
  EXPECT_EQ(endless.error().code, ErrorCode::kResourceExhausted) << endless.error().message;
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM account"), 2);
}

TEST_P(TransactionTest, ManyThreadsShareFewConnections) {
  Database database = Open({.max_connections = 2});
  std::atomic<int> id = 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        Must(Do(database, kInsert, {id++, 1}));
        EXPECT_GE(Number(database, "SELECT COUNT(*) FROM account"), 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM account"), 162);
}

TEST_P(TransactionTest, AChangedTableIsSeenByOldStatements) {
  Database database = Open();
  constexpr std::string_view kAll = "SELECT * FROM account WHERE id = 1";
  EXPECT_EQ(Rows(database, kAll)[0].size(), 2U);
  Must(Do(database, "ALTER TABLE account ADD COLUMN note TEXT"));
  EXPECT_EQ(Rows(database, kAll)[0].size(), 3U);
}

TEST_P(TransactionTest, AValueOfTheWorkComesBack) {
  Database database = Open();
  const auto text = database.Write([](Transaction&) -> Result<std::unique_ptr<std::string>> {
    return std::make_unique<std::string>("moved");
  });
  EXPECT_EQ(**text, "moved");
}

TEST_P(TransactionTest, TheNameHasNoUser) {
  Database database = Open();
  EXPECT_THAT(database.name(), HasSubstr(sqlite() ? "sqlite:" : "postgresql://"));
  EXPECT_THAT(database.name(), testing::Not(HasSubstr("user")));
  EXPECT_EQ(database.engine(), GetParam());
}

JIKIMI_ON_BOTH_DATABASES(TransactionTest);

}  // namespace
}  // namespace jikimi::store
