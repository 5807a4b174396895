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

// A query with patches on a grid over an item with the same, agreeing where `agrees` says so.
double AgreementWhere(const std::function<bool(float, float)>& agrees) {
  std::vector<fingerprint::Patch> item;
  Alignment alignment;
  alignment.visible_in_item = {{0, 0}, {400, 0}, {400, 300}, {0, 300}};
  for (int y = 0; y < 15; ++y) {
    for (int x = 0; x < 16; ++x) {
      fingerprint::Patch patch;
      patch.x = static_cast<float>(x * 25 + 12);
      patch.y = static_cast<float>(y * 20 + 10);
      const int number = static_cast<int>(item.size());
      if (agrees(patch.x, patch.y)) alignment.pairs.push_back({number, number, 20});
      item.push_back(patch);
    }
  }
  return Agreement(alignment, item);
}

TEST(AgreementTest, IsOneAllOverAndLittleForAMark) {
  EXPECT_DOUBLE_EQ(AgreementWhere([](float, float) { return true; }), 1);
  SplitMix64 random(8);
  EXPECT_GT(AgreementWhere([&](float, float) { return random.Below(4) == 0; }), 0.9);
  EXPECT_LT(AgreementWhere([](float x, float y) { return x > 300 && y > 220; }), 0.4) << "logo";
  EXPECT_LT(AgreementWhere([](float, float y) { return y > 240; }), 0.5) << "caption";
  EXPECT_LT(AgreementWhere([](float x, float y) { return x < 40 || x > 360 || y < 30 || y > 270; }),
            kAgreeing)
      << "frame";
  EXPECT_GT(AgreementWhere([](float x, float) { return x < 290; }), 0.75) << "a quarter covered";
  EXPECT_DOUBLE_EQ(AgreementWhere([](float, float) { return false; }), 0);
}

}  // namespace
}  // namespace jikimi::gallery
