#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "store/contract.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using testing::HasSubstr;
using testing::Not;

class CrashTest : public ContractTest {
 protected:
  void MakeTable() {
    Database database = Open();
    Must(Do(database,
            "CREATE TABLE part (whole BIGINT NOT NULL, piece BIGINT NOT NULL, "
            "PRIMARY KEY (whole, piece))"));
  }

  // What a child does until it is killed: three rows a transaction, and the number of each one
  // that has been promised to be durable goes to `promises`.
  [[noreturn]] void WriteUntilKilled(std::int64_t first, int promises) {
    Database database = Open();
    for (std::int64_t whole = first;; ++whole) {
      Must(database.Write([&](Transaction& transaction) -> Result<void> {
        for (int piece = 0; piece < 3; ++piece) {
          TRY(Execute(transaction, "INSERT INTO part (whole, piece) VALUES ($1, $2)",
                      {whole, piece}));
        }
        return {};
      }));
      if (write(promises, &whole, sizeof(whole)) != sizeof(whole)) _exit(1);
    }
  }
};

std::int64_t LastPromise(int promises, std::int64_t before) {
  std::int64_t last = before;
  std::int64_t promise = 0;
  while (read(promises, &promise, sizeof(promise)) == sizeof(promise)) last = promise;
  return last;
}

TEST_P(CrashTest, AWriterKilledAtAnyMomentLeavesWhatItPromisedAndNoHalves) {
  MakeTable();
  const int kills = std::getenv("JIKIMI_SLOW_TESTS") ? 200 : 20;
  SplitMix64 random(7);
  std::int64_t last = 0;
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      WriteUntilKilled(last + 1000, ends[1]);
    }
    close(ends[1]);
    std::int64_t first = 0;
    ASSERT_EQ(read(ends[0], &first, sizeof(first)), ssize_t{sizeof(first)});
    std::this_thread::sleep_for(std::chrono::microseconds(random.Below(20'000)));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    const std::int64_t promised = LastPromise(ends[0], first);
    close(ends[0]);

    Database database = Open();
    EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM part WHERE whole BETWEEN $1 AND $2",
                     {first, promised}),
              3 * (promised - first + 1));
    EXPECT_EQ(Number(database,
                     "SELECT COUNT(*) FROM (SELECT whole FROM part GROUP BY whole "
                     "HAVING COUNT(*) <> 3) AS halves"),
              0);
    // A transaction that was committed and not promised yet may be there: one at most.
    EXPECT_LE(Number(database, "SELECT COUNT(*) FROM part WHERE whole > $1", {promised}), 3);
    last = promised;
  }
}

JIKIMI_ON_BOTH_DATABASES(CrashTest);

class PostgresqlCrashTest : public CrashTest {
 protected:
  void EndBackends() const {
    RunOnServer(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }
};

TEST_P(PostgresqlCrashTest, ABackendKilledInATransactionIsUnavailableAndTheNextOneConnectsAnew) {
  MakeTable();
  Database database = Open();
  int calls = 0;
  const auto lost = database.Write([&](Transaction& transaction) -> Result<void> {
    ++calls;
    TRY(Execute(transaction, "INSERT INTO part (whole, piece) VALUES (1, 1)"));
    EndBackends();
    TRY(Execute(transaction, "INSERT INTO part (whole, piece) VALUES (1, 2)"));
    return {};
  });
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM part"), 0);
  Must(Do(database, "INSERT INTO part (whole, piece) VALUES (1, 1)"));
}

TEST_P(PostgresqlCrashTest, ABackendKilledBeforeTheCommitLeavesTheOutcomeOpen) {
  MakeTable();
  Database database = Open();
  const auto lost = database.Write([&](Transaction& transaction) -> Result<void> {
    TRY(Execute(transaction, "INSERT INTO part (whole, piece) VALUES (1, 1)"));
    EndBackends();
    return {};
  });
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(lost.error().message, HasSubstr("is unknown"));
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM part"), 0);
}

TEST_P(PostgresqlCrashTest, ConnectionsThatDiedIdleAreReplacedUnseen) {
  MakeTable();
  Database database = Open();
  for (int round = 0; round < 3; ++round) {
    Must(Do(database, "INSERT INTO part (whole, piece) VALUES ($1, 0)", {round}));
    EndBackends();
  }
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM part"), 3);
}

TEST_P(PostgresqlCrashTest, ABackendKilledWhileRowsArriveIsUnavailable) {
  Database database = Open();
  const auto lost = database.Read([&](Transaction& transaction) {
    int seen = 0;
    return ForEach(transaction, "SELECT i, repeat('x', 1000) FROM generate_series(1, 1000000) AS i",
                   {}, [&](const Row&) -> Result<void> {
                     if (++seen == 10) EndBackends();
                     return {};
                   });
  });
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable) << lost.error().message;
  EXPECT_EQ(Number(database, "SELECT 1"), 1);
}

TEST_P(PostgresqlCrashTest, ABackendKilledInABatchOrABulkInsertIsUnavailable) {
  MakeTable();
  Database database = Open();
  const std::vector<std::vector<Value>> rows = {{1, 1}, {1, 2}};
  const auto batch = database.Write([&](Transaction& transaction) -> Result<void> {
    TRY(Execute(transaction, "INSERT INTO part (whole, piece) VALUES (0, 0)"));
    EndBackends();
    TRY(ExecuteMany(transaction, "INSERT INTO part (whole, piece) VALUES ($1, $2)", rows));
    return {};
  });
  EXPECT_EQ(batch.error().code, ErrorCode::kUnavailable) << batch.error().message;
  const std::string_view columns[] = {"whole", "piece"};
  const auto bulk = database.Write([&](Transaction& transaction) {
    std::int64_t i = 0;
    return BulkInsert(transaction, "part", columns, [&](std::vector<Value>& row) {
      if (++i == 1000) EndBackends();
      row = {i, 1};
      return i < 200'000;
    });
  });
  EXPECT_EQ(bulk.error().code, ErrorCode::kUnavailable) << bulk.error().message;
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM part"), 0);
}

TEST_P(PostgresqlCrashTest, AServerThatIsNotThereIsUnavailableAndKeepsTheSecret) {
  const auto database =
      Database::Open("postgresql://jikimi:planted-secret@127.0.0.1:1/jikimi?connect_timeout=2");
  EXPECT_EQ(database.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(database.error().message, HasSubstr("postgresql://127.0.0.1:1/jikimi"));
  EXPECT_THAT(database.error().message, Not(HasSubstr("planted")));
}

TEST_P(PostgresqlCrashTest, ADatabaseThatIsNotThereIsNotFound) {
  std::string missing = url();
  missing.replace(missing.find("/test_"), 6, "/gone_");
  EXPECT_EQ(Database::Open(missing).error().code, ErrorCode::kNotFound);
}

TEST_P(PostgresqlCrashTest, ADatabaseThatIsNotUtf8IsRefused) {
  RunOnServer("CREATE DATABASE latin_" + std::to_string(getpid()) +
              " ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  std::string latin = url();
  const std::size_t start = latin.find("/test_") + 1;
  latin.replace(start, latin.find('?') - start, "latin_" + std::to_string(getpid()));
  EXPECT_EQ(Database::Open(latin).error().code, ErrorCode::kUnsupported);
  RunOnServer("DROP DATABASE latin_" + std::to_string(getpid()) + " WITH (FORCE)");
}

INSTANTIATE_TEST_SUITE_P(, PostgresqlCrashTest, testing::Values(Engine::kPostgresql),
                         [](const auto&) { return std::string("Postgresql"); });

class SqliteFileTest : public CrashTest {
 protected:
  std::filesystem::path File() const { return url().substr(std::string_view("sqlite:").size()); }
};

TEST_P(SqliteFileTest, AFullDiskLosesNothingThatWasCommitted) {
  Database database = Open({.max_bytes = 200'000});
  Must(Do(database, "CREATE TABLE blob_row (id BIGINT NOT NULL PRIMARY KEY, b BYTEA NOT NULL)"));
  constexpr std::string_view kSql = "INSERT INTO blob_row (id, b) VALUES ($1, $2)";
  const std::vector<std::byte> block(10'000, std::byte{7});
  std::int64_t written = 0;
  Result<std::int64_t> done = std::int64_t{0};
  while ((done = Do(database, kSql, {written, block}))) ++written;
  EXPECT_EQ(done.error().code, ErrorCode::kResourceExhausted) << done.error().message;
  EXPECT_GT(written, 10);
  EXPECT_EQ(Number(database, "SELECT COUNT(*) FROM blob_row"), written);
  Must(Do(database, "DELETE FROM blob_row WHERE id < 5"));
  Must(Do(database, kSql, {1, block}));
}

TEST_P(SqliteFileTest, TheFileIsItsOwnersOnly) {
  const mode_t before = umask(0);
  {
    Database database = Open();
    Must(Do(database, "CREATE TABLE t (id BIGINT)"));
    for (const char* suffix : {"", "-wal", "-shm"}) {
      struct stat status = {};
      ASSERT_EQ(stat((File().native() + suffix).c_str(), &status), 0) << suffix;
      EXPECT_EQ(status.st_mode & 0777, 0600U) << suffix;
    }
  }
  umask(before);
}

TEST_P(SqliteFileTest, DeletedContentIsOverwritten) {
  const std::string planted = "planted-words-that-were-deleted";
  {
    Database database = Open();
    Must(Do(database, "CREATE TABLE t (id BIGINT, t TEXT)"));
    Must(Do(database, "INSERT INTO t (id, t) VALUES (1, $1)", {planted + std::string(9000, 'x')}));
    Must(Do(database, "DELETE FROM t"));
  }
  // Closing has emptied the log into the file.
  const auto bytes = Must(ReadFile(File(), 1 << 24));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_EQ(text.find(planted), std::string_view::npos);
  EXPECT_EQ(text.find(std::string(100, 'x')), std::string_view::npos);
}

TEST_P(SqliteFileTest, WhatIsNoDatabaseIsSaid) {
  const auto open_path = [&](const std::string& name) {
    return Database::Open("sqlite:" + (folder() / name).native()).error().code;
  };
  std::ofstream(folder() / "text") << "This is not a database. " << std::string(5000, '.');
  EXPECT_EQ(open_path("text"), ErrorCode::kCorrupt);
  std::filesystem::create_directory(folder() / "inner");
  EXPECT_EQ(open_path("inner"), ErrorCode::kUnsupported);
  EXPECT_EQ(open_path("no/such/folder.db"), ErrorCode::kNotFound);
  EXPECT_EQ(Database::Open("sqlite:").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Database::Open("mysql://x").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Database::Open("").error().code, ErrorCode::kInvalidArgument);
}

TEST_P(SqliteFileTest, AMissingFileIsMadeOnlyWhereThatIsWanted) {
  const std::filesystem::path path = folder() / "new.db";
  const std::string url = "sqlite:" + path.native();
  const DatabaseOptions refuses{.missing_file = MissingFile::kIsRefused};
  const auto missing = Database::Open(url, refuses);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find(path.native()), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path));
  std::filesystem::create_symlink(folder() / "nowhere", folder() / "dangling");
  EXPECT_EQ(Database::Open("sqlite:" + (folder() / "dangling").native(), refuses).error().code,
            ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder() / "nowhere"));
  Database made = Must(Database::Open(url));
  Must(Do(made, "CREATE TABLE t (id BIGINT)"));
  EXPECT_TRUE(Database::Open(url, refuses).has_value());
}

TEST_P(SqliteFileTest, OddNamesAreNames) {
  for (const std::string name : {"a b?mode=memory", "100%25", "file:x", ":memory:", "#", "'"}) {
    Database database = Must(Database::Open("sqlite:" + (folder() / name).native()));
    Must(Do(database, "CREATE TABLE t (id BIGINT)"));
    EXPECT_TRUE(std::filesystem::exists(folder() / name)) << name;
  }
}

TEST_P(SqliteFileTest, ManyProgramsMayOpenANewFileAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto database = Database::Open(url());
      _exit(database.has_value() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(, SqliteFileTest, testing::Values(Engine::kSqlite),
                         [](const auto&) { return std::string("Sqlite"); });

}  // namespace
}  // namespace jikimi::store
