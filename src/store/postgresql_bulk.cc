// Many rows at once: statements in one flight (libpq's pipeline mode), and COPY.
#include <libpq-fe.h>

#include <algorithm>
#include <map>

#include "store/postgresql_connection.h"

namespace jikimi::store {
namespace {

// How much of a batch is under way before its answers are read.
constexpr std::size_t kMaxInFlight = 128;
constexpr std::size_t kMaxSignatures = 32;
constexpr std::size_t kCopyChunkBytes = 256 << 10;

std::string Joined(std::span<const std::string_view> names) {
  std::string joined;
  for (const std::string_view name : names) {
    joined += (joined.empty() ? "" : ", ") + std::string(name);
  }
  return joined;
}

}  // namespace

Result<void> PostgresqlConnection::RunLater(std::string_view sql, Parameters parameters) {
  std::size_t size = 0;
  for (const Value& value : parameters) size += value.bytes().size();
  std::vector<std::byte> bytes;
  bytes.reserve(size);
  std::vector<Value> own;
  own.reserve(parameters.size());
  for (const Value& value : parameters) {
    const auto kept = bytes.insert(bytes.end(), value.bytes().begin(), value.bytes().end());
    own.push_back(value.OverBytes({std::to_address(kept), value.bytes().size()}));
  }
  PostgresqlParameters encoded(own);
  std::string name = TRY(Prepare(sql, encoded))->name;
  later_.push_back({std::string(sql), std::move(name), std::move(bytes), std::move(encoded)});
  return later_.size() < kMaxInFlight ? Result<void>() : Flush();
}

std::vector<PostgresqlConnection::InFlight> PostgresqlConnection::LaterFlight() const {
  std::vector<InFlight> flight;
  flight.reserve(later_.size() + 1);
  for (const Later& one : later_) flight.push_back({one.sql, &one.name, &one.parameters});
  return flight;
}

Result<void> PostgresqlConnection::Flush() {
  if (later_.empty()) return {};
  const auto sent = SendFlight(LaterFlight(), nullptr);
  later_.clear();
  if (!sent) return sent.error();
  return {};
}

Result<std::int64_t> PostgresqlConnection::RunMany(std::string_view sql,
                                                   std::span<const std::vector<Value>> rows) {
  TRY(Flush());
  std::int64_t changed = 0;
  while (!rows.empty()) {
    const auto chunk = rows.first(std::min(rows.size(), kMaxInFlight));
    changed += TRY(SendPipelined(sql, chunk));
    rows = rows.subspan(chunk.size());
  }
  return changed;
}

Result<std::int64_t> PostgresqlConnection::SendPipelined(std::string_view sql,
                                                         std::span<const std::vector<Value>> rows) {
  std::vector<PostgresqlParameters> encoded;
  encoded.reserve(rows.size());
  std::map<std::string, std::string> names;  // signature -> prepared statement
  for (const std::vector<Value>& row : rows) {
    encoded.emplace_back(row);
    std::string& name = names[encoded.back().signature()];
    if (name.empty()) name = TRY(Prepare(sql, encoded.back()))->name;
    if (names.size() > kMaxSignatures) {
      return Error{ErrorCode::kInvalidArgument,
                   Excerpt(sql) + ": the rows of a batch have too many different types"};
    }
  }
  std::vector<InFlight> flight;
  flight.reserve(encoded.size());
  for (const PostgresqlParameters& row : encoded) {
    flight.push_back({sql, &names[row.signature()], &row});
  }
  return TRY(SendFlight(flight, nullptr)).all;
}

Result<PostgresqlConnection::Changed> PostgresqlConnection::SendFlight(
    std::span<const InFlight> statements, const TakeRow* take) {
  const std::string_view first = statements.front().sql;
  if (PQenterPipelineMode(connection_.get()) == 0) return FailedToSend(Excerpt(first));
  bool sent = true;
  std::size_t under_way = 0;
  for (const InFlight& one : statements) {
    const PostgresqlParameters& given = *one.parameters;
    sent = sent && PQsendQueryPrepared(connection_.get(), one.name->c_str(), given.count(),
                                       given.values(), given.lengths(), given.formats(), 1) != 0;
    if (sent) ++under_way;
  }
  sent = PQpipelineSync(connection_.get()) != 0 && sent;
  std::optional<Error> failure;
  if (!sent) failure = FailedToSend(Excerpt(first));
  Changed changed;
  for (std::size_t i = 0; i < under_way && !lost_; ++i) {
    // An aborted statement only echoes the failure before it.
    const bool is_last = i + 1 == statements.size();
    auto done = TakeResults(statements[i].sql, Wanted::kAllRows, is_last ? take : nullptr);
    changed.last = done ? *done : 0;
    changed.all += changed.last;
    if (!done && !failure) failure = std::move(done).error();
  }
  if (!lost_) ResultHandle(PQgetResult(connection_.get()));  // the answer to the sync
  if (!lost_ && PQexitPipelineMode(connection_.get()) == 0) lost_ = true;
  if (failure) return *failure;
  return changed;
}

Result<std::vector<std::uint32_t>> PostgresqlConnection::ColumnTypes(const std::string& table,
                                                                     const std::string& columns) {
  const std::string sql = "SELECT " + columns + " FROM " + table + " LIMIT 0";
  const ResultHandle result(PQexec(connection_.get(), sql.c_str()));
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return Failed(result.get(), Excerpt(sql));
  std::vector<std::uint32_t> types;
  for (int i = 0; i < PQnfields(result.get()); ++i) types.push_back(PQftype(result.get(), i));
  return types;
}

Result<std::int64_t> PostgresqlConnection::CopyIn(std::string_view table,
                                                  std::span<const std::string_view> columns,
                                                  const NextRow& next) {
  TRY(Flush());
  const std::string names = Joined(columns);
  const std::string sql =
      "COPY " + std::string(table) + " (" + names + ") FROM STDIN (FORMAT binary)";
  // The server would take eight bytes of one type for eight of another.
  const auto types = TRY(ColumnTypes(std::string(table), names));
  const ResultHandle begun(PQexec(connection_.get(), sql.c_str()));
  if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return Failed(begun.get(), Excerpt(sql));

  std::vector<std::byte> buffer;
  const auto send = [&] {
    const bool ok = PQputCopyData(connection_.get(), reinterpret_cast<const char*>(buffer.data()),
                                  static_cast<int>(buffer.size())) == 1;
    buffer.clear();
    return ok;
  };
  std::optional<Error> failure;
  std::int64_t count = 0;
  bool sent = true;
  AppendCopyHeader(buffer);
  for (std::vector<Value> row; sent && next(row); row.clear(), ++count) {
    bool fits = row.size() == types.size();
    for (std::size_t i = 0; fits && i < row.size(); ++i) {
      fits = row[i].null() || static_cast<std::uint32_t>(TypeOf(row[i])) == types[i];
    }
    auto checked =
        fits ? CheckParameters(sql, row)
             : Error{ErrorCode::kInvalidArgument, Excerpt(sql) + ": row " + std::to_string(count) +
                                                      " doesn't have the types of its columns"};
    if (!checked) {
      failure = std::move(checked).error();
      break;
    }
    AppendCopyRow(row, buffer);
    if (buffer.size() >= kCopyChunkBytes) sent = send();
  }
  if (!failure && sent) {
    AppendCopyEnd(buffer);
    sent = send();
  }
  // An error text here makes the server drop what came.
  const char* abort = failure ? "given up" : nullptr;
  sent = PQputCopyEnd(connection_.get(), abort) == 1 && sent;
  auto ended = TakeResults(sql, Wanted::kAllRows, nullptr);
  if (failure) return *failure;
  if (!ended) return std::move(ended).error();
  if (!sent) return FailedToSend(Excerpt(sql));
  return count;
}

}  // namespace jikimi::store
