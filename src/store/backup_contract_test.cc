#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/bytes.h"
#include "base/file.h"
#include "store/backup.h"
#include "store/contract.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using testing::HasSubstr;

constexpr Migration kSteps[] = {
    {"pairs",
     "CREATE TABLE room_pair (id BIGINT NOT NULL PRIMARY KEY, a BIGINT NOT NULL, "
     "b BIGINT NOT NULL, t TEXT NOT NULL UNIQUE)"},
    {"children",
     "CREATE TABLE room_child (id BIGINT NOT NULL PRIMARY KEY, "
     "pair BIGINT NOT NULL REFERENCES room_pair (id))"}};
constexpr Schema kSchemas[] = {{"room", kSteps}};
constexpr std::string_view kInsert = "INSERT INTO room_pair (id, a, b, t) VALUES ($1, $2, $2, $3)";

class BackupTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open());
    Must(Migrate(*database_, kSchemas, SystemClock()));
  }
  void TearDown() override {
    database_.reset();
    ContractTest::TearDown();
  }
  void AddPairs(std::int64_t first, std::int64_t count) {
    Must(database_->Write([&](Transaction& transaction) -> Result<void> {
      for (std::int64_t id = first; id < first + count; ++id) {
        TRY(Execute(transaction, kInsert, {id, id, "text of pair " + std::to_string(id)}));
      }
      return {};
    }));
  }
  std::filesystem::path Target() const { return folder() / "backup.db"; }
  std::size_t FilesInFolder() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder()), {}));
  }

  std::optional<Database> database_;
};

TEST_P(BackupTest, AnOpenDatabaseIsVerified) {
  AddPairs(1, 3);
  const BackupReport report = Must(VerifyDatabase(*database_, kSchemas));
  ASSERT_EQ(report.tables.size(), 3U);
  EXPECT_EQ(report.tables[1].table, "room_pair");
  EXPECT_EQ(report.tables[1].rows, 3);
  EXPECT_EQ(VerifyDatabase(*database_, {}).error().code, ErrorCode::kUnsupported);
}

JIKIMI_ON_BOTH_DATABASES(BackupTest);

class PostgresqlBackupTest : public BackupTest {};

TEST_P(PostgresqlBackupTest, IsTheServersOwnTask) {
  const auto backup = Backup(*database_, Target(), kSchemas);
  EXPECT_EQ(backup.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(backup.error().message, HasSubstr("pg_basebackup"));
}

TEST_P(PostgresqlBackupTest, AConstraintThatIsNotValidIsFound) {
  RunOnServer("ALTER TABLE room_child ADD CONSTRAINT positive CHECK (id > 0) NOT VALID");
  EXPECT_THAT(VerifyDatabase(*database_, kSchemas).error().message, HasSubstr("positive"));
}

INSTANTIATE_TEST_SUITE_P(, PostgresqlBackupTest, testing::Values(Engine::kPostgresql),
                         [](const auto&) { return std::string("Postgresql"); });

class SqliteBackupTest : public BackupTest {};

TEST_P(SqliteBackupTest, ACopyHoldsAllAndOpensAsADatabase) {
  AddPairs(1, 1000);
  const BackupReport report = Must(Backup(*database_, Target(), kSchemas));
  EXPECT_EQ(report.tables[1].rows, 1000);
  EXPECT_EQ(report.bytes, static_cast<std::int64_t>(std::filesystem::file_size(Target())));
  struct stat status = {};
  ASSERT_EQ(stat(Target().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  Database copy = Must(Database::Open("sqlite:" + Target().native()));
  Must(CheckSchema(copy, kSchemas));
  EXPECT_EQ(Number(copy, "SELECT COUNT(*) FROM room_pair WHERE a = b"), 1000);
}

// While others write as fast as they can, the copy is of one moment.
TEST_P(SqliteBackupTest, ACopyMadeWhileOthersWriteIsOfOneMoment) {
  AddPairs(1, 5000);
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> rounds = 0;
  std::thread writer([&] {
    while (!stop) {
      Must(database_->Write([&](Transaction& transaction) -> Result<void> {
        TRY(Execute(transaction, "UPDATE room_pair SET a = a + 1 WHERE id = 1"));
        TRY(Execute(transaction, "UPDATE room_pair SET a = a + 1 WHERE id = 5000"));
        return {};
      }));
      ++rounds;
    }
  });
  for (int i = 0; i < 5; ++i) {
    const std::filesystem::path path = Target().native() + std::to_string(i);
    EXPECT_EQ(Must(Backup(*database_, path, kSchemas)).tables[1].rows, 5000);
    Database copy = Must(Database::Open("sqlite:" + path.native()));
    EXPECT_EQ(Number(copy, "SELECT MAX(a - b) - MIN(a - b) FROM room_pair WHERE id IN (1, 5000)"),
              0);
  }
  stop = true;
  writer.join();
  EXPECT_GT(rounds, 0);
}

TEST_P(SqliteBackupTest, AnExistingFileIsKept) {
  std::ofstream(Target()) << "mine";
  const std::size_t files = FilesInFolder();
  EXPECT_EQ(Backup(*database_, Target(), kSchemas).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(std::filesystem::file_size(Target()), 4U);
  EXPECT_EQ(FilesInFolder(), files);
}

TEST_P(SqliteBackupTest, AFailedCopyLeavesNothing) {
  const std::size_t files = FilesInFolder();
  EXPECT_EQ(Backup(*database_, folder() / "none" / "x.db", kSchemas).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(Backup(*database_, Target(), {}).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(FilesInFolder(), files);
}

TEST_P(SqliteBackupTest, ADamagedCopyIsSaidToBe) {
  AddPairs(1, 2000);
  Must(Backup(*database_, Target(), kSchemas));
  const auto whole = Must(ReadFile(Target(), 1 << 26));
  const auto verdict_of = [&](std::span<const std::byte> bytes) {
    const auto path = folder() / "damaged.db";
    Must(WriteFileAtomically(path, bytes));
    const auto verified = VerifyBackup(path, kSchemas);
    return verified ? std::string("fine") : std::string(ErrorCodeName(verified.error().code));
  };
  EXPECT_EQ(verdict_of(whole), "fine");
  EXPECT_EQ(verdict_of(std::span(whole).first(whole.size() / 2)), "corrupt");
  EXPECT_EQ(verdict_of(std::span(whole).first(4096 * 3)), "corrupt");
  EXPECT_EQ(verdict_of(AsBytes("neither a database nor long")), "corrupt");
  // An empty file is an empty database to SQLite: one that lacks its tables.
  EXPECT_EQ(verdict_of({}), "unavailable");
  // Pages of tables and of indexes, written over at their start.
  int corrupt = 0;
  for (std::size_t page = 1; page < whole.size() / 4096; page += 3) {
    auto damaged = whole;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(page * 4096), 64, std::byte{0xaa});
    const std::string verdict = verdict_of(damaged);
    EXPECT_NE(verdict, "fine") << "page " << page;
    corrupt += verdict == "corrupt" ? 1 : 0;
  }
  EXPECT_GT(corrupt, 10);
}

TEST_P(SqliteBackupTest, RowsWithoutTheirParentAreFound) {
  const Migration steps[] = {
      {"parent", "CREATE TABLE room_pair (id BIGINT NOT NULL PRIMARY KEY)"},
      {"child", "CREATE TABLE room_child (id BIGINT NOT NULL PRIMARY KEY, pair BIGINT NOT NULL)"}};
  // A file whose child table got its foreign key too late: made by hand from two texts.
  AddPairs(1, 1);
  Must(Do(*database_, "INSERT INTO room_child (id, pair) VALUES (1, 1)"));
  Must(Backup(*database_, Target(), kSchemas));
  Database copy = Must(Database::Open("sqlite:" + Target().native()));
  EXPECT_EQ(Do(copy, "DELETE FROM room_pair").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(VerifyBackup(Target(), std::vector<Schema>{{"room", steps}}).error().code,
            ErrorCode::kInvalidArgument);  // it is in use: a log lies beside it
}

TEST_P(SqliteBackupTest, ACopyOfAnotherVersionIsRefused) {
  Must(Backup(*database_, Target(), kSchemas));
  const Schema newer[] = {{"room", std::span(kSteps).first(1)}};
  EXPECT_EQ(VerifyBackup(Target(), newer).error().code, ErrorCode::kUnsupported);
  const Schema more[] = {kSchemas[0], {"other", kSteps}};
  EXPECT_EQ(VerifyBackup(Target(), more).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(VerifyBackup(folder() / "none.db", kSchemas).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(VerifyBackup(folder(), kSchemas).error().code, ErrorCode::kUnsupported);
}

INSTANTIATE_TEST_SUITE_P(, SqliteBackupTest, testing::Values(Engine::kSqlite),
                         [](const auto&) { return std::string("Sqlite"); });

}  // namespace
}  // namespace jikimi::store
