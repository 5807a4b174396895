#include "fingerprint/photo_word.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "fingerprint/pdq_kernel.h"
#include "fingerprint/test_data.h"
#include "fingerprint/test_pictures.h"

namespace jikimi::fingerprint {
namespace {

struct Case {
  int width, height, channels;
  std::uint64_t seed;
  int quality;
  std::array<std::string, kDihedrals> words;
};
void PrintTo(const Case& test, std::ostream* out) { *out << test.width << 'x' << test.height; }

const Case kCases[] = {
#include "fingerprint/photo_word_cases.inc"
};

std::array<std::string, kDihedrals> Hex(const PhotoWords& words) {
  std::array<std::string, kDihedrals> hex;
  std::transform(words.words.begin(), words.words.end(), hex.begin(),
                 [](const Word256& word) { return word.ToHex(); });
  return hex;
}

// Some bytes between the rows, which must not matter.
struct Padded {
  explicit Padded(const Pixels& pixels)
      : stride(pixels.stride() + 7),
        bytes(static_cast<std::size_t>(stride * pixels.height()), 0xa5) {
    for (int y = 0; y < pixels.height(); ++y) {
      std::copy_n(pixels.row(y), pixels.stride(), bytes.data() + y * stride);
    }
    view = {bytes.data(), pixels.width(), pixels.height(), pixels.channels(), stride};
  }
  std::ptrdiff_t stride;
  std::vector<std::uint8_t> bytes;
  PixelsView view;
};

Pixels Negative(Pixels pixels) {
  for (std::uint8_t& value : pixels.bytes()) value = static_cast<std::uint8_t>(255 - value);
  return pixels;
}

class PhotoWordCaseTest : public testing::TestWithParam<Case> {};

TEST_P(PhotoWordCaseTest, EqualsThePublishedReference) {
  const Case& test = GetParam();
  const Pixels picture = TestPicture(test.width, test.height, test.channels, test.seed);
  const PhotoWords words = PhotoWordsOf(picture.view());
  EXPECT_EQ(words.quality, test.quality);
  EXPECT_EQ(Hex(words), test.words);
  const PhotoWord word = PhotoWordOf(picture.view());
  EXPECT_EQ(word.word, words.words[0]);
  EXPECT_EQ(word.quality, words.quality);
}

TEST_P(PhotoWordCaseTest, IsTheSameOnEveryInstructionSet) {
  const Case& test = GetParam();
  const Pixels picture = TestPicture(test.width, test.height, test.channels, test.seed);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    EXPECT_EQ(Hex(PhotoWordsOf(picture.view())), test.words) << PdqKernelName();
    EXPECT_EQ(PhotoWordOf(picture.view()).quality, test.quality) << PdqKernelName();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST_P(PhotoWordCaseTest, DoesNotReadBetweenTheRows) {
  const Case& test = GetParam();
  const Padded picture(TestPicture(test.width, test.height, test.channels, test.seed));
  EXPECT_EQ(Hex(PhotoWordsOf(picture.view)), test.words);
}

INSTANTIATE_TEST_SUITE_P(, PhotoWordCaseTest, testing::ValuesIn(kCases), [](const auto& test) {
  return std::to_string(test.param.width) + "x" + std::to_string(test.param.height) + "x" +
         std::to_string(test.param.channels);
});

TEST(PhotoWordTest, NegativePictureHasTheComplement) {
  const Pixels picture = TestPicture(481, 321, 3, 1);
  const PhotoWord word = PhotoWordOf(picture.view());
  const PhotoWord negative = PhotoWordOf(Negative(picture).view());
  EXPECT_LE(HammingDistance(~word.word, negative.word), 2);
  EXPECT_EQ(negative.quality, word.quality);
}

// How far a turned word is from the turned picture's own, over all eight.
int FarthestTurned(const std::array<std::string, kDihedrals>& words) {
  const Word256 word = *Word256::FromHex(words[0]);
  int farthest = 0;
  for (int i = 0; i < kDihedrals; ++i) {
    const Word256 truth = *Word256::FromHex(words[static_cast<std::size_t>(i)]);
    farthest = std::max(farthest, HammingDistance(Turned(word, static_cast<Dihedral>(i)), truth));
  }
  return farthest;
}

TEST(PhotoWordTest, TurnedWordIsNearTheTurnedPicturesWord) {
  std::vector<int> farthest;
  for (const Case& test : kCases) {
    if (test.quality >= kPlainQuality) farthest.push_back(FarthestTurned(test.words));
  }
  std::sort(farthest.begin(), farthest.end());
  EXPECT_LE(farthest[farthest.size() / 2], 18);
  EXPECT_LE(farthest.back(), 40);  // unrelated words are some 128 apart
}

TEST(PhotoWordTest, TurningBackGivesTheWordItself) {
  const Word256 word = PhotoWordOf(TestPicture(320, 240, 3, 5).view()).word;
  EXPECT_EQ(Turned(Turned(word, Dihedral::kRotate90), Dihedral::kRotate270), word);
  for (const Dihedral mirror : {Dihedral::kRotate180, Dihedral::kFlipX, Dihedral::kFlipY,
                                Dihedral::kFlipPlus1, Dihedral::kFlipMinus1}) {
    EXPECT_EQ(Turned(Turned(word, mirror), mirror), word);
  }
}

TEST(PhotoWordTest, FlatPictureHasQualityZero) {
  for (const int level : {0, 119, 255}) {
    Pixels flat(200, 150, 1);
    std::fill(flat.bytes().begin(), flat.bytes().end(), static_cast<std::uint8_t>(level));
    EXPECT_EQ(PhotoWordOf(flat.view()).quality, 0);
  }
}

TEST(PhotoWordTest, EmptyAndTinyPicturesHaveNoWord) {
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{0, 0}, {0, 9}, {4, 400}, {400, 4}, {1, 1}}) {
    const Pixels picture(width, height, 3);
    EXPECT_EQ(PhotoWordsOf(picture.view()), PhotoWords());
    EXPECT_EQ(PhotoWordOf(picture.view()), PhotoWord());
  }
}

TEST(PhotoWordTest, PictureShrunkWhileDecodingKeepsItsWord) {
  std::vector<int> distances;
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{1500, 1000}, {901, 1203}, {2000, 1333}, {2003, 701}}) {
    const Pixels picture = CloudPicture(width, height, static_cast<std::uint64_t>(width));
    const PhotoWord full = PhotoWordOf(picture.view());
    ASSERT_GE(full.quality, 80);
    for (const int factor : {2, 3, 4}) {
      const Pixels shrunk = BoxShrunk(picture, factor);
      const PhotoWord word = PhotoWordOf(shrunk.view(), width, height);
      distances.push_back(HammingDistance(word.word, full.word));
      EXPECT_NEAR(word.quality, full.quality, 1);
      EXPECT_EQ(PhotoWordsOf(shrunk.view(), width, height).words[0], word.word);
    }
  }
  std::sort(distances.begin(), distances.end());
  EXPECT_LE(distances[distances.size() / 2], 2);
  EXPECT_LE(distances.back(), 10);
}

TEST(PhotoWordTest, PictureThatWasNotShrunkHasTheExactWord) {
  const Pixels picture = TestPicture(481, 321, 3, 1);
  EXPECT_EQ(PhotoWordOf(picture.view(), 481, 321), PhotoWordOf(picture.view()));
}

Pixels LoadPng(const std::filesystem::path& path) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, path.c_str()) == 0) return {};
  image.format = PNG_FORMAT_RGB;
  Pixels pixels(static_cast<int>(image.width), static_cast<int>(image.height), 3);
  if (png_image_finish_read(&image, nullptr, pixels.bytes().data(), 0, nullptr) == 0) return {};
  return pixels;
}

// The file columns are as the data folder's README says.
TEST(PhotoWordDataTest, EqualsTheReferenceOnThePublishedPictures) {
  const auto folder = DataFolder();
  if (!folder) GTEST_SKIP() << "no data folder; PhotoWordCaseTest covers the same";
  std::ifstream table(*folder / "pdq" / "expected.csv");
  std::string line;
  std::getline(table, line);
  int pictures = 0;
  std::vector<int> farthest;
  while (std::getline(table, line)) {
    std::stringstream columns(line);
    std::string file, text;
    std::getline(columns, file, ',');
    for (int i = 0; i < 3; ++i) std::getline(columns, text, ',');
    const int quality = std::stoi(text);
    std::array<std::string, kDihedrals> words;
    for (std::string& word : words) std::getline(columns, word, ',');
    const Pixels picture = LoadPng(*folder / "pdq" / file);
    ASSERT_FALSE(picture.empty()) << file;
    const PhotoWords found = PhotoWordsOf(picture.view());
    EXPECT_EQ(found.quality, quality) << file;
    // Of a flat picture the word is rounding noise.
    if (!file.starts_with("flat-")) {
      EXPECT_EQ(Hex(found), words) << file;
      farthest.push_back(FarthestTurned(words));
    }
    ++pictures;
  }
  EXPECT_GE(pictures, 1);
  std::sort(farthest.begin(), farthest.end());
  EXPECT_LE(farthest[farthest.size() / 2], 18);
}

}  // namespace
}  // namespace jikimi::fingerprint
