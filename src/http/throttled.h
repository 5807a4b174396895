#ifndef JIKIMI_HTTP_THROTTLED_H_
#define JIKIMI_HTTP_THROTTLED_H_

#include "base/result.h"
#include "http/response.h"

namespace jikimi::http {

// What a failed try of a password, word or code answers. One table, so that all of them look alike:
// kPermissionDenied 403 with one body, whatever was wrong; kResourceExhausted 429; the rest as
// ToResponse() has it.
Result<Response> SignInFault(const Error& error);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_THROTTLED_H_
