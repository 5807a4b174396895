#include "http/throttled.h"

#include <chrono>

#include "http/problem.h"

namespace jikimi::http {

Result<Response> SignInFault(const Error& error) {
  switch (error.code) {
    case ErrorCode::kPermissionDenied:
      return ToResponse({.status = 403,
                         .kind = "permission_denied",
                         .detail = "this does not let you in",
                         .errors = {},
                         .retry_after = {},
                         .reference = {}});
    case ErrorCode::kResourceExhausted:
      return TooManyRequests("too many tries; wait a little", std::chrono::seconds(30));
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kAlreadyExists:
      return RequestFault(error);
    default:
      return error;
  }
}

}  // namespace jikimi::http
