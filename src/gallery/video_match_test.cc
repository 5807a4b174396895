#include "gallery/video_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::FrameWord;

constexpr std::int64_t kSecond = 1'000'000;

std::vector<std::int64_t> EverySecond(int seconds) {
  std::vector<std::int64_t> moments;
  for (int i = 0; i < seconds; ++i) moments.push_back(i * kSecond);
  return moments;
}

Word256 RandomWord(SplitMix64& random) {
  return Word256({random.Next(), random.Next(), random.Next(), random.Next()});
}

// Frames of a moving scene: each second looks different.
std::vector<FrameWord> Frames(int seconds, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<FrameWord> frames;
  for (int i = 0; i < seconds; ++i) {
    frames.push_back({static_cast<std::uint32_t>(i), i * kSecond, RandomWord(random), 100});
  }
  return frames;
}

// What is seen of `seconds` of the query that lie at `from` of the item, played `speed` as fast,
// with neighbours half as convincing.
std::vector<MomentMatch> Excerpt(int query_from, int seconds, double item_from, double speed) {
  std::vector<MomentMatch> matches;
  for (int i = 0; i < seconds; ++i) {
    const double at = std::round(item_from + speed * i);
    for (const int beside : {-1, 0, 1}) {
      if (at + beside < 0) continue;
      matches.push_back({(query_from + i) * kSecond,
                         static_cast<std::int64_t>((at + beside) * kSecond),
                         beside == 0 ? 60.0 : 30.0, true});
    }
  }
  return matches;
}

std::optional<VideoMatch> Match(int query_seconds, int item_seconds,
                                const std::vector<MomentMatch>& matches) {
  const auto query = EverySecond(query_seconds), item = EverySecond(item_seconds);
  return MatchInTime({query_seconds * kSecond, query}, {item_seconds * kSecond, item}, matches);
}

double SecondsOf(std::int64_t time_us) { return static_cast<double>(time_us) / 1e6; }

struct ExcerptCase {
  std::string name;
  int query_from, seconds;
  double item_from, speed;
};
class ExcerptTest : public testing::TestWithParam<ExcerptCase> {};

TEST_P(ExcerptTest, IsFoundWithItsTimesToASecond) {
  const ExcerptCase& test = GetParam();
  const auto match =
      Match(60, 600, Excerpt(test.query_from, test.seconds, test.item_from, test.speed));
  ASSERT_TRUE(match.has_value());
  ASSERT_EQ(match->segments.size(), 1u);
  const Segment& segment = match->segments[0];
  EXPECT_EQ(match->likeness, Likeness::kClip);
  EXPECT_NEAR(SecondsOf(segment.query_from_us), test.query_from, 1);
  EXPECT_NEAR(SecondsOf(segment.query_to_us), test.query_from + test.seconds, 1);
  EXPECT_NEAR(SecondsOf(segment.item_from_us), test.item_from, 1);
  EXPECT_NEAR(SecondsOf(segment.item_to_us), test.item_from + test.speed * test.seconds, 1.3);
}
INSTANTIATE_TEST_SUITE_P(, ExcerptTest,
                         testing::Values(ExcerptCase{"SameSpeed", 10, 5, 300, 1},
                                         ExcerptCase{"AtTheStart", 0, 8, 0, 1},
                                         ExcerptCase{"AtTheEnd", 50, 10, 590, 1},
                                         ExcerptCase{"Faster", 20, 12, 100, 1.25},
                                         ExcerptCase{"Slower", 5, 20, 40, 0.7},
                                         ExcerptCase{"TwiceAsFast", 0, 30, 200, 2}),
                         [](const auto& test) { return test.param.name; });

TEST(MatchInTimeTest, OrderOfMatchesDoesNotMatter) {
  auto matches = Excerpt(10, 8, 300, 1.1);
  const auto match = Match(60, 600, matches);
  std::reverse(matches.begin(), matches.end());
  const auto reversed = Match(60, 600, matches);
  ASSERT_TRUE(match && reversed);
  EXPECT_EQ(match->segments, reversed->segments);
  EXPECT_EQ(match->log_odds, reversed->log_odds);
}

TEST(MatchInTimeTest, NothingMatchesNothing) { EXPECT_FALSE(Match(60, 60, {})); }

TEST(MatchInTimeTest, WeakMatchesAllOverAreNothing) {
  SplitMix64 random(1);
  std::vector<MomentMatch> matches;
  for (int i = 0; i < 300; ++i) {
    matches.push_back({random.Below(600) * kSecond, random.Below(600) * kSecond, 3, false});
  }
  EXPECT_FALSE(Match(600, 600, matches));
}

TEST(MatchInTimeTest, OneMomentSeenAllAlongCountsOnce) {
  std::vector<MomentMatch> matches;  // a station's logo card against every second
  for (int i = 0; i < 200; ++i) matches.push_back({i * kSecond, 7 * kSecond, 15, false});
  EXPECT_FALSE(Match(200, 60, matches));
}

TEST(MatchInTimeTest, TwoStretchesOfACompilationAreTwoSegments) {
  auto matches = Excerpt(5, 10, 300, 1);
  const auto more = Excerpt(40, 12, 20, 1);
  matches.insert(matches.end(), more.begin(), more.end());
  const auto match = Match(60, 600, matches);
  ASSERT_TRUE(match);
  ASSERT_EQ(match->segments.size(), 2u);
  EXPECT_NEAR(SecondsOf(match->segments[0].item_from_us), 300, 1);
  EXPECT_NEAR(SecondsOf(match->segments[1].item_from_us), 20, 1);
}

// The film begins with a scene that stands still, and the query began before it.
TEST(MatchInTimeTest, MomentThatLooksLikeAStretchBesideItIsNoSegmentOfItsOwn) {
  auto matches = Excerpt(2, 20, 0, 1);
  matches.push_back({0, 0, 200, false});
  const auto match = Match(22, 20, matches);
  ASSERT_TRUE(match);
  ASSERT_EQ(match->segments.size(), 1u);
  EXPECT_NEAR(SecondsOf(match->segments[0].query_from_us), 2, 1);
}

TEST(MatchInTimeTest, CutInTheMiddleIsTwoSegments) {
  auto matches = Excerpt(0, 10, 0, 1);
  const auto rest = Excerpt(10, 10, 22, 1);
  matches.insert(matches.end(), rest.begin(), rest.end());
  const auto match = Match(20, 32, matches);
  ASSERT_TRUE(match);
  ASSERT_EQ(match->segments.size(), 2u);
  EXPECT_NEAR(SecondsOf(match->segments[1].item_from_us), 22, 1);
}

TEST(MatchInTimeTest, WholeVideoUnalteredIsTheSame) {
  const auto frames = Frames(60, 1);
  const auto matches = MatchFrameWords({frames, {}}, {frames, {}});
  const auto match = Match(60, 60, matches);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->likeness, Likeness::kSame);
  EXPECT_GE(match->query_share, 0.97);
}

TEST(MatchInTimeTest, WholeVideoAlteredIsAltered) {
  const auto match = Match(60, 60, Excerpt(0, 60, 0, 1));
  ASSERT_TRUE(match);
  EXPECT_EQ(match->likeness, Likeness::kAltered);
}

TEST(MatchFrameWordsTest, NegativeFramesPairAndAreAltered) {
  auto frames = Frames(10, 2);
  const auto item = frames;
  for (FrameWord& frame : frames) {
    frame.word = ~frame.word;
    frame.word.flip_bit(3);
  }
  const auto matches = MatchFrameWords({frames, {}}, {item, {}});
  ASSERT_EQ(matches.size(), 10u);
  for (const MomentMatch& match : matches) {
    EXPECT_EQ(match.query_us, match.item_us);
    EXPECT_TRUE(match.altered);
  }
}

TEST(MatchFrameWordsTest, UnrelatedFramesDoNotPair) {
  EXPECT_TRUE(MatchFrameWords({Frames(50, 3), {}}, {Frames(50, 4), {}}).empty());
}

TEST(MatchFrameWordsTest, PlainFramesAreLeftOut) {
  auto frames = Frames(10, 5);
  for (FrameWord& frame : frames) frame.quality = fingerprint::kPlainQuality - 1;
  EXPECT_TRUE(MatchFrameWords({frames, {}}, {frames, {}}).empty());
}

TEST(MatchFrameWordsTest, SceneThatStandsStillSharesOneEvidence) {
  auto still = Frames(60, 6);
  for (FrameWord& frame : still) frame.word = still[0].word;
  const auto once = Frames(1, 6);
  const double one = MatchFrameWords({once, {}}, {once, {}})[0].log_odds;
  double diagonal = 0;
  for (const MomentMatch& match : MatchFrameWords({still, {}}, {still, {}})) {
    if (match.query_us == match.item_us) diagonal += match.log_odds;
  }
  EXPECT_NEAR(diagonal, one, 0.01 * one);
}

TEST(MatchFrameWordsTest, FramesThatManyItemsShareAreNoEvidence) {
  const auto frames = Frames(60, 7);
  const std::vector<float> everywhere(frames.size(), 0.0F);
  const auto matches = MatchFrameWords({frames, everywhere}, {frames, {}});
  EXPECT_EQ(matches.size(), 60u);
  EXPECT_FALSE(Match(60, 60, matches));
}

}  // namespace
}  // namespace jikimi::gallery
