#include "gallery/picture_relation.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "gallery/painted_pictures.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Dihedral;

struct Turn {
  std::string name;
  std::function<Pixels(const Pixels&)> apply;
  // Where the item's point (40, 30) of 400 x 300 is in the turned picture.
  Point place;
};

Pixels Half(const Pixels& p) { return painted::QuarterTurned(painted::QuarterTurned(p)); }

class PlacementByWordTest : public testing::TestWithParam<Turn> {};

// Ties the eight words of PDQ to what they mean in pixels.
TEST_P(PlacementByWordTest, PutsPointsWhereThePixelsWent) {
  const Pixels item = painted::Picture(77);
  const Pixels query = GetParam().apply(item);
  const auto item_print = painted::FingerprintOf(item).pictures[0];
  const auto query_print = painted::FingerprintOf(query).pictures[0];
  ASSERT_GE(item_print.whole_quality, fingerprint::kPlainQuality);
  const PartWord word = {item_print.whole[0], 0, {}};
  const auto match = MatchWords(WordsToAsk(query_print), {&word, 1});
  ASSERT_TRUE(match.has_value());
  EXPECT_FALSE(match->negative);
  const auto whole = [](const Pixels& p) {
    return fingerprint::Region{0, 0, static_cast<float>(p.width()), static_cast<float>(p.height())};
  };
  const Placement placement = PlacementByWord(*match, whole(query), whole(item));
  const Point at = placement.Apply({40, 30});
  EXPECT_NEAR(at.x, GetParam().place.x, 0.01);
  EXPECT_NEAR(at.y, GetParam().place.y, 0.01);
}

INSTANTIATE_TEST_SUITE_P(
    , PlacementByWordTest,
    testing::Values(
        Turn{"None", [](const Pixels& p) { return p; }, {40, 30}},
        Turn{"Quarter", painted::QuarterTurned, {270, 40}}, Turn{"Half", Half, {360, 270}},
        Turn{"ThreeQuarters",
             [](const Pixels& p) { return painted::QuarterTurned(Half(p)); },
             {30, 360}},
        Turn{"Mirror", painted::Mirrored, {360, 30}},
        Turn{"MirrorHalf", [](const Pixels& p) { return Half(painted::Mirrored(p)); }, {40, 270}},
        Turn{"MirrorQuarter",
             [](const Pixels& p) { return painted::QuarterTurned(painted::Mirrored(p)); },
             {270, 360}},
        Turn{"QuarterMirror",
             [](const Pixels& p) { return painted::Mirrored(painted::QuarterTurned(p)); },
             {30, 40}}),
    [](const auto& test) { return test.param.name; });

TEST(MatchWordsTest, NegativeIsToldAndFarWordsAreNoMatch) {
  const auto print = painted::FingerprintOf(painted::Picture(3)).pictures[0];
  const auto negative = painted::FingerprintOf(painted::Negative(painted::Picture(3))).pictures[0];
  const PartWord word = {print.whole[0], 0, {}};
  const auto match = MatchWords(WordsToAsk(negative), {&word, 1});
  ASSERT_TRUE(match.has_value());
  EXPECT_TRUE(match->negative);
  const auto other = painted::FingerprintOf(painted::Picture(4)).pictures[0];
  EXPECT_FALSE(MatchWords(WordsToAsk(other), {&word, 1}).has_value());
}

// The words of a painted picture, as they are registered.
std::vector<PartWord> WordsOf(const fingerprint::PictureFingerprint& print) {
  return {{print.whole[0],
           0,
           {0, 0, static_cast<float>(print.width), static_cast<float>(print.height)}}};
}

TEST(WordDistanceAtTest, ComparesWhatIsLaidOnEachOtherInAnyTurn) {
  const Pixels picture = painted::Picture(5);
  const auto item = painted::FingerprintOf(picture).pictures[0];
  const auto mirrored = painted::FingerprintOf(painted::Mirrored(picture)).pictures[0];
  const auto other = painted::FingerprintOf(painted::Picture(6)).pictures[0];
  const Placement in_place;
  const Placement flipped{{-1, 0, 400, 0, 1, 0, 0, 0, 1}};
  const auto distance = [&](const Placement& placement, const auto& query) {
    return WordDistanceAt(placement, WordsToAsk(query), WordsOf(item));
  };
  EXPECT_EQ(distance(in_place, item), 0);
  ASSERT_TRUE(distance(flipped, mirrored).has_value());
  EXPECT_LE(*distance(flipped, mirrored), kWordRadius);
  ASSERT_TRUE(distance(in_place, other).has_value());
  EXPECT_GT(*distance(in_place, other), 72);
}

TEST(WordDistanceAtTest, SaysNothingWhereNoPartsAreLaidOnEachOther) {
  const auto item = painted::FingerprintOf(painted::Picture(5)).pictures[0];
  const QueryWords query = WordsToAsk(item);
  const Placement half{{0.5, 0, 0, 0, 0.5, 0, 0, 0, 1}}, moved{{1, 0, 60, 0, 1, 0, 0, 0, 1}};
  EXPECT_FALSE(WordDistanceAt(half, query, WordsOf(item)).has_value());
  EXPECT_FALSE(WordDistanceAt(moved, query, WordsOf(item)).has_value());
  EXPECT_FALSE(WordDistanceAt({}, query, {}).has_value());
}

TEST(WordDistanceAtTest, InnerPicturesAreParts) {
  const auto item = painted::FingerprintOf(painted::Picture(5)).pictures[0];
  const auto other = painted::FingerprintOf(painted::Picture(6)).pictures[0];
  fingerprint::PictureFingerprint query = other;
  query.inner.push_back({{100, 50, 200, 150}, item.whole, item.whole_quality});
  const Placement in_the_middle{{0.5, 0, 100, 0, 0.5, 50, 0, 0, 1}};
  EXPECT_EQ(WordDistanceAt(in_the_middle, WordsToAsk(query), WordsOf(item)), 0);
}

TEST(WordDistanceAtTest, TheInnermostPartTells) {
  // Two screenshots that are alike as wholes, with another picture in each.
  const auto screen = painted::FingerprintOf(painted::Picture(5)).pictures[0];
  const auto other = painted::FingerprintOf(painted::Picture(6)).pictures[0];
  const fingerprint::Region place = {100, 50, 200, 150}, elsewhere = {20, 50, 200, 150};
  fingerprint::PictureFingerprint query = screen;
  query.inner.push_back({place, other.whole, other.whole_quality});
  std::vector<PartWord> item = WordsOf(screen);
  item.push_back({painted::FingerprintOf(painted::Picture(7)).pictures[0].whole[0], 1, place});
  const auto distance = WordDistanceAt({}, WordsToAsk(query), item);
  ASSERT_TRUE(distance.has_value());
  EXPECT_GT(*distance, 72);
  item.back().region = elsewhere;
  EXPECT_EQ(WordDistanceAt({}, WordsToAsk(query), item), 0) << "the innermost that lies on a part";
}

}  // namespace
}  // namespace jikimi::gallery
