#include "fingerprint/video_fingerprinter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "fingerprint/photo_word.h"
#include "fingerprint/test_pictures.h"

namespace jikimi::fingerprint {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

Pixels Scene(std::uint64_t seed) { return CloudPicture(160, 120, seed); }

std::vector<std::int64_t> KeySeconds(const Fingerprint& print) {
  std::vector<std::int64_t> seconds;
  for (const KeyFrame& key_frame : print.key_frames) {
    seconds.push_back(key_frame.time_us / kSecond);
  }
  return seconds;
}

TEST(VideoFingerprinterTest, WordsAreOneASecondAndTheFramesOwn) {
  VideoFingerprinter video{VideoOptions{}};
  const Pixels scene = Scene(1);
  for (std::uint32_t i = 0; i < 50; ++i) video.See(scene.view(), i, i * kSecond / 10);
  const Fingerprint print = video.Take(5 * kSecond);
  EXPECT_EQ(print.kind, Kind::kVideo);
  EXPECT_EQ(print.duration_us, 5 * kSecond);
  ASSERT_EQ(print.frames.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(print.frames[i].frame, 10 * i);
    EXPECT_EQ(print.frames[i].word, PhotoWordOf(scene.view()).word);
  }
}

TEST(VideoFingerprinterTest, EveryFrameHasAWordWhenAskedFor) {
  VideoFingerprinter video{VideoOptions{.word_every_us = 0}};
  const Pixels scene = Scene(1);
  for (std::uint32_t i = 0; i < 50; ++i) video.See(scene.view(), i, i * kSecond / 25);
  EXPECT_EQ(video.Take(2 * kSecond).frames.size(), 50u);
}

TEST(VideoFingerprinterTest, FramesAfterAPauseStillGetTheirWords) {
  VideoFingerprinter video{VideoOptions{}};
  const Pixels scene = Scene(1);
  const std::int64_t times[] = {0, 3 * kSecond + 400'000, 3 * kSecond + 900'000, 4 * kSecond};
  std::uint32_t number = 0;
  for (const std::int64_t time : times) video.See(scene.view(), number++, time);
  std::vector<std::int64_t> words;
  for (const FrameWord& frame : video.Take(5 * kSecond).frames) words.push_back(frame.time_us);
  EXPECT_THAT(words, testing::ElementsAre(0, 3 * kSecond + 400'000, 4 * kSecond));
}

TEST(VideoFingerprinterTest, SceneThatStandsStillHasOneKeyFrame) {
  VideoFingerprinter video{VideoOptions{}};
  const Pixels scene = Scene(2);
  for (std::uint32_t i = 0; i < 60; ++i) video.See(scene.view(), i, i * kSecond / 2);
  EXPECT_THAT(KeySeconds(video.Take(30 * kSecond)), testing::ElementsAre(0));
}

TEST(VideoFingerprinterTest, EachSceneAfterACutHasAKeyFrame) {
  VideoFingerprinter video{VideoOptions{}};
  for (std::uint32_t i = 0; i < 40; ++i) {
    video.See(Scene(1 + i / 10).view(), i, i * kSecond / 2);  // a cut every five seconds
  }
  EXPECT_THAT(KeySeconds(video.Take(20 * kSecond)), testing::ElementsAre(0, 5, 10, 15));
}

TEST(VideoFingerprinterTest, FilmOfCutsIsThinnedOutEvenlyAndStaysBounded) {
  VideoFingerprinter video{VideoOptions{.max_key_frames = 16}};
  for (std::uint32_t i = 0; i < 100; ++i) video.See(Scene(i).view(), i, i * kSecond);
  const Fingerprint print = video.Take(100 * kSecond);
  EXPECT_LT(print.key_frames.size(), 16u);
  EXPECT_GE(print.key_frames.size(), 7u);
  EXPECT_EQ(print.key_frames.front().time_us, 0);
  EXPECT_GT(print.key_frames.back().time_us, 80 * kSecond);
}

TEST(VideoFingerprinterTest, AnimationKeepsEachFrameThatLooksDifferentWhateverTheTimes) {
  VideoFingerprinter video{VideoOptions{.rule = KeyFrameRule::kByChange}};
  for (std::uint32_t i = 0; i < 12; ++i) video.See(Scene(1 + i / 3).view(), i, 0);
  EXPECT_EQ(video.Take(0).key_frames.size(), 4u);
}

TEST(VideoFingerprinterTest, WordsAloneWhenNoKeyFramesAreAskedFor) {
  VideoFingerprinter video{VideoOptions{.max_key_frames = 0}};
  for (std::uint32_t i = 0; i < 10; ++i) video.See(Scene(i).view(), i, i * kSecond);
  const Fingerprint print = video.Take(10 * kSecond);
  EXPECT_EQ(print.frames.size(), 10u);
  EXPECT_TRUE(print.key_frames.empty());
}

TEST(VideoFingerprinterTest, NothingSeenIsAnEmptyFingerprint) {
  const Fingerprint print = VideoFingerprinter{VideoOptions{}}.Take(0);
  EXPECT_TRUE(print.frames.empty());
  EXPECT_TRUE(print.key_frames.empty());
}

// A part of a larger picture, as a camera that pans over it sees it.
PixelsView Seen(const Pixels& scene, int left, int width, int height) {
  PixelsView view = scene.view();
  view.data += 3 * left;
  view.width = width;
  view.height = height;
  return view;
}

TEST(VideoFingerprinterTest, WhileThingsMoveThereIsAKeyFrameAtLeastEveryTwoSeconds) {
  const Pixels scene = CloudPicture(1400, 240, 3);
  VideoFingerprinter video{VideoOptions{}};
  for (std::uint32_t i = 0; i < 100; ++i) {
    video.See(Seen(scene, static_cast<int>(10 * i), 320, 240), i, i * kSecond / 10);
  }
  const Fingerprint print = video.Take(10 * kSecond);
  ASSERT_GE(print.key_frames.size(), 5u);
  for (std::size_t i = 1; i < print.key_frames.size(); ++i) {
    const std::int64_t gap = print.key_frames[i].time_us - print.key_frames[i - 1].time_us;
    EXPECT_LE(gap, 2 * kSecond);
    EXPECT_GE(gap, kSecond / 2);
  }
}

TEST(VideoFingerprinterTest, CutIsAKeyFrameWithinASecond) {
  VideoFingerprinter video{VideoOptions{}};
  // A cut each 1.7 seconds.
  for (std::uint32_t i = 0; i < 100; ++i) {
    video.See(Scene(50 + i / 17).view(), i, i * kSecond / 10);
  }
  const Fingerprint print = video.Take(10 * kSecond);
  ASSERT_EQ(print.key_frames.size(), 6u);
  for (std::size_t i = 0; i < print.key_frames.size(); ++i) {
    const std::int64_t cut = static_cast<std::int64_t>(i) * 17 * kSecond / 10;
    EXPECT_GE(print.key_frames[i].time_us, cut);
    EXPECT_LE(print.key_frames[i].time_us, cut + kSecond);
    EXPECT_EQ(print.key_frames[i].picture.whole[0], PhotoWordOf(Scene(50 + i).view()).word);
  }
}

TEST(VideoFingerprinterTest, DarknessWithNoiseStandsStill) {
  VideoFingerprinter video{VideoOptions{}};
  for (std::uint32_t i = 0; i < 40; ++i) {
    Pixels dark(320, 240, 3);
    SplitMix64 random(i);
    for (std::uint8_t& value : dark.bytes()) value = static_cast<std::uint8_t>(random.Below(4));
    video.See(dark.view(), i, i * kSecond / 2);
  }
  EXPECT_EQ(video.Take(20 * kSecond).key_frames.size(), 1u);
}

TEST(VideoFingerprinterTest, FrameShrunkWhileDecodingKeepsTheFullOnesWord) {
  const Pixels full = CloudPicture(1000, 564, 5);
  VideoFingerprinter video{VideoOptions{}};
  video.See(BoxShrunk(full, 2).view(), 0, 0, {.width = 1000, .height = 564});
  const Fingerprint print = video.Take(kSecond);
  const Word256 truth = PhotoWordOf(full.view()).word;
  ASSERT_EQ(print.frames.size(), 1u);
  EXPECT_LE(HammingDistance(print.frames[0].word, truth), 4);
  ASSERT_EQ(print.key_frames.size(), 1u);
  EXPECT_LE(HammingDistance(print.key_frames[0].picture.whole[0], truth), 4);
}

TEST(VideoFingerprinterTest, TakingLeavesNothingBehind) {
  VideoFingerprinter video{VideoOptions{}};
  video.See(Scene(4).view(), 0, 0);
  EXPECT_EQ(video.Take(kSecond).frames.size(), 1u);
  EXPECT_TRUE(video.Take(kSecond).frames.empty());
}

}  // namespace
}  // namespace jikimi::fingerprint
