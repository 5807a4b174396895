#ifndef JIKIMI_STORE_POSTGRESQL_CONNECTION_H_
#define JIKIMI_STORE_POSTGRESQL_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/connection.h"
#include "store/postgresql_codec.h"
#include "store/postgresql_url.h"
#include "store/statement_cache.h"

struct pg_conn;
struct pg_result;

namespace jikimi::store {

// A connection to a PostgreSQL server (13 or newer, a UTF-8 database) over libpq: statements
// prepared on first use, parameters and results in binary.
class PostgresqlConnection : public Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const PostgresqlUrl& url,
                                                  const DatabaseOptions& options);

  Result<void> Begin(Beginning beginning) override;
  Result<void> Commit() override;
  void Rollback() override;
  Result<std::int64_t> Run(std::string_view sql, Parameters parameters, Wanted wanted,
                           const TakeRow* take) override;
  Result<void> RunLater(std::string_view sql, Parameters parameters) override;
  Result<void> Flush() override;
  Result<std::int64_t> RunMany(std::string_view sql,
                               std::span<const std::vector<Value>> rows) override;
  Result<std::int64_t> CopyIn(std::string_view table, std::span<const std::string_view> columns,
                              const NextRow& next) override;
  Result<std::vector<std::string>> Tables() override;
  Result<void> CheckIntegrity() override;

 private:
  struct Closer {
    void operator()(pg_conn* connection) const;
    void operator()(pg_result* result) const;
  };
  using ResultHandle = std::unique_ptr<pg_result, Closer>;
  using ConnectionHandle = std::unique_ptr<pg_conn, Closer>;
  struct Prepared {
    std::string name;
    int parameters = 0;
    bool used_before = false;  // in an earlier call: its plan may be out of date
  };

  // A statement that waits for the next flight, with its own copy of what it was given.
  struct Later {
    std::string sql;
    std::string name;
    std::vector<std::byte> bytes;
    PostgresqlParameters parameters;
  };

  PostgresqlConnection(ConnectionHandle connection, const PostgresqlUrl& url)
      : connection_(std::move(connection)), url_(url) {}

  // Runs SQL of PostgreSQL's own without parameters.
  Result<void> Command(const std::string& sql, std::string_view where);
  Result<Prepared*> Prepare(std::string_view sql, const PostgresqlParameters& parameters);
  // One statement's results, up to the null that ends them.
  Result<std::int64_t> TakeResults(std::string_view sql, Wanted wanted, const TakeRow* take);
  Result<std::int64_t> SendPipelined(std::string_view sql,
                                     std::span<const std::vector<Value>> rows);
  // Statements that go in one flight, all prepared; the rows of the last one go to `take`.
  struct InFlight {
    std::string_view sql;
    const std::string* name;
    const PostgresqlParameters* parameters;
  };
  struct Changed {
    std::int64_t all = 0;
    std::int64_t last = 0;
  };
  Result<Changed> SendFlight(std::span<const InFlight> statements, const TakeRow* take);
  std::vector<InFlight> LaterFlight() const;
  Result<std::vector<std::uint32_t>> ColumnTypes(const std::string& table,
                                                 const std::string& columns);
  Error Failed(const pg_result* result, std::string_view where);
  Error FailedToSend(std::string_view where);

  ConnectionHandle connection_;
  const PostgresqlUrl url_;
  StatementCache<Prepared> statements_;
  std::int64_t statements_made_ = 0;
  bool forget_statements_ = false;
  std::vector<Later> later_;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_POSTGRESQL_CONNECTION_H_
