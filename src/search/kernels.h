#ifndef JIKIMI_SEARCH_KERNELS_H_
#define JIKIMI_SEARCH_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/word256.h"

namespace jikimi::search {

// The inner loops of search, once for every instruction set. They agree with each other on every
// input, take any count, zero included, whatever the cache lines it starts and ends in, and read
// nothing past it.
struct Kernels {
  std::string_view name;  // "scalar", "avx2", "avx512"

  // Writes to `indices`, ascending, which of `words` differ from `query` in at most `radius` bits;
  // returns how many. `indices` has room for `count`, and `count` is below 2^32.
  std::size_t (*near_words)(const Word256* words, std::size_t count, const Word256& query,
                            int radius, std::uint32_t* indices);

  // The same over 16-bit sketches.
  std::size_t (*near_sketches)(const std::uint16_t* sketches, std::size_t count,
                               std::uint16_t query, int radius, std::uint32_t* indices);

  // distances[i] = HammingDistance(words[positions[i]], query), with the words prefetched: for
  // candidates that lie far apart.
  void (*distances_at)(const Word256* words, const std::uint32_t* positions, std::size_t count,
                       const Word256& query, std::uint16_t* distances);
};

// What this machine can run: the scalar reference first, the fastest last.
std::span<const Kernels> AvailableKernels();

// The fastest of them.
const Kernels& BestKernels();

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_KERNELS_H_
