#include "store/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>

namespace jikimi::store {

ErrorCode SqliteErrorCode(int extended_code, int system_error) {
  if (system_error == ENOSPC || system_error == EDQUOT) return ErrorCode::kResourceExhausted;
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return ErrorCode::kAlreadyExists;
    default:
      break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return ErrorCode::kInvalidArgument;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
    case SQLITE_INTERRUPT:  // only a statement's time limit interrupts
      return ErrorCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kCorrupt;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return ErrorCode::kPermissionDenied;
    case SQLITE_CANTOPEN:
      return system_error == EACCES || system_error == EPERM ? ErrorCode::kPermissionDenied
             : system_error == EISDIR                        ? ErrorCode::kUnsupported
                                                             : ErrorCode::kNotFound;
    default:
      return ErrorCode::kInternal;
  }
}

bool IsSqliteConflict(int extended_code) {
  const int code = extended_code & 0xff;
  return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

Error SqliteError(sqlite3* database, int code, std::string_view where) {
  const int primary = code & 0xff;
  const bool system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  const ErrorCode kind = SqliteErrorCode(code, system ? sqlite3_system_errno(database) : 0);
  std::string message(where);
  message += ": ";
  message +=
      primary == SQLITE_INTERRUPT ? "ran longer than a statement may" : sqlite3_errmsg(database);
  return {kind, std::move(message)};
}

}  // namespace jikimi::store
