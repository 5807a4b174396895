#ifndef JIKIMI_FINGERPRINT_PATCH_PYRAMID_H_
#define JIKIMI_FINGERPRINT_PATCH_PYRAMID_H_

#include <array>
#include <cstddef>
#include <vector>

#include "base/pixels.h"

namespace jikimi::fingerprint {

// One grey plane, values 0 to 255, rows without padding.
struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;

  Plane() = default;
  Plane(int plane_width, int plane_height)
      : width(plane_width),
        height(plane_height),
        values(static_cast<std::size_t>(plane_width) * static_cast<std::size_t>(plane_height)) {}
  float* row(int y) { return values.data() + std::ptrdiff_t{y} * width; }
  const float* row(int y) const { return values.data() + std::ptrdiff_t{y} * width; }
};

// Blurs of an octave: three detection scales and one neighbour on either side. The fourth has twice
// the blur of the first: every second pixel of it is the first of the next octave.
inline constexpr int kOctaveLevels = 5;
// Blur of each level, in pixels of its octave: 1.6 * 2^((i - 1) / 3).
inline constexpr std::array<float, kOctaveLevels> kLevelSigma = {1.2699208F, 1.6F, 2.0158737F,
                                                                 2.5398417F, 3.2F};

struct Octave {
  float step = 1;  // working pixels an octave pixel: 1, 2, 4, …
  std::array<Plane, kOctaveLevels> levels;
};

// A picture's Gaussian scale space, on a working plane whose area is bounded: larger pictures are
// brought down and small ones up (at most kMaxEnlargement), so that copies of all sizes are seen
// through about the same octaves. Deterministic on every machine: no libm, no fused arithmetic.
struct ScaleSpace {
  float scale_x = 1, scale_y = 1;  // working pixels a picture pixel
  std::vector<Octave> octaves;     // empty for pictures under kMinSide
};

inline constexpr int kMinSide = 16;              // pixels
inline constexpr double kWorkingArea = 350'000;  // pixels
inline constexpr double kMaxEnlargement = 2.0;

ScaleSpace BuildScaleSpace(const PixelsView& picture);

// `picture` as luma (0.299, 0.587, 0.114), brought to `width` x `height` by a tent filter that is
// as wide as the larger of the two pixels.
Plane ResizedLuma(const PixelsView& picture, int width, int height);

// Gaussian blur, edges repeated. `sigma` up to 3 pixels.
Plane Blurred(const Plane& plane, double sigma);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_PYRAMID_H_
