#include "jikimi/verdict_text.h"

#include <gtest/gtest.h>

namespace jikimi {
namespace {

gallery::Verdict AlteredVerdict() {
  gallery::Verdict verdict;
  verdict.how.item_size = {200, 100};
  verdict.how.query_size = {100, 100};
  verdict.how.scale = 0.5;
  verdict.how.rotation_degrees = 90;
  verdict.how.mirrored = true;
  verdict.how.visible_in_item = {{0, 0}, {100, 0}, {100, 100}, {0, 100}};
  verdict.how.place_in_query = {{0, 0}, {50, 0}, {50, 50}, {0, 50}};
  return verdict;
}

TEST(HowTextTest, NamesEachThingThatWasDone) {
  EXPECT_EQ(HowText(AlteredVerdict()),
            "mirrored, turned 90°, scale 0.50, 50 % of it visible, in 25 % of the picture");
}

TEST(HowTextTest, UnalteredIsTheWholePicture) {
  EXPECT_EQ(HowText(gallery::Verdict{}), "whole picture");
}

TEST(HowTextTest, VideoSaysFromAndToOnBothSides) {
  gallery::Verdict verdict;
  verdict.segments = {{.query_from_us = 61'500'000,
                       .query_to_us = 66'000'000,
                       .item_from_us = 0,
                       .item_to_us = 4'500'000}};
  EXPECT_EQ(HowText(verdict), "1:01.5–1:06.0 is 0:00.0–0:04.5");
}

TEST(HowTextTest, VideoThatStandsStillSaysWhereElseTheStretchMayBe) {
  gallery::Verdict verdict;
  verdict.segments = {{.query_from_us = 0,
                       .query_to_us = 6'000'000,
                       .item_from_us = 4'000'000,
                       .item_to_us = 10'000'000,
                       .item_within = gallery::TimeSpan{0, 12'000'000}}};
  EXPECT_EQ(HowText(verdict),
            "0:00.0–0:06.0 is 0:04.0–0:10.0 (or elsewhere in 0:00.0–0:12.0, which stands still)");
  const auto json = VerdictJson(verdict);
  const auto& segment = json.at("segments").at(0).as_object();
  EXPECT_EQ(segment.at("item_within").at(1), 12.0);
  EXPECT_FALSE(segment.contains("query_within"));
}

TEST(ScoreTextTest, NeverRoundsUpToCertainty) {
  EXPECT_EQ(ScoreText(1.0), "0.9999");
  EXPECT_EQ(ScoreText(0.99999), "0.9999");
  EXPECT_EQ(ScoreText(0.5), "0.5000");
}

TEST(PictureTimeTest, IsAKeyFramesOwnAndTheBeginningOfAPhoto) {
  fingerprint::Fingerprint video, photo;
  video.key_frames.resize(2);
  video.key_frames[1].time_us = 4'000'000;
  photo.pictures.resize(2);
  EXPECT_EQ(PictureTime(video, 0), 0);
  EXPECT_EQ(PictureTime(video, 1), 4'000'000);
  EXPECT_EQ(PictureTime(photo, 1), 0);
}

TEST(DrawingTest, PlacesAreSharesOfEachPicture) {
  const MatchDrawing drawing = DrawingOf(AlteredVerdict(), {});
  ASSERT_EQ(drawing.region_in_item.size(), 4u);
  EXPECT_DOUBLE_EQ(drawing.region_in_item[2].x, 0.5);
  EXPECT_DOUBLE_EQ(drawing.region_in_query[2].y, 0.5);
}

TEST(DrawingTest, VerdictWithoutSizesDrawsNothing) {
  EXPECT_TRUE(DrawingOf(gallery::Verdict{}, {}).region_in_item.empty());
}

}  // namespace
}  // namespace jikimi
