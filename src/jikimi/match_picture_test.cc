#include "jikimi/match_picture.h"

#include <gtest/gtest.h>

namespace jikimi {
namespace {

Pixels Flat(int width, int height, std::uint8_t level) {
  Pixels pixels(width, height);
  for (std::uint8_t& byte : pixels.bytes()) byte = level;
  return pixels;
}

int BrightAt(const Pixels& pixels, int x, int y) { return pixels.row(y)[3 * x]; }

TEST(MatchPictureTest, BothPicturesStandBesideEachOtherAtTheHeightAskedFor) {
  const Pixels item = Flat(300, 200, 90), query = Flat(100, 200, 200);
  const Pixels drawn = DrawMatch(item.view(), query.view(), {}, 100);
  EXPECT_EQ(drawn.height(), 100 + 2 * 16);
  EXPECT_EQ(drawn.width(), 16 + 150 + 16 + 50 + 16);
  EXPECT_EQ(BrightAt(drawn, 16 + 75, 66), 90);
  EXPECT_EQ(BrightAt(drawn, 16 + 150 + 16 + 25, 66), 200);
}

TEST(MatchPictureTest, RegionAndPairsAreDrawnWhereTheyLie) {
  const Pixels item = Flat(200, 200, 0), query = Flat(200, 200, 0);
  MatchDrawing match;
  match.region_in_item = {{0.25, 0.25}, {0.75, 0.25}, {0.75, 0.75}, {0.25, 0.75}};
  match.pairs = {{{0.5, 0.5}, {0.5, 0.5}}};
  const Pixels drawn = DrawMatch(item.view(), query.view(), match, 200);
  EXPECT_GT(BrightAt(drawn, 16 + 50, 16 + 100), 200);       // the outline's left side
  EXPECT_EQ(BrightAt(drawn, 16 + 20, 16 + 100), 0);         // outside it
  EXPECT_GT(drawn.row(16 + 100)[3 * (16 + 180) + 2], 100);  // the line on its way to the query
}

TEST(MatchPictureTest, PictureThatCannotBeShownIsLeftOut) {
  const Pixels query = Flat(100, 100, 50);
  const Pixels drawn = DrawMatch({}, query.view(), {}, 100);
  EXPECT_EQ(drawn.width(), 16 + 100 + 16);
  EXPECT_EQ(BrightAt(drawn, 66, 66), 50);
}

TEST(MatchPictureTest, ExtremeShapesStayBounded) {
  const Pixels tall = Flat(1, 5000, 9), wide = Flat(5000, 1, 9);
  const Pixels drawn = DrawMatch(tall.view(), wide.view(), {}, 64);
  EXPECT_EQ(drawn.width(), 16 + 1 + 16 + 8 * 64 + 16);
}

}  // namespace
}  // namespace jikimi
