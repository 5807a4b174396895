#include "fingerprint/patch_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/vector_clones.h"

namespace jikimi::fingerprint {
namespace {

constexpr int kBorder = 4;               // octave pixels that have no full neighbourhood
constexpr float kWeakest = 0.5F;         // (grey levels)^2: rounding to 8 bits stays below
constexpr float kMostElongated = 12.1F;  // trace^2 / determinant, as for a 10:1 ridge

JIKIMI_VECTOR_CLONES void HessianRow(const float* above, const float* here, const float* below,
                                     float norm, int width, float* out) {
  for (int x = 1; x < width - 1; ++x) {
    const float twice = here[x] + here[x];
    const float xx = here[x - 1] + here[x + 1] - twice;
    const float yy = above[x] + below[x] - twice;
    const float xy = 0.25F * ((below[x + 1] - below[x - 1]) - (above[x + 1] - above[x - 1]));
    out[x] = norm * (xx * yy - xy * xy);
  }
}

// Three rows of a level's response, a row's neighbours with it.
struct Rows {
  const float *above, *here, *below;
};

// Determinants of the scale-normalised Hessian of an octave's levels: as many rows as are looked at
// together.
class Responses {
 public:
  explicit Responses(const Octave& octave)
      : octave_(octave),
        width_(octave.levels[0].width),
        rows_(static_cast<std::size_t>(width_) * kKept * kOctaveLevels) {}

  // Row y of each level, 1 <= y < height - 1. Rows y - 1 and y - 2 are still there.
  void Fill(int y) {
    for (std::size_t i = 0; i < kOctaveLevels; ++i) {
      const Plane& level = octave_.levels[i];
      const float sigma = kLevelSigma[i];
      HessianRow(level.row(y - 1), level.row(y), level.row(y + 1), sigma * sigma * sigma * sigma,
                 width_, Row(i, y));
    }
  }
  Rows Around(std::size_t level, int y) {
    return {Row(level, y - 1), Row(level, y), Row(level, y + 1)};
  }

 private:
  static constexpr std::size_t kKept = 3;

  float* Row(std::size_t level, int y) {
    const std::size_t row = level * kKept + static_cast<std::size_t>(y) % kKept;
    return rows_.data() + row * static_cast<std::size_t>(width_);
  }

  const Octave& octave_;
  int width_;
  std::vector<float> rows_;
};

// Marks the pixels of a row that are no less than their eight neighbours and above the threshold.
JIKIMI_VECTOR_CLONES void MarkRowPeaks(const float* above, const float* here, const float* below,
                                       int width, std::uint8_t* marks) {
  for (int x = 1; x < width - 1; ++x) {
    const float a = std::max(std::max(above[x - 1], above[x]), above[x + 1]);
    const float b = std::max(std::max(below[x - 1], below[x]), below[x + 1]);
    const float c = std::max(here[x - 1], here[x + 1]);
    const float most = std::max(std::max(a, b), c);
    marks[x] = static_cast<std::uint8_t>((here[x] > kWeakest) & (here[x] >= most));
  }
}

bool TopsNeighbour(const Rows& neighbour, int x, float value) {
  for (const float* row : {neighbour.above + x, neighbour.here + x, neighbour.below + x}) {
    if (row[-1] > value || row[0] > value || row[1] > value) return false;
  }
  return true;
}

struct Offset {
  float x = 0, y = 0, level = 0;
  float gain = 0;  // of the response, at the refined place
};

// The top of the quadratic through the 27 values around a peak; nothing when it lies elsewhere.
std::optional<Offset> Refine(const Rows& lower, const Rows& level, const Rows& upper, int x) {
  const float* row = level.here + x;
  const float* up = level.above + x;
  const float* down = level.below + x;
  const float* low = lower.here + x;
  const float* high = upper.here + x;
  const float* low_up = lower.above + x;
  const float* low_down = lower.below + x;
  const float* high_up = upper.above + x;
  const float* high_down = upper.below + x;
  const float value = row[0];
  const float gx = 0.5F * (row[1] - row[-1]);
  const float gy = 0.5F * (down[0] - up[0]);
  const float gs = 0.5F * (high[0] - low[0]);
  const float xx = row[1] + row[-1] - 2 * value;
  const float yy = down[0] + up[0] - 2 * value;
  const float ss = high[0] + low[0] - 2 * value;
  const float xy = 0.25F * ((down[1] - down[-1]) - (up[1] - up[-1]));
  const float xs = 0.25F * ((high[1] - high[-1]) - (low[1] - low[-1]));
  const float ys = 0.25F * ((high_down[0] - high_up[0]) - (low_down[0] - low_up[0]));
  const float cof_xx = yy * ss - ys * ys;
  const float cof_xy = xs * ys - xy * ss;
  const float cof_xs = xy * ys - yy * xs;
  const float determinant = xx * cof_xx + xy * cof_xy + xs * cof_xs;
  if (!(determinant < 0)) return std::nullopt;  // not a maximum
  const float cof_yy = xx * ss - xs * xs;
  const float cof_ys = xy * xs - xx * ys;
  const float cof_ss = xx * yy - xy * xy;
  Offset top;
  top.x = -(cof_xx * gx + cof_xy * gy + cof_xs * gs) / determinant;
  top.y = -(cof_xy * gx + cof_yy * gy + cof_ys * gs) / determinant;
  top.level = -(cof_xs * gx + cof_ys * gy + cof_ss * gs) / determinant;
  if (!(std::abs(top.x) <= 1 && std::abs(top.y) <= 1 && std::abs(top.level) <= 1)) {
    return std::nullopt;
  }
  top.gain = 0.5F * (gx * top.x + gy * top.y + gs * top.level);
  return top;
}

// 2^(t / 3) for -1 <= t <= 1, to 1e-5.
float LevelRatio(float t) {
  const float z = t * 0.23104906F;  // ln 2 / 3
  return 1 + z * (1 + z * (0.5F + z * (0.16666667F + z * 0.041666668F)));
}

// Whether the blob is round enough, and bright or dark.
std::optional<bool> Polarity(const Plane& level, int x, int y) {
  const float* row = level.row(y) + x;
  const float* up = level.row(y - 1) + x;
  const float* down = level.row(y + 1) + x;
  const float xx = row[1] + row[-1] - 2 * row[0];
  const float yy = up[0] + down[0] - 2 * row[0];
  const float xy = 0.25F * ((down[1] - down[-1]) - (up[1] - up[-1]));
  const float determinant = xx * yy - xy * xy;
  const float trace = xx + yy;
  if (!(trace * trace < kMostElongated * determinant)) return std::nullopt;
  return trace < 0;
}

// Calls `visit` with each x from `from` to `to` (exclusive) that is marked.
template <typename Visit>
void ForEachMark(const std::vector<std::uint8_t>& marks, int from, int to, const Visit& visit) {
  constexpr int kStep = 8;
  int x = from;
  while (x < to) {
    // Few are.
    std::uint64_t several = 0;
    if (x + kStep <= to) {
      std::memcpy(&several, marks.data() + x, kStep);
      if (several == 0) {
        x += kStep;
        continue;
      }
    }
    const int end = std::min(x + kStep, to);
    for (; x < end; ++x) {
      if (marks[static_cast<std::size_t>(x)] != 0) visit(x);
    }
  }
}

void DetectInOctave(const Octave& octave, int index, std::vector<Blob>& blobs) {
  const int width = octave.levels[0].width;
  const int height = octave.levels[0].height;
  if (height <= 2 * kBorder) return;
  Responses responses(octave);
  responses.Fill(kBorder - 1);
  responses.Fill(kBorder);
  std::array<std::vector<Blob>, kOctaveLevels> found;  // a level
  std::vector<std::uint8_t> marks(static_cast<std::size_t>(width));
  for (int y = kBorder; y < height - kBorder; ++y) {
    responses.Fill(y + 1);
    for (std::size_t i = 1; i + 1 < kOctaveLevels; ++i) {
      const Rows lower = responses.Around(i - 1, y), level = responses.Around(i, y);
      const Rows upper = responses.Around(i + 1, y);
      MarkRowPeaks(level.above, level.here, level.below, width, marks.data());
      ForEachMark(marks, kBorder, width - kBorder, [&](int x) {
        const float value = level.here[x];
        if (!TopsNeighbour(lower, x, value) || !TopsNeighbour(upper, x, value)) return;
        const auto top = Refine(lower, level, upper, x);
        if (!top) return;
        const auto bright = Polarity(octave.levels[i], x, y);
        if (!bright) return;
        Blob blob;
        blob.octave = index;
        blob.x = static_cast<float>(x) + top->x;
        blob.y = static_cast<float>(y) + top->y;
        blob.sigma = kLevelSigma[i] * LevelRatio(top->level);
        blob.strength = value + top->gain;
        blob.bright = *bright;
        found[i].push_back(blob);
      });
    }
  }
  for (const std::vector<Blob>& of_level : found) {
    blobs.insert(blobs.end(), of_level.begin(), of_level.end());
  }
}

}  // namespace

std::vector<Blob> DetectBlobs(const ScaleSpace& space) {
  std::vector<Blob> blobs;
  for (std::size_t i = 0; i < space.octaves.size(); ++i) {
    DetectInOctave(space.octaves[i], static_cast<int>(i), blobs);
  }
  return blobs;
}

}  // namespace jikimi::fingerprint
