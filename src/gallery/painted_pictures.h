#ifndef JIKIMI_GALLERY_PAINTED_PICTURES_H_
#define JIKIMI_GALLERY_PAINTED_PICTURES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/pixels.h"
#include "base/random.h"
#include "fingerprint/fingerprint_picture.h"

// Pictures for tests: soft ellipses and strokes of all sizes painted over each other, and what
// people do to pictures.
namespace jikimi::gallery::painted {

inline double GreyAt(const Pixels& picture, double x, double y) {
  const double cx = std::clamp(x - 0.5, 0.0, picture.width() - 1.0);
  const double cy = std::clamp(y - 0.5, 0.0, picture.height() - 1.0);
  const int x0 = static_cast<int>(cx), y0 = static_cast<int>(cy);
  const int x1 = std::min(x0 + 1, picture.width() - 1), y1 = std::min(y0 + 1, picture.height() - 1);
  const double u = cx - x0, v = cy - y0;
  return (1 - v) * ((1 - u) * picture.row(y0)[x0] + u * picture.row(y0)[x1]) +
         v * ((1 - u) * picture.row(y1)[x0] + u * picture.row(y1)[x1]);
}

inline std::uint8_t Byte(double grey) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(grey), 0L, 255L));
}

inline void PaintEllipses(Pixels& picture, SplitMix64& random, int count, double largest) {
  const double side = std::min(picture.width(), picture.height());
  for (int i = 0; i < count; ++i) {
    const double along = side * largest * std::pow(0.05, static_cast<double>(i) / count);
    const double across = along * (0.3 + 0.7 * random.Unit());
    const double turn = random.Unit() * 3.14159265;
    const double c = std::cos(turn), s = std::sin(turn);
    const double cx = random.Unit() * picture.width(), cy = random.Unit() * picture.height();
    const double grey = 15 + 225 * random.Unit(), slope = (random.Unit() - 0.5) * 80;
    const int reach = static_cast<int>(along) + 2;
    const int top = std::max(0, static_cast<int>(cy) - reach);
    const int bottom = std::min(picture.height(), static_cast<int>(cy) + reach);
    const int left = std::max(0, static_cast<int>(cx) - reach);
    const int right = std::min(picture.width(), static_cast<int>(cx) + reach);
    for (int y = top; y < bottom; ++y) {
      for (int x = left; x < right; ++x) {
        const double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
        const double u = (c * dx + s * dy) / along, v = (c * dy - s * dx) / across;
        const double inside = std::clamp((1 - u * u - v * v) * 4, 0.0, 1.0);
        std::uint8_t& pixel = picture.row(y)[x];
        pixel = Byte(pixel + inside * (grey + slope * u - pixel));
      }
    }
  }
}

inline Pixels Picture(std::uint64_t seed, int width = 400, int height = 300) {
  // Not the seed itself: one seed a step on gives the same numbers shifted.
  SplitMix64 random(SplitMix64(seed).Next());
  Pixels picture(width, height, 1);
  std::fill(picture.bytes().begin(), picture.bytes().end(), Byte(80 + 100 * random.Unit()));
  PaintEllipses(picture, random, 260, 0.4);
  return picture;
}

inline Pixels Resized(const Pixels& from, int width, int height) {
  Pixels to(width, height, 1);
  const double sx = static_cast<double>(from.width()) / width;
  const double sy = static_cast<double>(from.height()) / height;
  const int nx = std::max(1, static_cast<int>(std::ceil(sx))),
            ny = std::max(1, static_cast<int>(std::ceil(sy)));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      for (int j = 0; j < ny; ++j) {
        for (int i = 0; i < nx; ++i) {
          sum += GreyAt(from, (x + (i + 0.5) / nx) * sx, (y + (j + 0.5) / ny) * sy);
        }
      }
      to.row(y)[x] = Byte(sum / (nx * ny));
    }
  }
  return to;
}

inline Pixels Cut(const Pixels& from, int left, int top, int width, int height) {
  Pixels to(width, height, 1);
  for (int y = 0; y < height; ++y) std::copy_n(from.row(top + y) + left, width, to.row(y));
  return to;
}

inline Pixels Mirrored(const Pixels& from) {
  Pixels to = from;
  for (int y = 0; y < to.height(); ++y) std::reverse(to.row(y), to.row(y) + to.width());
  return to;
}

inline Pixels QuarterTurned(const Pixels& from) {  // clockwise as shown
  Pixels to(from.height(), from.width(), 1);
  for (int y = 0; y < from.height(); ++y) {
    for (int x = 0; x < from.width(); ++x) to.row(x)[from.height() - 1 - y] = from.row(y)[x];
  }
  return to;
}

inline Pixels Negative(Pixels picture) {
  for (std::uint8_t& pixel : picture.bytes()) pixel = static_cast<std::uint8_t>(255 - pixel);
  return picture;
}

inline Pixels Noisy(Pixels picture, std::uint64_t seed, int strength) {
  SplitMix64 random(seed);
  for (std::uint8_t& pixel : picture.bytes()) {
    pixel = Byte(pixel + (random.Unit() + random.Unit() - 1) * strength);
  }
  return picture;
}

inline void Paste(Pixels& onto, const Pixels& picture, int left, int top) {
  for (int y = 0; y < picture.height(); ++y) {
    if (top + y < 0 || top + y >= onto.height()) continue;
    const int width = std::min(picture.width(), onto.width() - left);
    std::copy_n(picture.row(y), width, onto.row(top + y) + left);
  }
}

inline fingerprint::Fingerprint FingerprintOf(const Pixels& picture) {
  fingerprint::Fingerprint fingerprint;
  fingerprint.pictures.push_back(fingerprint::FingerprintPicture(picture.view(), {}));
  return fingerprint;
}

}  // namespace jikimi::gallery::painted

#endif  // JIKIMI_GALLERY_PAINTED_PICTURES_H_
