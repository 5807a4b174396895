#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "store/contract.h"
#include "store/job.h"
#include "store/migration.h"
#include "store/outbox.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using testing::HasSubstr;

constexpr Migration kFirst = {"people", R"(
    -- Who; a semicolon; in a comment.
    CREATE TABLE room_person (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO room_person (id, name) VALUES (1, 'semicolon; in a text');)"};
constexpr Migration kSecond = {"more", "ALTER TABLE room_person ADD COLUMN born TIMESTAMPTZ"};
constexpr Migration kBroken = {"broken", R"(
    CREATE TABLE room_half (id BIGINT NOT NULL PRIMARY KEY);
    INSERT INTO room_person (id, name) VALUES (2, 'half');
    INSERT INTO room_nowhere (id) VALUES (1))"};
constexpr Migration kSlow = {"slow", R"(
    CREATE TABLE room_slow (id BIGINT NOT NULL PRIMARY KEY, t TEXT NOT NULL);
    INSERT INTO room_slow (id, t) WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT)
      UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i, 'row' FROM n)"};

class MigrationTest : public ContractTest {
 protected:
  Result<int> Take(Database& database, std::span<const Migration> migrations) {
    const Schema schemas[] = {{"room", migrations}};
    return Migrate(database, schemas, clock_);
  }
  Result<void> Check(Database& database, std::span<const Migration> migrations) {
    const Schema schemas[] = {{"room", migrations}};
    return CheckSchema(database, schemas);
  }

  ManualClock clock_{kSomeDay};
};

TEST_P(MigrationTest, StepsAreTakenOnceAndGoOnLater) {
  Database database = Open();
  EXPECT_EQ(Check(database, {{kFirst}}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(Must(Take(database, {{kFirst}})), 1);
  EXPECT_EQ(Must(Take(database, {{kFirst}})), 0);
  EXPECT_EQ(Must(Take(database, {{kFirst, kSecond}})), 1);
  Must(Check(database, {{kFirst, kSecond}}));
  EXPECT_EQ(Number(database,
                   "SELECT COUNT(*) FROM room_person WHERE born IS NULL "
                   "AND name = 'semicolon; in a text'"),
            1);
  EXPECT_EQ(Must(Rows(database, "SELECT taken_at FROM store_migration")[0].Get<Timestamp>(0)),
            kSomeDay);
}

TEST_P(MigrationTest, AChangedStepIsRefused) {
  Database database = Open();
  Must(Take(database, {{kFirst}}));
  const Migration changed = {kFirst.name, "CREATE TABLE room_person (id BIGINT)"};
  const auto refused = Take(database, {{changed, kSecond}});
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("room 1 (people)"));
  EXPECT_EQ(Check(database, {{changed}}).error().code, ErrorCode::kCorrupt);
  Must(Check(database, {{kFirst}}));
}

TEST_P(MigrationTest, ADamagedRecordIsRefused) {
  Database database = Open();
  Must(Take(database, {{kFirst}}));
  Must(Do(database, "UPDATE store_migration SET sql = 'x'"));
  const auto refused = Take(database, {{kFirst}});
  EXPECT_THAT(refused.error().message, HasSubstr("damaged"));
}

TEST_P(MigrationTest, AMissingStepInTheLedgerIsRefused) {
  Database database = Open();
  Must(Take(database, {{kFirst, kSecond}}));
  Must(Do(database, "DELETE FROM store_migration WHERE version = 1"));
  EXPECT_EQ(Take(database, {{kFirst, kSecond}}).error().code, ErrorCode::kCorrupt);
}

TEST_P(MigrationTest, ADatabaseOfANewerVersionIsRefused) {
  Database database = Open();
  Must(Take(database, {{kFirst, kSecond}}));
  EXPECT_EQ(Take(database, {{kFirst}}).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(Migrate(database, {}, clock_).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(Check(database, {{kFirst}}).error().code, ErrorCode::kUnsupported);
}

TEST_P(MigrationTest, AStepThatFailsLeavesNothing) {
  Database database = Open();
  const auto failed = Take(database, {{kFirst, kBroken, kSecond}});
  EXPECT_FALSE(failed.has_value());
  EXPECT_THAT(failed.error().message, HasSubstr("room 2 (broken)"));
  // The first stands, and the second can be put right.
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM room_person"), 1);
  EXPECT_EQ(Must(Take(database, {{kFirst, kSecond}})), 1);
  Must(Do(database, "CREATE TABLE room_half (id BIGINT)"));
}

TEST_P(MigrationTest, AStepKilledHalfWayIsTakenAgain) {
  {
    Database database = Open();
    Must(Take(database, {{kFirst}}));
  }
  for (const int milliseconds : {5, 20, 60, 120}) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Database database = Open();
      Must(Take(database, {{kFirst, kSlow}}));
      _exit(0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  Database database = Open();
  Must(Take(database, {{kFirst, kSlow}}));
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM room_slow"), 300'000);
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM store_migration"), 2);
}

TEST_P(MigrationTest, ManyStartersTakeEachStepOnce) {
  std::atomic<int> steps = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      Database database = Open();
      steps += Must(Take(database, {{kFirst, kSlow, kSecond}}));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(steps, 3);
}

TEST_P(MigrationTest, AStepThatLeavesRowsWithoutTheirParentFails) {
  Database database = Open();
  constexpr Migration kChild = {"child", R"(
      CREATE TABLE room_child (id BIGINT NOT NULL PRIMARY KEY,
        person BIGINT NOT NULL REFERENCES room_person (id));
      INSERT INTO room_child (id, person) VALUES (1, 99))"};
  EXPECT_EQ(Take(database, {{kFirst, kChild}}).error().code, ErrorCode::kInvalidArgument);
  // And foreign keys hold again afterwards.
  constexpr Migration kGood = {"child", R"(
      CREATE TABLE room_child (id BIGINT NOT NULL PRIMARY KEY,
        person BIGINT NOT NULL REFERENCES room_person (id)))"};
  Must(Take(database, {{kFirst, kGood}}));
  EXPECT_EQ(Do(database, "INSERT INTO room_child (id, person) VALUES (1, 99)").error().code,
            ErrorCode::kInvalidArgument);
}

TEST_P(MigrationTest, TheRoomsKeepTheirOwnNumbers) {
  Database database = Open();
  const Migration first[] = {kFirst, kSecond};
  const Schema both[] = {StoreSchema(), {"room", first}};
  EXPECT_EQ(Must(Migrate(database, both, clock_)),
            static_cast<int>(StoreSchema().migrations.size()) + 2);
  Must(CheckSchema(database, both));
}

// Every schema of this room that was ever released comes to today's, with what is in it.
TEST_P(MigrationTest, EveryReleasedSchemaUpgrades) {
  const Schema today = StoreSchema();
  for (std::size_t version = 0; version <= today.migrations.size(); ++version) {
    if (version > 0) {
      TearDown();
      SetUp();
    }
    Database database = Open();
    const Schema then[] = {{today.room, today.migrations.first(version)}};
    ASSERT_EQ(Must(Migrate(database, then, clock_)), static_cast<int>(version));
    const NewJob job{.queue = "q", .unique_key = "k", .payload = Bytes("\x01"), .run_at = kSomeDay};
    if (version >= 1) {
      Must(database.Write([&](Transaction& transaction) { return Enqueue(transaction, job); }));
    }
    if (version >= 2) {
      Must(database.Write([&](Transaction& transaction) {
        return AppendEvent(transaction, {"topic", Bytes("p"), kSomeDay});
      }));
    }
    const Schema now[] = {today};
    ASSERT_EQ(Must(Migrate(database, now, clock_)),
              static_cast<int>(today.migrations.size() - version));
    JobQueue queue(database, clock_, "q");
    EXPECT_EQ(Must(queue.Count()).due, version >= 1 ? 1 : 0);
    EXPECT_EQ(Must(NumberEvents(database)), version >= 2 ? 1 : 0);
  }
}

JIKIMI_ON_BOTH_DATABASES(MigrationTest);

}  // namespace
}  // namespace jikimi::store
