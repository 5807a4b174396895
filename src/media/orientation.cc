#include "media/orientation.h"

#include <cstring>

namespace jikimi::media {

Orientation OrientationFromExif(int value) {
  return value >= 1 && value <= 8 ? static_cast<Orientation>(value) : Orientation::kAsIs;
}

Orientation OrientationFromMatrix(const std::array<std::int32_t, 9>& matrix) {
  // (x, y) is shown at (a x + c y, b x + d y).
  const std::int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  const auto magnitude = [](std::int64_t v) { return v < 0 ? -v : v; };
  if (magnitude(a) + magnitude(d) >= magnitude(b) + magnitude(c)) {
    if (a < 0) return d < 0 ? Orientation::kRotate180 : Orientation::kMirror;
    return d < 0 ? Orientation::kFlip : Orientation::kAsIs;
  }
  // x is shown as b's direction of y, y as c's direction of x.
  if (b > 0) return c < 0 ? Orientation::kRotate90 : Orientation::kTranspose;
  return c < 0 ? Orientation::kTransverse : Orientation::kRotate270;
}

void TurnRows(const std::uint8_t* source, std::ptrdiff_t source_stride, int first_row, int rows,
              int width, int height, int channels, Orientation orientation, std::uint8_t* shown) {
  const std::ptrdiff_t pixel = channels;
  const std::ptrdiff_t shown_stride = pixel * (SwapsSides(orientation) ? height : width);
  for (int i = 0; i < rows; ++i) {
    const std::uint8_t* from = source + i * source_stride;
    const std::ptrdiff_t y = first_row + i, last_x = width - 1, last_y = height - 1;
    std::ptrdiff_t start = 0,
                   step = 0;  // where the row's first pixel goes, and the way to the next
    switch (orientation) {
      case Orientation::kAsIs:
        start = y * shown_stride, step = pixel;
        break;
      case Orientation::kMirror:
        start = y * shown_stride + last_x * pixel, step = -pixel;
        break;
      case Orientation::kRotate180:
        start = (last_y - y) * shown_stride + last_x * pixel, step = -pixel;
        break;
      case Orientation::kFlip:
        start = (last_y - y) * shown_stride, step = pixel;
        break;
      case Orientation::kTranspose:
        start = y * pixel, step = shown_stride;
        break;
      case Orientation::kRotate90:
        start = (last_y - y) * pixel, step = shown_stride;
        break;
      case Orientation::kTransverse:
        start = last_x * shown_stride + (last_y - y) * pixel, step = -shown_stride;
        break;
      case Orientation::kRotate270:
        start = last_x * shown_stride + y * pixel, step = -shown_stride;
        break;
    }
    std::uint8_t* to = shown + start;
    if (step == pixel) {
      std::memcpy(to, from, static_cast<std::size_t>(width) * static_cast<std::size_t>(channels));
    } else if (channels == 1) {
      for (int x = 0; x < width; ++x, to += step) *to = from[x];
    } else {
      for (int x = 0; x < width; ++x, to += step, from += 3) {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
      }
    }
  }
}

}  // namespace jikimi::media
