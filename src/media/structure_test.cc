#include "media/structure.h"

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "media/samples.h"

namespace jikimi::media {
namespace {

using namespace std::string_literals;

struct Sample {
  std::string name;
  samples::Bytes bytes;
  Format format;
};

std::vector<Sample> Samples() {
  const Pixels scene = samples::Scene(90, 70);
  return {
      {"gif", samples::Picture(scene, {.suffix = ".gif", .pages = 3}), Format::kGif},
      {"webp", samples::Picture(scene, {.suffix = ".webp"}), Format::kWebp},
      {"avif", samples::Picture(scene, {.suffix = ".avif"}), Format::kAvif},
      {"mp4", samples::Video({}), Format::kMp4},
      {"avi", samples::Video({.container = "avi"}), Format::kAvi},
      {"mkv", samples::Video({.container = "matroska"}), Format::kMatroska},
  };
}

TEST(StructureTest, WholeFilesAreNotCutOffAndEveryRealCutIs) {
  for (const Sample& sample : Samples()) {
    EXPECT_FALSE(IsCutOff(sample.format, sample.bytes)) << sample.name;
    for (std::size_t size = 64; size < sample.bytes.size(); size += 101) {
      const std::span cut = std::span(sample.bytes).first(size);
      // An MP4 may end at a box's end and be whole.
      if (sample.format == Format::kMp4 && size < 100) continue;
      EXPECT_TRUE(IsCutOff(sample.format, cut)) << sample.name << " at " << size;
    }
  }
}

TEST(StructureTest, NoBytesBreakTheWalk) {
  SplitMix64 random(5);
  for (const Sample& sample : Samples()) {
    for (int round = 0; round < 300; ++round) {
      samples::Bytes bytes = sample.bytes;
      bytes.resize(random.Below(static_cast<std::uint32_t>(bytes.size())));
      for (int i = 0; i < 8 && !bytes.empty(); ++i) {
        const auto near = std::min<std::uint32_t>(64, static_cast<std::uint32_t>(bytes.size()));
        bytes[random.Below(near)] = static_cast<std::byte>(random.Next());
      }
      IsCutOff(sample.format, bytes);
      ExifOrientation(bytes);
      PngOrientation(bytes);
    }
  }
}

TEST(ExifBlockTest, ReadsBothByteOrders) {
  const std::string little = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"s;
  const std::string big = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0"s;
  EXPECT_EQ(ExifOrientation(AsBytes(little)), Orientation::kRotate90);
  EXPECT_EQ(ExifOrientation(AsBytes(big)), Orientation::kRotate270);
  for (std::size_t size = 0; size < 22; ++size) {
    EXPECT_EQ(ExifOrientation(AsBytes(little.substr(0, size))), Orientation::kAsIs) << size;
  }
}

}  // namespace
}  // namespace jikimi::media
