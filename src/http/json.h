#ifndef JIKIMI_HTTP_JSON_H_
#define JIKIMI_HTTP_JSON_H_

#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace jikimi::http {

inline constexpr std::size_t kMaxJsonDepth = 32;

// JSON (RFC 8259) from a client. kInvalidArgument says at which byte and what: not JSON, nested
// deeper than `max_depth`, a name twice in one object, bytes that are no UTF-8, half a surrogate
// pair, U+0000, an integer that doesn't fit 64 bits with a sign, a number beyond a double. What the
// caller gives is bounded in size by him.
Result<boost::json::value> ParseJson(std::string_view text, std::size_t max_depth = kMaxJsonDepth);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_JSON_H_
