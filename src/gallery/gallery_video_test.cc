#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "fingerprint/video_fingerprinter.h"
#include "gallery/gallery.h"
#include "gallery/painted_pictures.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Fingerprint;

constexpr std::int64_t kSecond = 1'000'000;
constexpr int kWidth = 320, kHeight = 240;

// A film of scenes of five seconds, in each of which the camera moves over a painting of its own.
Pixels FrameAt(std::uint64_t film, std::int64_t time_us) {
  const auto scene = static_cast<std::uint64_t>(time_us / (5 * kSecond));
  static std::vector<std::pair<std::uint64_t, Pixels>> painted_scenes;
  const std::uint64_t seed = film * 1000 + scene;
  for (const auto& [known, painting] : painted_scenes) {
    if (known == seed) {
      const double along = static_cast<double>(time_us % (5 * kSecond)) / (5.0 * kSecond);
      return painted::Cut(painting, static_cast<int>(along * 140), static_cast<int>(along * 60),
                          kWidth, kHeight);
    }
  }
  painted_scenes.push_back({seed, painted::Picture(seed, kWidth + 160, kHeight + 80)});
  return FrameAt(film, time_us);
}

Fingerprint FilmPrint(std::uint64_t film, std::int64_t from_us, std::int64_t to_us,
                      const std::function<Pixels(const Pixels&)>& edit) {
  fingerprint::VideoFingerprinter fingerprinter({});
  std::uint32_t number = 0;
  for (std::int64_t time = from_us; time < to_us; time += kSecond / 4) {
    fingerprinter.See(edit(FrameAt(film, time)).view(), number++, time - from_us);
  }
  return fingerprinter.Take(to_us - from_us);
}

Pixels AsIs(const Pixels& picture) { return picture; }

// Films 1 to 4 of thirty seconds, and photographs 50 to 54.
const Gallery& Films() {
  static const Gallery* const gallery = [] {
    auto* made = new Gallery(Gallery::InMemory());
    for (std::uint64_t film = 1; film <= 4; ++film) {
      CHECK(made->Add({film}, FilmPrint(film, 0, 30 * kSecond, AsIs)).has_value());
    }
    for (std::uint64_t photo = 50; photo < 55; ++photo) {
      CHECK(made->Add({photo}, painted::FingerprintOf(painted::Picture(photo))).has_value());
    }
    return made;
  }();
  return *gallery;
}

TEST(GalleryVideoTest, TheWholeFilmAgainIsTheSame) {
  const auto verdicts = Films().Ask(FilmPrint(2, 0, 30 * kSecond, AsIs));
  ASSERT_TRUE(verdicts.has_value());
  ASSERT_EQ(verdicts->size(), 1u);
  EXPECT_EQ((*verdicts)[0].item, ItemId{2});
  EXPECT_EQ((*verdicts)[0].likeness, Likeness::kSame);
}

TEST(GalleryVideoTest, MirroredAndCutExcerptIsAClipWithItsTimes) {
  const auto edit = [](const Pixels& frame) {
    return painted::Mirrored(painted::Cut(frame, 30, 20, 260, 200));
  };
  const auto verdicts = Films().Ask(FilmPrint(3, 8 * kSecond, 19 * kSecond, edit));
  ASSERT_TRUE(verdicts.has_value());
  ASSERT_EQ(verdicts->size(), 1u);
  const Verdict& verdict = (*verdicts)[0];
  EXPECT_EQ(verdict.item, ItemId{3});
  EXPECT_EQ(verdict.likeness, Likeness::kClip);
  EXPECT_TRUE(verdict.how.mirrored);
  ASSERT_FALSE(verdict.segments.empty());
  EXPECT_NEAR(static_cast<double>(verdict.segments.front().item_from_us), 8e6, 1e6);
  EXPECT_NEAR(static_cast<double>(verdict.segments.back().item_to_us), 19e6, 1e6);
  EXPECT_NEAR(static_cast<double>(verdict.segments.front().query_from_us), 0, 1e6);
}

TEST(GalleryVideoTest, AFrameAsAPictureIsAClipOfTheFilm) {
  const Pixels frame = painted::Cut(FrameAt(1, 12 * kSecond), 20, 20, 280, 200);
  const auto verdicts = Films().Ask(painted::FingerprintOf(frame));
  ASSERT_TRUE(verdicts.has_value());
  ASSERT_EQ(verdicts->size(), 1u);
  const Verdict& verdict = (*verdicts)[0];
  EXPECT_EQ(verdict.item, ItemId{1});
  EXPECT_EQ(verdict.likeness, Likeness::kClip);
  ASSERT_FALSE(verdict.segments.empty());
  EXPECT_LE(verdict.segments.front().item_from_us, 12 * kSecond);
  EXPECT_GE(verdict.segments.back().item_to_us, 12 * kSecond);
  EXPECT_EQ(verdict.segments.front().query_to_us, 0);
}

TEST(GalleryVideoTest, APictureThatIsShownInAFilmIsAClip) {
  const Pixels photo = painted::Resized(painted::Picture(52), kWidth, kHeight);
  fingerprint::VideoFingerprinter fingerprinter({});
  for (int i = 0; i < 60; ++i) {
    const std::int64_t time = i * kSecond / 4;
    const bool shown = i >= 20 && i < 40;
    fingerprinter.See((shown ? photo : FrameAt(9, time)).view(), static_cast<std::uint32_t>(i),
                      time);
  }
  const auto verdicts = Films().Ask(fingerprinter.Take(15 * kSecond));
  ASSERT_TRUE(verdicts.has_value());
  ASSERT_EQ(verdicts->size(), 1u);
  const Verdict& verdict = (*verdicts)[0];
  EXPECT_EQ(verdict.item, ItemId{52});
  EXPECT_EQ(verdict.likeness, Likeness::kClip);
  ASSERT_EQ(verdict.segments.size(), 1u);
  EXPECT_NEAR(static_cast<double>(verdict.segments[0].query_from_us), 5e6, 1e6);
  EXPECT_NEAR(static_cast<double>(verdict.segments[0].query_to_us), 10e6, 1e6);
}

TEST(GalleryVideoTest, UnrelatedFilmIsNotFound) {
  const auto verdicts = Films().Ask(FilmPrint(77, 0, 20 * kSecond, AsIs));
  ASSERT_TRUE(verdicts.has_value());
  EXPECT_TRUE(verdicts->empty());
}

TEST(GalleryVideoTest, CompareTellsAnExcerptFromAnotherFilm) {
  const auto film = FilmPrint(1, 0, 30 * kSecond, AsIs);
  const auto excerpt = Compare(FilmPrint(1, 5 * kSecond, 12 * kSecond, AsIs), film);
  ASSERT_TRUE(excerpt.verdict.has_value());
  EXPECT_EQ(excerpt.verdict->likeness, Likeness::kClip);
  EXPECT_FALSE(Compare(FilmPrint(88, 0, 10 * kSecond, AsIs), film).verdict.has_value());
}

}  // namespace
}  // namespace jikimi::gallery
