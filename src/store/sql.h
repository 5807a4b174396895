#ifndef JIKIMI_STORE_SQL_H_
#define JIKIMI_STORE_SQL_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// The door to SQL. One text serves both databases: doc/store.md says what the common language is.
// Values travel as parameters, $1 to $n, and never inside the text, so that the text may stand in
// error messages. Constraints that refuse are kAlreadyExists (a unique key) or kInvalidArgument.
namespace jikimi::store {

// A longer text or value, or more of them in one statement, is kResourceExhausted.
inline constexpr std::size_t kMaxValueBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxStatementBytes = std::size_t{512} << 20;

// A parameter. Texts and bytes are views: what they show must live until the call returns. Text is
// UTF-8 without U+0000, a double is not NaN and a time is not before 4714-11-24 BC, or the
// statement is kInvalidArgument. Negative zero becomes zero.
class Value {
 public:
  enum class Type { kNull, kInteger, kReal, kText, kBytes, kTime };

  Value(std::nullopt_t) {}  // NOLINT: implicit, as all of these
  template <std::integral T>
  requires(std::is_signed_v<T> || sizeof(T) < sizeof(std::int64_t)) Value(T value)
      : type_(Type::kInteger), null_(false), integer_(value) {}
  Value(double value) : type_(Type::kReal), null_(false), real_(value) {}
  Value(std::string_view text) : type_(Type::kText), null_(false), bytes_(Raw(text)) {}
  Value(const std::string& text) : Value(std::string_view(text)) {}
  Value(const char* text) : Value(std::string_view(text)) {}
  Value(std::span<const std::byte> bytes) : type_(Type::kBytes), null_(false), bytes_(bytes) {}
  Value(const std::vector<std::byte>& bytes) : Value(std::span<const std::byte>(bytes)) {}
  Value(Timestamp time)
      : type_(Type::kTime), null_(false), integer_(time.time_since_epoch().count()) {}
  // The value, or NULL of its type.
  template <typename T>
  Value(const std::optional<T>& value) : Value(value ? Value(*value) : Value(T{})) {
    if (value) return;
    null_ = true;
    bytes_ = {};
  }

  Type type() const { return type_; }
  bool null() const { return null_; }
  std::int64_t integer() const { return integer_; }  // also a time's microseconds
  double real() const { return real_; }
  std::span<const std::byte> bytes() const { return bytes_; }  // also a text's
  // The same value, which stands in `copy`.
  Value OverBytes(std::span<const std::byte> copy) const {
    Value value = *this;
    value.bytes_ = copy;
    return value;
  }

 private:
  static std::span<const std::byte> Raw(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  }

  Type type_ = Type::kNull;
  bool null_ = true;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::span<const std::byte> bytes_;
};

namespace internal {
template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
}  // namespace internal

using Cell = std::variant<std::monostate, std::int64_t, double, std::string, std::vector<std::byte>,
                          Timestamp>;

// A row of a result. A value: lives on its own.
class Row {
 public:
  struct Columns {
    std::vector<std::string> names;
    bool times_may_be_integers = false;  // SQLite tells a time only where it stands in a table
  };
  Row(std::shared_ptr<const Columns> columns, std::vector<Cell> cells)
      : columns_(std::move(columns)), cells_(std::move(cells)) {}

  std::size_t size() const { return cells_.size(); }

  // The value of column `index`, from 0. T: std::int64_t, bool, double, std::string,
  // std::vector<std::byte>, Timestamp, or std::optional of one of these. A column of another type,
  // no such column, or NULL where T is not optional: kInvalidArgument, naming the column.
  template <typename T>
  Result<T> Get(std::size_t index) const {
    if constexpr (internal::kIsOptional<T>) {
      if (IsNull(index)) return T(std::nullopt);
      return T(TRY(GetPlain<typename T::value_type>(index)));
    } else {
      return GetPlain<T>(index);
    }
  }

 private:
  bool IsNull(std::size_t index) const {
    return index < cells_.size() && std::holds_alternative<std::monostate>(cells_[index]);
  }
  template <typename T>
  Result<T> GetPlain(std::size_t index) const;

  std::shared_ptr<const Columns> columns_;
  std::vector<Cell> cells_;
};

using Parameters = std::span<const Value>;
using ParameterList = std::initializer_list<Value>;

// Runs a statement; the number of rows that it changed (0 for a CREATE).
Result<std::int64_t> Execute(Transaction& transaction, std::string_view sql, Parameters parameters);
inline Result<std::int64_t> Execute(Transaction& transaction, std::string_view sql,
                                    ParameterList parameters = {}) {
  return Execute(transaction, sql, Parameters(parameters.begin(), parameters.size()));
}

// All rows of a statement, also of an INSERT, UPDATE or DELETE with RETURNING.
Result<std::vector<Row>> Query(Transaction& transaction, std::string_view sql,
                               Parameters parameters);
inline Result<std::vector<Row>> Query(Transaction& transaction, std::string_view sql,
                                      ParameterList parameters = {}) {
  return Query(transaction, sql, Parameters(parameters.begin(), parameters.size()));
}

// The row of a statement that gives one or none; several are kInternal.
Result<std::optional<Row>> QueryOne(Transaction& transaction, std::string_view sql,
                                    ParameterList parameters = {});

// Hands each row to `take` as it arrives, holding one at a time. `take` must not use
// `transaction`; its error ends the statement and comes back.
Result<void> ForEach(Transaction& transaction, std::string_view sql, ParameterList parameters,
                     const std::function<Result<void>(Row)>& take);

// Runs a statement from which nothing is needed back, such as an INSERT; parameters are copied. On
// PostgreSQL it goes in one flight with others, before the next statement that is run or the
// commit, and there its failure shows. SQLite runs it at once.
Result<void> ExecuteLater(Transaction& transaction, std::string_view sql, Parameters parameters);
inline Result<void> ExecuteLater(Transaction& transaction, std::string_view sql,
                                 ParameterList parameters = {}) {
  return ExecuteLater(transaction, sql, Parameters(parameters.begin(), parameters.size()));
}

// Runs one statement for each list of parameters (in one flight on PostgreSQL); the number of rows
// changed in all.
Result<std::int64_t> ExecuteMany(Transaction& transaction, std::string_view sql,
                                 std::span<const std::vector<Value>> rows);

// Adds the rows that `next` gives (it fills its argument, false: no more) to a table, by COPY on
// PostgreSQL; the number of rows. Values must have exactly the types of their columns; their views
// must live until `next` is called again.
Result<std::int64_t> BulkInsert(Transaction& transaction, std::string_view table,
                                std::span<const std::string_view> columns,
                                const std::function<bool(std::vector<Value>&)>& next);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_SQL_H_
