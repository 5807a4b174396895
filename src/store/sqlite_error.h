#ifndef JIKIMI_STORE_SQLITE_ERROR_H_
#define JIKIMI_STORE_SQLITE_ERROR_H_

#include <string_view>

#include "base/result.h"

struct sqlite3;

namespace jikimi::store {

// The kind of failure that an extended result code means; `system_error` is errno where the code
// is about the system, or 0.
ErrorCode SqliteErrorCode(int extended_code, int system_error);

// Whether the code means that another connection was in the way.
bool IsSqliteConflict(int extended_code);

// The last failure of `database`, which SQLite describes without the values of parameters.
Error SqliteError(sqlite3* database, int code, std::string_view where);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_SQLITE_ERROR_H_
