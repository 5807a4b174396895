#ifndef JIKIMI_FINGERPRINT_SCREEN_PICTURE_H_
#define JIKIMI_FINGERPRINT_SCREEN_PICTURE_H_

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/pixels.h"

namespace jikimi::fingerprint {

// Half-open.
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;

  int width() const { return right - left; }
  int height() const { return bottom - top; }
  double area() const { return static_cast<double>(width()) * height(); }
};

using Color = std::array<int, 3>;

// Red, green, blue; grey three times.
inline Color ColorAt(const PixelsView& picture, int x, int y) {
  const std::uint8_t* pixel = picture.row(y) + std::ptrdiff_t{x} * picture.channels;
  if (picture.channels == 1) return {pixel[0], pixel[0], pixel[0]};
  return {pixel[0], pixel[1], pixel[2]};
}

inline int Difference(const Color& a, const Color& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

inline constexpr double kSmallestInnerArea = 0.04;  // of the picture

// The picture that a screenshot shows among its text, bubbles and bars, in pixels of `screen`,
// which may be a coarse copy. Nothing where no ground of a screen shows.
std::optional<Box> FindOnScreen(const PixelsView& screen);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_SCREEN_PICTURE_H_
