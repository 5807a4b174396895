#include "gallery/still_scene.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "gallery/video_match.h"

namespace jikimi::gallery {
namespace {

using fingerprint::FrameWord;

constexpr std::int64_t kSecond = 1'000'000;

Word256 RandomWord(SplitMix64& random) {
  return Word256({random.Next(), random.Next(), random.Next(), random.Next()});
}

// A film's frame words, one a second: `s` stands still and trembles a little, as what is filmed
// does, `m` moves.
std::vector<FrameWord> Film(const std::string& seconds, std::uint64_t seed) {
  SplitMix64 still_random(99), random(seed);
  const Word256 still = RandomWord(still_random);
  std::vector<FrameWord> frames;
  for (const char second : seconds) {
    FrameWord frame;
    frame.frame = static_cast<std::uint32_t>(frames.size());
    frame.time_us = frame.frame * kSecond;
    frame.word = second == 's' ? still : RandomWord(random);
    for (int bit = 0; bit < 5; ++bit) frame.word.flip_bit(static_cast<int>(random.Below(256)));
    frame.quality = 100;
    frames.push_back(frame);
  }
  return frames;
}

FramesSide SideOf(const std::vector<FrameWord>& frames) {
  return {static_cast<std::int64_t>(frames.size()) * kSecond, frames};
}

TimeSpan Seconds(int from, int to) { return {from * kSecond, to * kSecond}; }

struct StillCase {
  std::string name, film;
  TimeSpan stretch;
  std::optional<TimeSpan> still;
};
class StillAroundTest : public testing::TestWithParam<StillCase> {};

TEST_P(StillAroundTest, IsTheSceneInWhichNothingMoves) {
  const auto film = Film(GetParam().film, 1);
  EXPECT_EQ(StillAround(SideOf(film), GetParam().stretch), GetParam().still);
}
INSTANTIATE_TEST_SUITE_P(
    , StillAroundTest,
    testing::Values(StillCase{"AllOfIt", "ssssssss", Seconds(2, 5), Seconds(0, 8)},
                    StillCase{"ASceneOfIt", "mmsssssmm", Seconds(3, 5), Seconds(2, 7)},
                    StillCase{"EndsToASecond", "mmsssssmm", Seconds(1, 8), Seconds(2, 7)},
                    StillCase{"AtTheEnd", "mmmmsss", Seconds(5, 7), Seconds(4, 7)},
                    StillCase{"AMoment", "mmsssssmm", Seconds(4, 4), Seconds(2, 7)},
                    StillCase{"MovesAll", "mmmmmmmm", Seconds(2, 5), std::nullopt},
                    StillCase{"MovesWithinTheStretch", "ssssmmmm", Seconds(1, 7), std::nullopt},
                    StillCase{"MovesAroundAMoment", "mmmm", Seconds(2, 2), std::nullopt},
                    StillCase{"NoFrames", "", Seconds(0, 0), std::nullopt}),
    [](const auto& test) { return test.param.name; });

TEST(PlainFramesTest, TellNothingOfStandingStill) {
  auto film = Film("ssssssss", 1);
  for (FrameWord& frame : film) frame.quality = fingerprint::kPlainQuality - 1;
  EXPECT_EQ(StillAround(SideOf(film), Seconds(2, 5)), std::nullopt);
}

TEST(SettledTest, ExcerptOfAStillSceneLiesAnywhereInIt) {
  const auto item = Film("mmssssssssssmm", 1), query = Film("ssssss", 2);
  // What was told ends with the scene, and so with less than all of the query.
  const Segment told = {0, 4 * kSecond, 8 * kSecond, 12 * kSecond};
  const Segment settled = Settled(told, SideOf(query), SideOf(item));
  EXPECT_EQ(settled.query_from_us, 0);
  EXPECT_EQ(settled.query_to_us, 6 * kSecond);
  EXPECT_EQ(settled.item_from_us, 6 * kSecond);
  EXPECT_EQ(settled.item_to_us, 12 * kSecond);
  EXPECT_EQ(settled.item_within, Seconds(2, 12));
  EXPECT_EQ(settled.query_within, std::nullopt);
}

TEST(SettledTest, ShortItemLiesAnywhereInALongStillQuery) {
  const auto item = Film("sssss", 1), query = Film("mssssssssssm", 2);
  const Segment settled =
      Settled({3 * kSecond, 7 * kSecond, 0, 4 * kSecond}, SideOf(query), SideOf(item));
  EXPECT_EQ(settled.query_from_us, 3 * kSecond);
  EXPECT_EQ(settled.query_to_us, 8 * kSecond);
  EXPECT_EQ(settled.item_to_us, 5 * kSecond);
  EXPECT_EQ(settled.query_within, Seconds(1, 11));
  EXPECT_EQ(settled.item_within, std::nullopt);
}

struct SureCase {
  std::string name, query, item;
  Segment told;
};
class SureTest : public testing::TestWithParam<SureCase> {};

TEST_P(SureTest, StaysAsItIs) {
  const auto query = Film(GetParam().query, 2), item = Film(GetParam().item, 1);
  const Segment& told = GetParam().told;
  EXPECT_EQ(Settled(told, SideOf(query), SideOf(item)), told);
}
INSTANTIATE_TEST_SUITE_P(, SureTest,
                         testing::Values(SureCase{"WhereItMoves",
                                                  "mmmmmm",
                                                  "mmmmmmmmmm",
                                                  {0, 6 * kSecond, 3 * kSecond, 9 * kSecond}},
                                         SureCase{"WhereASceneBeginsToMove",
                                                  "sssmmm",
                                                  "sssssmmm",
                                                  {0, 6 * kSecond, 2 * kSecond, 8 * kSecond}},
                                         SureCase{"WhereBothSceneAreAsLong",
                                                  "ssssss",
                                                  "mmssssssmm",
                                                  {0, 6 * kSecond, 2 * kSecond, 8 * kSecond}}),
                         [](const auto& test) { return test.param.name; });

// The key frames say most for a place four seconds beside the true one, 3 s.
TEST(MatchInTimeTest, ExcerptOfAStillSceneIsSaidToLieAnywhereInIt) {
  const auto item = Film("ssssssssssss", 1), query = Film("ssssss", 2);
  std::vector<MomentMatch> matches = MatchFrameWords({query, {}}, {item, {}});
  for (const int second : {0, 1, 3}) {
    matches.push_back({second * kSecond, (second + 7) * kSecond, 500, true});
    matches.push_back({second * kSecond, (second + 8) * kSecond, 520, true});
  }
  std::vector<std::int64_t> item_moments, query_moments;
  for (const FrameWord& frame : item) item_moments.push_back(frame.time_us);
  for (const FrameWord& frame : query) query_moments.push_back(frame.time_us);
  const auto match =
      MatchInTime({6 * kSecond, query_moments, query}, {12 * kSecond, item_moments, item}, matches);
  ASSERT_TRUE(match);
  ASSERT_EQ(match->segments.size(), 1u);
  const Segment& segment = match->segments[0];
  EXPECT_EQ(match->likeness, Likeness::kClip);
  EXPECT_EQ(segment.query_from_us, 0);
  EXPECT_EQ(segment.query_to_us, 6 * kSecond);
  EXPECT_EQ(segment.item_within, Seconds(0, 12));
}

}  // namespace
}  // namespace jikimi::gallery
