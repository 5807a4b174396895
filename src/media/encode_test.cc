#include "media/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "media/decode.h"
#include "media/samples.h"

namespace jikimi::media {
namespace {

Pixels Decoded(const std::vector<std::byte>& bytes, Color color) {
  Pixels pixels;
  DecodeRequest request;
  request.color = color;
  const auto info = DecodeHere(bytes, request, [&](const PixelsView& view, const FrameInfo&) {
    pixels = Pixels(view.width, view.height, view.channels);
    for (int y = 0; y < view.height; ++y) std::copy_n(view.row(y), view.stride, pixels.row(y));
    return Result<void>();
  });
  EXPECT_TRUE(info.has_value()) << info.error().message;
  return pixels;
}

TEST(WritePngTest, ComesBackAsItWas) {
  for (const int width : {1, 2, 7, 64, 131}) {
    const Pixels scene = samples::Scene(width, 45);
    const auto png = WritePng(scene.view());
    ASSERT_TRUE(png.has_value());
    const Pixels back = Decoded(*png, Color::kRgb);
    EXPECT_TRUE(std::ranges::equal(back.bytes(), scene.bytes())) << width;
  }
}

TEST(WritePngTest, TakesGreyAndRowsWithGaps) {
  const Pixels scene = samples::Scene(60, 20);
  const PixelsView grey = {scene.bytes().data(), 60, 20, 1, 180};
  const auto png = WritePng(grey);
  ASSERT_TRUE(png.has_value());
  const Pixels back = Decoded(*png, Color::kLuma);
  ASSERT_EQ(back.width(), 60);
  for (int y = 0; y < 20; ++y) {
    EXPECT_TRUE(std::equal(back.row(y), back.row(y) + 60, grey.row(y))) << y;
  }
}

TEST(WriteJpegTest, LooksLikeThePicture) {
  const Pixels scene = samples::Scene(200, 150);
  for (const int quality : {30, 85, 95}) {
    const auto jpeg = WriteJpeg(scene.view(), quality);
    ASSERT_TRUE(jpeg.has_value());
    const Pixels back = Decoded(*jpeg, Color::kRgb);
    ASSERT_EQ(back.width(), 200);
    double difference = 0;
    for (std::size_t i = 0; i < back.bytes().size(); ++i) {
      difference += std::abs(back.bytes()[i] - scene.bytes()[i]);
    }
    EXPECT_LT(difference / static_cast<double>(back.bytes().size()), 8) << quality;
  }
}

TEST(WriteJpegTest, BadArgumentsAreNamed) {
  const Pixels scene = samples::Scene(8, 8);
  for (const int quality : {-1, 0, 101}) {
    const auto jpeg = WriteJpeg(scene.view(), quality);
    ASSERT_FALSE(jpeg.has_value());
    EXPECT_EQ(jpeg.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(WriteJpeg(Pixels().view()).has_value());
  EXPECT_FALSE(WritePng(Pixels().view()).has_value());
  EXPECT_FALSE(WriteJpeg(Pixels(70'000, 1, 1).view()).has_value());
}

}  // namespace
}  // namespace jikimi::media
