#include "search/bands.h"

#include <bit>
#include <vector>

#include "base/check.h"

namespace jikimi::search {
namespace {

constexpr std::uint64_t kOddRows = 0xffff0000ffff0000;
constexpr std::uint64_t kUpperRows = 0xffffffff00000000;

// Turns each of the four 16-bit rows of `rows` right by `by` bits, where `which` is set.
template <int by>
constexpr std::uint64_t TurnRows(std::uint64_t rows, std::uint64_t which) {
  constexpr std::uint64_t kKept = 0x0001000100010001 * (0xffffu >> by);
  const std::uint64_t turned = ((rows >> by) & kKept) | ((rows << (16 - by)) & ~kKept);
  return (turned & which) | (rows & ~which);
}

// Swaps the bits of `b` under `mask` with those of `a` `shift` bits above it.
constexpr void SwapBits(std::uint64_t& a, std::uint64_t& b, int shift, std::uint64_t mask) {
  const std::uint64_t different = ((a >> shift) ^ b) & mask;
  b ^= different;
  a ^= different << shift;
}

std::vector<std::uint16_t> MasksByBits() {
  std::vector<std::uint16_t> masks;
  for (int bits = 0; bits < kMaxQuota; ++bits) {
    for (unsigned mask = 0; mask < kBuckets; ++mask) {
      if (std::popcount(mask) == bits) masks.push_back(static_cast<std::uint16_t>(mask));
    }
  }
  return masks;
}

}  // namespace

Word256 SpreadOverBands(const Word256& word) {
  // Seen as 16 rows of 16 bits: row r is turned by r, then rows and columns are swapped.
  auto limbs = word.limbs();
  for (std::size_t i = 0; i < 4; ++i) {
    limbs[i] = TurnRows<1>(limbs[i], kOddRows);
    limbs[i] = TurnRows<2>(limbs[i], kUpperRows);
    if ((i & 1) != 0) limbs[i] = TurnRows<4>(limbs[i], ~std::uint64_t{0});
    if ((i & 2) != 0) limbs[i] = TurnRows<8>(limbs[i], ~std::uint64_t{0});
  }
  // Hacker's Delight, 7-3: swaps blocks of 8, 4, 2 and 1.
  SwapBits(limbs[0], limbs[2], 8, 0x00ff00ff00ff00ff);
  SwapBits(limbs[1], limbs[3], 8, 0x00ff00ff00ff00ff);
  SwapBits(limbs[0], limbs[1], 4, 0x0f0f0f0f0f0f0f0f);
  SwapBits(limbs[2], limbs[3], 4, 0x0f0f0f0f0f0f0f0f);
  for (std::uint64_t& rows : limbs) {
    const std::uint64_t twos = ((rows >> 2) ^ (rows >> 32)) & 0x0000000033333333;
    rows ^= twos << 2 | twos << 32;
    const std::uint64_t ones = ((rows >> 1) ^ (rows >> 16)) & 0x0000555500005555;
    rows ^= ones << 1 | ones << 16;
  }
  return Word256(limbs);
}

BandQuotas QuotasFor(Radius radius) {
  const int total = radius.bits() + 1;
  BandQuotas quotas;
  for (int band = 0; band < kBands; ++band) {
    quotas[static_cast<std::size_t>(band)] = total * (band + 1) / kBands - total * band / kBands;
  }
  return quotas;
}

std::span<const std::uint16_t> MasksBelow(int quota) {
  static const std::vector<std::uint16_t> masks = MasksByBits();
  constexpr std::array<std::size_t, kMaxQuota + 1> kCounts = {0, 1, 17, 137, 697, 2517};
  CHECK(quota >= 0 && quota <= kMaxQuota);
  return std::span(masks).first(kCounts[static_cast<std::size_t>(quota)]);
}

}  // namespace jikimi::search
