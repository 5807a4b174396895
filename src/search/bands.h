#ifndef JIKIMI_SEARCH_BANDS_H_
#define JIKIMI_SEARCH_BANDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/word256.h"
#include "search/radius.h"

namespace jikimi::search {

// A word as sixteen bands of sixteen bits.
//
// Two words within r bits of each other, and quotas of the bands that add up to r + 1: then some
// band i is closer than its quota, and so are bands i and i + 1 together than their quotas added
// up, and so on around the ring of bands (the pigeonring principle, Qin and Xiao 2018; that such
// an i exists is Raney's cycle lemma). So a word in range is found in a bucket near its band i, and
// whatever in that bucket has a band i + 1 too far away is none, without a look at the word.
inline constexpr int kBands = 16;
inline constexpr std::size_t kBuckets = std::size_t{1} << 16;

// The bits of `word` in another order, in which a band takes one bit of each sixteen neighbours,
// along a diagonal. Neighbouring bits of a PDQ word go together (rows and columns of frequencies),
// and bands of neighbours would crowd into few buckets. Distances stay the same.
Word256 SpreadOverBands(const Word256& word);

// Band `band` of a word spread over bands.
inline std::uint16_t Band(const Word256& spread, int band) {
  return static_cast<std::uint16_t>(spread.limbs()[static_cast<std::size_t>(band) / 4] >>
                                    (band % 4 * 16));
}

// How far a band must stay below to be a start: they add up to radius + 1, as even as can be.
using BandQuotas = std::array<int, kBands>;
BandQuotas QuotasFor(Radius radius);
inline constexpr int kMaxQuota = (Radius::kMax + kBands) / kBands;

// Every 16-bit mask of fewer than `quota` bits, by number of bits; 0 <= quota <= kMaxQuota.
std::span<const std::uint16_t> MasksBelow(int quota);

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_BANDS_H_
