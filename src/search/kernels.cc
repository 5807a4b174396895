#include "search/kernels.h"

#include <bit>
#include <vector>

#include "search/kernel_sets.h"

namespace jikimi::search {
namespace internal {
namespace {

std::size_t NearWords(const Word256* words, std::size_t count, const Word256& query, int radius,
                      std::uint32_t* indices) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (HammingDistance(words[i], query) <= radius) {
      indices[found++] = static_cast<std::uint32_t>(i);
    }
  }
  return found;
}

std::size_t NearSketches(const std::uint16_t* sketches, std::size_t count, std::uint16_t query,
                         int radius, std::uint32_t* indices) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::popcount(static_cast<unsigned>(sketches[i] ^ query)) <= radius) {
      indices[found++] = static_cast<std::uint32_t>(i);
    }
  }
  return found;
}

void DistancesAt(const Word256* words, const std::uint32_t* positions, std::size_t count,
                 const Word256& query, std::uint16_t* distances) {
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kWordsAhead < count) __builtin_prefetch(&words[positions[i + kWordsAhead]]);
    distances[i] = static_cast<std::uint16_t>(HammingDistance(words[positions[i]], query));
  }
}

std::vector<Kernels> KernelsOfThisMachine() {
  std::vector<Kernels> kernels = {kScalarKernels};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) {
    kernels.push_back(kAvx2Kernels);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512bitalg")) {
      kernels.push_back(kAvx512Kernels);
    }
  }
#endif
  return kernels;
}

}  // namespace

constinit const Kernels kScalarKernels = {"scalar", NearWords, NearSketches, DistancesAt};

}  // namespace internal

std::span<const Kernels> AvailableKernels() {
  static const std::vector<Kernels> kernels = internal::KernelsOfThisMachine();
  return kernels;
}

const Kernels& BestKernels() {
  static const Kernels best = AvailableKernels().back();
  return best;
}

}  // namespace jikimi::search
