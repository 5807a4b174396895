#include "media/video_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "media/decode.h"
#include "media/samples.h"

namespace jikimi::media {
namespace {

struct Shown {
  int width = 0, height = 0;
  std::int64_t content = -1;  // which frame the pixels are of
  FrameInfo info;
  std::vector<std::uint8_t> pixels;
};
struct Decoded {
  Result<MediaInfo> info = Error{};
  std::vector<Shown> frames;
};

Decoded Decode(const samples::Bytes& bytes, const DecodeRequest& request = {}) {
  Decoded decoded;
  decoded.info = DecodeHere(bytes, request, [&](const PixelsView& view, const FrameInfo& info) {
    const auto size = static_cast<std::size_t>(view.stride) * static_cast<std::size_t>(view.height);
    decoded.frames.push_back({view.width, view.height, samples::FrameOfLevel(view), info,
                              std::vector<std::uint8_t>(view.data, view.data + size)});
    return Result<void>();
  });
  return decoded;
}

struct Kind {
  std::string name, container, codec, format;
  int width = 160, height = 120, b_frames = 0;
};

class VideoFormatTest : public testing::TestWithParam<Kind> {
 protected:
  static samples::VideoOptions Options() {
    return {.container = GetParam().container,
            .codec = GetParam().codec,
            .width = GetParam().width,
            .height = GetParam().height,
            .frames = 40,
            .fps = 25,
            .b_frames = GetParam().b_frames};
  }
};

TEST_P(VideoFormatTest, GivesEveryFrameInOrderWithItsTime) {
  const auto decoded = Decode(samples::Video(Options()));
  ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
  EXPECT_EQ(decoded.info->kind, MediaKind::kVideo);
  EXPECT_EQ(decoded.info->format, GetParam().format);
  EXPECT_EQ(decoded.info->width, GetParam().width);
  EXPECT_EQ(decoded.info->height, GetParam().height);
  EXPECT_EQ(decoded.info->frames, 40);
  EXPECT_NEAR(static_cast<double>(decoded.info->duration_us), 1'600'000, 45'000);
  ASSERT_EQ(decoded.frames.size(), 40u);
  for (std::size_t i = 0; i < 40; ++i) {
    const Shown& frame = decoded.frames[i];
    EXPECT_EQ(frame.info.number, static_cast<std::int64_t>(i));
    EXPECT_NEAR(static_cast<double>(frame.info.time_us), 40'000.0 * static_cast<double>(i), 1100);
    EXPECT_EQ(frame.content, static_cast<std::int64_t>(i) % samples::kLevels);
    EXPECT_EQ(frame.width, GetParam().width);
  }
}

TEST_P(VideoFormatTest, SampledFramesAreThoseOfTheWholeBitForBit) {
  const auto bytes = samples::Video(Options());
  const auto all = Decode(bytes);
  ASSERT_TRUE(all.info.has_value()) << all.info.error().message;
  for (const FrameSelection selection :
       {FrameSelection::EveryNth(7), FrameSelection::EveryNth(13), FrameSelection::EveryNth(1000),
        FrameSelection::EveryMicroseconds(500'000)}) {
    DecodeRequest request;
    request.frames = selection;
    const auto some = Decode(bytes, request);
    ASSERT_TRUE(some.info.has_value()) << some.info.error().message;
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0, next = 0; i < 40; ++i) {
      const std::int64_t time_us = all.frames[static_cast<std::size_t>(i)].info.time_us;
      if (selection.interval_us > 0 ? time_us < next : i % selection.stride != 0) continue;
      if (selection.interval_us > 0) next = (time_us / 500'000 + 1) * 500'000;
      expected.push_back(i);
    }
    ASSERT_EQ(some.frames.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Shown& whole = all.frames[static_cast<std::size_t>(expected[i])];
      EXPECT_EQ(some.frames[i].info.number, expected[i]);
      EXPECT_EQ(some.frames[i].info.time_us, whole.info.time_us);
      EXPECT_TRUE(some.frames[i].pixels == whole.pixels) << expected[i];
    }
    EXPECT_EQ(some.info->frames, 40);
    EXPECT_EQ(some.info->duration_us, all.info->duration_us);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , VideoFormatTest,
    testing::Values(
        Kind{"Mp4H264", "mp4", "libx264", "MP4 or QuickTime"},
        Kind{"Mp4H264WithBFrames", "mp4", "libx264", "MP4 or QuickTime", 160, 120, 3},
        Kind{"MkvH264WithBFrames", "matroska", "libx264", "Matroska or WebM", 160, 120, 2},
        Kind{"TsH264WithBFrames", "mpegts", "libx264", "MPEG transport stream", 160, 120, 2},
        Kind{"Mp4Hevc", "mp4", "libx265", "MP4 or QuickTime", 160, 120, 3},
        Kind{"Mp4Mpeg4", "mp4", "mpeg4", "MP4 or QuickTime", 160, 120, 2},
        Kind{"AviMpeg4", "avi", "mpeg4", "AVI"},
        Kind{"MovMjpeg", "mov", "mjpeg", "MP4 or QuickTime"},
        Kind{"WebmVp8", "webm", "libvpx", "Matroska or WebM"},
        Kind{"WebmVp9", "webm", "libvpx-vp9", "Matroska or WebM"},
        Kind{"OggTheora", "ogg", "libtheora", "Ogg"}, Kind{"Wmv", "asf", "wmv2", "Windows Media"},
        Kind{"Flv", "flv", "flv", "Flash video"}, Kind{"Nut", "nut", "mpeg4", "NUT"},
        Kind{"MpegPs", "mpeg", "mpeg2video", "MPEG programme stream", 160, 120, 2},
        Kind{"Ts", "mpegts", "mpeg2video", "MPEG transport stream"},
        Kind{"Y4m", "yuv4mpegpipe", "wrapped_avframe", "YUV4MPEG"},
        Kind{"RawH264", "h264", "libx264", "h264"}),
    [](const auto& test) { return test.param.name; });

TEST(VideoDecoderTest, RotationOfTheContainerIsAppliedUnlessStoredIsAsked) {
  const Pixels scene = samples::Scene(160, 120);
  for (const int rotation : {0, 90, 180, 270}) {
    const auto bytes = samples::Video({.codec = "libx264", .frames = 3, .rotation = rotation});
    const auto shown = Decode(bytes);
    ASSERT_TRUE(shown.info.has_value()) << shown.info.error().message;
    const bool swaps = rotation % 180 != 0;
    EXPECT_EQ(shown.info->width, swaps ? 120 : 160) << rotation;
    EXPECT_EQ(shown.frames.at(0).width, swaps ? 120 : 160) << rotation;
    // The red corner, top left as stored, goes clockwise.
    const Shown& frame = shown.frames[0];
    const int x = rotation == 90 || rotation == 180 ? frame.width - 8 : 8;
    const int y = rotation == 180 || rotation == 270 ? frame.height - 8 : 8;
    const std::uint8_t* pixel = frame.pixels.data() + 3 * (y * frame.width + x);
    EXPECT_GT(pixel[0], 180) << rotation;
    EXPECT_LT(pixel[1], 80) << rotation;
    EXPECT_LT(pixel[2], 80) << rotation;

    DecodeRequest request;
    request.facing = Facing::kAsStored;
    EXPECT_EQ(Decode(bytes, request).frames.at(0).width, 160) << rotation;
  }
}

TEST(VideoDecoderTest, UnevenTimesAreKept) {
  const std::vector<std::int64_t> times = {0, 33, 40, 500, 501, 2000, 2100, 9000};
  const auto bytes =
      samples::Video({.container = "matroska", .codec = "libx264", .frames = 8, .times = times});
  const auto decoded = Decode(bytes);
  ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
  ASSERT_EQ(decoded.frames.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(decoded.frames[i].info.time_us, times[i] * 1000) << i;
  }
  DecodeRequest request;
  request.frames = FrameSelection::EveryMicroseconds(1'000'000);
  const auto some = Decode(bytes, request);
  ASSERT_EQ(some.frames.size(), 3u);
  EXPECT_EQ(some.frames[1].info.number, 5);
  EXPECT_EQ(some.frames[2].info.time_us, 9'000'000);
}

TEST(VideoDecoderTest, LargestStreamIsTakenAndCoverArtIsNot) {
  const auto two = Decode(samples::Video({.frames = 5, .small_stream_first = true}));
  ASSERT_TRUE(two.info.has_value()) << two.info.error().message;
  EXPECT_EQ(two.info->width, 160);
  EXPECT_EQ(two.frames.size(), 5u);
  const auto cover = Decode(samples::Video({.frames = 5, .cover_art = true}));
  ASSERT_TRUE(cover.info.has_value()) << cover.info.error().message;
  EXPECT_EQ(cover.info->width, 160);
  EXPECT_EQ(cover.frames.size(), 5u);
}

TEST(VideoDecoderTest, LumaIsThatOfTheRgb) {
  const auto bytes = samples::Video({.codec = "libx264", .frames = 2});
  DecodeRequest request;
  for (const int target : {0, 50}) {
    request.target_side = target;
    request.color = Color::kRgb;
    const auto rgb = Decode(bytes, request);
    request.color = Color::kLuma;
    const auto luma = Decode(bytes, request);
    ASSERT_TRUE(rgb.info.has_value() && luma.info.has_value());
    const Shown &a = rgb.frames.at(0), &b = luma.frames.at(0);
    ASSERT_EQ(a.width, b.width);
    ASSERT_EQ(a.pixels.size(), 3 * b.pixels.size());
    double difference = 0, sum = 0;
    for (std::size_t i = 0; i < b.pixels.size(); ++i) {
      const double y =
          0.299 * a.pixels[3 * i] + 0.587 * a.pixels[3 * i + 1] + 0.114 * a.pixels[3 * i + 2];
      difference += std::abs(y - b.pixels[i]);
      sum += y - b.pixels[i];
    }
    const auto pixels = static_cast<double>(b.pixels.size());
    EXPECT_LT(difference / pixels, 2.5) << target;
    if (target == 0) {
      EXPECT_NEAR(sum / pixels, 0, 0.01);
    }
  }
}

TEST(VideoDecoderTest, SizesAreAsAsked) {
  const auto bytes = samples::Video({.codec = "libx264", .frames = 2, .rotation = 90});
  DecodeRequest request;
  request.target_side = 50;
  const auto small = Decode(bytes, request);
  EXPECT_EQ(small.frames.at(0).width, 40);
  EXPECT_EQ(small.frames.at(0).height, 53);
  request = {.exact_width = 128, .exact_height = 100};
  const auto exact = Decode(bytes, request);
  EXPECT_EQ(exact.frames.at(0).width, 128);
  EXPECT_EQ(exact.frames.at(0).height, 100);
}

TEST(VideoDecoderTest, AnimatedPngIsAnAnimation) {
  const auto decoded = Decode(samples::Video({.container = "apng", .codec = "apng", .frames = 6}));
  ASSERT_TRUE(decoded.info.has_value()) << decoded.info.error().message;
  EXPECT_EQ(decoded.info->kind, MediaKind::kAnimation);
  EXPECT_EQ(decoded.info->frames, 6);
  EXPECT_EQ(decoded.frames.size(), 6u);
  EXPECT_EQ(decoded.frames.back().info.time_us, 500'000);
}

TEST(VideoDecoderTest, OverALimitSaysWhichLimit) {
  const auto bytes = samples::Video({.frames = 20});
  const auto expect = [&](const Limits& limits, const std::string& what) {
    DecodeRequest request;
    request.limits = limits;
    const auto decoded = Decode(bytes, request);
    ASSERT_FALSE(decoded.info.has_value());
    EXPECT_EQ(decoded.info.error().code, ErrorCode::kResourceExhausted)
        << decoded.info.error().message;
    EXPECT_NE(decoded.info.error().message.find(what), std::string::npos)
        << decoded.info.error().message;
  };
  expect({.pixels = 19'199}, "limit of 19199 pixels");
  expect({.frames = 19}, "limit of 19 frames");
  expect({.output_bytes = 200'000}, "limit of 200000 bytes");
}

TEST(VideoDecoderTest, CutFilesGiveTheirFramesAndThenSayThatTheyAreCut) {
  for (const std::string container : {"mp4", "matroska", "avi"}) {
    const auto bytes = samples::Video({.container = container, .frames = 40});
    for (std::size_t size = 0; size < bytes.size(); size += 1024) {
      const samples::Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const auto decoded = Decode(cut);
      ASSERT_FALSE(decoded.info.has_value()) << container << size;
      EXPECT_TRUE(decoded.info.error().code == ErrorCode::kCorrupt ||
                  decoded.info.error().code == ErrorCode::kUnsupported)
          << decoded.info.error().message;
      if (container != "mp4" && size > bytes.size() / 2) {
        EXPECT_GT(decoded.frames.size(), 5u);
      }
    }
  }
}

TEST(VideoDecoderTest, FlippedBitsNeverBreakOutOfTheFramesShape) {
  SplitMix64 random(3);
  DecodeRequest request;
  request.limits = {.pixels = 1'000'000, .frames = 1000};
  for (const std::string container : {"mp4", "matroska", "avi", "mpegts"}) {
    const auto bytes = samples::Video({.container = container, .frames = 20});
    for (int round = 0; round < 40; ++round) {
      samples::Bytes flipped = bytes;
      for (int i = 0; i < 6; ++i) {
        flipped[random.Below(static_cast<std::uint32_t>(flipped.size()))] ^=
            static_cast<std::byte>(1 << random.Below(8));
      }
      if (round % 2 == 1) request.frames = FrameSelection::EveryNth(5);
      std::int64_t last = -1;
      const auto decoded = Decode(flipped, request);
      for (const Shown& frame : decoded.frames) {
        EXPECT_GT(frame.info.number, last);
        last = frame.info.number;
      }
      if (!decoded.info.has_value()) {
        EXPECT_FALSE(decoded.info.error().message.empty());
      }
    }
  }
}

TEST(VideoDecoderTest, OtherPlacesAreNeverOpened) {
  for (const std::string text :
       {"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "ffconcat version 1.0\nfile /etc/hostname\n",
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"/>",
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n"}) {
    DecodeRequest request;
    int frames = 0;
    const auto info = DecodeHere(AsBytes(text), request, [&](const auto&, const auto&) {
      ++frames;
      return Result<void>();
    });
    ASSERT_FALSE(info.has_value());
    EXPECT_EQ(info.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(frames, 0);
  }
}

}  // namespace
}  // namespace jikimi::media
