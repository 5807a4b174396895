#include "store/postgresql_connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>

#include "store/dialect.h"
#include "store/postgresql_error.h"

namespace jikimi::store {
namespace {

constexpr int kOldestServer = 130'000;
// Any number does that no other program takes for an advisory lock in our database: "jikimi".
constexpr std::string_view kMigrationLock = "116869640514921";

std::string_view BeginSql(Beginning beginning) {
  switch (beginning) {
    case Beginning::kRead:
      return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    case Beginning::kWrite:
      return "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
    case Beginning::kLocking:
    case Beginning::kMigration:
      break;
  }
  return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
}

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

// libpq gives no SQLSTATE for a connection that failed, so its words must do; where they are
// others (a translated server) the kind is kUnavailable.
ErrorCode ConnectErrorCode(PGconn* connection, std::string_view message) {
  const auto says = [&](std::string_view words) {
    return message.find(words) != std::string_view::npos;
  };
  if (PQconnectionNeedsPassword(connection) != 0 || says("authentication failed") ||
      says("pg_hba.conf") || says("permission denied for database")) {
    return ErrorCode::kPermissionDenied;
  }
  if (says("database \"") && says("does not exist")) return ErrorCode::kNotFound;
  return ErrorCode::kUnavailable;
}

std::shared_ptr<const Row::Columns> ReadColumns(const PGresult* result) {
  auto columns = std::make_shared<Row::Columns>();
  for (int i = 0; i < PQnfields(result); ++i) columns->names.emplace_back(PQfname(result, i));
  return columns;
}

Result<Row> ReadRow(const PGresult* result, int row,
                    const std::shared_ptr<const Row::Columns>& columns) {
  std::vector<Cell> cells;
  cells.reserve(columns->names.size());
  for (int i = 0; i < PQnfields(result); ++i) {
    if (PQgetisnull(result, row, i) != 0) {
      cells.emplace_back();
      continue;
    }
    const auto* data = reinterpret_cast<const std::byte*>(PQgetvalue(result, row, i));
    const auto size = static_cast<std::size_t>(PQgetlength(result, row, i));
    auto cell = DecodeCell(PQftype(result, i), {data, size});
    if (!cell) {
      return Prefixed("column " + columns->names[static_cast<std::size_t>(i)],
                      std::move(cell).error());
    }
    cells.push_back(std::move(cell).value());
  }
  return Row(columns, std::move(cells));
}

// The rows that a command changed; PostgreSQL also counts those that a SELECT gave.
std::int64_t RowsChanged(PGresult* result) {
  if (std::string_view(PQcmdStatus(result)).starts_with("SELECT")) return 0;
  return std::strtoll(PQcmdTuples(result), nullptr, 10);
}

bool Succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE;
}

}  // namespace

void PostgresqlConnection::Closer::operator()(pg_conn* connection) const { PQfinish(connection); }
void PostgresqlConnection::Closer::operator()(pg_result* result) const { PQclear(result); }

Result<std::unique_ptr<Connection>> PostgresqlConnection::Open(const PostgresqlUrl& url,
                                                               const DatabaseOptions& options) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : url.settings()) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  ConnectionHandle handle(PQconnectdbParams(keywords.data(), values.data(), 0));
  if (!handle) return Error{ErrorCode::kResourceExhausted, url.name() + ": out of memory"};
  if (PQstatus(handle.get()) != CONNECTION_OK) {
    const std::string message = FirstLine(PQerrorMessage(handle.get()));
    return Error{ConnectErrorCode(handle.get(), message), url.name() + ": " + url.Redact(message)};
  }
  if (PQserverVersion(handle.get()) < kOldestServer) {
    return Error{ErrorCode::kUnsupported, url.name() + ": the server is older than PostgreSQL 13"};
  }
  const char* encoding = PQparameterStatus(handle.get(), "server_encoding");
  if (!encoding || std::string_view(encoding) != "UTF8") {
    return Error{ErrorCode::kUnsupported, url.name() +
                                              ": the database's encoding is not UTF8 but " +
                                              (encoding ? encoding : "unknown")};
  }
  // Notices would go to standard error, and may hold values.
  PQsetNoticeProcessor(
      handle.get(), [](void*, const char*) {}, nullptr);
  std::unique_ptr<PostgresqlConnection> connection(
      new PostgresqlConnection(std::move(handle), url));
  // A machine of ours that dies in a transaction lets go of its locks within a minute.
  auto set = connection->Command(
      "SET statement_timeout = " + std::to_string(options.statement_timeout.count()) +
          "; SET lock_timeout = " +
          std::to_string(std::max<std::int64_t>(1, options.patience.count())) +
          "; SET idle_in_transaction_session_timeout = 60000"
          "; SET standard_conforming_strings = on",
      url.name());
  if (!set) return std::move(set).error();
  return std::unique_ptr<Connection>(std::move(connection));
}

Error PostgresqlConnection::Failed(const pg_result* result, std::string_view where) {
  const char* state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  if (PQstatus(connection_.get()) == CONNECTION_BAD || (state && IsSqlstateConnectionLost(state))) {
    lost_ = true;
  }
  if (!state) {
    // A server's errors have one: this is libpq's own, of a connection that broke, which it may
    // not call bad yet.
    if (PQresultStatus(result) != PGRES_PIPELINE_ABORTED) lost_ = true;
    return FailedToSend(where);
  }
  conflict_ = conflict_ || IsSqlstateConflict(state);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return SqlstateError(where, state, message ? message : "");
}

Error PostgresqlConnection::FailedToSend(std::string_view where) {
  if (PQstatus(connection_.get()) == CONNECTION_BAD) lost_ = true;
  const std::string message = url_.Redact(FirstLine(PQerrorMessage(connection_.get())));
  return {lost_ ? ErrorCode::kUnavailable : ErrorCode::kInternal,
          std::string(where) + ": " + (lost_ ? "the connection is lost: " : "") + message};
}

Result<void> PostgresqlConnection::Command(const std::string& sql, std::string_view where) {
  const ResultHandle result(PQexec(connection_.get(), sql.c_str()));
  if (!Succeeded(result.get())) return Failed(result.get(), where);
  return {};
}

Result<void> PostgresqlConnection::Begin(Beginning beginning) {
  conflict_ = false;
  std::string sql(BeginSql(beginning));
  if (beginning == Beginning::kMigration) {
    sql += "; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
    sql += "; SELECT pg_advisory_xact_lock(" + std::string(kMigrationLock) + ")";
  }
  auto begun = Command(sql, "BEGIN");
  if (!begun) Rollback();
  return begun;
}

Result<void> PostgresqlConnection::Commit() {
  const ResultHandle result(PQexec(connection_.get(), "COMMIT"));
  if (!Succeeded(result.get())) {
    Error error = Failed(result.get(), "COMMIT");
    if (lost_) error.message += "; whether the transaction took effect is unknown";
    Rollback();
    return error;
  }
  // What the server says when a failed transaction is committed.
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    return Error{ErrorCode::kInternal, "COMMIT: the server rolled the transaction back"};
  }
  return {};
}

void PostgresqlConnection::Rollback() {
  later_.clear();
  if (!lost_ && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) {
    const bool conflict = conflict_;
    if (!Command("ROLLBACK", "ROLLBACK")) lost_ = true;
    conflict_ = conflict;
  }
  if (!lost_ && forget_statements_) {
    if (!Command("DEALLOCATE ALL", "DEALLOCATE")) lost_ = true;
    statements_.Clear();
    forget_statements_ = false;
  }
}

Result<PostgresqlConnection::Prepared*> PostgresqlConnection::Prepare(
    std::string_view sql, const PostgresqlParameters& parameters) {
  const std::string key = parameters.signature() + ":" + std::string(sql);
  Prepared* prepared = statements_.Find(key);
  if (!prepared) {
    TRY(Flush());  // what waits may need the statement that makes room
    const Translated translated = TRY(Translate(sql, Engine::kPostgresql));
    if (translated.parameters != parameters.count()) {
      return Error{ErrorCode::kInvalidArgument,
                   Excerpt(sql) + ": wants " + std::to_string(translated.parameters) +
                       " parameters, not " + std::to_string(parameters.count())};
    }
    const std::string name = "s" + std::to_string(++statements_made_);
    const ResultHandle result(PQprepare(connection_.get(), name.c_str(), translated.sql.c_str(),
                                        parameters.count(), parameters.types()));
    if (!Succeeded(result.get())) return Failed(result.get(), Excerpt(sql));
    if (auto old = statements_.Put(key, Prepared{name, translated.parameters, false})) {
      TRY(Command("DEALLOCATE " + old->name, "DEALLOCATE"));
    }
    prepared = statements_.Find(key);
  } else {
    prepared->used_before = true;
  }
  return prepared;
}

Result<std::int64_t> PostgresqlConnection::TakeResults(std::string_view sql, Wanted wanted,
                                                       const TakeRow* take) {
  std::int64_t changed = 0;
  std::optional<Error> failure;
  std::shared_ptr<const Row::Columns> columns;
  while (true) {
    const ResultHandle result(PQgetResult(connection_.get()));
    if (!result) break;
    if (failure) continue;  // what is left of a statement that has ended
    if (!Succeeded(result.get())) {
      failure = Failed(result.get(), Excerpt(sql));
      continue;
    }
    changed = RowsChanged(result.get());
    if (!columns) columns = ReadColumns(result.get());
    for (int row = 0; take && !failure && row < PQntuples(result.get()); ++row) {
      auto read = ReadRow(result.get(), row, columns);
      auto taken = read ? (*take)(std::move(read).value()) : Result<void>(std::move(read).error());
      if (!taken) failure = std::move(taken).error();
    }
    if (failure && wanted == Wanted::kRowByRow) {
      // Nobody wants the rest: tell the server.
      const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(
          PQgetCancel(connection_.get()), PQfreeCancel);
      char message[256];
      if (cancel) PQcancel(cancel.get(), message, sizeof(message));
    }
  }
  if (failure) return *failure;
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return FailedToSend(Excerpt(sql));
  return changed;
}

Result<std::int64_t> PostgresqlConnection::Run(std::string_view sql, Parameters parameters,
                                               Wanted wanted, const TakeRow* take) {
  const PostgresqlParameters encoded(parameters);
  const Prepared* prepared = TRY(Prepare(sql, encoded));
  const bool used_before = prepared->used_before;
  Result<std::int64_t> done = 0;
  if (!later_.empty() && wanted == Wanted::kAllRows) {
    auto flight = LaterFlight();
    flight.push_back({sql, &prepared->name, &encoded});
    const auto changed = SendFlight(flight, take);
    later_.clear();
    done = changed ? Result<std::int64_t>(changed->last) : changed.error();
  } else {
    TRY(Flush());
    if (PQsendQueryPrepared(connection_.get(), prepared->name.c_str(), encoded.count(),
                            encoded.values(), encoded.lengths(), encoded.formats(), 1) == 0) {
      return FailedToSend(Excerpt(sql));
    }
    if (wanted == Wanted::kRowByRow) PQsetSingleRowMode(connection_.get());
    done = TakeResults(sql, wanted, take);
  }
  // "Cached plan must not change result type": a migration has run since it was prepared.
  if (!done && used_before && done.error().code == ErrorCode::kInternal &&
      done.error().message.find("SQLSTATE 0A000") != std::string::npos) {
    forget_statements_ = true;
    conflict_ = true;
  }
  return done;
}

Result<std::vector<std::string>> PostgresqlConnection::Tables() {
  return TextColumn(*this,
                    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
                    "ORDER BY tablename");
}

Result<void> PostgresqlConnection::CheckIntegrity() {
  const auto broken = TRY(TextColumn(
      *this,
      "SELECT CAST(conname AS TEXT) FROM pg_constraint WHERE NOT convalidated UNION ALL "
      "SELECT CAST(relname AS TEXT) FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid "
      "WHERE NOT indisvalid"));
  if (broken.empty()) return {};
  return Error{ErrorCode::kCorrupt, broken.front() + " is a constraint or index that isn't valid"};
}

}  // namespace jikimi::store
