#include "search/kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"

namespace jikimi::search {
namespace {

const std::size_t kCounts[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  15,  16,  17,
                               23, 31, 32, 33, 47, 63, 64, 65, 95, 97, 100, 129, 1001};
const int kRadii[] = {0, 1, 15, 31, 64, 127, 128, 255, 256};

Word256 RandomWord(SplitMix64& random) {
  return Word256({random.Next(), random.Next(), random.Next(), random.Next()});
}

Word256 Near(Word256 word, std::uint32_t flips, SplitMix64& random) {
  for (std::uint32_t i = 0; i < flips; ++i) word.flip_bit(static_cast<int>(random.Below(256)));
  return word;
}

class KernelsTest : public testing::TestWithParam<Kernels> {
 protected:
  const Kernels& scalar_ = AvailableKernels().front();
  const Kernels& kernels_ = GetParam();
  SplitMix64 random_{20};
};

TEST_P(KernelsTest, FindTheSameWordsAsTheReferenceAtEveryCountAndAlignment) {
  const Word256 query = RandomWord(random_);
  std::vector<std::byte> bytes(1001 * sizeof(Word256) + 64);
  std::vector<std::uint32_t> found(1001), expected(1001);
  for (const std::size_t count : kCounts) {
    std::vector<Word256> words(count);
    for (Word256& word : words) word = Near(query, random_.Below(300), random_);
    for (const std::size_t shift : {0u, 8u, 24u, 40u}) {
      auto* at = reinterpret_cast<Word256*>(bytes.data() + shift);
      if (count != 0) std::memcpy(bytes.data() + shift, words.data(), count * sizeof(Word256));
      for (const int radius : kRadii) {
        const std::size_t n = kernels_.near_words(at, count, query, radius, found.data());
        ASSERT_EQ(n, scalar_.near_words(words.data(), count, query, radius, expected.data()));
        for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(found[i], expected[i]);
      }
    }
  }
}

TEST_P(KernelsTest, FindTheSameSketchesAsTheReferenceAtEveryCountAndAlignment) {
  const auto query = static_cast<std::uint16_t>(random_.Next());
  std::vector<std::uint16_t> sketches(1001 + 32);
  for (auto& sketch : sketches) sketch = static_cast<std::uint16_t>(random_.Next());
  std::vector<std::uint32_t> found(1001), expected(1001);
  for (const std::size_t count : kCounts) {
    for (const std::size_t shift : {0u, 1u, 7u, 31u}) {
      for (int radius = -1; radius <= 16; ++radius) {
        const auto* at = sketches.data() + shift;
        const std::size_t n = kernels_.near_sketches(at, count, query, radius, found.data());
        ASSERT_EQ(n, scalar_.near_sketches(at, count, query, radius, expected.data()));
        for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(found[i], expected[i]);
      }
    }
  }
}

TEST_P(KernelsTest, MeasureTheDistancesOfScatteredWords) {
  std::vector<Word256> words(2000);
  for (Word256& word : words) word = RandomWord(random_);
  const Word256 query = Near(words[7], 9, random_);
  for (const std::size_t count : kCounts) {
    std::vector<std::uint32_t> positions(count);
    for (auto& position : positions) position = random_.Below(2000);
    std::vector<std::uint16_t> distances(count);
    kernels_.distances_at(words.data(), positions.data(), count, query, distances.data());
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(distances[i], HammingDistance(words[positions[i]], query));
    }
  }
}

TEST_P(KernelsTest, FindEveryWordAtExactlyTheRadiusAndNoneOneBitBeyond) {
  const Word256 query = RandomWord(random_);
  for (int distance = 0; distance <= 256; ++distance) {
    std::vector<int> bits(256);
    std::iota(bits.begin(), bits.end(), 0);
    Word256 word = query;
    for (int i = 0; i < distance; ++i) {
      const std::uint32_t pick = random_.Below(static_cast<std::uint32_t>(bits.size()));
      word.flip_bit(bits[pick]);
      bits.erase(bits.begin() + pick);
    }
    const std::vector<Word256> words(13, word);
    std::vector<std::uint32_t> found(13);
    EXPECT_EQ(kernels_.near_words(words.data(), 13, query, distance, found.data()), 13u);
    EXPECT_EQ(kernels_.near_words(words.data(), 13, query, distance - 1, found.data()), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(, KernelsTest, testing::ValuesIn(AvailableKernels()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace jikimi::search
