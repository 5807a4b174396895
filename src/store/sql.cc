#include "store/sql.h"

#include <algorithm>
#include <cmath>

#include "store/connection.h"
#include "store/dialect.h"
#include "store/utf8.h"

namespace jikimi::store {
namespace {

// The start of PostgreSQL's range, 4714-11-24 BC, in microseconds from 1970. It ends behind what
// 64 bits can hold.
constexpr std::int64_t kFirstTime = -210'866'803'200'000'000;

std::string_view CellTypeName(const Cell& cell) {
  constexpr std::string_view kNames[] = {"NULL", "an integer", "a double",
                                         "text", "bytes",      "a time"};
  return kNames[cell.index()];
}

Error WrongParameter(std::string_view sql, std::size_t index, ErrorCode code,
                     std::string_view what) {
  return {code,
          Excerpt(sql) + ": parameter $" + std::to_string(index + 1) + " " + std::string(what)};
}

}  // namespace

std::string Excerpt(std::string_view sql) {
  constexpr std::size_t kMost = 60;
  std::string line;
  bool space = false;
  for (const char c : sql) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = !line.empty();
      continue;
    }
    if (space) line += ' ';
    space = false;
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    if (line.size() > kMost) return std::string(Utf8Prefix(line, kMost)) + "…";
  }
  return line;
}

Result<void> CheckParameters(std::string_view sql, Parameters parameters) {
  std::size_t total = 0;
  for (const Value& value : parameters) total += value.bytes().size();
  if (total > kMaxStatementBytes) {
    return Error{ErrorCode::kResourceExhausted, Excerpt(sql) + ": " + std::to_string(total) +
                                                    " bytes of parameters, over " +
                                                    std::to_string(kMaxStatementBytes)};
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Value& value = parameters[i];
    const auto refused = [&](std::string_view what) {
      return WrongParameter(sql, i, ErrorCode::kInvalidArgument, what);
    };
    if (value.null()) continue;
    if (value.bytes().size() > kMaxValueBytes) {
      return WrongParameter(sql, i, ErrorCode::kResourceExhausted,
                            "has " + std::to_string(value.bytes().size()) + " bytes, over " +
                                std::to_string(kMaxValueBytes));
    }
    if (value.type() == Value::Type::kReal && std::isnan(value.real())) {
      return refused("is not a number");
    }
    if (value.type() == Value::Type::kTime && value.integer() < kFirstTime) {
      return refused("is a time before 4714-11-24 BC");
    }
    if (value.type() == Value::Type::kText) {
      const std::string_view text(reinterpret_cast<const char*>(value.bytes().data()),
                                  value.bytes().size());
      const std::size_t bad = FindBadText(text);
      if (bad < text.size()) {
        return refused("is no text: byte " + std::to_string(bad) + " is " +
                       (text[bad] == '\0' ? "U+0000" : "not UTF-8"));
      }
    }
  }
  return {};
}

template <typename T>
Result<T> Row::GetPlain(std::size_t index) const {
  if (index >= cells_.size()) {
    return Error{ErrorCode::kInvalidArgument, "column " + std::to_string(index) + " of a row of " +
                                                  std::to_string(cells_.size())};
  }
  const Cell& cell = cells_[index];
  if (const T* value = std::get_if<T>(&cell)) return *value;
  if constexpr (std::is_same_v<T, Timestamp>) {
    const auto* integer = std::get_if<std::int64_t>(&cell);
    if (integer && columns_->times_may_be_integers) {
      return Timestamp(std::chrono::microseconds(*integer));
    }
  }
  return Error{ErrorCode::kInvalidArgument, "column " + std::to_string(index) + " (" +
                                                columns_->names[index] + ") is " +
                                                std::string(CellTypeName(cell)) + ", not " +
                                                std::string(CellTypeName(Cell(T{})))};
}

template <>
Result<bool> Row::GetPlain<bool>(std::size_t index) const {
  const std::int64_t value = TRY(GetPlain<std::int64_t>(index));
  if (value == 0 || value == 1) return value == 1;
  return Error{ErrorCode::kInvalidArgument, "column " + std::to_string(index) + " (" +
                                                columns_->names[index] + ") is neither 0 nor 1"};
}

template Result<std::int64_t> Row::GetPlain(std::size_t) const;
template Result<double> Row::GetPlain(std::size_t) const;
template Result<std::string> Row::GetPlain(std::size_t) const;
template Result<std::vector<std::byte>> Row::GetPlain(std::size_t) const;
template Result<Timestamp> Row::GetPlain(std::size_t) const;

Result<std::vector<std::string>> TextColumn(Connection& connection, std::string_view sql) {
  std::vector<std::string> texts;
  const TakeRow keep = [&](Row row) -> Result<void> {
    texts.push_back(TRY(row.Get<std::string>(0)));
    return {};
  };
  TRY(connection.Run(sql, {}, Wanted::kAllRows, &keep));
  return texts;
}

Result<std::int64_t> Execute(Transaction& transaction, std::string_view sql,
                             Parameters parameters) {
  return TransactionAccess::Statement(transaction, [&]() -> Result<std::int64_t> {
    TRY(CheckParameters(sql, parameters));
    return TransactionAccess::connection(transaction)
        .Run(sql, parameters, Wanted::kAllRows, nullptr);
  });
}

Result<void> ExecuteLater(Transaction& transaction, std::string_view sql, Parameters parameters) {
  return TransactionAccess::Statement(transaction, [&]() -> Result<void> {
    TRY(CheckParameters(sql, parameters));
    return TransactionAccess::connection(transaction).RunLater(sql, parameters);
  });
}

Result<void> TransactionAccess::Flush(Transaction& transaction) {
  return Statement(transaction, [&] { return connection(transaction).Flush(); });
}

Result<std::vector<Row>> Query(Transaction& transaction, std::string_view sql,
                               Parameters parameters) {
  return TransactionAccess::Statement(transaction, [&]() -> Result<std::vector<Row>> {
    TRY(CheckParameters(sql, parameters));
    std::vector<Row> rows;
    const TakeRow keep = [&](Row row) -> Result<void> {
      rows.push_back(std::move(row));
      return {};
    };
    TRY(TransactionAccess::connection(transaction).Run(sql, parameters, Wanted::kAllRows, &keep));
    return rows;
  });
}

Result<std::optional<Row>> QueryOne(Transaction& transaction, std::string_view sql,
                                    ParameterList parameters) {
  std::vector<Row> rows = TRY(Query(transaction, sql, parameters));
  if (rows.empty()) return std::optional<Row>();
  if (rows.size() > 1) {
    return Error{ErrorCode::kInternal, Excerpt(sql) + ": gave " + std::to_string(rows.size()) +
                                           " rows where at most one was expected"};
  }
  return std::optional<Row>(std::move(rows.front()));
}

Result<void> ForEach(Transaction& transaction, std::string_view sql, ParameterList parameters,
                     const std::function<Result<void>(Row)>& take) {
  return TransactionAccess::Statement(transaction, [&]() -> Result<void> {
    const Parameters given(parameters.begin(), parameters.size());
    TRY(CheckParameters(sql, given));
    TransactionAccess::SetStreaming(transaction, true);
    auto done =
        TransactionAccess::connection(transaction).Run(sql, given, Wanted::kRowByRow, &take);
    TransactionAccess::SetStreaming(transaction, false);
    if (!done) return std::move(done).error();
    return {};
  });
}

Result<std::int64_t> ExecuteMany(Transaction& transaction, std::string_view sql,
                                 std::span<const std::vector<Value>> rows) {
  return TransactionAccess::Statement(transaction, [&]() -> Result<std::int64_t> {
    for (const std::vector<Value>& row : rows) TRY(CheckParameters(sql, row));
    return TransactionAccess::connection(transaction).RunMany(sql, rows);
  });
}

Result<std::int64_t> BulkInsert(Transaction& transaction, std::string_view table,
                                std::span<const std::string_view> columns,
                                const std::function<bool(std::vector<Value>&)>& next) {
  return TransactionAccess::Statement(transaction, [&]() -> Result<std::int64_t> {
    const bool plain = IsPlainName(table) && !columns.empty() &&
                       std::all_of(columns.begin(), columns.end(), IsPlainName);
    if (!plain) {
      return Error{ErrorCode::kInvalidArgument,
                   "bulk insert: a table and its columns are plain lower-case names"};
    }
    return TransactionAccess::connection(transaction).CopyIn(table, columns, next);
  });
}

}  // namespace jikimi::store
