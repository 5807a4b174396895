#include "search/band_table.h"

#include <gtest/gtest.h>

#include <set>

#include "search/test_words.h"

namespace jikimi::search {
namespace {

// At radii and sizes where the index itself would rather go through the words, too.
TEST(BandTableTest, CandidatesHoldEveryWordInRangeAtEveryRadius) {
  SplitMix64 random(11);
  for (const std::size_t size : {0u, 1u, 50u, 3000u}) {
    std::vector<Word256> words;
    for (const Entry& entry : ClusteredEntries(size, random)) {
      words.push_back(SpreadOverBands(entry.word));
    }
    const auto table = *BandTable::Build(words);
    for (const Kernels& kernels : AvailableKernels()) {
      for (int radius = 0; radius <= Radius::kMax; ++radius) {
        Word256 query = RandomWord(random);
        if (size > 0) {
          const Word256 near = words[random.Below(static_cast<std::uint32_t>(size))];
          query = Flipped(near, radius, random);
        }
        std::vector<std::uint32_t> candidates;
        bool valid = false;
        ASSERT_TRUE(table.FindCandidates(query, RadiusOf(radius), kernels, &candidates, &valid));
        ASSERT_TRUE(valid);
        const std::set<std::uint32_t> found(candidates.begin(), candidates.end());
        for (std::uint32_t i = 0; i < size; ++i) {
          if (HammingDistance(words[i], query) > radius) continue;
          ASSERT_TRUE(found.contains(i)) << kernels.name << ", radius " << radius;
        }
      }
    }
  }
}

TEST(BandTableTest, AllWordsInOneBucketAreFound) {
  const Word256 word({5, 6, 7, 8});
  const auto table = *BandTable::Build(std::vector<Word256>(20000, word));
  std::vector<std::uint32_t> candidates;
  bool valid = false;
  ASSERT_TRUE(table.FindCandidates(word, Radius::Pdq(), BestKernels(), &candidates, &valid));
  EXPECT_EQ(std::set<std::uint32_t>(candidates.begin(), candidates.end()).size(), 20000u);
}

TEST(BandTableTest, TheLinearKernelIsTakenForFewWordsAndNeverForMany) {
  for (const Kernels& kernels : AvailableKernels()) {
    EXPECT_GT(CrossoverSize(Radius::Pdq(), kernels), 100u);
    EXPECT_LT(CrossoverSize(Radius::Pdq(), kernels), 100000u);
  }
}

}  // namespace
}  // namespace jikimi::search
