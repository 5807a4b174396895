#ifndef JIKIMI_STORE_POSTGRESQL_ERROR_H_
#define JIKIMI_STORE_POSTGRESQL_ERROR_H_

#include <string_view>

#include "base/result.h"

namespace jikimi::store {

// The kind of failure that an SQLSTATE (five characters, PostgreSQL manual appendix A) means.
ErrorCode SqlstateErrorCode(std::string_view sqlstate);

// Whether it means that another transaction was in the way, and trying again may work.
bool IsSqlstateConflict(std::string_view sqlstate);

// Whether it means that the server has closed the connection.
bool IsSqlstateConnectionLost(std::string_view sqlstate);

// The server's message, where it can't hold a value of ours; else what the SQLSTATE means.
Error SqlstateError(std::string_view where, std::string_view sqlstate, std::string_view message);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_POSTGRESQL_ERROR_H_
