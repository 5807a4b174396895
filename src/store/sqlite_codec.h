#ifndef JIKIMI_STORE_SQLITE_CODEC_H_
#define JIKIMI_STORE_SQLITE_CODEC_H_

#include <memory>
#include <string>
#include <string_view>

#include "store/sql.h"

struct sqlite3_stmt;

// Values into and out of SQLite's statements.
namespace jikimi::store {

// Binds a value, whose view must live until the statement is reset; SQLite's result code.
int BindOne(sqlite3_stmt* statement, int index, const Value& value);

std::shared_ptr<const Row::Columns> ReadColumns(sqlite3_stmt* statement);

// The row that the statement stands on.
Row ReadRow(sqlite3_stmt* statement, const std::shared_ptr<const Row::Columns>& columns);

// The type that dialect.h gives a column for such values.
std::string_view TypeName(Value::Type type);

// A path as it stands in a "file:" URL.
std::string PercentEncoded(std::string_view path);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_SQLITE_CODEC_H_
