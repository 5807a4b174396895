#include "gallery/item_record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "gallery/painted_pictures.h"

namespace jikimi::gallery {
namespace {

fingerprint::Fingerprint SmallVideo() {
  fingerprint::Fingerprint video;
  video.kind = fingerprint::Kind::kVideo;
  video.duration_us = 3'000'000;
  SplitMix64 random(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Word256 word({random.Next(), random.Next(), random.Next(), random.Next()});
    video.frames.push_back({i * 30, std::int64_t{i} * 1'000'000, word, 80});
    auto picture = fingerprint::FingerprintPicture(painted::Picture(i, 120, 90).view(), {});
    picture.inner.push_back({{10, 10, 50, 40}, {}, 60});
    video.key_frames.push_back({std::int64_t{i} * 1'000'000, std::move(picture)});
  }
  return video;
}

TEST(ItemRecordTest, BytesAreReadBackAsTheyWere) {
  for (const auto& print : {SmallVideo(), painted::FingerprintOf(painted::Picture(1))}) {
    const auto record = MakeItemRecord(print);
    ASSERT_TRUE(record.has_value());
    const auto bytes = ItemRecordBytes(*record);
    EXPECT_EQ(bytes.size() % 8, 0u);
    const auto parsed = ParseItemRecord(bytes);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(ItemRecordBytes(*parsed), bytes);
    EXPECT_EQ(parsed->pictures.size(), record->pictures.size());
    EXPECT_EQ(parsed->frames.size(), record->frames.size());
  }
}

TEST(ItemRecordTest, CutBytesAreCorruptAtEveryLength) {
  auto bytes = ItemRecordBytes(*MakeItemRecord(SmallVideo()));
  while (!bytes.empty()) {
    bytes.pop_back();
    const auto parsed = ParseItemRecord(bytes);
    ASSERT_FALSE(parsed.has_value()) << bytes.size();
    ASSERT_EQ(parsed.error().code, ErrorCode::kCorrupt);
  }
}

TEST(ItemRecordTest, FlippedBitsNeverMakeARecordThatIsWrittenDifferently) {
  const auto bytes = ItemRecordBytes(*MakeItemRecord(SmallVideo()));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto spoiled = bytes;
    spoiled[i] ^= std::byte{0x90};
    const auto parsed = ParseItemRecord(spoiled);
    if (parsed.has_value()) {
      EXPECT_EQ(ItemRecordBytes(*parsed).size(), bytes.size());
    }
  }
}

TEST(ItemRecordTest, PackedPatchIsWhereItWas) {
  SplitMix64 random(5);
  for (int i = 0; i < 1000; ++i) {
    fingerprint::Patch patch;
    patch.x = static_cast<float>(random.Unit() * 1200);
    patch.y = static_cast<float>(random.Unit() * 800);
    patch.scale = static_cast<float>(std::exp2(random.Unit() * 8));
    patch.angle = static_cast<float>(random.Unit() * 6.2831);
    patch.bright = random.Below(2) == 0;
    const auto back = UnpackPatch(PackPatch(patch, 1200, 800), 1200, 800);
    EXPECT_NEAR(back.x, patch.x, 0.01);
    EXPECT_NEAR(back.y, patch.y, 0.01);
    EXPECT_NEAR(back.scale / patch.scale, 1, 0.0003);
    EXPECT_NEAR(std::remainder(back.angle - patch.angle, 6.283185307), 0, 0.0002);
    EXPECT_EQ(back.bright, patch.bright);
  }
}

}  // namespace
}  // namespace jikimi::gallery
