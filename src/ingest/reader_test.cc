#include "ingest/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/file.h"
#include "fingerprint/photo_word.h"
#include "fingerprint/test_pictures.h"
#include "media/samples.h"

namespace jikimi::ingest {
namespace {

namespace samples = media::samples;

class ReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "jikimi-reader-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    auto reader = Reader::Create({.workers = 1});
    ASSERT_TRUE(reader.has_value()) << reader.error().message;
    reader_ = std::move(*reader);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path Put(const std::string& name, const samples::Bytes& bytes) {
    CHECK(WriteFileAtomically(folder_ / name, bytes).has_value());
    return folder_ / name;
  }
  Reading Read(const std::filesystem::path& path) {
    auto reading = reader_->Read(path);
    if (!reading.has_value()) ADD_FAILURE() << reading.error().message;
    return reading.has_value() ? std::move(*reading) : Reading{};
  }

  std::filesystem::path folder_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(ReaderTest, LosslessPhotoHasExactlyTheWordOfItsPixels) {
  const Pixels scene = samples::Scene(480, 320);
  const Reading reading = Read(Put("a.png", samples::Picture(scene, {.suffix = ".png"})));
  ASSERT_EQ(reading.fingerprint.pictures.size(), 1u);
  EXPECT_EQ(reading.kind, "photo");
  EXPECT_EQ(reading.fingerprint.pictures[0].whole, fingerprint::PhotoWordsOf(scene.view()).words);
}

TEST_F(ReaderTest, ShrunkPhotoKeepsItsSizeAndStaysNearItsWord) {
  const Pixels scene = fingerprint::CloudPicture(4000, 3000, 1);
  const Reading reading = Read(Put("a.jpg", samples::Picture(scene, {.suffix = ".jpg[Q=92]"})));
  const auto& picture = reading.fingerprint.pictures.at(0);
  EXPECT_EQ(picture.width, 4000);
  EXPECT_EQ(picture.height, 3000);
  for (const fingerprint::Patch& patch : picture.patches) {
    EXPECT_LE(patch.x, 4000);
    EXPECT_LE(patch.y, 3000);
  }
  ASSERT_GE(picture.whole_quality, 80);
  EXPECT_LE(HammingDistance(picture.whole[0], fingerprint::PhotoWordOf(scene.view()).word), 10);
}

TEST_F(ReaderTest, OrientationIsAppliedBeforeAnythingElse) {
  const Pixels scene = samples::Scene(480, 320);
  const Reading reading =
      Read(Put("a.jpg", samples::Picture(scene, {.suffix = ".jpg", .orientation = 6})));
  EXPECT_EQ(reading.width, 320);
  EXPECT_EQ(reading.fingerprint.pictures.at(0).width, 320);
}

TEST_F(ReaderTest, AnimationIsItsDistinctPictures) {
  const Reading reading = Read(
      Put("a.gif", samples::Picture(samples::Scene(200, 160), {.suffix = ".gif", .pages = 2})));
  EXPECT_EQ(reading.kind, "animation");
  EXPECT_EQ(reading.fingerprint.kind, fingerprint::Kind::kPhoto);
  EXPECT_EQ(reading.fingerprint.pictures.size(), 2u);
}

TEST_F(ReaderTest, VideoHasAWordASecondOrOneAFrame) {
  const auto path = Put("a.mp4", samples::Video({.frames = 30, .fps = 10}));
  const Reading reading = Read(path);
  EXPECT_EQ(reading.kind, "video");
  EXPECT_EQ(reading.fingerprint.frames.size(), 3u);
  EXPECT_NEAR(static_cast<double>(reading.fingerprint.duration_us), 3e6, 1e5);
  EXPECT_FALSE(reading.fingerprint.key_frames.empty());

  const auto every = Reader::Create({.workers = 1, .every_frame = true});
  ASSERT_TRUE(every.has_value());
  const auto all = (*every)->Read(path);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ(all->fingerprint.frames.size(), 30u);
}

TEST_F(ReaderTest, PictureOfAVideoIsTheFrameOfThatTime) {
  const auto path = Put("a.mp4", samples::Video({.frames = 20, .fps = 10}));
  const auto picture = reader_->Picture(path, 1'200'000, 100);
  ASSERT_TRUE(picture.has_value()) << picture.error().message;
  EXPECT_EQ(samples::FrameOfLevel(picture->view()), 12);
}

TEST_F(ReaderTest, ErrorsNameTheFile) {
  const auto empty = Put("empty.jpg", {});
  for (const auto& path : {empty, folder_ / "none.jpg", folder_}) {
    const auto reading = reader_->Read(path);
    ASSERT_FALSE(reading.has_value());
    EXPECT_THAT(reading.error().message, testing::StartsWith(path.native() + ": "));
  }
}

}  // namespace
}  // namespace jikimi::ingest
