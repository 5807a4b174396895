#include "store/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "store/connection.h"
#include "store/database_state.h"
#include "store/dialect.h"
#include "store/migration_tables.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_error.h"

namespace jikimi::store {
namespace {

constexpr int kPagesPerStep = 2048;

struct CloseSqlite {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using SqliteHandle = std::unique_ptr<sqlite3, CloseSqlite>;

// A file beside `path` that is gone at the end unless it was renamed.
class TemporaryFile {
 public:
  static Result<TemporaryFile> MakeBeside(const std::filesystem::path& path) {
    std::string name = path.native() + ".XXXXXX";
    const FileDescriptor file(mkstemp(name.data()));  // 0600
    if (!file.valid()) return FileError(path, "make a file beside", errno);
    return TemporaryFile(std::move(name));
  }
  TemporaryFile(TemporaryFile&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (name_.empty()) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) unlink((name_ + suffix).c_str());
  }

  const std::string& name() const { return name_; }

  // Takes the name `path`, which nobody may have, so that a crash leaves all of it or nothing.
  Result<void> SyncAndRename(const std::filesystem::path& path) {
    TRY(SyncFile(name_));
    if (renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
      return FileError(path, "make", errno);
    }
    name_.clear();
    return SyncFolderOf(path);
  }

 private:
  explicit TemporaryFile(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

Result<SqliteHandle> OpenFile(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const std::string plain = path.front() == '/' ? path : "./" + path;
  const int code = sqlite3_open_v2(plain.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteHandle handle(raw);
  if (!handle) return Error{ErrorCode::kResourceExhausted, path + ": out of memory"};
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 10'000);
  if (code != SQLITE_OK) return SqliteError(raw, sqlite3_extended_errcode(raw), path);
  return handle;
}

Result<void> RunSql(sqlite3* database, const char* sql, const std::string& path) {
  const int code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteError(database, code, path);
  return {};
}

// Copies all pages of one moment: the source's read transaction keeps that moment in view while
// others write, which would make SQLite begin again otherwise.
Result<void> CopyPages(const std::string& from, const std::string& to) {
  const SqliteHandle source = TRY(OpenFile(from, SQLITE_OPEN_READWRITE));
  const SqliteHandle target = TRY(OpenFile(to, SQLITE_OPEN_READWRITE));
  TRY(RunSql(source.get(), "BEGIN; SELECT COUNT(*) FROM sqlite_schema", from));
  sqlite3_backup* backup = sqlite3_backup_init(target.get(), "main", source.get(), "main");
  if (!backup) return SqliteError(target.get(), sqlite3_extended_errcode(target.get()), to);
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(backup, kPagesPerStep);
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return SqliteError(target.get(), code, to);
  if (finished != SQLITE_OK) return SqliteError(target.get(), finished, to);
  TRY(RunSql(source.get(), "COMMIT", from));
  // One file, without a log beside it.
  return RunSql(target.get(), "PRAGMA journal_mode=DELETE", to);
}

Result<BackupReport> Inspect(Transaction& transaction, std::span<const Schema> schemas) {
  Connection& connection = TransactionAccess::connection(transaction);
  TRY(connection.CheckIntegrity());
  const std::vector<std::size_t> taken = TRY(ReadLedger(transaction, schemas));
  TRY(CheckComplete(schemas, taken));
  BackupReport report;
  for (const std::string& table : TRY(connection.Tables())) {
    if (!IsPlainName(table)) {
      return Error{ErrorCode::kUnsupported, "a table that isn't ours: " + Printable(table)};
    }
    const auto row = TRY(QueryOne(transaction, "SELECT COUNT(*) FROM " + table));
    const auto rows = TRY(row->Get<std::int64_t>(0));
    report.tables.push_back({table, rows});
  }
  return report;
}

}  // namespace

Result<BackupReport> Backup(Database& database, const std::filesystem::path& path,
                            std::span<const Schema> schemas) {
  if (database.engine() != Engine::kSqlite) {
    return Error{ErrorCode::kUnsupported,
                 database.name() + ": a server is backed up with pg_basebackup or pg_dump"};
  }
  if (std::error_code ignored; std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kAlreadyExists, Printable(path.native()) + " exists already"};
  }
  TemporaryFile copy = TRY(TemporaryFile::MakeBeside(path));
  TRY(CopyPages(TransactionAccess::state(database).path, copy.name()));
  BackupReport report = TRY(VerifyBackup(copy.name(), schemas));
  TRY(copy.SyncAndRename(path));
  return report;
}

Result<BackupReport> VerifyBackup(const std::filesystem::path& path,
                                  std::span<const Schema> schemas) {
  const auto connection = TRY(SqliteConnection::OpenUnchanging(path.native()));
  BackupReport report;
  const auto look = [&](Transaction& transaction) -> Result<void> {
    report = TRY(Inspect(transaction, schemas));
    return {};
  };
  if (auto looked = TransactionAccess::RunOnce(*connection, Beginning::kRead, look); !looked) {
    return Prefixed(Printable(path.native()), std::move(looked).error());
  }
  std::error_code failed;
  report.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, failed));
  if (failed) return FileError(path, "look at", failed.value());
  return report;
}

Result<BackupReport> VerifyDatabase(Database& database, std::span<const Schema> schemas) {
  return database.Read([&](Transaction& transaction) { return Inspect(transaction, schemas); });
}

}  // namespace jikimi::store
