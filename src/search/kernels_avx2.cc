#if defined(__x86_64__)

#include <immintrin.h>

#include "search/kernel_sets.h"

#define JIKIMI_AVX2 __attribute__((target("avx2,popcnt,bmi")))

namespace jikimi::search::internal {
namespace {

// Bits set in each byte, from a table of the sixteen nibbles (Mula, Kurz, Lemire 2018).
JIKIMI_AVX2 inline __m256i BitsOfBytes(__m256i bytes) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i low = _mm256_and_si256(bytes, nibble);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
  return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

// The bits in which one word differs from `query`, as one sum in each 64-bit lane.
JIKIMI_AVX2 inline __m256i LimbDistances(const Word256* word, __m256i query) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(word));
  return _mm256_sad_epu8(BitsOfBytes(_mm256_xor_si256(bits, query)), _mm256_setzero_si256());
}

JIKIMI_AVX2 inline int Distance(const Word256* word, __m256i query) {
  const __m256i limbs = LimbDistances(word, query);
  const __m128i halves =
      _mm_add_epi64(_mm256_castsi256_si128(limbs), _mm256_extracti128_si256(limbs, 1));
  return static_cast<int>(_mm_extract_epi64(halves, 0) + _mm_extract_epi64(halves, 1));
}

JIKIMI_AVX2 std::size_t NearWords(const Word256* words, std::size_t count, const Word256& query,
                                  int radius, std::uint32_t* indices) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&query));
  const __m128i limit = _mm_set1_epi16(static_cast<short>(radius));
  std::size_t found = 0;
  std::size_t i = 0;
  // Four words at a time: a limb's sum takes 16 bits at most, so four words share a lane.
  for (; i + 4 <= count; i += 4) {
    const __m256i first = LimbDistances(words + i, bits);
    const __m256i second = _mm256_slli_epi64(LimbDistances(words + i + 1, bits), 16);
    const __m256i third = _mm256_slli_epi64(LimbDistances(words + i + 2, bits), 32);
    const __m256i fourth = _mm256_slli_epi64(LimbDistances(words + i + 3, bits), 48);
    const __m256i limbs =
        _mm256_or_si256(_mm256_or_si256(first, second), _mm256_or_si256(third, fourth));
    const __m128i halves =
        _mm_add_epi16(_mm256_castsi256_si128(limbs), _mm256_extracti128_si256(limbs, 1));
    const __m128i sums = _mm_add_epi16(halves, _mm_unpackhi_epi64(halves, halves));
    const unsigned far =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpgt_epi16(sums, limit))) & 0xff;
    // Two mask bits a word.
    for (unsigned near = ~far & 0x55; near != 0; near &= near - 1) {
      indices[found++] = static_cast<std::uint32_t>(i) + _tzcnt_u32(near) / 2;
    }
  }
  for (; i < count; ++i) {
    if (Distance(words + i, bits) <= radius) indices[found++] = static_cast<std::uint32_t>(i);
  }
  return found;
}

JIKIMI_AVX2 std::size_t NearSketches(const std::uint16_t* sketches, std::size_t count,
                                     std::uint16_t query, int radius, std::uint32_t* indices) {
  const __m256i bits = _mm256_set1_epi16(static_cast<short>(query));
  const __m256i limit = _mm256_set1_epi16(static_cast<short>(radius));
  const __m256i low_byte = _mm256_set1_epi16(0xff);
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m256i lanes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sketches + i));
    const __m256i bytes = BitsOfBytes(_mm256_xor_si256(lanes, bits));
    const __m256i sums =
        _mm256_add_epi16(_mm256_and_si256(bytes, low_byte), _mm256_srli_epi16(bytes, 8));
    const auto far = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpgt_epi16(sums, limit)));
    for (unsigned near = ~far & 0x55555555; near != 0; near &= near - 1) {
      indices[found++] = static_cast<std::uint32_t>(i) + _tzcnt_u32(near) / 2;
    }
  }
  for (; i < count; ++i) {
    if (_mm_popcnt_u32(static_cast<unsigned>(sketches[i] ^ query)) <= radius) {
      indices[found++] = static_cast<std::uint32_t>(i);
    }
  }
  return found;
}

JIKIMI_AVX2 void DistancesAt(const Word256* words, const std::uint32_t* positions,
                             std::size_t count, const Word256& query, std::uint16_t* distances) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&query));
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kWordsAhead < count) __builtin_prefetch(&words[positions[i + kWordsAhead]]);
    distances[i] = static_cast<std::uint16_t>(Distance(&words[positions[i]], bits));
  }
}

}  // namespace

constinit const Kernels kAvx2Kernels = {"avx2", NearWords, NearSketches, DistancesAt};

}  // namespace jikimi::search::internal

#endif  // __x86_64__
