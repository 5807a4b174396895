#include "fingerprint/frame_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jikimi::fingerprint {
namespace {

constexpr char kHash[] = "e003be65c6ace48e8ca1bb8e805f88f8723e362fbb16c91ac6c836e1b337ea13";

TEST(FrameWordsTest, LineIsAsTheReferenceWritesIt) {
  const FrameWord frame{30, 1'001'000, *Word256::FromHex(kHash), 100};
  EXPECT_EQ(FrameWordsToVpdq({{frame}}), std::string("30,100,") + kHash + ",1.001\n");
}

TEST(FrameWordsTest, TextRoundTrips) {
  const std::string text = std::string("0,7,") + kHash + ",0.000\n15,100," + kHash + ",0.500\n";
  const auto frames = FrameWordsFromVpdq(text);
  ASSERT_TRUE(frames.has_value());
  ASSERT_EQ(frames->size(), 2u);
  EXPECT_EQ((*frames)[1].time_us, 500'000);
  EXPECT_EQ(FrameWordsToVpdq(*frames), text);
}

TEST(FrameWordsTest, WindowsLineEndsAndEmptyLinesAreTaken) {
  const auto frames = FrameWordsFromVpdq(std::string("\r\n0,7,") + kHash + ",0.000\r\n\n");
  ASSERT_TRUE(frames.has_value());
  EXPECT_EQ(frames->size(), 1u);
}

struct BadText {
  std::string name, text, says;
};
class FrameWordsBadTextTest : public testing::TestWithParam<BadText> {};

TEST_P(FrameWordsBadTextTest, IsRefusedWithItsLine) {
  const auto frames = FrameWordsFromVpdq(GetParam().text);
  ASSERT_FALSE(frames.has_value());
  EXPECT_EQ(frames.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(frames.error().message, testing::HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    , FrameWordsBadTextTest,
    testing::Values(
        BadText{"TooFewCells", "1,2\n", "line 1: is not frame"},
        BadText{"TooManyCells", std::string("0,1,") + kHash + ",0.0,9\n", "line 1"},
        BadText{"NoFrame", std::string("x,1,") + kHash + ",0.0\n", "frame is no number"},
        BadText{"NegativeFrame", std::string("-1,1,") + kHash + ",0.0\n", "frame is no number"},
        BadText{"QualityOver100", std::string("0,101,") + kHash + ",0.0\n", "quality"},
        BadText{"ShortHash", "0,100,abc,0.0\n", "64 hex digits"},
        BadText{"TimeIsNotANumber", std::string("0,100,") + kHash + ",nan\n", "timestamp"},
        BadText{"TimeIsNegative", std::string("0,100,") + kHash + ",-1\n", "timestamp"},
        BadText{"FrameTwice", std::string("0,9,") + kHash + ",0.0\n0,9," + kHash + ",1.0\n",
                "line 2"},
        BadText{"TimeFalls", std::string("0,9,") + kHash + ",1.0\n1,9," + kHash + ",0.5\n",
                "line 2"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace jikimi::fingerprint
