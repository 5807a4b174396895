#ifndef JIKIMI_FINGERPRINT_PATCH_PYRAMID_H_
#define JIKIMI_FINGERPRINT_PATCH_PYRAMID_H_

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/pixels.h"
#include "fingerprint/patch.h"

namespace jikimi::fingerprint {

// One grey plane, values 0 to 255, rows without padding, in memory of somebody else's.
struct Plane {
  int width = 0, height = 0;
  float* values = nullptr;

  std::size_t size() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  float* row(int y) { return values + std::ptrdiff_t{y} * width; }
  const float* row(int y) const { return values + std::ptrdiff_t{y} * width; }
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
  // Of all planes: in one piece, which the allocator keeps for the next picture instead of handing
  // page after page back to the system.
  std::unique_ptr<float[]> memory;
};

inline constexpr int kMinSide = 16;  // pixels
inline constexpr double kMaxEnlargement = 2.0;

ScaleSpace BuildScaleSpace(const PixelsView& picture, double working_area = kWorkingArea);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_PYRAMID_H_
