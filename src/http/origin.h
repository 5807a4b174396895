#ifndef JIKIMI_HTTP_ORIGIN_H_
#define JIKIMI_HTTP_ORIGIN_H_

#include <span>
#include <string>

#include "base/result.h"
#include "http/request.h"

namespace jikimi::http {

// Whether a request may change something: none that another site made a browser send. Safe methods
// pass. Sec-Fetch-Site must be same-origin (or none, for which no page can be the cause), Origin
// one of ours (`origins`, or, when that is empty, the scheme and Host of the request); when a
// request has cookies but neither header it is refused, since every browser of today sends one. A
// program without cookies passes. kPermissionDenied.
Result<void> CheckOrigin(const Request& request, std::span<const std::string> origins);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_ORIGIN_H_
