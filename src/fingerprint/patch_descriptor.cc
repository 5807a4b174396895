#include "fingerprint/patch_descriptor.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/vector_clones.h"
#include "fingerprint/patch_arithmetic.h"
#include "fingerprint/patch_projections.h"

namespace jikimi::fingerprint {
namespace {

// The level of the octave whose blur is nearest to the blob's size.
const Plane& LevelOf(const ScaleSpace& space, const Blob& blob) {
  const Octave& octave = space.octaves[static_cast<std::size_t>(blob.octave)];
  // Geometric means of neighbouring levels.
  if (blob.sigma < 1.796F) return octave.levels[1];
  return blob.sigma < 2.263F ? octave.levels[2] : octave.levels[3];
}

// ---- directions ----

constexpr std::size_t kDirectionBins = 36;
constexpr float kDirectionWindow = 1.5F;  // sigma of the window, in blob sigmas
constexpr float kSecondDirection = 0.8F;  // of the strongest, to count as well
constexpr int kMaxDirectionRadius = 16;   // pixels

struct GradientRow {
  std::array<float, 2 * kMaxDirectionRadius + 1> magnitude, bin;
};

// Magnitudes and directions (in bins, 0 <= bin <= 36) of `count` pixels from `here` on.
JIKIMI_VECTOR_CLONES void Gradients(const float* above, const float* here, const float* below,
                                    int count, GradientRow& out) {
  for (int i = 0; i < count; ++i) {
    const float gx = here[i + 1] - here[i - 1];
    const float gy = below[i] - above[i];
    const auto at = static_cast<std::size_t>(i);
    out.magnitude[at] = std::sqrt(gx * gx + gy * gy);
    const float angle = Direction(gy, gx);
    out.bin[at] = (angle < 0 ? angle + kTwoPi : angle) * (kDirectionBins / kTwoPi);
  }
}

using DirectionHistogram = std::array<float, kDirectionBins>;

DirectionHistogram Smoothed(const DirectionHistogram& in) {
  DirectionHistogram out;
  for (std::size_t i = 0; i < kDirectionBins; ++i) {
    const float before = in[(i + kDirectionBins - 1) % kDirectionBins];
    const float after = in[(i + 1) % kDirectionBins];
    out[i] = 0.25F * (before + after) + 0.5F * in[i];
  }
  return out;
}

DirectionHistogram DirectionsAround(const Plane& level, const Blob& blob) {
  DirectionHistogram histogram = {};
  const float window = kDirectionWindow * blob.sigma;
  const float radius = std::min(3 * window, static_cast<float>(kMaxDirectionRadius) - 0.5F);
  const int left = std::max(1, static_cast<int>(std::ceil(blob.x - radius)));
  const int right = std::min(level.width - 2, static_cast<int>(std::floor(blob.x + radius)));
  const int top = std::max(1, static_cast<int>(std::ceil(blob.y - radius)));
  const int bottom = std::min(level.height - 2, static_cast<int>(std::floor(blob.y + radius)));
  if (right < left) return histogram;
  // A parabola to the power of two falls like the Gaussian and ends at the radius.
  const float per_radius = 1 / (radius * radius);
  GradientRow row;
  for (int y = top; y <= bottom; ++y) {
    Gradients(level.row(y - 1) + left, level.row(y) + left, level.row(y + 1) + left,
              right - left + 1, row);
    const float dy = static_cast<float>(y) - blob.y;
    for (int x = left; x <= right; ++x) {
      const float dx = static_cast<float>(x) - blob.x;
      const float inside = 1 - (dx * dx + dy * dy) * per_radius;
      if (inside <= 0) continue;
      const auto at = static_cast<std::size_t>(x - left);
      const float weight = inside * inside * inside * row.magnitude[at];
      const int low = static_cast<int>(row.bin[at]);
      const float part = row.bin[at] - static_cast<float>(low);
      histogram[static_cast<std::size_t>(low) % kDirectionBins] += weight * (1 - part);
      histogram[static_cast<std::size_t>(low + 1) % kDirectionBins] += weight * part;
    }
  }
  return Smoothed(Smoothed(histogram));
}

// ---- cells ----

constexpr std::size_t kGrid = 20;            // samples along a patch's side
constexpr std::size_t kSamples = kGrid + 2;  // and one beyond on either side
constexpr float kSpacing = 0.6F;             // between samples, in blob sigmas

using SampleGrid = std::array<std::array<float, kSamples>, kSamples>;
using CellMaps = std::array<std::array<std::array<float, kGrid>, kGrid>, kBins>;

float Interpolated(const Plane& level, float x, float y) {
  x = std::clamp(x, 0.0F, static_cast<float>(level.width - 1) - 0.001F);
  y = std::clamp(y, 0.0F, static_cast<float>(level.height - 1) - 0.001F);
  const int left = static_cast<int>(x);
  const int top = static_cast<int>(y);
  const float fx = x - static_cast<float>(left);
  const float fy = y - static_cast<float>(top);
  const float* upper = level.row(top) + left;
  const float* lower = upper + level.width;
  const float a = upper[0] + fx * (upper[1] - upper[0]);
  const float b = lower[0] + fx * (lower[1] - lower[0]);
  return a + fy * (b - a);
}

SampleGrid Sampled(const Plane& level, const Blob& blob, float angle) {
  const SineCosine turn = SineCosineOf(angle);
  const float step = kSpacing * blob.sigma;
  const float middle = 0.5F * static_cast<float>(kSamples - 1);
  SampleGrid grid;
  for (std::size_t row = 0; row < kSamples; ++row) {
    const float v = (static_cast<float>(row) - middle) * step;
    for (std::size_t column = 0; column < kSamples; ++column) {
      const float u = (static_cast<float>(column) - middle) * step;
      grid[row][column] = Interpolated(level, blob.x + u * turn.cosine - v * turn.sine,
                                       blob.y + u * turn.sine + v * turn.cosine);
    }
  }
  return grid;
}

// How much of the gradient at each sample points in each of the eight directions: |g| cos^4 of the
// angle between, which needs no angle.
JIKIMI_VECTOR_CLONES void FillMaps(const SampleGrid& grid, CellMaps& maps) {
  constexpr float kDiagonal = 0.70710678F;
  for (std::size_t row = 0; row < kGrid; ++row) {
    for (std::size_t column = 0; column < kGrid; ++column) {
      const float gx = grid[row + 1][column + 2] - grid[row + 1][column];
      const float gy = grid[row + 2][column + 1] - grid[row][column + 1];
      const float square = gx * gx + gy * gy;
      const float scaled = 1 / (square * std::sqrt(square) + 1e-12F);
      const std::array<float, 4> along = {gx, kDiagonal * (gx + gy), gy, kDiagonal * (gy - gx)};
      for (std::size_t k = 0; k < 4; ++k) {
        const float fourth = along[k] * along[k] * along[k] * along[k] * scaled;
        maps[k][row][column] = along[k] > 0 ? fourth : 0;
        maps[k + 4][row][column] = along[k] > 0 ? 0 : fourth;
      }
    }
  }
}

struct CellWeights {
  std::array<std::array<float, kGrid>, kCells> of = {};
  CellWeights() {
    constexpr double kWidth = static_cast<double>(kGrid) / kCells;
    constexpr double kHalf = static_cast<double>(kGrid) / 2;
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      for (std::size_t i = 0; i < kGrid; ++i) {
        const double at = static_cast<double>(i) + 0.5;
        const double tent = 1 - std::abs(at - (static_cast<double>(cell) + 0.5) * kWidth) / kWidth;
        const double from_middle = (at - kHalf) / kHalf;
        of[cell][i] =
            static_cast<float>(std::max(0.0, tent) * ExpMinus(from_middle * from_middle / 2));
      }
    }
  }
};

JIKIMI_VECTOR_CLONES void PoolMaps(const CellMaps& maps, const CellWeights& weights,
                                   std::array<float, kHistogramSize>& out) {
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    for (std::size_t cell_row = 0; cell_row < kCells; ++cell_row) {
      std::array<float, kGrid> rows = {};
      for (std::size_t row = 0; row < kGrid; ++row) {
        const float weight = weights.of[cell_row][row];
        if (weight == 0) continue;
        for (std::size_t i = 0; i < kGrid; ++i) rows[i] += weight * maps[bin][row][i];
      }
      for (std::size_t cell_column = 0; cell_column < kCells; ++cell_column) {
        float sum = 0;
        for (std::size_t i = 0; i < kGrid; ++i) sum += weights.of[cell_column][i] * rows[i];
        out[(cell_row * kCells + cell_column) * kBins + bin] = sum;
      }
    }
  }
}

// ---- word ----

using WideWeights = std::array<std::array<std::int16_t, kHistogramSize>, kProjections>;

const WideWeights& ProjectionRows() {
  static const WideWeights rows = [] {
    WideWeights wide;
    for (std::size_t i = 0; i < kProjections; ++i) {
      for (std::size_t j = 0; j < kHistogramSize; ++j) wide[i][j] = kProjectionWeights[i][j];
    }
    return wide;
  }();
  return rows;
}

JIKIMI_VECTOR_CLONES void Project(const Histogram& histogram, const WideWeights& rows,
                                  std::array<std::int32_t, kProjections>& out) {
  for (std::size_t i = 0; i < kProjections; ++i) {
    std::int32_t sum = 0;
    for (std::size_t j = 0; j < kHistogramSize; ++j) {
      sum += std::int32_t{rows[i][j]} * std::int32_t{histogram[j]};
    }
    out[i] = sum - kProjectionThresholds[i];
  }
}

}  // namespace

Directions DominantDirections(const ScaleSpace& space, const Blob& blob) {
  const DirectionHistogram histogram = DirectionsAround(LevelOf(space, blob), blob);
  const float most = *std::max_element(histogram.begin(), histogram.end());
  Directions result;
  if (!(most > 0)) return result;
  struct Peak {
    float height, angle;
  };
  std::vector<Peak> peaks;
  for (std::size_t i = 0; i < kDirectionBins; ++i) {
    const float before = histogram[(i + kDirectionBins - 1) % kDirectionBins];
    const float after = histogram[(i + 1) % kDirectionBins];
    const float here = histogram[i];
    if (here < kSecondDirection * most || here <= before || here < after) continue;
    const float offset = 0.5F * (before - after) / (before + after - 2 * here);
    float angle = (static_cast<float>(i) + offset) * (kTwoPi / kDirectionBins);
    if (angle < 0) angle += kTwoPi;
    if (angle >= kTwoPi) angle = 0;
    peaks.push_back({here, angle});
  }
  std::stable_sort(peaks.begin(), peaks.end(),
                   [](const Peak& a, const Peak& b) { return a.height > b.height; });
  for (const Peak& peak : peaks) {
    if (result.count == static_cast<int>(result.angles.size())) break;
    result.angles[static_cast<std::size_t>(result.count++)] = peak.angle;
  }
  return result;
}

Histogram DescribePatch(const ScaleSpace& space, const Blob& blob, float angle) {
  static const CellWeights weights;
  const SampleGrid grid = Sampled(LevelOf(space, blob), blob, angle);
  CellMaps maps;
  FillMaps(grid, maps);
  std::array<float, kHistogramSize> pooled;
  PoolMaps(maps, weights, pooled);
  float sum = 0;
  for (const float value : pooled) sum += value;
  const float share = sum > 0 ? 1 / sum : 0;
  Histogram histogram;
  for (std::size_t i = 0; i < kHistogramSize; ++i) {
    histogram[i] = static_cast<std::int16_t>(512 * std::sqrt(pooled[i] * share) + 0.5F);
  }
  return histogram;
}

Word256 WordOf(const Histogram& histogram, BitMargins* margins) {
  std::array<std::uint64_t, Word256::kLimbs> limbs = {};
  for (std::size_t form = 0; form < kForms; ++form) {
    Histogram seen;
    for (std::size_t i = 0; i < kHistogramSize; ++i) {
      seen[IndexInForm(i, static_cast<Form>(form))] = histogram[i];
    }
    std::array<std::int32_t, kProjections> sums;
    Project(seen, ProjectionRows(), sums);
    for (std::size_t i = 0; i < kProjections; ++i) {
      limbs[form] |= std::uint64_t{sums[i] > 0} << i;
      if (margins != nullptr) {
        (*margins)[form * kProjections + i] =
            static_cast<std::uint8_t>(std::min(255, std::abs(sums[i]) >> kMarginShift));
      }
    }
  }
  return Word256(limbs);
}

}  // namespace jikimi::fingerprint
