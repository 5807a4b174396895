#ifndef JIKIMI_BASE_WORD256_H_
#define JIKIMI_BASE_WORD256_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace jikimi {

// A 256-bit word: similar pictures have words few bits apart.
//
// Bit i is bit (i % 64) of limb i / 64; limb 0 is the least significant. Text puts the most
// significant digit first, as PDQ does. As bytes: 32, little-endian (limb 0 first).
//
// Deliberately unordered. Neighbours in a sorted list are not similar pictures.
class Word256 {
 public:
  static constexpr int kBits = 256;
  static constexpr int kLimbs = 4;
  static constexpr std::size_t kBytes = 32;

  constexpr Word256() = default;
  explicit constexpr Word256(const std::array<std::uint64_t, kLimbs>& limbs) : limbs_(limbs) {}

  // Parses exactly 64 hex digits of either case, with no prefix or spaces; anything else is
  // kInvalidArgument.
  static Result<Word256> FromHex(std::string_view hex);
  static Word256 FromBytes(std::span<const std::byte, kBytes> bytes);

  // Lower-case inverse of FromHex().
  std::string ToHex() const;
  void ToBytes(std::span<std::byte, kBytes> bytes) const;

  constexpr bool bit(int i) const { return (limbs_[Limb(i)] >> (i % 64) & 1) != 0; }
  constexpr void set_bit(int i, bool on) {
    const std::uint64_t mask = std::uint64_t{1} << (i % 64);
    limbs_[Limb(i)] = on ? limbs_[Limb(i)] | mask : limbs_[Limb(i)] & ~mask;
  }
  constexpr void flip_bit(int i) { limbs_[Limb(i)] ^= std::uint64_t{1} << (i % 64); }

  constexpr const std::array<std::uint64_t, kLimbs>& limbs() const { return limbs_; }
  constexpr Word256 operator~() const {
    return Word256({~limbs_[0], ~limbs_[1], ~limbs_[2], ~limbs_[3]});
  }
  friend constexpr bool operator==(const Word256&, const Word256&) = default;

 private:
  static constexpr std::size_t Limb(int i) { return static_cast<std::size_t>(i) / 64; }

  std::array<std::uint64_t, kLimbs> limbs_ = {};
};
static_assert(sizeof(Word256) == Word256::kBytes);

// Number of differing bits, 0 to 256. The readable reference: bulk search uses search/kernels.h,
// which is tested against this.
constexpr int HammingDistance(const Word256& a, const Word256& b) {
  int distance = 0;
  for (std::size_t i = 0; i < Word256::kLimbs; ++i) {
    distance += std::popcount(a.limbs()[i] ^ b.limbs()[i]);
  }
  return distance;
}

}  // namespace jikimi

#endif  // JIKIMI_BASE_WORD256_H_
