#include "media/exact_luma.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "media/libav.h"

namespace jikimi::media {
namespace {

// What the vPDQ reference asks libswscale for.
constexpr int kScaling = SWS_AREA | SWS_ACCURATE_RND;

struct Case {
  std::string name;
  AVPixelFormat format;
  int width, height;
  int least, most;  // of the samples
};

// A frame of random samples, chroma by luma's side.
Libav<AVFrame> RandomFrame(const Case& test, SplitMix64& random) {
  Libav<AVFrame> frame(av_frame_alloc());
  frame->format = test.format;
  frame->width = test.width;
  frame->height = test.height;
  CHECK(av_frame_get_buffer(frame.get(), 0) == 0);
  for (int plane = 0; plane < 3; ++plane) {
    const int height = plane == 0 ? test.height : test.height / 2;
    const int width = plane == 0 ? test.width : test.width / 2;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto range = static_cast<std::uint32_t>(test.most - test.least + 1);
        frame->data[plane][y * frame->linesize[plane] + x] =
            static_cast<std::uint8_t>(test.least + static_cast<int>(random.Below(range)));
      }
    }
  }
  return frame;
}

std::vector<std::uint8_t> RgbBySwscale(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const Libav<SwsContext> scaler(sws_getContext(frame.width, frame.height, format, frame.width,
                                                frame.height, AV_PIX_FMT_RGB24, kScaling, nullptr,
                                                nullptr, nullptr));
  CHECK(scaler != nullptr);
  const Libav<AVFrame> rgb(av_frame_alloc());
  rgb->format = AV_PIX_FMT_RGB24;
  rgb->width = frame.width;
  rgb->height = frame.height;
  CHECK(av_frame_get_buffer(rgb.get(), 0) == 0);
  sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, rgb->data, rgb->linesize);
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* row = rgb->data[0] + std::ptrdiff_t{y} * rgb->linesize[0];
    pixels.insert(pixels.end(), row, row + 3 * frame.width);
  }
  return pixels;
}

class ExactLumaTest : public testing::TestWithParam<Case> {};

TEST_P(ExactLumaTest, IsThatOfTheRgbThatSwscaleMakes) {
  av_log_set_level(AV_LOG_QUIET);
  const Case& test = GetParam();
  SplitMix64 random(7);
  const auto frame = RandomFrame(test, random);
  const auto rgb = RgbBySwscale(*frame);
  const Yuv420View view = {.y = frame->data[0],
                           .u = frame->data[1],
                           .v = frame->data[2],
                           .y_stride = frame->linesize[0],
                           .u_stride = frame->linesize[1],
                           .v_stride = frame->linesize[2],
                           .width = test.width,
                           .height = test.height,
                           .full_range = test.format == AV_PIX_FMT_YUVJ420P};
  ExactLuma luma, luma_of_rgb;
  for (int y = 0; y < test.height; ++y) {
    const std::uint8_t* pixels = rgb.data() + std::ptrdiff_t{y} * test.width * 3;
    const std::uint16_t* row = luma.RowOf(view, y);
    const std::uint16_t* expected = luma_of_rgb.RowOfRgb(pixels, test.width);
    for (int x = 0; x < test.width; ++x) {
      ASSERT_EQ(row[x], expected[x]) << x << ", " << y;
      const double exact =
          0.299 * pixels[3 * x] + 0.587 * pixels[3 * x + 1] + 0.114 * pixels[3 * x + 2];
      ASSERT_NEAR(row[x] / 256.0, exact, 0.01) << x << ", " << y;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(, ExactLumaTest,
                         testing::Values(Case{"AnySamples", AV_PIX_FMT_YUV420P, 96, 64, 0, 255},
                                         Case{"Dark", AV_PIX_FMT_YUV420P, 96, 64, 10, 40},
                                         Case{"FullRange", AV_PIX_FMT_YUVJ420P, 96, 64, 0, 255},
                                         Case{"OddNumberOfPairs", AV_PIX_FMT_YUV420P, 98, 50, 0,
                                              255},
                                         Case{"TwoRows", AV_PIX_FMT_YUV420P, 64, 2, 0, 255},
                                         Case{"FourRows", AV_PIX_FMT_YUV420P, 34, 4, 0, 255},
                                         Case{"Smallest", AV_PIX_FMT_YUV420P, 2, 2, 0, 255}),
                         [](const auto& test) { return test.param.name; });

TEST(LumaRounderTest, SumsDownAColumnAreKept) {
  SplitMix64 random(3);
  constexpr int kWidth = 37;
  LumaRounder rounder;
  rounder.Begin(kWidth);
  std::vector<double> exact(kWidth), rounded(kWidth);
  for (int y = 0; y < 200; ++y) {
    std::vector<std::uint16_t> row(kWidth);
    std::vector<std::uint8_t> bytes(kWidth);
    for (auto& value : row) value = static_cast<std::uint16_t>(random.Below(65281));
    rounder.Round(row.data(), bytes.data());
    for (std::size_t x = 0; x < kWidth; ++x) {
      EXPECT_LE(std::abs(bytes[x] - row[x] / 256.0), 1);
      exact[x] += row[x] / 256.0;
      rounded[x] += bytes[x];
      EXPECT_NEAR(exact[x], rounded[x], 0.51);
    }
  }
}

TEST(LumaRounderTest, WholeStepsStayAsTheyAre) {
  LumaRounder rounder;
  rounder.Begin(3);
  const std::vector<std::uint16_t> row = {0, 128 * 256, 255 * 256};
  std::vector<std::uint8_t> bytes(3);
  for (int y = 0; y < 5; ++y) {
    rounder.Round(row.data(), bytes.data());
    EXPECT_EQ(bytes, (std::vector<std::uint8_t>{0, 128, 255}));
  }
}

}  // namespace
}  // namespace jikimi::media
