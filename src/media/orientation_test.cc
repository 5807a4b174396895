#include "media/orientation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jikimi::media {
namespace {

struct Turn {
  Orientation orientation;
  std::string name;
  std::string shown;  // of the stored rows "abc", "def", rows joined
};

class TurnRowsTest : public testing::TestWithParam<Turn> {};

TEST_P(TurnRowsTest, PutsEveryPixelWhereExifSays) {
  const std::string stored = "abcdef";
  for (const int channels : {1, 3}) {
    std::vector<std::uint8_t> source, expected;
    for (const char c : stored) {
      for (int i = 0; i < channels; ++i) source.push_back(static_cast<std::uint8_t>(c + i));
    }
    for (const char c : GetParam().shown) {
      for (int i = 0; i < channels; ++i) expected.push_back(static_cast<std::uint8_t>(c + i));
    }
    std::vector<std::uint8_t> shown(expected.size());
    for (int row = 0; row < 2; ++row) {
      TurnRows(source.data() + row * 3 * channels, 3 * channels, row, 1, 3, 2, channels,
               GetParam().orientation, shown.data());
    }
    EXPECT_EQ(shown, expected) << channels << " channels";
  }
}
INSTANTIATE_TEST_SUITE_P(, TurnRowsTest,
                         testing::Values(Turn{Orientation::kAsIs, "AsIs", "abcdef"},
                                         Turn{Orientation::kMirror, "Mirror", "cbafed"},
                                         Turn{Orientation::kRotate180, "Rotate180", "fedcba"},
                                         Turn{Orientation::kFlip, "Flip", "defabc"},
                                         Turn{Orientation::kTranspose, "Transpose", "adbecf"},
                                         Turn{Orientation::kRotate90, "Rotate90", "daebfc"},
                                         Turn{Orientation::kTransverse, "Transverse", "fcebda"},
                                         Turn{Orientation::kRotate270, "Rotate270", "cfbead"}),
                         [](const auto& test) { return test.param.name; });

TEST(OrientationTest, UnknownExifNumbersChangeNothing) {
  for (const int value : {-1, 0, 9, 1 << 20}) {
    EXPECT_EQ(OrientationFromExif(value), Orientation::kAsIs) << value;
  }
}

struct Matrix {
  std::int32_t a, b, c, d;
  Orientation orientation;
};

TEST(OrientationTest, MatricesOfContainersBecomeTheTurnTheyMean) {
  constexpr std::int32_t kOne = 1 << 16;
  for (const Matrix& matrix :
       {Matrix{kOne, 0, 0, kOne, Orientation::kAsIs},
        Matrix{-kOne, 0, 0, kOne, Orientation::kMirror},
        Matrix{-kOne, 0, 0, -kOne, Orientation::kRotate180},
        Matrix{kOne, 0, 0, -kOne, Orientation::kFlip},
        Matrix{0, kOne, kOne, 0, Orientation::kTranspose},
        Matrix{0, kOne, -kOne, 0, Orientation::kRotate90},
        Matrix{0, -kOne, -kOne, 0, Orientation::kTransverse},
        Matrix{0, -kOne, kOne, 0, Orientation::kRotate270}, Matrix{0, 0, 0, 0, Orientation::kAsIs},
        Matrix{INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, Orientation::kRotate180}}) {
    EXPECT_EQ(OrientationFromMatrix({matrix.a, matrix.b, 0, matrix.c, matrix.d, 0, 0, 0, 1 << 30}),
              matrix.orientation)
        << static_cast<int>(matrix.orientation);
  }
}

}  // namespace
}  // namespace jikimi::media
