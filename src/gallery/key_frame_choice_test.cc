#include "gallery/key_frame_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gallery/painted_pictures.h"

namespace jikimi::gallery {
namespace {

using fingerprint::KeyFrame;

constexpr std::int64_t kSecond = 1'000'000;

// What a camera sees that moves over a scene of its own, a key frame a second.
void AddScene(std::uint64_t seed, int key_frames, std::vector<KeyFrame>& film) {
  const Pixels scene = painted::Picture(seed, 560, 300);
  for (int i = 0; i < key_frames; ++i) {
    const Pixels seen = painted::Cut(scene, 15 * i, 0, 400, 300);
    film.push_back({static_cast<std::int64_t>(film.size()) * kSecond,
                    painted::FingerprintOf(seen).pictures.at(0)});
  }
}

TEST(ShareSeenBeforeTest, IsLargeInOneSceneAndNearlyNothingBetweenTwo) {
  std::vector<KeyFrame> film;
  AddScene(1, 2, film);
  AddScene(2, 1, film);
  EXPECT_GT(ShareSeenBefore(film[1].picture, film[0].picture), 0.4);
  EXPECT_LT(ShareSeenBefore(film[2].picture, film[1].picture), 0.05);
}

TEST(ShareSeenBeforeTest, PlainPictureHasSeenNothing) {
  const auto plain = painted::FingerprintOf(Pixels(64, 64, 1)).pictures.at(0);
  EXPECT_EQ(ShareSeenBefore(plain, plain), 0);
}

TEST(KeyFrameChoiceTest, TakesTheFirstOfEachSceneAndOneInThreeAfterIt) {
  std::vector<KeyFrame> film;
  AddScene(1, 8, film);
  AddScene(2, 1, film);
  AddScene(3, 2, film);
  const KeyFrameChoice choice(film);
  EXPECT_THAT(choice.first(), testing::ElementsAre(0, 3, 6, 8, 9));
  EXPECT_THAT(choice.Around(0), testing::ElementsAre(1, 2));
  EXPECT_THAT(choice.Around(1), testing::ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(choice.Around(3), testing::ElementsAre(7));
  EXPECT_THAT(choice.Around(4), testing::ElementsAre(10));
}

TEST(KeyFrameChoiceTest, PictureThatIsPutOverHalfOfTheSceneIsTaken) {
  std::vector<KeyFrame> film;
  AddScene(1, 1, film);
  const Pixels scene = painted::Picture(1, 560, 300);
  Pixels covered = painted::Cut(scene, 0, 0, 400, 300);
  const Pixels other = painted::Resized(painted::Picture(9), 240, 290);
  for (int y = 0; y < other.height(); ++y) {
    std::copy_n(other.row(y), other.width(), covered.row(y + 5) + 150);
  }
  film.push_back({kSecond, painted::FingerprintOf(covered).pictures.at(0)});
  EXPECT_THAT(KeyFrameChoice(film).first(), testing::ElementsAre(0, 1));
}

TEST(KeyFrameChoiceTest, NoKeyFramesAreNoChoice) {
  EXPECT_TRUE(KeyFrameChoice({}).first().empty());
}

}  // namespace
}  // namespace jikimi::gallery
