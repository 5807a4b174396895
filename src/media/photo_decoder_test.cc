#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "media/decode.h"
#include "media/samples.h"

namespace jikimi::media {
namespace {

struct Frame {
  Pixels pixels;
  FrameInfo info;
};
struct Decoded {
  Result<MediaInfo> info = Error{};
  std::vector<Frame> frames;
};

Decoded Decode(const samples::Bytes& bytes, const DecodeRequest& request = {}) {
  Decoded decoded;
  decoded.info = DecodeHere(bytes, request, [&](const PixelsView& view, const FrameInfo& info) {
    Pixels pixels(view.width, view.height, view.channels);
    for (int y = 0; y < view.height; ++y) std::copy_n(view.row(y), view.stride, pixels.row(y));
    decoded.frames.push_back({std::move(pixels), info});
    return Result<void>();
  });
  return decoded;
}

// Mean difference of the channels of two pictures of one shape.
double Difference(const Pixels& a, const Pixels& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels())
    return 1e9;
  double sum = 0;
  for (std::size_t i = 0; i < a.bytes().size(); ++i) sum += std::abs(a.bytes()[i] - b.bytes()[i]);
  return sum / static_cast<double>(a.bytes().size());
}

Pixels Grey(const Pixels& rgb) {
  Pixels grey(rgb.width(), rgb.height());
  for (int y = 0; y < rgb.height(); ++y) {
    for (int x = 0; x < rgb.width(); ++x) {
      const std::uint8_t* from = rgb.row(y) + 3 * x;
      // libvips makes grey by way of linear light; so here only its green-heavy order is asked.
      std::fill_n(grey.row(y) + 3 * x, 3,
                  static_cast<std::uint8_t>((from[0] + 2 * from[1] + from[2]) / 4));
    }
  }
  return grey;
}

struct Kind {
  std::string name;
  samples::PictureOptions options;
  std::string format;
  double difference;  // at most, mean over channels
};

class PhotoFormatTest : public testing::TestWithParam<Kind> {};

TEST_P(PhotoFormatTest, DecodesToWhatWasEncoded) {
  const Pixels scene = samples::Scene(160, 96);
  const auto decoded = Decode(samples::Picture(scene, GetParam().options));
  ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
  EXPECT_EQ(decoded.info->kind, MediaKind::kPhoto);
  EXPECT_EQ(decoded.info->format, GetParam().format);
  EXPECT_EQ(decoded.info->width, 160);
  EXPECT_EQ(decoded.info->height, 96);
  EXPECT_EQ(decoded.info->frames, 1);
  ASSERT_EQ(decoded.frames.size(), 1u);
  EXPECT_LE(Difference(decoded.frames[0].pixels, scene), GetParam().difference);
}

INSTANTIATE_TEST_SUITE_P(
    , PhotoFormatTest,
    testing::Values(Kind{"Jpeg", {.suffix = ".jpg[Q=95]"}, "JPEG", 4},
                    Kind{"ProgressiveJpeg", {.suffix = ".jpg[Q=95,interlace]"}, "JPEG", 4},
                    Kind{
                        "CmykJpeg", {.suffix = ".jpg[Q=95]", .interpretation = "cmyk"}, "JPEG", 25},
                    Kind{"Png", {.suffix = ".png"}, "PNG", 0},
                    Kind{"InterlacedPng", {.suffix = ".png[interlace]"}, "PNG", 0},
                    Kind{"Png16", {.suffix = ".png", .interpretation = "rgb16"}, "PNG", 1},
                    Kind{"OpaqueAlphaPng", {.suffix = ".png", .alpha = 255}, "PNG", 1},
                    Kind{"LosslessWebp", {.suffix = ".webp[lossless]"}, "WebP", 1},
                    Kind{"Webp", {.suffix = ".webp[Q=95]"}, "WebP", 6},
                    Kind{"Avif", {.suffix = ".avif[Q=90]"}, "AVIF", 5},
                    Kind{"Heic", {.suffix = ".heic[Q=90]"}, "HEIC", 5},
                    Kind{"Jxl", {.suffix = ".jxl[Q=95]"}, "JPEG XL", 5},
                    Kind{"Gif", {.suffix = ".gif"}, "GIF", 10},
                    Kind{"Tiff", {.suffix = ".tif"}, "TIFF", 0},
                    Kind{"TiffLzw", {.suffix = ".tif[compression=lzw]"}, "TIFF", 0},
                    Kind{"TiledTiff", {.suffix = ".tif[tile]"}, "TIFF", 0},
                    Kind{"Tiff16", {.suffix = ".tif", .interpretation = "rgb16"}, "TIFF", 1},
                    Kind{"CmykTiff", {.suffix = ".tif", .interpretation = "cmyk"}, "TIFF", 25}),
    [](const auto& test) { return test.param.name; });

TEST(PhotoDecoderTest, GreyFilesHaveThreeEqualChannelsAndOneAsLuma) {
  const Pixels scene = samples::Scene(96, 64);
  for (const std::string interpretation : {"b-w", "grey16"}) {
    const auto bytes =
        samples::Picture(scene, {.suffix = ".png", .interpretation = interpretation});
    const auto rgb = Decode(bytes);
    ASSERT_TRUE(rgb.info.has_value()) << rgb.info.error().message;
    const Pixels& pixels = rgb.frames.at(0).pixels;
    ASSERT_EQ(pixels.channels(), 3);
    for (std::size_t i = 0; i < pixels.bytes().size(); i += 3) {
      ASSERT_EQ(pixels.bytes()[i], pixels.bytes()[i + 1]);
      ASSERT_EQ(pixels.bytes()[i], pixels.bytes()[i + 2]);
    }
    EXPECT_LT(Difference(pixels, Grey(scene)), 30);
    DecodeRequest request;
    request.color = Color::kLuma;
    const auto luma = Decode(bytes, request);
    ASSERT_EQ(luma.frames.at(0).pixels.channels(), 1);
    EXPECT_EQ(luma.frames[0].pixels.row(5)[7], pixels.row(5)[21]);
  }
}

TEST(PhotoDecoderTest, BmpDecodesExactlyAtOddWidths) {
  for (const int width : {1, 3, 50, 161}) {
    const Pixels scene = samples::Scene(width, 20);
    const auto decoded = Decode(samples::Bmp(scene));
    ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
    EXPECT_EQ(decoded.info->kind, MediaKind::kPhoto);
    EXPECT_EQ(decoded.info->format, "BMP");
    EXPECT_LE(Difference(decoded.frames.at(0).pixels, scene), 0) << width;
  }
}

struct AlphaFile {
  std::string name, suffix, interpretation;
};
class AlphaTest : public testing::TestWithParam<AlphaFile> {};

TEST_P(AlphaTest, IsLaidOnWhite) {
  const Pixels black(64, 48);
  for (const int alpha : {0, 128}) {
    const auto decoded =
        Decode(samples::Picture(black, {.suffix = GetParam().suffix,
                                        .alpha = alpha,
                                        .interpretation = GetParam().interpretation}));
    ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
    const Pixels& pixels = decoded.frames.at(0).pixels;
    EXPECT_NEAR(pixels.row(20)[30], 255 - alpha, 3);
  }
}
INSTANTIATE_TEST_SUITE_P(
    , AlphaTest,
    testing::Values(AlphaFile{"Png", ".png", ""}, AlphaFile{"Png16", ".png", "rgb16"},
                    AlphaFile{"GreyPng", ".png", "b-w"}, AlphaFile{"Grey16Png", ".png", "grey16"},
                    AlphaFile{"Webp", ".webp[lossless]", ""}, AlphaFile{"Tiff", ".tif", ""},
                    AlphaFile{"Heic", ".heic[lossless]", ""},
                    AlphaFile{"Avif", ".avif[lossless]", ""}),
    [](const auto& test) { return test.param.name; });

struct OrientedFile {
  std::string name, suffix;
  double difference;
};
class ExifOrientationTest : public testing::TestWithParam<OrientedFile> {};

TEST_P(ExifOrientationTest, IsAppliedForAllEight) {
  const Pixels scene = samples::Scene(96, 64);
  for (int value = 1; value <= 8; ++value) {
    const auto orientation = static_cast<Orientation>(value);
    const auto bytes = samples::Picture(scene, {.suffix = GetParam().suffix, .orientation = value});
    const auto shown = Decode(bytes);
    ASSERT_TRUE(shown.info.has_value()) << shown.info.error().message;
    EXPECT_EQ(shown.info->orientation, orientation);
    const bool swaps = SwapsSides(orientation);
    EXPECT_EQ(shown.info->width, swaps ? 64 : 96);
    Pixels expected(swaps ? 64 : 96, swaps ? 96 : 64);
    TurnRows(scene.row(0), scene.stride(), 0, 64, 96, 64, 3, orientation, expected.row(0));
    EXPECT_LE(Difference(shown.frames.at(0).pixels, expected), GetParam().difference) << value;

    DecodeRequest request;
    request.facing = Facing::kAsStored;
    const auto stored = Decode(bytes, request);
    EXPECT_LE(Difference(stored.frames.at(0).pixels, scene), GetParam().difference) << value;
  }
}
INSTANTIATE_TEST_SUITE_P(, ExifOrientationTest,
                         testing::Values(OrientedFile{"Jpeg", ".jpg[Q=95]", 6},
                                         OrientedFile{"Png", ".png", 0},
                                         OrientedFile{"Webp", ".webp[lossless]", 1},
                                         OrientedFile{"Tiff", ".tif", 0}),
                         [](const auto& test) { return test.param.name; });

TEST(PhotoDecoderTest, ShrinksToBetweenTargetAndTwiceThat) {
  const Pixels scene = samples::Scene(1000, 700);
  for (const std::string suffix : {".jpg", ".png", ".webp", ".tif"}) {
    const auto bytes = samples::Picture(scene, {.suffix = suffix, .orientation = 6});
    for (const int target : {1, 64, 100, 250, 333, 499, 500, 999, 1000, 5000}) {
      DecodeRequest request;
      request.target_side = target;
      const auto decoded = Decode(bytes, request);
      ASSERT_TRUE(decoded.info.has_value()) << suffix << target << decoded.info.error().message;
      EXPECT_EQ(decoded.info->height, 1000);
      const Pixels& pixels = decoded.frames.at(0).pixels;
      EXPECT_GE(pixels.height(), std::min(target, 1000)) << suffix << target;
      EXPECT_LT(pixels.height(), std::max(2 * target + 2, 3)) << suffix << target;
      EXPECT_NEAR(pixels.width(), pixels.height() * 0.7, 2) << suffix << target;
    }
  }
}

TEST(PhotoDecoderTest, AnimationsComeAsFramesWithTimes) {
  const Pixels scene = samples::Scene(80, 60);
  for (const std::string suffix : {".gif", ".webp[lossless]"}) {
    const auto bytes = samples::Picture(scene, {.suffix = suffix, .pages = 5, .delay_ms = 40});
    const auto decoded = Decode(bytes);
    ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
    EXPECT_EQ(decoded.info->kind, MediaKind::kAnimation);
    EXPECT_EQ(decoded.info->width, 80);
    EXPECT_EQ(decoded.info->height, 60);
    EXPECT_EQ(decoded.info->frames, 5);
    EXPECT_EQ(decoded.info->duration_us, 200'000);
    ASSERT_EQ(decoded.frames.size(), 5u);
    Pixels mirror(80, 60);
    TurnRows(scene.row(0), scene.stride(), 0, 60, 80, 60, 3, Orientation::kMirror, mirror.row(0));
    for (int i = 0; i < 5; ++i) {
      const Frame& frame = decoded.frames[static_cast<std::size_t>(i)];
      EXPECT_EQ(frame.info.number, i);
      EXPECT_EQ(frame.info.time_us, i * 40'000);
      EXPECT_LE(Difference(frame.pixels, i % 2 == 0 ? scene : mirror), 10) << suffix << i;
    }
    DecodeRequest request;
    request.frames = FrameSelection::EveryNth(2);
    request.target_side = 20;
    const auto some = Decode(bytes, request);
    ASSERT_EQ(some.frames.size(), 3u);
    EXPECT_EQ(some.frames[2].info.number, 4);
    EXPECT_EQ(some.frames[2].pixels.width(), 20);
    EXPECT_EQ(some.info->frames, 5);
  }
}

TEST(PhotoDecoderTest, PagesOfATiffComeAsFrames) {
  const auto bytes = samples::Picture(samples::Scene(80, 60), {.suffix = ".tif", .pages = 3});
  const auto decoded = Decode(bytes);
  ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
  EXPECT_EQ(decoded.info->kind, MediaKind::kAnimation);
  EXPECT_EQ(decoded.frames.size(), 3u);
}

TEST(PhotoDecoderTest, OverALimitSaysWhichLimit) {
  DecodeRequest request;
  const auto expect = [&](const samples::Bytes& bytes, const std::string& what) {
    const auto decoded = Decode(bytes, request);
    ASSERT_FALSE(decoded.info.has_value());
    EXPECT_EQ(decoded.info.error().code, ErrorCode::kResourceExhausted);
    EXPECT_NE(decoded.info.error().message.find(what), std::string::npos)
        << decoded.info.error().message;
  };
  const Pixels scene = samples::Scene(80, 60);
  for (const std::string suffix :
       {".jpg", ".png", ".webp", ".gif", ".tif", ".avif", ".heic", ".jxl"}) {
    request.limits = {.pixels = 4799};
    expect(samples::Picture(scene, {.suffix = suffix}), "80x60 pixels, over the limit of 4799");
  }
  expect(samples::Bmp(scene), "pixels");
  request.limits = {.animation_frames = 4};
  expect(samples::Picture(scene, {.suffix = ".gif", .pages = 5}), "limit of 4 frames");
  request.limits = {.output_bytes = 80 * 60 * 3 * 4};
  expect(samples::Picture(scene, {.suffix = ".gif", .pages = 5}), "bytes of pixels");
  request.limits = {.input_bytes = 10};
  expect(samples::Picture(scene, {.suffix = ".gif"}), "over the limit of 10 bytes");
  request.limits = {};
  const auto bomb = samples::BombPng(30'000, 30'000);
  EXPECT_LT(bomb.size(), 200'000u);
  expect(bomb, "30000x30000 pixels, over the limit of 150000000 pixels");
}

class DamagedPhotoTest : public testing::TestWithParam<Kind> {};

TEST_P(DamagedPhotoTest, CutAnywhereIsAnErrorOfItsOwn) {
  const auto bytes = samples::Picture(samples::Scene(400, 300), GetParam().options);
  ASSERT_GT(bytes.size(), 1000u);
  const std::size_t step = std::max<std::size_t>(bytes.size() / 40, 97);
  for (std::size_t size = 0; size + bytes.size() / 50 < bytes.size(); size += size < 8 ? 1 : step) {
    const samples::Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto decoded = Decode(cut);
    ASSERT_FALSE(decoded.info.has_value()) << size << " of " << bytes.size();
    EXPECT_FALSE(decoded.info.error().message.empty());
    EXPECT_TRUE(decoded.info.error().code == ErrorCode::kCorrupt ||
                decoded.info.error().code == ErrorCode::kUnsupported)
        << decoded.info.error().message;
  }
}

TEST_P(DamagedPhotoTest, FlippedBitsNeverBreakOutOfTheFramesShape) {
  const auto bytes = samples::Picture(samples::Scene(120, 90), GetParam().options);
  SplitMix64 random(11);
  DecodeRequest request;
  request.limits = {.pixels = 1'000'000, .animation_frames = 50};
  for (int round = 0; round < 60; ++round) {
    samples::Bytes flipped = bytes;
    for (int i = 0; i < 4; ++i) {
      flipped[random.Below(static_cast<std::uint32_t>(flipped.size()))] ^=
          static_cast<std::byte>(1 << random.Below(8));
    }
    const auto decoded = Decode(flipped, request);
    if (!decoded.info.has_value()) {
      EXPECT_FALSE(decoded.info.error().message.empty());
      continue;
    }
    EXPECT_FALSE(decoded.frames.empty());
    for (const Frame& frame : decoded.frames) {
      EXPECT_LE(std::int64_t{frame.pixels.width()} * frame.pixels.height(), 1'000'000);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedPhotoTest,
    testing::Values(Kind{"Jpeg", {.suffix = ".jpg[Q=95]"}, "", 0},
                    Kind{"Png", {.suffix = ".png"}, "", 0},
                    Kind{"Webp", {.suffix = ".webp[lossless]"}, "", 0},
                    Kind{"Avif", {.suffix = ".avif[Q=95]"}, "", 0},
                    Kind{"Heic", {.suffix = ".heic[Q=95]"}, "", 0},
                    Kind{"Jxl", {.suffix = ".jxl[Q=95]"}, "", 0},
                    Kind{"Gif", {.suffix = ".gif"}, "", 0},
                    Kind{"AnimatedGif", {.suffix = ".gif", .pages = 3}, "", 0},
                    Kind{"Tiff", {.suffix = ".tif[compression=deflate]"}, "", 0}),
    [](const auto& test) { return test.param.name; });

TEST(PhotoDecoderTest, ErrorOfTheSinkIsTheResult) {
  const auto bytes = samples::Picture(samples::Scene(80, 60), {.suffix = ".gif", .pages = 5});
  int frames = 0;
  const auto info = DecodeHere(bytes, {}, [&](const PixelsView&, const FrameInfo&) -> Result<void> {
    ++frames;
    return Error{ErrorCode::kInterrupted, "enough"};
  });
  ASSERT_FALSE(info.has_value());
  EXPECT_EQ(info.error(), (Error{ErrorCode::kInterrupted, "enough"}));
  EXPECT_EQ(frames, 1);
}

TEST(PhotoDecoderTest, RequestsThatMakeNoSenseAreRefused) {
  const auto bytes = samples::Picture(samples::Scene(8, 8), {});
  std::vector<DecodeRequest> requests(5);
  requests[0].target_side = -1;
  requests[1].exact_width = 10;
  requests[2].exact_height = -2;
  requests[3].frames.stride = 0;
  requests[4].frames.interval_us = -1;
  for (const DecodeRequest& request : requests) {
    const auto decoded = Decode(bytes, request);
    ASSERT_FALSE(decoded.info.has_value());
    EXPECT_EQ(decoded.info.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace jikimi::media
