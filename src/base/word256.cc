#include "base/word256.h"

#include <bit>
#include <cstring>

namespace jikimi {
namespace {

static_assert(std::endian::native == std::endian::little,
              "words are copied to and from little-endian files as they lie in memory");

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<Word256> Word256::FromHex(std::string_view hex) {
  constexpr std::size_t kDigits = 64;
  if (hex.size() != kDigits) {
    return Error{ErrorCode::kInvalidArgument, "a 256-bit word is 64 hex digits, got " +
                                                  std::to_string(hex.size()) + " characters"};
  }
  std::array<std::uint64_t, kLimbs> limbs = {};
  for (std::size_t i = 0; i < kDigits; ++i) {
    const int digit = HexDigit(hex[i]);
    if (digit < 0) {
      return Error{
          ErrorCode::kInvalidArgument,
          "a 256-bit word has a character that is no hex digit at place " + std::to_string(i + 1)};
    }
    std::uint64_t& limb = limbs[kLimbs - 1 - i / 16];
    limb = limb << 4 | static_cast<std::uint64_t>(digit);
  }
  return Word256(limbs);
}

std::string Word256::ToHex() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(64);
  for (std::size_t limb = kLimbs; limb-- > 0;) {
    for (int shift = 60; shift >= 0; shift -= 4) hex += kDigits[limbs_[limb] >> shift & 15];
  }
  return hex;
}

Word256 Word256::FromBytes(std::span<const std::byte, kBytes> bytes) {
  Word256 word;
  std::memcpy(word.limbs_.data(), bytes.data(), kBytes);
  return word;
}

void Word256::ToBytes(std::span<std::byte, kBytes> bytes) const {
  std::memcpy(bytes.data(), limbs_.data(), kBytes);
}

}  // namespace jikimi
