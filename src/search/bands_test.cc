#include "search/bands.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "search/test_words.h"

namespace jikimi::search {
namespace {

TEST(BandsTest, SpreadingMovesEveryBitToAPlaceOfItsOwn) {
  std::set<int> places;
  for (int bit = 0; bit < Word256::kBits; ++bit) {
    Word256 word;
    word.set_bit(bit, true);
    const Word256 spread = SpreadOverBands(word);
    EXPECT_EQ(HammingDistance(spread, Word256()), 1);
    for (int i = 0; i < Word256::kBits; ++i) {
      if (spread.bit(i)) places.insert(i);
    }
  }
  EXPECT_EQ(places.size(), 256u);
}

TEST(BandsTest, ABandTakesOneBitOfEachRowAndOneOfEachColumn) {
  for (int band = 0; band < kBands; ++band) {
    std::set<int> rows, columns;
    for (int bit = 0; bit < Word256::kBits; ++bit) {
      Word256 word;
      word.set_bit(bit, true);
      if (Band(SpreadOverBands(word), band) == 0) continue;
      rows.insert(bit / 16);
      columns.insert(bit % 16);
    }
    EXPECT_EQ(rows.size(), 16u);
    EXPECT_EQ(columns.size(), 16u);
  }
}

TEST(BandsTest, SpreadingKeepsDistances) {
  SplitMix64 random(3);
  for (int i = 0; i < 100; ++i) {
    const Word256 a = RandomWord(random), b = RandomWord(random);
    EXPECT_EQ(HammingDistance(SpreadOverBands(a), SpreadOverBands(b)), HammingDistance(a, b));
  }
}

TEST(BandsTest, QuotasAddUpToOneMoreThanTheRadiusAndAreEven) {
  for (int bits = 0; bits <= Radius::kMax; ++bits) {
    const BandQuotas quotas = QuotasFor(RadiusOf(bits));
    EXPECT_EQ(std::accumulate(quotas.begin(), quotas.end(), 0), bits + 1);
    const auto [least, most] = std::minmax_element(quotas.begin(), quotas.end());
    EXPECT_LE(*most - *least, 1);
    EXPECT_LE(*most, kMaxQuota);
  }
}

TEST(BandsTest, MasksComeByNumberOfBitsAndEachOnce) {
  std::set<unsigned> seen;
  int bits = 0;
  for (const std::uint16_t mask : MasksBelow(kMaxQuota)) {
    EXPECT_TRUE(seen.insert(mask).second);
    EXPECT_GE(std::popcount(unsigned{mask}), bits);
    bits = std::popcount(unsigned{mask});
  }
  EXPECT_EQ(seen.size(), 1u + 16 + 120 + 560 + 1820);
  for (int quota = 1; quota <= kMaxQuota; ++quota) {
    EXPECT_EQ(std::popcount(unsigned{MasksBelow(quota).back()}), quota - 1);
  }
}

// The promise that the table stands on, tried where it is tightest: exactly radius bits apart.
TEST(BandsTest, WordsInRangeHaveABandWhereTheyAreCloseAloneAndWithTheNext) {
  SplitMix64 random(4);
  for (int bits = 0; bits <= Radius::kMax; ++bits) {
    const BandQuotas quotas = QuotasFor(RadiusOf(bits));
    for (int repeat = 0; repeat < 200; ++repeat) {
      const Word256 a = RandomWord(random), b = Flipped(a, bits, random);
      bool found = false;
      for (int band = 0; band < kBands; ++band) {
        const auto distance = [&](int of) {
          return std::popcount(static_cast<unsigned>(Band(a, of) ^ Band(b, of)));
        };
        const int next = (band + 1) % kBands;
        const int quota = quotas[static_cast<std::size_t>(band)];
        const int both = quota + quotas[static_cast<std::size_t>(next)];
        found |= distance(band) < quota && distance(band) + distance(next) < both;
      }
      ASSERT_TRUE(found) << "radius " << bits;
    }
  }
}

}  // namespace
}  // namespace jikimi::search
