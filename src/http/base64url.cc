#include "http/base64url.h"

#include <algorithm>

#include "vault/base64.h"

namespace jikimi::http {

std::string ToBase64Url(std::span<const std::byte> bytes) {
  std::string text = vault::ToBase64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

Result<std::vector<std::byte>> FromBase64Url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, "is not base64url without padding"};
  }
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - padded.size() % 4) % 4, '=');
  return vault::FromBase64(padded);
}

}  // namespace jikimi::http
