#ifndef JIKIMI_MEDIA_ORIENTATION_H_
#define JIKIMI_MEDIA_ORIENTATION_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace jikimi::media {

// How stored pixels are turned to be shown, with the numbers of EXIF tag 0x0112. Named for what is
// done to the stored picture.
enum class Orientation : std::uint8_t {
  kAsIs = 1,
  kMirror = 2,  // left and right change places
  kRotate180 = 3,
  kFlip = 4,        // top and bottom change places
  kTranspose = 5,   // x and y change places
  kRotate90 = 6,    // clockwise
  kTransverse = 7,  // x and y change places along the other diagonal
  kRotate270 = 8,   // clockwise, that is 90 degrees to the left
};

// Any number that is not 1 to 8 is kAsIs, as viewers do.
Orientation OrientationFromExif(int value);

// The orientation nearest to a display matrix of ISO 14496-12 (nine 32-bit numbers, 16.16 and 2.30
// fixed point, row vectors), its translation ignored.
Orientation OrientationFromMatrix(const std::array<std::int32_t, 9>& matrix);

// Whether width and height change places.
constexpr bool SwapsSides(Orientation orientation) {
  return orientation >= Orientation::kTranspose;
}

// Writes `rows` rows of a stored picture of width x height pixels, beginning with row `first_row`,
// into the whole of the picture as shown: packed, `channels` bytes a pixel, at `shown`.
void TurnRows(const std::uint8_t* source, std::ptrdiff_t source_stride, int first_row, int rows,
              int width, int height, int channels, Orientation orientation, std::uint8_t* shown);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_ORIENTATION_H_
