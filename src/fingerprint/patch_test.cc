#include "fingerprint/patch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>
#include <string>

#include "fingerprint/patch_descriptor.h"
#include "fingerprint/patch_scene.h"

namespace jikimi::fingerprint {
namespace {

constexpr int kWidth = 360;
constexpr int kHeight = 260;
constexpr double kPi = std::numbers::pi;

const Scene& TheScene() {
  static const Scene scene(kWidth, kHeight, 3);
  return scene;
}

const std::vector<Patch>& PlainPatches() {
  static const auto patches = ExtractPatches(TheScene().View(kWidth, kHeight).view(), {});
  return patches;
}

double AngleBetween(double a, double b) { return std::abs(std::remainder(a - b, 2 * kPi)); }

bool operator==(const Patch& a, const Patch& b) {
  return a.word == b.word && a.x == b.x && a.y == b.y && a.scale == b.scale && a.angle == b.angle &&
         a.bright == b.bright;
}

bool SameInOrder(const std::vector<Patch>& a, const std::vector<Patch>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](const Patch& x, const Patch& y) { return x == y; });
}

// How many of `expected` have a patch in `found` at the same place, scale, angle and polarity, with
// a word within 40 bits.
int FoundAgain(const std::vector<Patch>& expected, const std::vector<Patch>& found) {
  return static_cast<int>(std::count_if(expected.begin(), expected.end(), [&](const Patch& a) {
    return std::any_of(found.begin(), found.end(), [&](const Patch& b) {
      return std::hypot(a.x - b.x, a.y - b.y) < a.scale &&
             std::abs(std::log(a.scale / b.scale)) < 0.3F &&
             AngleBetween(static_cast<double>(a.angle), static_cast<double>(b.angle)) < 0.3 &&
             a.bright == b.bright && HammingDistance(a.word, b.word) <= 40;
    });
  }));
}

TEST(PatchTest, WordInFormIsAnInvolution) {
  const Word256 word({1, 2, 3, 4});
  for (int form = 0; form < kForms; ++form) {
    const Word256 once = WordInForm(word, static_cast<Form>(form));
    EXPECT_EQ(WordInForm(once, static_cast<Form>(form)), word);
    EXPECT_EQ(once == word, form == 0);
  }
}

TEST(PatchTest, WordInFormIsTheWordOfTheHistogramInThatForm) {
  SplitMix64 random(5);
  Histogram histogram;
  for (auto& entry : histogram) entry = static_cast<std::int16_t>(random.Below(100));
  for (const Form form :
       {Form::kPlain, Form::kMirrored, Form::kNegative, Form::kMirroredNegative}) {
    Histogram seen;
    for (std::size_t i = 0; i < seen.size(); ++i) seen[IndexInForm(i, form)] = histogram[i];
    BitMargins margins, seen_margins;
    EXPECT_EQ(WordOf(seen, &seen_margins), WordInForm(WordOf(histogram, &margins), form));
    EXPECT_EQ(seen_margins, MarginsInForm(margins, form));
  }
}

TEST(PatchTest, PatchInFormTwiceIsThePatch) {
  for (const Patch& patch : PlainPatches()) {
    for (int i = 0; i < kForms; ++i) {
      const auto form = static_cast<Form>(i);
      const Patch back = PatchInForm(PatchInForm(patch, form, kWidth), form, kWidth);
      EXPECT_EQ(back.word, patch.word);
      EXPECT_EQ(back.bright, patch.bright);
      EXPECT_NEAR(back.x, patch.x, 1e-3);
      EXPECT_LT(AngleBetween(static_cast<double>(back.angle), static_cast<double>(patch.angle)),
                1e-5);
    }
  }
}

TEST(PatchTest, SamePixelsGiveTheSamePatches) {
  EXPECT_TRUE(
      SameInOrder(ExtractPatches(TheScene().View(kWidth, kHeight).view(), {}), PlainPatches()));
}

TEST(PatchTest, GreyInThreeChannelsGivesNearlyTheSamePatchesAsInOne) {
  const Pixels grey = TheScene().View(kWidth, kHeight);
  Pixels rgb(kWidth, kHeight, 3);
  for (std::size_t i = 0; i < grey.bytes().size(); ++i) {
    std::fill_n(rgb.bytes().begin() + static_cast<std::ptrdiff_t>(3 * i), 3, grey.bytes()[i]);
  }
  const auto patches = ExtractPatches(rgb.view(), {});
  EXPECT_GE(FoundAgain(PlainPatches(), patches),
            static_cast<int>(PlainPatches().size()) * 95 / 100);
}

TEST(PatchTest, PaddedRowsAreNotRead) {
  const Pixels tight = TheScene().View(kWidth, kHeight);
  const std::ptrdiff_t stride = kWidth + 13;
  std::vector<std::uint8_t> padded(static_cast<std::size_t>(stride * kHeight), 255);
  for (int y = 0; y < kHeight; ++y) std::memcpy(padded.data() + y * stride, tight.row(y), kWidth);
  EXPECT_TRUE(
      SameInOrder(ExtractPatches({padded.data(), kWidth, kHeight, 1, stride}, {}), PlainPatches()));
}

TEST(PatchTest, FewerPatchesAreAPrefixOfMore) {
  const Pixels picture = TheScene().View(kWidth, kHeight);
  auto few = ExtractPatches(picture.view(), {.max_patches = 60});
  ASSERT_EQ(few.size(), 60U);
  few.resize(60);
  const std::vector<Patch> front(PlainPatches().begin(), PlainPatches().begin() + 60);
  EXPECT_TRUE(SameInOrder(few, front));
}

TEST(PatchTest, QueryPatchesAreThePatchesAndTheirMargins) {
  const auto queries = ExtractQueryPatches(TheScene().View(kWidth, kHeight).view(), {});
  ASSERT_EQ(queries.size(), PlainPatches().size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    EXPECT_TRUE(queries[i].patch == PlainPatches()[i]);
    EXPECT_GT(*std::max_element(queries[i].margins.begin(), queries[i].margins.end()), 64);
  }
}

TEST(PatchTest, PatchesLieInThePictureAndSpreadOverIt) {
  std::array<int, 16> parts = {};
  for (const Patch& patch : PlainPatches()) {
    ASSERT_TRUE(patch.x >= 0 && patch.x < kWidth && patch.y >= 0 && patch.y < kHeight);
    EXPECT_GT(patch.scale, 0);
    EXPECT_TRUE(patch.angle >= 0 && patch.angle < 2 * kPi);
    ++parts[static_cast<std::size_t>(static_cast<int>(patch.y * 4 / kHeight) * 4 +
                                     static_cast<int>(patch.x * 4 / kWidth))];
  }
  EXPECT_GE(*std::min_element(parts.begin(), parts.end()), 3);
  EXPECT_LE(*std::max_element(parts.begin(), parts.end()),
            static_cast<int>(PlainPatches().size()) / 5);
}

struct FormCase {
  std::string name;
  Form form;
};
class PatchFormTest : public testing::TestWithParam<FormCase> {};

TEST_P(PatchFormTest, APictureInAFormHasThePatchesInThatForm) {
  const Form form = GetParam().form;
  Pixels picture = TheScene().View(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y) {
    std::uint8_t* row = picture.row(y);
    if (form == Form::kMirrored || form == Form::kMirroredNegative) std::reverse(row, row + kWidth);
    if (form == Form::kNegative || form == Form::kMirroredNegative) {
      for (int x = 0; x < kWidth; ++x) row[x] = static_cast<std::uint8_t>(255 - row[x]);
    }
  }
  std::vector<Patch> expected;
  for (const Patch& patch : PlainPatches()) expected.push_back(PatchInForm(patch, form, kWidth));
  const int found = FoundAgain(expected, ExtractPatches(picture.view(), {.max_patches = 400}));
  EXPECT_GE(found, static_cast<int>(expected.size()) * 85 / 100);
}
INSTANTIATE_TEST_SUITE_P(, PatchFormTest,
                         testing::Values(FormCase{"Plain", Form::kPlain},
                                         FormCase{"Mirrored", Form::kMirrored},
                                         FormCase{"Negative", Form::kNegative},
                                         FormCase{"MirroredNegative", Form::kMirroredNegative}),
                         [](const auto& test) { return test.param.name; });

struct MotionCase {
  std::string name;
  double degrees;  // clockwise as shown
  double scale;
  int least;  // per cent of the patches that are found again
};
class PatchMotionTest : public testing::TestWithParam<MotionCase> {};

TEST_P(PatchMotionTest, PatchesMoveWithThePicture) {
  const MotionCase& test = GetParam();
  const double c = std::cos(test.degrees * kPi / 180) * test.scale;
  const double s = std::sin(test.degrees * kPi / 180) * test.scale;
  const int side = static_cast<int>(460 * test.scale);
  const double middle = side / 2.0;
  const double square = test.scale * test.scale;
  const Pixels view = TheScene().View(side, side, [&](Scene::Place at) {
    const double x = at.x - middle, y = at.y - middle;
    return Scene::Place{kWidth / 2.0 + (c * x + s * y) / square,
                        kHeight / 2.0 + (c * y - s * x) / square};
  });
  std::vector<Patch> expected;
  for (Patch patch : PlainPatches()) {
    const double x = static_cast<double>(patch.x) - kWidth / 2.0;
    const double y = static_cast<double>(patch.y) - kHeight / 2.0;
    // Near its edge the plain view shows the edge, and the other what is beyond.
    const double edge = std::min({kWidth / 2.0 - std::abs(x), kHeight / 2.0 - std::abs(y)});
    if (edge < 6 * static_cast<double>(patch.scale)) continue;
    if (static_cast<double>(patch.scale) * test.scale < 1.5) continue;
    patch.x = static_cast<float>(middle + c * x - s * y);
    patch.y = static_cast<float>(middle + s * x + c * y);
    patch.scale *= static_cast<float>(test.scale);
    patch.angle += static_cast<float>(test.degrees * kPi / 180);
    expected.push_back(patch);
  }
  ASSERT_GE(expected.size(), 30U);
  const int found = FoundAgain(expected, ExtractPatches(view.view(), {.max_patches = 600}));
  EXPECT_GE(found * 100, static_cast<int>(expected.size()) * test.least);
}
INSTANTIATE_TEST_SUITE_P(
    , PatchMotionTest,
    testing::Values(MotionCase{"Turned30", 30, 1, 55}, MotionCase{"Turned90", 90, 1, 60},
                    MotionCase{"Turned200", 200, 1, 55}, MotionCase{"Larger", 0, 1.7, 55},
                    MotionCase{"Smaller", 0, 0.6, 55}, MotionCase{"TurnedAndLarger", 75, 1.4, 55}),
    [](const auto& test) { return test.param.name; });

TEST(PatchTest, PlainPicturesHaveNone) {
  Pixels flat(300, 200, 3);
  EXPECT_THAT(ExtractPatches(flat.view(), {}), testing::IsEmpty());
  Pixels ramp(300, 200, 1);
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 300; ++x) ramp.row(y)[x] = static_cast<std::uint8_t>(x * 255 / 299);
  }
  EXPECT_THAT(ExtractPatches(ramp.view(), {}), testing::IsEmpty());
}

TEST(PatchTest, PicturesUnderSixteenPixelsHaveNone) {
  const Pixels wide = TheScene().View(200, 15);
  const Pixels high = TheScene().View(15, 200);
  EXPECT_THAT(ExtractPatches(wide.view(), {}), testing::IsEmpty());
  EXPECT_THAT(ExtractPatches(high.view(), {}), testing::IsEmpty());
  EXPECT_THAT(ExtractPatches(PixelsView{}, {}), testing::IsEmpty());
}

TEST(PatchTest, ExtremeShapesAndSizesAreBearable) {
  for (const auto& [width, height] :
       {std::pair{16, 16}, {17, 4000}, {4000, 17}, {30000, 20}, {3000, 2000}}) {
    Pixels picture(width, height, 1);
    SplitMix64 random(9);
    for (auto& pixel : picture.bytes()) pixel = static_cast<std::uint8_t>(random.Below(256));
    for (const Patch& patch : ExtractPatches(picture.view(), {})) {
      ASSERT_TRUE(patch.x >= 0 && patch.x <= static_cast<float>(width)) << width << "x" << height;
      ASSERT_TRUE(patch.y >= 0 && patch.y <= static_cast<float>(height)) << width << "x" << height;
    }
  }
}

TEST(PatchTest, AskingForNoneGivesNone) {
  const Pixels picture = TheScene().View(kWidth, kHeight);
  EXPECT_THAT(ExtractPatches(picture.view(), {.max_patches = 0}), testing::IsEmpty());
}

// A picture out of integers alone, the same on every machine.
Pixels IntegerPicture(int width, int height) {
  Pixels pixels(width, height, 3);
  SplitMix64 random(21);
  for (auto& byte : pixels.bytes()) byte = static_cast<std::uint8_t>(96 + random.Below(8));
  for (int shape = 0; shape < 120; ++shape) {
    const auto below = [&](int bound) {
      return static_cast<int>(random.Below(static_cast<std::uint32_t>(bound)));
    };
    const int x0 = below(width), y0 = below(height), along = 3 + below(60), across = 3 + below(40);
    const std::array<int, 3> colour = {below(256), below(256), below(256)};
    for (int y = std::max(0, y0 - across); y < std::min(height, y0 + across); ++y) {
      for (int x = std::max(0, x0 - along); x < std::min(width, x0 + along); ++x) {
        const int dx = (x - x0) * across, dy = (y - y0) * along;
        if (dx * dx + dy * dy > along * along * across * across) continue;
        for (std::size_t c = 0; c < 3; ++c) {
          pixels.row(y)[3 * x + static_cast<int>(c)] = static_cast<std::uint8_t>(colour[c]);
        }
      }
    }
  }
  return pixels;
}

// FNV-1a of words, places, scales and angles, bit by bit.
std::uint64_t Digest(const std::vector<Patch>& patches) {
  std::uint64_t digest = 14695981039346656037U;
  const auto add = [&](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) digest = (digest ^ (value >> (8 * i) & 255)) * 1099511628211U;
  };
  for (const Patch& patch : patches) {
    for (const std::uint64_t limb : patch.word.limbs()) add(limb, 8);
    for (const float value : {patch.x, patch.y, patch.scale, patch.angle}) {
      add(std::bit_cast<std::uint32_t>(value), 4);
    }
  }
  return digest;
}

struct DigestCase {
  std::string name;
  int width, height;
  std::size_t patches;
  std::uint64_t digest;
};
class PatchDigestTest : public testing::TestWithParam<DigestCase> {};

// Registered words are compared with those of other machines, of the browser and of later versions:
// they may only change together with the version of the fingerprint's form.
TEST_P(PatchDigestTest, IsTheSameOnEveryMachine) {
  const DigestCase& test = GetParam();
  const auto patches = ExtractPatches(IntegerPicture(test.width, test.height).view(), {});
  EXPECT_EQ(patches.size(), test.patches);
  EXPECT_EQ(Digest(patches), test.digest) << std::hex << Digest(patches);
}
INSTANTIATE_TEST_SUITE_P(, PatchDigestTest,
                         testing::Values(DigestCase{"Small", 90, 70, 54, 0xa2987bfc9fe102e7},
                                         DigestCase{"Usual", 481, 321, 250, 0x319644d5f726404b},
                                         DigestCase{"Large", 1203, 777, 250, 0xa239ce5102b4ccf6}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace jikimi::fingerprint
