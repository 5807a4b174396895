#ifndef JIKIMI_STORE_DIALECT_H_
#define JIKIMI_STORE_DIALECT_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

// From the common language, which is PostgreSQL's spelling of what both databases do, to each.
namespace jikimi::store {

struct Translated {
  std::string sql;
  int parameters = 0;
};

// `sql` is exactly one statement, with no ';' but at its end. On both: parameters are $1 to $n
// with none left out; transaction statements and what only one database understands ('E' strings,
// $$, ::, ?, [ ], back quotes, nested comments, names outside ASCII) are kInvalidArgument with the
// offset. Then
//   SQLite: BIGINT, BYTEA, DOUBLE PRECISION, TIMESTAMPTZ become its types, CREATE TABLE a STRICT
//     one, BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY an AUTOINCREMENT; FOR UPDATE [SKIP
//     LOCKED | NOWAIT] goes, since a writer is alone;
//   PostgreSQL: a TEXT column is COLLATE "C", so that both sort by code point.
// Types that the two don't share (INTEGER, REAL, SERIAL, BLOB …) are refused in CREATE and ALTER.
Result<Translated> Translate(std::string_view sql, Engine engine);

// The statements of a script, split at ';' outside quotes and comments; empty ones are left out.
Result<std::vector<std::string_view>> SplitStatements(std::string_view script);

// A lower-case word of letters, digits and _: what BulkInsert() takes for a table or column.
bool IsPlainName(std::string_view name);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_DIALECT_H_
