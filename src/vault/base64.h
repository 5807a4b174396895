#ifndef JIKIMI_VAULT_BASE64_H_
#define JIKIMI_VAULT_BASE64_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace jikimi::vault {

// Base64 with padding (RFC 4648, section 4). Decoding takes the one text that encoding gives, and
// no other: line ends, missing padding and stray bits are kInvalidArgument.
std::string ToBase64(std::span<const std::byte> bytes);
Result<std::vector<std::byte>> FromBase64(std::string_view text);

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_BASE64_H_
