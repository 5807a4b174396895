#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of the undefined vectors inside its own intrinsics (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <immintrin.h>

#include "search/kernel_sets.h"

#define JIKIMI_AVX512                                                             \
  __attribute__((                                                                 \
      target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,avx512bitalg,popcnt,bmi," \
             "bmi2")))

namespace jikimi::search::internal {
namespace {

// Distances of eight words from four vectors of two words each, in the order 0 2 1 3 4 6 5 7.
JIKIMI_AVX512 inline __m512i EightDistances(__m512i words01, __m512i words23, __m512i words45,
                                            __m512i words67, __m512i query) {
  const __m512i bits01 = _mm512_popcnt_epi64(_mm512_xor_si512(words01, query));
  const __m512i bits23 = _mm512_popcnt_epi64(_mm512_xor_si512(words23, query));
  const __m512i bits45 = _mm512_popcnt_epi64(_mm512_xor_si512(words45, query));
  const __m512i bits67 = _mm512_popcnt_epi64(_mm512_xor_si512(words67, query));
  // Each 128 bits hold half a word's sum: of an even vector's word, then of an odd vector's.
  const __m512i halves03 = _mm512_add_epi64(_mm512_unpacklo_epi64(bits01, bits23),
                                            _mm512_unpackhi_epi64(bits01, bits23));
  const __m512i halves47 = _mm512_add_epi64(_mm512_unpacklo_epi64(bits45, bits67),
                                            _mm512_unpackhi_epi64(bits45, bits67));
  return _mm512_add_epi64(_mm512_shuffle_i64x2(halves03, halves47, 0x88),
                          _mm512_shuffle_i64x2(halves03, halves47, 0xdd));
}

JIKIMI_AVX512 inline std::size_t PutInOrder(unsigned near, std::size_t first,
                                            std::uint32_t* indices) {
  // Swaps bits 1 with 2 and 5 with 6: lane order to word order.
  near = (near & 0x99) | ((near & 0x22) << 1) | ((near & 0x44) >> 1);
  std::size_t found = 0;
  for (; near != 0; near &= near - 1) {
    indices[found++] = static_cast<std::uint32_t>(first) + _tzcnt_u32(near);
  }
  return found;
}

JIKIMI_AVX512 std::size_t NearWords(const Word256* words, std::size_t count, const Word256& query,
                                    int radius, std::uint32_t* indices) {
  const __m512i bits =
      _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(&query)));
  const __m512i limit = _mm512_set1_epi64(radius);
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const Word256* at = words + i;
    const __m512i sums =
        EightDistances(_mm512_loadu_si512(at), _mm512_loadu_si512(at + 2),
                       _mm512_loadu_si512(at + 4), _mm512_loadu_si512(at + 6), bits);
    const unsigned near = _mm512_cmple_epi64_mask(sums, limit);
    if (near != 0) found += PutInOrder(near, i, indices + found);
  }
  if (i < count) {
    const std::size_t limbs = 4 * (count - i);  // 4 to 28, in four vectors of eight
    const std::uint32_t lanes = (std::uint32_t{1} << limbs) - 1;
    const Word256* at = words + i;
    const __m512i sums =
        EightDistances(_mm512_maskz_loadu_epi64(static_cast<__mmask8>(lanes), at),
                       _mm512_maskz_loadu_epi64(static_cast<__mmask8>(lanes >> 8), at + 2),
                       _mm512_maskz_loadu_epi64(static_cast<__mmask8>(lanes >> 16), at + 4),
                       _mm512_maskz_loadu_epi64(static_cast<__mmask8>(lanes >> 24), at + 6), bits);
    std::uint32_t last[8];
    const std::size_t near = PutInOrder(_mm512_cmple_epi64_mask(sums, limit), i, last);
    for (std::size_t n = 0; n < near && last[n] < count; ++n) indices[found++] = last[n];
  }
  return found;
}

JIKIMI_AVX512 std::size_t NearSketches(const std::uint16_t* sketches, std::size_t count,
                                       std::uint16_t query, int radius, std::uint32_t* indices) {
  const __m512i bits = _mm512_set1_epi16(static_cast<short>(query));
  const __m512i limit = _mm512_set1_epi16(static_cast<short>(radius));
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; i += 32) {
    const std::size_t left = count - i;
    const __mmask32 lanes = left >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << left) - 1;
    const __m512i sums =
        _mm512_popcnt_epi16(_mm512_xor_si512(_mm512_maskz_loadu_epi16(lanes, sketches + i), bits));
    for (std::uint32_t near = _mm512_mask_cmple_epi16_mask(lanes, sums, limit); near != 0;
         near &= near - 1) {
      indices[found++] = static_cast<std::uint32_t>(i) + _tzcnt_u32(near);
    }
  }
  return found;
}

JIKIMI_AVX512 void DistancesAt(const Word256* words, const std::uint32_t* positions,
                               std::size_t count, const Word256& query, std::uint16_t* distances) {
  const auto* q = reinterpret_cast<const std::uint64_t*>(&query);
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kWordsAhead < count) __builtin_prefetch(&words[positions[i + kWordsAhead]]);
    const auto* word = reinterpret_cast<const std::uint64_t*>(&words[positions[i]]);
    distances[i] =
        static_cast<std::uint16_t>(_mm_popcnt_u64(word[0] ^ q[0]) + _mm_popcnt_u64(word[1] ^ q[1]) +
                                   _mm_popcnt_u64(word[2] ^ q[2]) + _mm_popcnt_u64(word[3] ^ q[3]));
  }
}

}  // namespace

constinit const Kernels kAvx512Kernels = {"avx512", NearWords, NearSketches, DistancesAt};

}  // namespace jikimi::search::internal

#endif  // __x86_64__
