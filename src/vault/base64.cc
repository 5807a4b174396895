#include "vault/base64.h"

#include <sodium.h>

#include "vault/sodium_bytes.h"

namespace jikimi::vault {

std::string ToBase64(std::span<const std::byte> bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), Raw(bytes), bytes.size(), kVariant);
  text.pop_back();  // libsodium's terminating zero
  return text;
}

Result<std::vector<std::byte>> FromBase64(std::string_view text) {
  std::vector<std::byte> bytes(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(Raw(std::span(bytes)), bytes.size(), text.data(), text.size(), nullptr,
                        &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size()) {
    return Error{ErrorCode::kInvalidArgument, "base64: is malformed"};
  }
  bytes.resize(size);
  if (ToBase64(bytes) != text) {
    return Error{ErrorCode::kInvalidArgument, "base64: is not in its one proper form"};
  }
  return bytes;
}

}  // namespace jikimi::vault
