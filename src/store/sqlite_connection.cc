#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <thread>

#include "base/check.h"
#include "base/file.h"
#include "store/dialect.h"
#include "store/sqlite_codec.h"
#include "store/sqlite_error.h"

namespace jikimi::store {
namespace {

// How many steps of SQLite's machine pass between looks at the clock.
constexpr int kStepsPerLook = 20'000;

// Makes the file for its owner only: SQLite would go by the umask. An existing file is never
// opened here, since closing it would drop the locks that this process holds on it (POSIX).
Result<void> MakePrivateFile(const std::string& path) {
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) {
    close(file);
  } else if (errno != EEXIST) {
    return FileError(path, "make", errno);
  }
  return {};
}

std::string_view View(const unsigned char* text) {
  return text ? reinterpret_cast<const char*>(text) : "";
}

// Leaves a statement ready for its next use, holding nothing of this one.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetAtEnd() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

void SqliteConnection::Finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteConnection::SqliteConnection(sqlite3* database, const DatabaseOptions& options)
    : database_(database),
      patience_(options.patience),
      statement_timeout_(options.statement_timeout) {}

SqliteConnection::~SqliteConnection() {
  statements_.Clear();
  const int code = sqlite3_close(database_);
  CHECK(code == SQLITE_OK);
}

Result<std::unique_ptr<Connection>> SqliteConnection::Open(const std::string& path,
                                                           const DatabaseOptions& options) {
  const std::string where = "sqlite:" + path;
  if (options.missing_file == MissingFile::kIsMade) {
    if (auto made = MakePrivateFile(path); !made) return std::move(made).error();
  } else if (std::error_code ignored; !std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kNotFound, where + ": there is no such file"};
  }
  sqlite3* database = nullptr;
  // "./" keeps SQLite from reading a name such as "file:x" or ":memory:" as something else.
  const std::string plain = path.front() == '/' ? path : "./" + path;
  const int code = sqlite3_open_v2(plain.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (!database) return Error{ErrorCode::kResourceExhausted, where + ": out of memory"};
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database, options));
  sqlite3_extended_result_codes(database, 1);
  if (code != SQLITE_OK) return SqliteError(database, sqlite3_extended_errcode(database), where);
  if (auto configured = connection->Configure(options); !configured) {
    return Prefixed(where, std::move(configured).error());
  }
  return std::unique_ptr<Connection>(std::move(connection));
}

Result<std::unique_ptr<Connection>> SqliteConnection::OpenUnchanging(const std::string& path) {
  const std::string where = "sqlite:" + path;
  std::error_code ignored;
  if (std::filesystem::exists(path + "-wal", ignored)) {
    return Error{ErrorCode::kInvalidArgument,
                 where + ": has a log beside it (-wal), so it is a database in use and no backup"};
  }
  // Tells a folder, a missing file and one that we may not read apart.
  if (auto readable = OpenRegularFile(path); !readable) return std::move(readable).error();
  DatabaseOptions options;
  options.statement_timeout = std::chrono::milliseconds(0);
  sqlite3* database = nullptr;
  const std::string url = "file:" + PercentEncoded(path) + "?mode=ro&immutable=1";
  const int code =
      sqlite3_open_v2(url.c_str(), &database,
                      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  if (!database) return Error{ErrorCode::kResourceExhausted, where + ": out of memory"};
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database, options));
  sqlite3_extended_result_codes(database, 1);
  if (code != SQLITE_OK) return SqliteError(database, sqlite3_extended_errcode(database), where);
  // A file that isn't to be trusted yet.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  for (const char* pragma :
       {"PRAGMA trusted_schema=OFF", "PRAGMA cell_size_check=ON", "PRAGMA temp_store=MEMORY"}) {
    if (auto set = connection->Pragma(pragma); !set) {
      return Prefixed(where, std::move(set).error());
    }
  }
  return std::unique_ptr<Connection>(std::move(connection));
}

Result<void> SqliteConnection::Configure(const DatabaseOptions& options) {
  const auto clamp = [](std::int64_t value) {
    return static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
  };
  sqlite3_busy_timeout(database_, clamp(options.patience.count()));
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // Changing the mode of a new file doesn't wait for others that do the same.
  const auto end = std::chrono::steady_clock::now() + options.patience;
  while (true) {
    conflict_ = false;
    const auto mode = Pragma("PRAGMA journal_mode=WAL");
    if (mode && *mode != "wal") {
      return Error{ErrorCode::kUnsupported,
                   "this file system can't share memory between processes (journal mode stays \"" +
                       *mode + "\")"};
    }
    if (mode) break;
    if (!conflict_ || std::chrono::steady_clock::now() >= end) return mode.error();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (const char* pragma :
       {"PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA secure_delete=ON",
        "PRAGMA temp_store=MEMORY", "PRAGMA trusted_schema=OFF", "PRAGMA cell_size_check=ON",
        "PRAGMA case_sensitive_like=ON"}) {
    TRY(Pragma(pragma));
  }
  if (options.max_bytes > 0) {
    const std::int64_t page = std::stoll(TRY(Pragma("PRAGMA page_size")));
    const std::string most = std::to_string(std::max<std::int64_t>(1, options.max_bytes / page));
    TRY(Pragma(("PRAGMA max_page_count=" + most).c_str()));
  }
  if (statement_timeout_.count() > 0) {
    sqlite3_progress_handler(
        database_, kStepsPerLook,
        [](void* self) { return static_cast<SqliteConnection*>(self)->OutOfTime() ? 1 : 0; }, this);
  }
  return {};
}

bool SqliteConnection::OutOfTime() const {
  return beginning_ != Beginning::kMigration && std::chrono::steady_clock::now() > statement_end_;
}

Error SqliteConnection::Failed(int code, std::string_view where) {
  conflict_ = conflict_ || IsSqliteConflict(code);
  return SqliteError(database_, code, where);
}

Result<std::string> SqliteConnection::Pragma(const char* sql) {
  statement_end_ = std::chrono::steady_clock::now() + patience_ + statement_timeout_;
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(database_, sql, -1, &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalizer> statement(raw);
  if (code != SQLITE_OK) return Failed(code, sql);
  std::string first;
  bool any = false;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    if (!any && sqlite3_column_count(raw) > 0) first = View(sqlite3_column_text(raw, 0));
    any = true;
  }
  if (code != SQLITE_DONE) return Failed(code, sql);
  return first;
}

Result<void> SqliteConnection::Begin(Beginning beginning) {
  conflict_ = false;
  beginning_ = beginning;
  if (beginning == Beginning::kMigration) TRY(Pragma("PRAGMA foreign_keys=OFF"));
  // Taking the writer's lock first means that a transaction never finds half-way that it must
  // start again: writers are serializable by being one after the other.
  auto begun = Pragma(beginning == Beginning::kRead ? "BEGIN" : "BEGIN IMMEDIATE");
  if (begun) return {};
  Rollback();
  return std::move(begun).error();
}

Result<void> SqliteConnection::Commit() {
  if (beginning_ == Beginning::kMigration) {
    if (auto checked = CheckForeignKeys(); !checked) {
      Rollback();
      return checked;
    }
  }
  auto committed = Pragma("COMMIT");
  if (!committed) {
    Rollback();
    return std::move(committed).error();
  }
  if (beginning_ == Beginning::kMigration && !Pragma("PRAGMA foreign_keys=ON")) lost_ = true;
  return {};
}

void SqliteConnection::Rollback() {
  // Some failures (a full disk) have rolled it back already.
  if (sqlite3_get_autocommit(database_) == 0) {
    const bool conflict = conflict_;
    if (!Pragma("ROLLBACK")) lost_ = true;
    conflict_ = conflict;
  }
  if (beginning_ == Beginning::kMigration && !Pragma("PRAGMA foreign_keys=ON")) lost_ = true;
}

Result<void> SqliteConnection::CheckForeignKeys() {
  const std::string table = TRY(Pragma("PRAGMA foreign_key_check"));
  if (table.empty()) return {};
  return Error{ErrorCode::kInvalidArgument, "rows of " + table + " refer to rows that don't exist"};
}

Result<std::vector<std::string>> SqliteConnection::Tables() {
  return TextColumn(*this,
                    "SELECT name FROM sqlite_schema WHERE type = 'table' "
                    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
}

Result<void> SqliteConnection::CheckIntegrity() {
  const std::string found = TRY(Pragma("PRAGMA integrity_check"));
  if (found != "ok") return Error{ErrorCode::kCorrupt, "the file is damaged: " + found};
  if (auto checked = CheckForeignKeys(); !checked) {
    return Error{ErrorCode::kCorrupt, checked.error().message};
  }
  return {};
}

Result<SqliteConnection::Prepared*> SqliteConnection::Prepare(std::string_view sql) {
  if (Prepared* known = statements_.Find(sql)) return known;
  const Translated translated = TRY(Translate(sql, Engine::kSqlite));
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v3(database_, translated.sql.data(), static_cast<int>(translated.sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return Failed(code, Excerpt(sql));
  Prepared prepared;
  prepared.statement.reset(raw);
  prepared.parameters = translated.parameters;
  statements_.Put(std::string(sql), std::move(prepared));
  return statements_.Find(sql);
}

Result<void> SqliteConnection::Bind(sqlite3_stmt* statement, std::string_view sql,
                                    Parameters parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int code = BindOne(statement, static_cast<int>(i + 1), parameters[i]);
    if (code != SQLITE_OK) return Failed(code, Excerpt(sql));
  }
  return {};
}

Result<std::int64_t> SqliteConnection::Run(std::string_view sql, Parameters parameters,
                                           Wanted /*wanted*/, const TakeRow* take) {
  Prepared* prepared = TRY(Prepare(sql));
  sqlite3_stmt* statement = prepared->statement.get();
  if (static_cast<std::size_t>(prepared->parameters) != parameters.size()) {
    return Error{ErrorCode::kInvalidArgument,
                 Excerpt(sql) + ": wants " + std::to_string(prepared->parameters) +
                     " parameters, not " + std::to_string(parameters.size())};
  }
  if (beginning_ == Beginning::kRead && sqlite3_stmt_readonly(statement) == 0) {
    return Error{ErrorCode::kInternal, Excerpt(sql) + ": writes in a read transaction"};
  }
  const ResetAtEnd reset(statement);
  TRY(Bind(statement, sql, parameters));
  statement_end_ = std::chrono::steady_clock::now() + statement_timeout_;
  const std::int64_t changes_before = sqlite3_total_changes64(database_);
  std::shared_ptr<const Row::Columns> columns;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (!take) continue;
    if (!columns) columns = ReadColumns(statement);
    TRY((*take)(ReadRow(statement, columns)));
  }
  if (code != SQLITE_DONE) return Failed(code, Excerpt(sql));
  const bool changed = sqlite3_total_changes64(database_) != changes_before;
  return changed ? std::int64_t{sqlite3_changes64(database_)} : 0;
}

Result<std::int64_t> SqliteConnection::RunMany(std::string_view sql,
                                               std::span<const std::vector<Value>> rows) {
  std::int64_t changed = 0;
  for (const std::vector<Value>& row : rows) {
    changed += TRY(Run(sql, row, Wanted::kAllRows, nullptr));
  }
  return changed;
}

std::vector<std::string> SqliteConnection::ColumnTypes(const std::string& table,
                                                       std::span<const std::string_view> columns) {
  std::vector<std::string> types;
  for (const std::string_view column : columns) {
    const char* type = nullptr;
    // What isn't there is left for the INSERT to say.
    sqlite3_table_column_metadata(database_, nullptr, table.c_str(), std::string(column).c_str(),
                                  &type, nullptr, nullptr, nullptr, nullptr);
    types.emplace_back(type ? type : "");
  }
  return types;
}

Result<std::int64_t> SqliteConnection::CopyIn(std::string_view table,
                                              std::span<const std::string_view> columns,
                                              const NextRow& next) {
  std::string names;
  std::string marks;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names += (i > 0 ? ", " : "") + std::string(columns[i]);
    marks += (i > 0 ? ", $" : "$") + std::to_string(i + 1);
  }
  const std::string sql =
      "INSERT INTO " + std::string(table) + " (" + names + ") VALUES (" + marks + ")";
  const std::vector<std::string> types = ColumnTypes(std::string(table), columns);
  std::int64_t count = 0;
  for (std::vector<Value> row; next(row); row.clear()) {
    TRY(CheckParameters(sql, row));
    // A STRICT table would still turn a number into a text.
    bool fits = row.size() == types.size();
    for (std::size_t i = 0; fits && i < row.size(); ++i) {
      fits = row[i].null() || types[i].empty() || types[i] == TypeName(row[i].type());
    }
    if (!fits) {
      return Error{ErrorCode::kInvalidArgument, Excerpt(sql) + ": row " + std::to_string(count) +
                                                    " doesn't have the types of its columns"};
    }
    count += TRY(Run(sql, row, Wanted::kAllRows, nullptr));
  }
  return count;
}

}  // namespace jikimi::store
