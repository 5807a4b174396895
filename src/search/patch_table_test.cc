#include "search/patch_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "base/random.h"
#include "search/patch_table_parts.h"

namespace jikimi::search {
namespace {

Word256 RandomWord(SplitMix64& random) {
  return Word256({random.Next(), random.Next(), random.Next(), random.Next()});
}

TablePatch RandomPatch(SplitMix64& random) {
  TablePatch patch;
  patch.word = RandomWord(random);
  patch.x = static_cast<std::uint16_t>(random.Next());
  patch.y = static_cast<std::uint16_t>(random.Next());
  patch.log_scale = static_cast<std::uint16_t>(20000 + random.Below(4096));
  patch.angle = static_cast<std::uint16_t>(random.Next());
  return patch;
}

std::vector<TablePatch> RandomPicture(SplitMix64& random, int patches = 100) {
  std::vector<TablePatch> picture;
  for (int i = 0; i < patches; ++i) picture.push_back(RandomPatch(random));
  return picture;
}

// The picture as an altered copy shows it: some bits of each word differ, everything is turned by
// a quarter and twice the size.
std::vector<TablePatch> AlteredCopy(std::vector<TablePatch> picture, SplitMix64& random,
                                    int flipped_bits) {
  for (TablePatch& patch : picture) {
    for (int i = 0; i < flipped_bits; ++i) patch.word.flip_bit(static_cast<int>(random.Below(256)));
    patch.log_scale = static_cast<std::uint16_t>(patch.log_scale + TablePatch::kScaleSteps);
    patch.angle = static_cast<std::uint16_t>(patch.angle + 16384);
  }
  return picture;
}

std::vector<PatchProbe> ProbesOf(const std::vector<TablePatch>& picture, std::uint8_t group = 0) {
  std::vector<PatchProbe> probes;
  for (const TablePatch& patch : picture) {
    probes.push_back({patch, nullptr, static_cast<std::uint16_t>(probes.size()), group});
  }
  return probes;
}

TEST(PatchTableTest, EmptyTableFindsNothing) {
  SplitMix64 random(1);
  const PatchTable table;
  EXPECT_TRUE(table.Find(ProbesOf(RandomPicture(random)), {}).candidates.empty());
  EXPECT_TRUE(table.Find({}, {}).candidates.empty());
}

TEST(PatchTableTest, AddedPictureIsFoundByTheNextQuery) {
  SplitMix64 random(2);
  PatchTable table;
  for (int i = 0; i < 500; ++i) {  // far enough for the tail to be rebuilt into bands
    const auto picture = RandomPicture(random);
    const std::uint32_t number = table.Add(picture);
    EXPECT_EQ(number, static_cast<std::uint32_t>(i));
    const auto found = table.Find(ProbesOf(AlteredCopy(picture, random, 15)), {});
    ASSERT_FALSE(found.candidates.empty()) << "picture " << i;
    EXPECT_EQ(found.candidates[0].picture, number);
    EXPECT_GE(found.candidates[0].patches, 20);
  }
}

TEST(PatchTableTest, EveryPictureIsStillFoundAfterRebuilds) {
  SplitMix64 random(3);
  PatchTable table;
  std::vector<std::vector<TablePatch>> pictures;
  for (int i = 0; i < 700; ++i) {
    pictures.push_back(RandomPicture(random, i % 7 == 0 ? 0 : 60));
    i < 500 ? table.AddUnindexed(pictures.back()) : table.Add(pictures.back());
    if (i == 499) table.Rebuild();
  }
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    ASSERT_EQ(table.patches(static_cast<std::uint32_t>(i)).size(), pictures[i].size());
    if (pictures[i].empty()) continue;
    const auto found = table.Find(ProbesOf(AlteredCopy(pictures[i], random, 10)), {});
    ASSERT_FALSE(found.candidates.empty()) << "picture " << i;
    EXPECT_EQ(found.candidates[0].picture, i);
  }
}

TEST(PatchTableTest, WithdrawnPictureIsNotFoundBeforeNorAfterARebuild) {
  SplitMix64 random(4);
  PatchTable table;
  const auto kept = RandomPicture(random), withdrawn = RandomPicture(random);
  const std::uint32_t kept_number = table.Add(kept);
  table.Withdraw(table.Add(withdrawn));
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(table.Find(ProbesOf(withdrawn), {}).candidates.empty());
    ASSERT_EQ(table.Find(ProbesOf(kept), {}).candidates.size(), 1u);
    EXPECT_EQ(table.Find(ProbesOf(kept), {}).candidates[0].picture, kept_number);
    table.Rebuild();
  }
}

TEST(PatchTableTest, PatchesThatLieAlikeOutvoteOnesThatDoNot) {
  SplitMix64 random(5);
  PatchTable table;
  const auto query = RandomPicture(random, 40);
  auto jumbled = query;
  for (TablePatch& patch : jumbled) patch.angle = static_cast<std::uint16_t>(random.Next());
  table.Add(jumbled);
  const std::uint32_t alike = table.Add(query);
  const auto found = table.Find(ProbesOf(query), {});
  ASSERT_EQ(found.candidates.size(), 2u);
  EXPECT_EQ(found.candidates[0].picture, alike);
  EXPECT_EQ(found.candidates[0].patches, 40);
  EXPECT_LT(found.candidates[1].patches, 20);
}

TEST(PatchTableTest, GroupsVoteApart) {
  SplitMix64 random(6);
  PatchTable table;
  const auto picture = RandomPicture(random, 40);
  table.Add(picture);
  auto probes = ProbesOf(RandomPicture(random, 40), 0);
  const auto mirrored = ProbesOf(picture, 1);
  probes.insert(probes.end(), mirrored.begin(), mirrored.end());
  const auto found = table.Find(probes, {});
  ASSERT_EQ(found.candidates.size(), 1u);
  EXPECT_EQ(found.candidates[0].group, 1);
}

TEST(PatchTableTest, LooksThatManyPicturesShareAreCountedAndWeighLess) {
  SplitMix64 random(7);
  PatchTable table;
  const auto logo = RandomPicture(random, 30);
  auto with_logo = [&](std::vector<TablePatch> picture) {
    const auto copy = AlteredCopy(logo, random, 3);
    picture.insert(picture.end(), copy.begin(), copy.end());
    return picture;
  };
  constexpr int kSharing = 150;
  for (int i = 0; i < kSharing; ++i) table.Add(with_logo(RandomPicture(random, 30)));
  const auto wanted = RandomPicture(random, 12);
  const std::uint32_t number = table.Add(wanted);
  table.Rebuild();

  const auto found = table.Find(ProbesOf(with_logo(AlteredCopy(wanted, random, 5))),
                                {.max_bucket = 1000, .max_candidates = 10});
  ASSERT_FALSE(found.candidates.empty());
  EXPECT_EQ(found.candidates[0].picture, number) << "a logo outvotes the true copy";
  for (std::size_t i = 12; i < found.holders.size(); ++i) EXPECT_GE(found.holders[i], 100u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_LE(found.holders[i], 2u);
}

TEST(PatchTableTest, OverfullBucketsAreSkippedButCounted) {
  SplitMix64 random(8);
  PatchTable table;
  const auto logo = RandomPicture(random, 30);
  constexpr std::uint32_t kSharing = 400;
  for (std::uint32_t i = 0; i < kSharing; ++i) table.Add(logo);
  table.Rebuild();
  const auto found = table.Find(ProbesOf(logo), {.max_bucket = 100});
  EXPECT_TRUE(found.candidates.empty());
  for (const std::uint32_t holders : found.holders) EXPECT_EQ(holders, kSharing);
}

TEST(PatchTableTest, PatchesOfTheOtherKindAreNotNear) {
  SplitMix64 random(12);
  for (const bool rebuilt : {false, true}) {
    PatchTable table;
    const auto picture = RandomPicture(random, 40);
    auto other_kind = picture;
    for (TablePatch& patch : other_kind) patch.angle ^= 1;
    table.Add(other_kind);
    if (rebuilt) table.Rebuild();
    EXPECT_TRUE(table.Find(ProbesOf(picture), {}).candidates.empty());
    EXPECT_EQ(table.Find(ProbesOf(other_kind), {}).candidates.size(), 1u);
  }
}

TEST(PatchTableTest, CopiesAreFoundWhateverRoomTheirNumbersLeaveForSketches) {
  // Numbers of 11 to 21 bits leave sketches of all sizes in wide tables only; what matters is that
  // altered copies pass them.
  SplitMix64 random(13);
  PatchTable table;
  std::vector<std::vector<TablePatch>> pictures;
  for (int i = 0; i < 20'000; ++i) {
    pictures.push_back(RandomPicture(random, 100));
    table.AddUnindexed(pictures.back());
  }
  table.Rebuild();
  int found = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t wanted = i * 97;
    const auto candidates =
        table.Find(ProbesOf(AlteredCopy(pictures[wanted], random, 30)), {}).candidates;
    found += !candidates.empty() && candidates[0].picture == wanted;
  }
  EXPECT_GE(found, 198);
}

TEST(PatchTableTest, NoCandidatesWantedGivesTheSameHolders) {
  SplitMix64 random(14);
  PatchTable table;
  const auto logo = RandomPicture(random, 30);
  for (int i = 0; i < 50; ++i) table.Add(AlteredCopy(logo, random, 3));
  const auto all = table.Find(ProbesOf(logo), {});
  const auto holders = table.Find(ProbesOf(logo), {.max_candidates = 0});
  EXPECT_TRUE(holders.candidates.empty());
  EXPECT_EQ(holders.holders, all.holders);
}

TEST(PatchTableTest, TheBestCandidatesAreKeptInOrderOfVotes) {
  SplitMix64 random(15);
  PatchTable table;
  const auto query = RandomPicture(random, 60);
  // Picture i shares its first patches with the query, some numbers twice.
  for (int i = 0; i < 90; ++i) {
    const auto shared = static_cast<std::ptrdiff_t>(10 + i * 7 % 45);
    std::vector<TablePatch> picture(query.begin(), query.begin() + shared);
    table.Add(picture);
  }
  table.Rebuild();
  const auto all = table.Find(ProbesOf(query), {.max_candidates = 1000}).candidates;
  ASSERT_EQ(all.size(), 90u);
  const auto best = table.Find(ProbesOf(query), {.max_candidates = 20}).candidates;
  ASSERT_EQ(best.size(), 20u);
  for (std::size_t i = 0; i < best.size(); ++i) {
    EXPECT_EQ(best[i].picture, all[i].picture);
    EXPECT_EQ(best[i].votes, all[i].votes);
    EXPECT_LE(best[i].votes, best[i == 0 ? 0 : i - 1].votes);
  }
}

TEST(PatchTableDistancesTest, AgreeWithTheReferenceAtEveryCount) {
  SplitMix64 random(16);
  std::vector<Word256> words, others;
  for (int i = 0; i < 70; ++i) {
    words.push_back(RandomWord(random));
    others.push_back(i % 5 == 0 ? words.back() : i % 5 == 1 ? ~words.back() : RandomWord(random));
  }
  for (std::size_t count = 0; count <= words.size(); ++count) {
    std::vector<const Word256*> first, second;
    for (std::size_t i = 0; i < count; ++i) {
      first.push_back(&words[i]);
      second.push_back(&others[i]);
    }
    std::vector<std::uint16_t> distances(count + 1, 9999);
    internal::DistancesOf(first.data(), second.data(), count, distances.data());
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(distances[i], HammingDistance(words[i], others[i]));
    }
    EXPECT_EQ(distances[count], 9999) << "wrote past the end";
  }
}

TEST(PatchTableKeysTest, EqualSketchesAreNearAndThoseOfOtherKindsAreNot) {
  for (int bits = 0; bits <= internal::kMaxSketchBits; ++bits) {
    const auto near = internal::SketchesNear(bits);
    ASSERT_EQ(near.size(), std::size_t{1} << bits);
    EXPECT_TRUE(near[0]);
    for (std::size_t i = 1; i < near.size(); i += 2) EXPECT_FALSE(near[i]);
  }
}

TEST(PatchTableKeysTest, EachKeyIsAskedOnceAndTheWordsOwnFirst) {
  SplitMix64 random(9);
  const PatchProbe probe = {RandomPatch(random), nullptr, 0, 0};
  std::vector<internal::BandKey> keys;
  internal::AppendKeys(probe, 7, 32, {{{12, 0}, {12, 4}, {16, 4}, {24, 0}, {24, 10}}}, keys);
  ASSERT_EQ(keys.size(), 32u * PatchTable::kBands);
  std::set<std::pair<int, std::uint32_t>> distinct;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(keys[i].probe, 7);
    EXPECT_EQ(keys[i].flipped, i % 32 != 0);
    distinct.insert({keys[i].band, keys[i].key});
  }
  EXPECT_EQ(distinct.size(), keys.size());
  EXPECT_EQ(keys[0].key, probe.patch.word.limbs()[0] & 0xfff);
}

TEST(PatchTableKeysTest, TheLeastSureBitsAreFlippedFirst) {
  SplitMix64 random(10);
  std::array<std::uint8_t, 256> margins;
  margins.fill(200);
  margins[64 + 9] = 1;
  margins[64 + 3] = 2;
  margins[64 + 30] = 0;  // beyond the key
  const PatchProbe probe = {RandomPatch(random), &margins, 0, 0};
  std::vector<internal::BandKey> keys;
  internal::KeyForms forms;
  forms.fill({20, 0});
  internal::AppendKeys(probe, 0, 5, forms, keys);
  const std::uint32_t own = keys[5].key;
  EXPECT_EQ(keys[6].key, own ^ 1u << 9);
  EXPECT_EQ(keys[7].key, own ^ 1u << 3);
  EXPECT_EQ(keys[9].key, own ^ (1u << 9 | 1u << 3));
}

TEST(PatchTableTest, ReadersFindWhatWasAddedWhileTheWriterAddsRebuildsAndWithdraws) {
  SplitMix64 random(11);
  PatchTable table;
  std::vector<std::vector<TablePatch>> pictures;
  for (int i = 0; i < 1200; ++i) pictures.push_back(RandomPicture(random, 40));
  std::atomic<std::size_t> added = 0;
  std::atomic<bool> failed = false;
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&, r] {
      SplitMix64 mine(static_cast<std::uint64_t>(100 + r));
      while (added.load() < pictures.size() && !failed) {
        const std::size_t known = added.load();
        if (known == 0) continue;
        const std::size_t wanted = mine.Below(static_cast<std::uint32_t>(known));
        const auto found = table.Find(ProbesOf(pictures[wanted]), {.max_candidates = 4});
        const bool withdrawn = wanted % 10 == 3;
        const bool is_found = !found.candidates.empty() && found.candidates[0].picture == wanted;
        if (is_found == withdrawn) failed = true;
      }
    });
  }
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const std::uint32_t number = table.Add(pictures[i]);
    if (i % 10 == 3) table.Withdraw(number);
    added.store(i + 1);
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace jikimi::search
