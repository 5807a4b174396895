#include "store/postgresql_error.h"

#include <string>

namespace jikimi::store {
namespace {

struct Meaning {
  std::string_view prefix;  // of the SQLSTATE
  ErrorCode code;
};

// The first prefix that fits counts.
constexpr Meaning kMeanings[] = {
    {"23505", ErrorCode::kAlreadyExists},      // unique_violation
    {"23P01", ErrorCode::kAlreadyExists},      // exclusion_violation
    {"23", ErrorCode::kInvalidArgument},       // other constraints
    {"22P05", ErrorCode::kInvalidArgument},    // untranslatable_character
    {"22", ErrorCode::kInvalidArgument},       // data exception
    {"21", ErrorCode::kInvalidArgument},       // a subquery with too many rows
    {"40", ErrorCode::kUnavailable},           // serialization_failure, deadlock_detected
    {"55P03", ErrorCode::kUnavailable},        // lock_not_available
    {"08", ErrorCode::kUnavailable},           // connection exception
    {"57014", ErrorCode::kResourceExhausted},  // query_canceled: statement_timeout
    {"57", ErrorCode::kUnavailable},           // shutdown, crash, not accepting connections
    {"25P03", ErrorCode::kUnavailable},        // idle_in_transaction_session_timeout
    {"25006", ErrorCode::kInternal},           // read_only_sql_transaction
    {"53300", ErrorCode::kUnavailable},        // too_many_connections
    {"53", ErrorCode::kResourceExhausted},     // disk, memory
    {"54", ErrorCode::kResourceExhausted},     // program limits
    {"28", ErrorCode::kPermissionDenied},      // authorization
    {"42501", ErrorCode::kPermissionDenied},   // insufficient_privilege
    {"42804", ErrorCode::kInvalidArgument},    // datatype_mismatch: a text for a BIGINT column
    {"3D000", ErrorCode::kNotFound},           // no such database
    {"XX001", ErrorCode::kCorrupt},            // data_corrupted
    {"XX002", ErrorCode::kCorrupt},            // index_corrupted
};

// Classes whose primary messages name objects and never quote values. Those of class 22 quote:
// 'invalid input syntax for type bigint: "…"'.
bool MessageIsSafe(std::string_view sqlstate) {
  for (const std::string_view safe :
       {"08", "0A", "21", "23", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57"}) {
    if (sqlstate.starts_with(safe)) return true;
  }
  return false;
}

}  // namespace

ErrorCode SqlstateErrorCode(std::string_view sqlstate) {
  for (const Meaning& meaning : kMeanings) {
    if (sqlstate.starts_with(meaning.prefix)) return meaning.code;
  }
  return ErrorCode::kInternal;
}

bool IsSqlstateConflict(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03";
}

bool IsSqlstateConnectionLost(std::string_view sqlstate) {
  return sqlstate.starts_with("08") || sqlstate == "57P01" || sqlstate == "57P02" ||
         sqlstate == "57P03" || sqlstate == "57P04" || sqlstate == "57P05" || sqlstate == "25P03";
}

Error SqlstateError(std::string_view where, std::string_view sqlstate, std::string_view message) {
  std::string text(where);
  text += ": ";
  if (MessageIsSafe(sqlstate)) {
    text += message;
  } else if (sqlstate.starts_with("22")) {
    text += "a value that its column or function doesn't take";
  } else {
    text += "the server failed";
  }
  text += " (SQLSTATE ";
  text += sqlstate;
  text += ")";
  return {SqlstateErrorCode(sqlstate), std::move(text)};
}

}  // namespace jikimi::store
