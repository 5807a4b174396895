#include "store/sqlite_codec.h"

#include <sqlite3.h>

namespace jikimi::store {
namespace {

bool IsTimeColumn(sqlite3_stmt* statement, int column) {
  const char* declared = sqlite3_column_decltype(statement, column);
  return declared && std::string_view(declared) == "INT";
}

Cell ReadCell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: {
      const std::int64_t value = sqlite3_column_int64(statement, column);
      if (IsTimeColumn(statement, column)) return Timestamp(std::chrono::microseconds(value));
      return value;
    }
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const char* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement, column));
      return std::vector<std::byte>(bytes, bytes + sqlite3_column_bytes(statement, column));
    }
    default:
      return {};
  }
}

}  // namespace

std::shared_ptr<const Row::Columns> ReadColumns(sqlite3_stmt* statement) {
  auto columns = std::make_shared<Row::Columns>();
  columns->times_may_be_integers = true;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    columns->names.emplace_back(sqlite3_column_name(statement, i));
  }
  return columns;
}

Row ReadRow(sqlite3_stmt* statement, const std::shared_ptr<const Row::Columns>& columns) {
  std::vector<Cell> cells;
  cells.reserve(columns->names.size());
  for (int i = 0; i < static_cast<int>(columns->names.size()); ++i) {
    cells.push_back(ReadCell(statement, i));
  }
  return {columns, std::move(cells)};
}

int BindOne(sqlite3_stmt* statement, int index, const Value& value) {
  if (value.null()) return sqlite3_bind_null(statement, index);
  // A null pointer would bind NULL where no bytes are meant.
  const void* data = value.bytes().empty() ? "" : static_cast<const void*>(value.bytes().data());
  const auto size = static_cast<sqlite3_uint64>(value.bytes().size());
  switch (value.type()) {
    case Value::Type::kInteger:
    case Value::Type::kTime:
      return sqlite3_bind_int64(statement, index, value.integer());
    case Value::Type::kReal:
      return sqlite3_bind_double(statement, index, value.real() + 0.0);  // -0 becomes 0
    case Value::Type::kText:
      return sqlite3_bind_text64(statement, index, static_cast<const char*>(data), size,
                                 SQLITE_STATIC, SQLITE_UTF8);
    case Value::Type::kBytes:
      return sqlite3_bind_blob64(statement, index, data, size, SQLITE_STATIC);
    case Value::Type::kNull:
      break;
  }
  return sqlite3_bind_null(statement, index);
}

std::string_view TypeName(Value::Type type) {
  switch (type) {
    case Value::Type::kInteger:
      return "INTEGER";
    case Value::Type::kReal:
      return "REAL";
    case Value::Type::kText:
      return "TEXT";
    case Value::Type::kBytes:
      return "BLOB";
    case Value::Type::kTime:
      return "INT";
    case Value::Type::kNull:
      break;
  }
  return "";
}

std::string PercentEncoded(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string encoded;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace jikimi::store
