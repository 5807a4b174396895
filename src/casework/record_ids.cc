#include "casework/record_ids.h"

#include "base/bytes.h"

namespace jikimi::casework::internal {

std::string IdText(std::span<const std::byte, 16> bytes) { return ToHex(bytes); }

std::optional<std::array<std::byte, 16>> ParseIdText(std::string_view text) {
  std::array<std::byte, 16> bytes = {};
  if (!FromHex(text, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace jikimi::casework::internal
