#include "search/range_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "search/merging.h"
#include "search/test_words.h"

namespace jikimi::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const RangeIndex::Options kOnRequest = {RangeIndex::Options::Merging::kOnRequest};

std::unique_ptr<RangeIndex> MakeIndex(const RangeIndex::Options& options = kOnRequest) {
  return *RangeIndex::Make(options);
}

std::vector<Match> Ask(const RangeIndex& index, const Word256& word, int radius) {
  return Sorted(*index.Query(word, RadiusOf(radius)));
}

TEST(RadiusTest, OutsideZeroToSixtyFourIsInvalidArgument) {
  EXPECT_TRUE(Radius::Of(0).has_value());
  EXPECT_TRUE(Radius::Of(64).has_value());
  EXPECT_EQ(Radius::Of(-1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Radius::Of(65).error().code, ErrorCode::kInvalidArgument);
}

TEST(RangeIndexTest, EmptyFindsNothing) {
  const auto index = MakeIndex();
  EXPECT_EQ(index->size(), 0u);
  EXPECT_THAT(Ask(*index, Word256(), 64), IsEmpty());
  ASSERT_TRUE(index->Merge().has_value());
  EXPECT_THAT(Ask(*index, Word256(), 64), IsEmpty());
  EXPECT_EQ(*index->Withdraw(EntryId{1}), 0u);
  EXPECT_THAT(*index->QueryBatch({}, Radius::Pdq()), IsEmpty());
}

TEST(RangeIndexTest, FindsItsOnlyWordUpToTheRadiusAndNoFurther) {
  const auto index = MakeIndex();
  SplitMix64 random(1);
  const Word256 word = RandomWord(random);
  ASSERT_TRUE(index->Insert(word, EntryId{7}).has_value());
  for (int distance = 0; distance <= 64; ++distance) {
    const Word256 asked = Flipped(word, distance, random);
    EXPECT_THAT(Ask(*index, asked, distance), ElementsAre(Match{EntryId{7}, distance}));
    if (distance > 0) {
      EXPECT_THAT(Ask(*index, asked, distance - 1), IsEmpty());
    }
  }
}

TEST(RangeIndexTest, TheSameWordUnderSeveralIdsIsFoundUnderEach) {
  const auto index = MakeIndex();
  const Word256 word({1, 2, 3, 4});
  for (std::uint64_t id = 0; id < 3; ++id) ASSERT_TRUE(index->Insert(word, EntryId{id}));
  ASSERT_TRUE(index->Insert(word, EntryId{1}));
  EXPECT_THAT(Ask(*index, word, 31), ElementsAre(Match{EntryId{0}, 0}, Match{EntryId{1}, 0},
                                                 Match{EntryId{1}, 0}, Match{EntryId{2}, 0}));
  EXPECT_EQ(*index->Withdraw(EntryId{1}), 2u);
  EXPECT_THAT(Ask(*index, word, 31), ElementsAre(Match{EntryId{0}, 0}, Match{EntryId{2}, 0}));
}

// Sizes without a table, around where it begins, and with one.
class RangeIndexSizeTest : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};

TEST_P(RangeIndexSizeTest, AgreesWithBruteForceAtEveryRadius) {
  const auto [size, kernels] = GetParam();
  SplitMix64 random(size);
  const auto entries = ClusteredEntries(size, random);
  const auto index =
      MakeIndex({RangeIndex::Options::Merging::kOnRequest, &AvailableKernels()[kernels]});
  ASSERT_TRUE(index->Insert(entries).has_value());
  ASSERT_EQ(index->size(), size);
  for (int radius = 0; radius <= Radius::kMax; ++radius) {
    for (int repeat = 0; repeat < 3; ++repeat) {
      const Word256 near = entries[random.Below(static_cast<std::uint32_t>(size))].word;
      const Word256 word = repeat == 0 ? RandomWord(random)
                                       : Flipped(near, static_cast<int>(random.Below(70)), random);
      ASSERT_EQ(Ask(*index, word, radius), BruteForce(entries, word, RadiusOf(radius)))
          << "radius " << radius;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    , RangeIndexSizeTest,
    testing::Combine(testing::Values(1, 2, 63, 4096, 4097, kTableWords - 1, kTableWords, 60000),
                     testing::Range(std::size_t{0}, AvailableKernels().size())),
    [](const auto& test) {
      return std::to_string(std::get<0>(test.param)) + "_" +
             std::string(AvailableKernels()[std::get<1>(test.param)].name);
    });

TEST(RangeIndexTest, ABatchHasTheAnswersOfItsQueries) {
  SplitMix64 random(6);
  const auto entries = ClusteredEntries(20000, random);
  const auto index = MakeIndex();
  ASSERT_TRUE(index->Insert(entries).has_value());
  std::vector<Word256> words;
  for (int i = 0; i < 100; ++i)
    words.push_back(Flipped(entries[random.Below(20000)].word, 20, random));
  const auto batch = *index->QueryBatch(words, Radius::Pdq());
  ASSERT_EQ(batch.size(), words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(Sorted(batch[i]), BruteForce(entries, words[i], Radius::Pdq()));
  }
}

TEST(RangeIndexTest, EveryInsertAndWithdrawalTakesEffectOnTheNextQuery) {
  SplitMix64 random(8);
  for (const auto merging :
       {RangeIndex::Options::Merging::kOnRequest, RangeIndex::Options::Merging::kInBackground}) {
    const auto index = MakeIndex({merging});
    std::vector<Entry> expected = ClusteredEntries(20000, random);
    ASSERT_TRUE(index->Insert(expected).has_value());
    std::uint64_t next_id = 20000;
    for (int step = 0; step < 6000; ++step) {
      if (random.Below(3) != 0) {
        const Word256 near =
            expected[random.Below(static_cast<std::uint32_t>(expected.size()))].word;
        // Some ids come again, withdrawn or not.
        const EntryId id{random.Below(10) == 0 ? random.Below(20000) : next_id++};
        const Entry entry = {Flipped(near, static_cast<int>(random.Below(30)), random), id};
        ASSERT_TRUE(index->Insert(entry.word, entry.id).has_value());
        expected.push_back(entry);
        const auto matches = Ask(*index, entry.word, 0);
        ASSERT_NE(std::find(matches.begin(), matches.end(), Match{id, 0}), matches.end());
      } else {
        const EntryId id = expected[random.Below(static_cast<std::uint32_t>(expected.size()))].id;
        const auto withdrawn = std::erase_if(expected, [&](const Entry& e) { return e.id == id; });
        ASSERT_EQ(*index->Withdraw(id), withdrawn);
      }
      if (step % 2000 == 1000) {
        ASSERT_TRUE(index->Merge().has_value());
      }
      if (step % 50 == 0) {
        const Word256 word =
            expected[random.Below(static_cast<std::uint32_t>(expected.size()))].word;
        ASSERT_EQ(Ask(*index, word, 31), BruteForce(expected, word, Radius::Pdq()));
        ASSERT_EQ(index->size(), expected.size());
      }
    }
  }
}

TEST(RangeIndexTest, MergingDropsWhatWasWithdrawnAndFreesItsMemory) {
  SplitMix64 random(9);
  const auto entries = ClusteredEntries(40000, random);
  const auto index = MakeIndex();
  ASSERT_TRUE(index->Insert(entries).has_value());
  const std::size_t before = index->memory_bytes();
  for (std::uint64_t id = 0; id < 36000; ++id) ASSERT_EQ(*index->Withdraw(EntryId{id}), 1u);
  ASSERT_TRUE(index->Merge().has_value());
  EXPECT_EQ(index->size(), 4000u);
  EXPECT_LT(index->memory_bytes(), before / 5);
  const auto left = std::span(entries).subspan(36000);
  EXPECT_EQ(Ask(*index, left[5].word, 40), BruteForce(left, left[5].word, RadiusOf(40)));
}

TEST(RangeIndexTest, ReadersSeeAllThatWasThereBeforeWhileAWriterAndMergesGoOn) {
  SplitMix64 random(10);
  const auto index = MakeIndex(RangeIndex::Options());
  const auto stays = ClusteredEntries(2000, random);
  ASSERT_TRUE(index->Insert(stays).has_value());
  std::atomic<std::uint64_t> inserted = 2000;
  std::atomic<bool> done = false;
  const auto word_of = [](std::uint64_t id) {
    SplitMix64 own(id * 7919);
    return RandomWord(own);
  };
  std::vector<std::thread> readers;
  for (std::uint64_t reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      SplitMix64 own(reader);
      for (std::uint64_t asked = 0; !done || asked < 200; ++asked) {
        const Entry& entry = stays[own.Below(2000)];
        const auto matches = *index->Query(entry.word, Radius::Pdq());
        EXPECT_NE(std::find(matches.begin(), matches.end(), Match{entry.id, 0}), matches.end());
        const std::uint64_t end = inserted;
        if (end == 2000) continue;
        const std::uint64_t id = 2000 + own.Below(static_cast<std::uint32_t>(end - 2000));
        const auto found = *index->Query(word_of(id), RadiusOf(10));
        if (id % 5 != 0) {
          EXPECT_THAT(found, ElementsAre(Match{EntryId{id}, 0}));
        } else {  // it is or will be withdrawn
          EXPECT_LE(found.size(), 1u);
        }
      }
    });
  }
  for (std::uint64_t id = 2000; id < 42000; ++id) {
    ASSERT_TRUE(index->Insert(word_of(id), EntryId{id}).has_value());
    inserted = id + 1;
    if (id % 100 == 0) {
      ASSERT_EQ(*index->Withdraw(EntryId{id}), 1u);
    }
  }
  ASSERT_TRUE(index->Merge().has_value());
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(index->size(), 42000u - 400u);
}

}  // namespace
}  // namespace jikimi::search
