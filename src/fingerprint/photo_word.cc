#include "fingerprint/photo_word.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "fingerprint/pdq_kernel.h"
#include "fingerprint/shrunk_luma.h"

namespace jikimi::fingerprint {
namespace {

constexpr int kSide = 16;

// A turn or mirror of the picture only swaps rows with columns of its transform and negates every
// other row, column or both.
struct Symmetry {
  bool transposed;
  bool row_sign;     // the sign alternates along rows: by the column's number
  bool column_sign;  // the sign alternates along columns: by the row's number
  bool negated;      // the first coefficient's sign
};

// Signs apply in the original's rows and columns, before transposing.
constexpr std::array<Symmetry, kDihedrals> kSymmetries = {{
    {false, false, false, false},  // original
    {true, true, false, true},     // rotate 90
    {false, true, true, false},    // rotate 180
    {true, false, true, true},     // rotate 270
    {false, false, true, true},    // flip x
    {false, true, false, true},    // flip y
    {true, false, false, false},   // flip plus 1
    {true, true, true, false},     // flip minus 1
}};

constexpr const Symmetry& SymmetryOf(Dihedral dihedral) {
  return kSymmetries[static_cast<std::size_t>(dihedral)];
}

constexpr bool Negative(const Symmetry& symmetry, int row, int column) {
  return symmetry.negated ^ (symmetry.row_sign && column % 2 != 0) ^
         (symmetry.column_sign && row % 2 != 0);
}

Dct16 Signed(const Dct16& dct, const Symmetry& symmetry) {
  Dct16 result;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      const auto i = static_cast<std::size_t>(row * kSide + column);
      result[i] = Negative(symmetry, row, column) ? -dct[i] : dct[i];
    }
  }
  return result;
}

Dct16 Transposed(const Dct16& dct) {
  Dct16 result;
  for (std::size_t row = 0; row < kSide; ++row) {
    for (std::size_t column = 0; column < kSide; ++column) {
      result[column * kSide + row] = dct[row * kSide + column];
    }
  }
  return result;
}

// The reference's median of an even count is the lower of the two in the middle.
float LowerMedian(Dct16 dct) {
  const auto middle = dct.begin() + dct.size() / 2 - 1;
  std::nth_element(dct.begin(), middle, dct.end());
  return *middle;
}

Word256 BitsAbove(const Dct16& dct, float median) {
  std::array<std::uint64_t, Word256::kLimbs> limbs = {};
  for (std::size_t i = 0; i < dct.size(); ++i) {
    limbs[i / 64] |= std::uint64_t{dct[i] > median} << (i % 64);
  }
  return Word256(limbs);
}

PhotoWord WordOf(const Luma64& luma) {
  const Dct16 dct = CosineTransform(luma);
  return {.word = BitsAbove(dct, LowerMedian(dct)), .quality = GradientQuality(luma)};
}

PhotoWords WordsOf(const Luma64& luma) {
  const Dct16 dct = CosineTransform(luma);
  PhotoWords result = {.words = {}, .quality = GradientQuality(luma)};
  // Pairs that differ by a transposition have the same values, and so the same median.
  constexpr std::array<std::pair<Dihedral, Dihedral>, 4> kPairs = {{
      {Dihedral::kOriginal, Dihedral::kFlipPlus1},
      {Dihedral::kFlipY, Dihedral::kRotate90},
      {Dihedral::kRotate180, Dihedral::kFlipMinus1},
      {Dihedral::kFlipX, Dihedral::kRotate270},
  }};
  for (const auto& [straight, transposed] : kPairs) {
    const Dct16 turned = Signed(dct, SymmetryOf(straight));
    const float median = LowerMedian(turned);
    result.words[static_cast<std::size_t>(straight)] = BitsAbove(turned, median);
    result.words[static_cast<std::size_t>(transposed)] = BitsAbove(Transposed(turned), median);
  }
  return result;
}

bool HasWord(const PixelsView& picture) {
  CHECK(picture.channels == 1 || picture.channels == 3);
  return picture.width >= kSmallestSide && picture.height >= kSmallestSide;
}

Luma64 LumaOf(const PixelsView& picture, int full_width, int full_height) {
  CHECK(full_width >= picture.width && full_height >= picture.height);
  const bool shrunk = full_width > picture.width || full_height > picture.height;
  return shrunk ? DownsampleShrunkLuma(picture, full_width, full_height) : DownsampleLuma(picture);
}

}  // namespace

PhotoWord PhotoWordOf(const PixelsView& picture) {
  return HasWord(picture) ? WordOf(DownsampleLuma(picture)) : PhotoWord();
}

PhotoWords PhotoWordsOf(const PixelsView& picture) {
  return HasWord(picture) ? WordsOf(DownsampleLuma(picture)) : PhotoWords();
}

PhotoWord PhotoWordOf(const PixelsView& picture, int full_width, int full_height) {
  return HasWord(picture) ? WordOf(LumaOf(picture, full_width, full_height)) : PhotoWord();
}

PhotoWords PhotoWordsOf(const PixelsView& picture, int full_width, int full_height) {
  return HasWord(picture) ? WordsOf(LumaOf(picture, full_width, full_height)) : PhotoWords();
}

Word256 Turned(const Word256& word, Dihedral dihedral) {
  const Symmetry& symmetry = SymmetryOf(dihedral);
  Word256 result;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      const bool bit = word.bit(row * kSide + column) ^ Negative(symmetry, row, column);
      result.set_bit(symmetry.transposed ? column * kSide + row : row * kSide + column, bit);
    }
  }
  return result;
}

}  // namespace jikimi::fingerprint
