#ifndef JIKIMI_HTTP_BASE64URL_H_
#define JIKIMI_HTTP_BASE64URL_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace jikimi::http {

// Base64url without padding (RFC 4648 section 5), fit for a query or a cookie. Decoding takes the
// one text that encoding gives.
std::string ToBase64Url(std::span<const std::byte> bytes);
Result<std::vector<std::byte>> FromBase64Url(std::string_view text);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_BASE64URL_H_
