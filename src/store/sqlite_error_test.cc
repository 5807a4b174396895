#include "store/sqlite_error.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>

namespace jikimi::store {
namespace {

TEST(SqliteErrorTest, EveryKindHasItsCode) {
  const struct {
    int code, system;
    ErrorCode expected;
  } kSamples[] = {{SQLITE_CONSTRAINT_UNIQUE, 0, ErrorCode::kAlreadyExists},
                  {SQLITE_CONSTRAINT_PRIMARYKEY, 0, ErrorCode::kAlreadyExists},
                  {SQLITE_CONSTRAINT_CHECK, 0, ErrorCode::kInvalidArgument},
                  {SQLITE_CONSTRAINT_FOREIGNKEY, 0, ErrorCode::kInvalidArgument},
                  {SQLITE_CONSTRAINT_NOTNULL, 0, ErrorCode::kInvalidArgument},
                  {SQLITE_CONSTRAINT_DATATYPE, 0, ErrorCode::kInvalidArgument},
                  {SQLITE_BUSY_SNAPSHOT, 0, ErrorCode::kUnavailable},
                  {SQLITE_LOCKED, 0, ErrorCode::kUnavailable},
                  {SQLITE_FULL, 0, ErrorCode::kResourceExhausted},
                  {SQLITE_IOERR_WRITE, ENOSPC, ErrorCode::kResourceExhausted},
                  {SQLITE_IOERR_WRITE, EIO, ErrorCode::kInternal},
                  {SQLITE_TOOBIG, 0, ErrorCode::kResourceExhausted},
                  {SQLITE_INTERRUPT, 0, ErrorCode::kResourceExhausted},
                  {SQLITE_CORRUPT_INDEX, 0, ErrorCode::kCorrupt},
                  {SQLITE_NOTADB, 0, ErrorCode::kCorrupt},
                  {SQLITE_READONLY_DBMOVED, 0, ErrorCode::kPermissionDenied},
                  {SQLITE_CANTOPEN, EACCES, ErrorCode::kPermissionDenied},
                  {SQLITE_CANTOPEN, ENOENT, ErrorCode::kNotFound},
                  {SQLITE_CANTOPEN_ISDIR, EISDIR, ErrorCode::kUnsupported},
                  {SQLITE_ERROR, 0, ErrorCode::kInternal}};
  for (const auto& sample : kSamples) {
    EXPECT_EQ(SqliteErrorCode(sample.code, sample.system), sample.expected) << sample.code;
  }
  EXPECT_TRUE(IsSqliteConflict(SQLITE_BUSY_SNAPSHOT));
  EXPECT_FALSE(IsSqliteConflict(SQLITE_FULL));
}

}  // namespace
}  // namespace jikimi::store
