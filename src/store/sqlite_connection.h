#ifndef JIKIMI_STORE_SQLITE_CONNECTION_H_
#define JIKIMI_STORE_SQLITE_CONNECTION_H_

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "store/connection.h"
#include "store/statement_cache.h"

struct sqlite3;
struct sqlite3_stmt;

namespace jikimi::store {

// A connection to an SQLite file in WAL mode, each commit synced, deleted content overwritten,
// foreign keys checked, temporary data in memory only, the file readable by its owner only.
class SqliteConnection : public Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const std::string& path,
                                                  const DatabaseOptions& options);
  // To read a file that nobody has open, such as a backup. Makes and changes no file.
  static Result<std::unique_ptr<Connection>> OpenUnchanging(const std::string& path);
  ~SqliteConnection() override;

  Result<void> Begin(Beginning beginning) override;
  Result<void> Commit() override;
  void Rollback() override;
  Result<std::int64_t> Run(std::string_view sql, Parameters parameters, Wanted wanted,
                           const TakeRow* take) override;
  Result<std::int64_t> RunMany(std::string_view sql,
                               std::span<const std::vector<Value>> rows) override;
  Result<std::int64_t> CopyIn(std::string_view table, std::span<const std::string_view> columns,
                              const NextRow& next) override;
  Result<std::vector<std::string>> Tables() override;
  Result<void> CheckIntegrity() override;

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct Prepared {
    std::unique_ptr<sqlite3_stmt, Finalizer> statement;
    int parameters = 0;
  };

  SqliteConnection(sqlite3* database, const DatabaseOptions& options);
  Result<void> Configure(const DatabaseOptions& options);
  // Runs SQL of SQLite's own; the first column of the first row, or "".
  Result<std::string> Pragma(const char* sql);
  Result<Prepared*> Prepare(std::string_view sql);
  Result<void> Bind(sqlite3_stmt* statement, std::string_view sql, Parameters parameters);
  Result<void> CheckForeignKeys();
  std::vector<std::string> ColumnTypes(const std::string& table,
                                       std::span<const std::string_view> columns);
  Error Failed(int code, std::string_view where);
  bool OutOfTime() const;

  sqlite3* database_;
  const std::chrono::milliseconds patience_;
  const std::chrono::milliseconds statement_timeout_;
  std::chrono::steady_clock::time_point statement_end_;
  Beginning beginning_ = Beginning::kRead;
  StatementCache<Prepared> statements_;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_SQLITE_CONNECTION_H_
