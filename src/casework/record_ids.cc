#include "casework/record_ids.h"

namespace jikimi::casework::internal {

std::string IdText(std::span<const std::byte, 16> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

std::optional<std::array<std::byte, 16>> ParseIdText(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  std::array<std::byte, 16> bytes = {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else {
      return std::nullopt;
    }
    bytes[i / 2] = (bytes[i / 2] << 4) | static_cast<std::byte>(digit);
  }
  return bytes;
}

}  // namespace jikimi::casework::internal
