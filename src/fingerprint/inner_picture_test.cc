#include "fingerprint/inner_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "base/random.h"
#include "fingerprint/fingerprint_picture.h"
#include "fingerprint/photo_word.h"
#include "fingerprint/test_pictures.h"

namespace jikimi::fingerprint {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

Pixels Canvas(int width, int height, Rgb color) {
  Pixels canvas(width, height, 3);
  for (std::size_t i = 0; i < canvas.bytes().size(); ++i) canvas.bytes()[i] = color[i % 3];
  return canvas;
}

void Put(const Pixels& picture, int left, int top, Pixels* canvas) {
  for (int y = 0; y < picture.height(); ++y) {
    std::copy_n(picture.row(y), picture.stride(), canvas->row(top + y) + 3 * left);
  }
}

void Fill(int left, int top, int width, int height, Rgb color, Pixels* canvas) {
  Put(Canvas(width, height, color), left, top, canvas);
}

// What lossy compression leaves on flat ground.
void AddNoise(int strength, Pixels* canvas) {
  SplitMix64 random(7);
  for (std::uint8_t& value : canvas->bytes()) {
    const int noise = static_cast<int>(random.Below(static_cast<std::uint32_t>(2 * strength + 1)));
    value = static_cast<std::uint8_t>(std::clamp(value + noise - strength, 0, 255));
  }
}

// Lines of words, as in comments under a picture.
void Write(int left, int top, int width, int lines, Rgb color, Pixels* canvas) {
  SplitMix64 random(11);
  for (int line = 0; line < lines; ++line) {
    for (int x = left; x + 12 < left + width; x += 9) {
      if (random.Below(6) == 0) continue;
      Fill(x, top + 22 * line, 2, 12, color, canvas);
      Fill(x, top + 22 * line + 4, 6, 2, color, canvas);
    }
  }
}

MATCHER_P(LiesAt, expected, "") {
  return std::abs(arg.x - expected.x) <= 2 && std::abs(arg.y - expected.y) <= 2 &&
         std::abs(arg.width - expected.width) <= 4 && std::abs(arg.height - expected.height) <= 4;
}

struct Setting {
  std::string name;
  Pixels canvas;
  Region place;
};

void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

Setting Bars(std::string name, Rgb color) {
  Setting setting{std::move(name), Canvas(481, 800, color), {0, 240, 481, 321}};
  return setting;
}

Setting Frame() { return {"Frame", Canvas(581, 421, {250, 250, 250}), {50, 50, 481, 321}}; }

Setting Polaroid() {
  Setting setting{"Polaroid", Canvas(541, 480, {245, 243, 238}), {30, 30, 481, 321}};
  return setting;
}

Setting FrameWithinBars() {
  Setting setting{"FrameWithinBars", Canvas(541, 900, {0, 0, 0}), {30, 280, 481, 321}};
  Fill(0, 250, 541, 381, {255, 255, 255}, &setting.canvas);
  return setting;
}

Setting Screen(std::string name, Rgb ground, Rgb text, int margin) {
  Setting setting{std::move(name),
                  Canvas(481 + 2 * margin, 1040, ground),
                  {static_cast<float>(margin), 150, 481, 321}};
  Write(20, 20, 200, 1, text, &setting.canvas);
  Fill(16, 70, 48, 48, {180, 90, 60}, &setting.canvas);
  Write(76, 80, 180, 1, text, &setting.canvas);
  for (int i = 0; i < 4; ++i) {
    Fill(16, 520 + 120 * i, 40, 40, {60, 120, 200}, &setting.canvas);
    Write(70, 525 + 120 * i, 340, 3, text, &setting.canvas);
  }
  return setting;
}

std::vector<Setting> Settings() {
  std::vector<Setting> settings;
  settings.push_back(Bars("BlackBars", {0, 0, 0}));
  settings.push_back(Bars("WhiteBars", {255, 255, 255}));
  settings.push_back(Bars("ColouredBars", {30, 80, 140}));
  settings.push_back({"Pillars", Canvas(800, 321, {16, 16, 16}), {160, 0, 481, 321}});
  settings.push_back(Frame());
  settings.push_back(Polaroid());
  settings.push_back(FrameWithinBars());
  settings.push_back(Screen("LightScreen", {255, 255, 255}, {20, 20, 20}, 0));
  settings.push_back(Screen("DarkScreen", {18, 18, 20}, {230, 230, 230}, 0));
  settings.push_back(Screen("ScreenWithMargins", {242, 242, 247}, {0, 0, 0}, 40));
  return settings;
}

class InnerPictureSettingTest : public testing::TestWithParam<Setting> {};

TEST_P(InnerPictureSettingTest, IsFoundToThePixelThroughNoise) {
  const Setting& setting = GetParam();
  Pixels canvas = setting.canvas;
  const Pixels inner = CloudPicture(481, 321, 4);
  Put(inner, static_cast<int>(setting.place.x), static_cast<int>(setting.place.y), &canvas);
  AddNoise(5, &canvas);
  EXPECT_THAT(FindInnerPictures(canvas.view()), testing::Contains(LiesAt(setting.place)));

  const PhotoWord truth = PhotoWordOf(inner.view());
  const PictureFingerprint fingerprint = FingerprintPicture(canvas.view(), {});
  int nearest = 256;
  for (const auto& found : fingerprint.inner) {
    nearest = std::min(nearest, HammingDistance(found.words[0], truth.word));
  }
  EXPECT_LE(nearest, 31);
  EXPECT_FALSE(fingerprint.patches.empty());
}
INSTANTIATE_TEST_SUITE_P(, InnerPictureSettingTest, testing::ValuesIn(Settings()),
                         [](const auto& test) { return test.param.name; });

TEST(InnerPictureTest, IsFoundAmongLargerBubblesOfAChat) {
  Pixels canvas = Canvas(540, 1100, {178, 199, 217});
  for (int row = 0; row < 3; ++row) {
    Fill(60, 60 + 86 * row, 380, 64, {255, 255, 255}, &canvas);
    Write(80, 70 + 86 * row, 340, 2, {20, 20, 20}, &canvas);
  }
  for (int row = 0; row < 4; ++row) {
    Fill(120, 740 + 86 * row, 380, 64, {254, 229, 0}, &canvas);
    Write(140, 750 + 86 * row, 340, 2, {20, 20, 20}, &canvas);
  }
  Put(CloudPicture(300, 225, 4), 60, 400, &canvas);
  AddNoise(1, &canvas);
  EXPECT_THAT(FindInnerPictures(canvas.view()),
              testing::Contains(LiesAt(Region{60, 400, 300, 225})));
}

TEST(InnerPictureTest, IsFoundBetweenBlurredCopiesOfItself) {
  const Pixels inner = CloudPicture(321, 481, 9);
  // A copy three times as large, softened, behind it.
  Pixels canvas(853, 480, 3);
  for (int y = 0; y < 480; ++y) {
    for (int x = 0; x < 853; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        int sum = 0;
        for (int v = 0; v < 30; v += 6) {
          for (int u = 0; u < 30; u += 6) {
            sum += inner.row(
                std::min(480, 150 + y / 3 + v))[3 * std::min(320, 10 + x / 3 + u) + channel];
          }
        }
        canvas.row(y)[3 * x + channel] = static_cast<std::uint8_t>(sum / 25);
      }
    }
  }
  Pixels cut(321, 480, 3);
  for (int y = 0; y < 480; ++y) std::copy_n(inner.row(y), inner.stride(), cut.row(y));
  Put(cut, 266, 0, &canvas);
  EXPECT_THAT(FindInnerPictures(canvas.view()),
              testing::Contains(LiesAt(Region{266, 0, 321, 480})));
}

TEST(InnerPictureTest, PictureThatFillsItsFrameHasNone) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_THAT(FindInnerPictures(CloudPicture(640, 480, seed).view()), testing::IsEmpty());
  }
}

TEST(InnerPictureTest, FlatEmptyAndTinyPicturesHaveNone) {
  EXPECT_THAT(FindInnerPictures(Canvas(640, 480, {9, 9, 9}).view()), testing::IsEmpty());
  EXPECT_THAT(FindInnerPictures(Pixels().view()), testing::IsEmpty());
  EXPECT_THAT(FindInnerPictures(TestPicture(20, 20, 3, 1).view()), testing::IsEmpty());
  EXPECT_THAT(FindInnerPictures(TestPicture(1, 3000, 1, 1).view()), testing::IsEmpty());
}

TEST(InnerPictureTest, RegionsLieInsideOfThePicture) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SplitMix64 random(seed);
    const int width = 48 + static_cast<int>(random.Below(400));
    const int height = 48 + static_cast<int>(random.Below(400));
    Pixels canvas = Canvas(width, height, {200, 200, 200});
    const Pixels inner = CloudPicture(
        24 + static_cast<int>(random.Below(static_cast<std::uint32_t>(width - 24))),
        24 + static_cast<int>(random.Below(static_cast<std::uint32_t>(height - 24))), seed);
    Put(inner, (width - inner.width()) / 2, height - inner.height(), &canvas);
    for (const Region& region : FindInnerPictures(canvas.view())) {
      EXPECT_GE(region.x, 0);
      EXPECT_GE(region.y, 0);
      EXPECT_LE(region.x + region.width, static_cast<float>(width));
      EXPECT_LE(region.y + region.height, static_cast<float>(height));
      EXPECT_GE(std::min(region.width, region.height), 24);
    }
  }
}

TEST(FingerprintPictureTest, FewerPatchesAreTheFirstOfMore) {
  const Pixels picture = CloudPicture(640, 480, 3);
  const PictureFingerprint few = FingerprintPicture(picture.view(), {.max_patches = 100});
  const PictureFingerprint many = FingerprintPicture(picture.view(), {});
  ASSERT_FALSE(few.patches.empty());
  ASSERT_GE(many.patches.size(), few.patches.size());
  EXPECT_EQ(many.margins.size(), many.patches.size());
  for (std::size_t i = 0; i < few.patches.size(); ++i) {
    EXPECT_EQ(many.patches[i].word, few.patches[i].word);
  }
}

TEST(FingerprintPictureTest, EmptyPictureHasAnEmptyFingerprint) {
  const PictureFingerprint fingerprint = FingerprintPicture(Pixels().view(), {});
  EXPECT_EQ(fingerprint.width, 0);
  EXPECT_TRUE(fingerprint.patches.empty());
}

}  // namespace
}  // namespace jikimi::fingerprint
