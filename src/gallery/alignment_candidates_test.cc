#include "gallery/alignment_candidates.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace jikimi::gallery {
namespace {

Word256 RandomWord(SplitMix64& random) {
  return Word256({random.Next(), random.Next(), random.Next(), random.Next()});
}

// Words limb by limb, from an odd place in memory on.
struct Columns {
  explicit Columns(const std::vector<Word256>& words) {
    for (std::size_t limb = 0; limb < Word256::kLimbs; ++limb) {
      limbs[limb].push_back(0);
      for (const Word256& word : words) limbs[limb].push_back(word.limbs()[limb]);
      pointers[limb] = limbs[limb].data() + 1;
    }
  }
  std::array<std::vector<std::uint64_t>, Word256::kLimbs> limbs;
  std::array<const std::uint64_t*, Word256::kLimbs> pointers;
};

TEST(NearestKernelTest, EachAgreesWithTheReferenceAtEveryCountAndStaysWithinIt) {
  SplitMix64 random(1);
  std::vector<Word256> words;
  for (int i = 0; i < 41; ++i) {
    words.push_back(i % 7 == 3 ? words[static_cast<std::size_t>(i) - 2] : RandomWord(random));
  }
  for (std::size_t count = 0; count <= words.size(); ++count) {
    const Columns columns({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count)});
    for (const NearestKernel& kernel : NearestKernels()) {
      SplitMix64 queries(2);
      std::vector<std::uint64_t> nearest(count + 1, kNoneNear), wanted = nearest;
      nearest[count] = wanted[count] = 77;
      for (std::uint64_t q = 0; q < 9; ++q) {
        const bool known = count > 0 && q % 3 == 0;
        const Word256 word = known ? words[q % count] : RandomWord(queries);
        std::uint64_t best = kNoneNear;
        for (std::size_t i = 0; i < count; ++i) {
          const auto distance = static_cast<std::uint64_t>(HammingDistance(word, words[i]));
          best = std::min(best, distance << 32 | i);
          wanted[i] = std::min(wanted[i], distance << 32 | q);
        }
        EXPECT_EQ(kernel.nearest_of(word, q, columns.pointers, count, nearest.data()), best);
      }
      EXPECT_EQ(nearest, wanted) << count << " words";
    }
  }
}

fingerprint::Patch PatchWith(const Word256& word, bool bright) {
  fingerprint::Patch patch;
  patch.word = word;
  patch.scale = 2;
  patch.bright = bright;
  return patch;
}

TEST(LookAlikesTest, PolaritiesStayApartAndTheMostTellingCome) {
  SplitMix64 random(3);
  std::vector<fingerprint::Patch> query, item;
  for (int i = 0; i < 30; ++i) {
    const Word256 word = RandomWord(random);
    query.push_back(PatchWith(word, true));
    item.push_back(PatchWith(word, i % 2 == 0));
  }
  const auto all = LookAlikes(query, item, 1000);
  ASSERT_EQ(all.size(), 15u);
  for (const Candidate& one : all) {
    EXPECT_EQ(one.query, one.item);
    EXPECT_EQ(one.distance, 0);
    EXPECT_EQ(one.item % 2, 0);
  }
  const auto few = LookAlikes(query, item, 4);
  ASSERT_EQ(few.size(), 4u);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i].query, all[i].query);
  EXPECT_TRUE(LookAlikes({}, item, 10).empty());
  EXPECT_TRUE(LookAlikes(query, {}, 10).empty());
}

}  // namespace
}  // namespace jikimi::gallery
