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

constexpr int kDirectionBins = 36;
constexpr float kDirectionWindow = 1.5F;  // sigma of the window, in blob sigmas
constexpr float kSecondDirection = 0.8F;  // of the strongest, to count as well
constexpr int kMaxDirectionRadius = 16;   // pixels

constexpr std::size_t kRowSize = 2 * kMaxDirectionRadius + 1;

// What the pixels of a row tell, each to two neighbouring bins.
struct GradientRow {
  std::array<std::int32_t, kRowSize> bin;     // the first; 0 to 35
  std::array<float, kRowSize> first, second;  // what the bins get
};

// Of pixels `from` to `to` (inclusive) of a row, `dy` below the blob's centre. A parabola to the
// power of three falls like the Gaussian and ends at the radius; `per_radius` is 1 / radius^2.
JIKIMI_VECTOR_CLONES void Gradients(const float* above, const float* here, const float* below,
                                    int from, int to, float centre_x, float dy, float per_radius,
                                    GradientRow& out) {
  above += from;
  here += from;
  below += from;
  for (int i = 0; i <= to - from; ++i) {
    const float gx = here[i + 1] - here[i - 1];
    const float gy = below[i] - above[i];
    const auto at = static_cast<std::size_t>(i);
    const float magnitude = std::sqrt(gx * gx + gy * gy);
    const float angle = Direction(gy, gx);
    const float place = (angle < 0 ? angle + kTwoPi : angle) * (kDirectionBins / kTwoPi);
    const int low = static_cast<int>(place);
    const float part = place - static_cast<float>(low);
    const float dx = static_cast<float>(from + i) - centre_x;
    const float inside = 1 - (dx * dx + dy * dy) * per_radius;
    const float weight = inside <= 0 ? 0 : inside * inside * inside * magnitude;
    out.bin[at] = low == kDirectionBins ? 0 : low;
    out.first[at] = weight * (1 - part);
    out.second[at] = weight * part;
  }
}

using DirectionHistogram = std::array<float, std::size_t{kDirectionBins}>;

DirectionHistogram Smoothed(const DirectionHistogram& in) {
  DirectionHistogram out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const float before = in[(i + in.size() - 1) % in.size()];
    const float after = in[(i + 1) % in.size()];
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
  const float per_radius = 1 / (radius * radius);
  GradientRow row;
  for (int y = top; y <= bottom; ++y) {
    const float dy = static_cast<float>(y) - blob.y;
    // What is farther counts for nothing.
    const float reach = std::sqrt(std::max(0.0F, radius * radius - dy * dy)) + 1;
    const int from = std::max(left, static_cast<int>(std::ceil(blob.x - reach)));
    const int to = std::min(right, static_cast<int>(std::floor(blob.x + reach)));
    if (to < from) continue;
    Gradients(level.row(y - 1), level.row(y), level.row(y + 1), from, to, blob.x, dy, per_radius,
              row);
    for (std::size_t i = 0; i <= static_cast<std::size_t>(to - from); ++i) {
      const auto bin = static_cast<std::size_t>(row.bin[i]);
      histogram[bin] += row.first[i];
      histogram[bin + 1 == histogram.size() ? 0 : bin + 1] += row.second[i];
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

// A row of samples, `v` below the middle and `us` to the right of it along the patch, each between
// four pixels.
JIKIMI_VECTOR_CLONES void SampleRow(const Plane& level, const Blob& blob, SineCosine turn, float v,
                                    const std::array<float, kSamples>& us,
                                    std::array<float, kSamples>& out) {
  const float most_x = static_cast<float>(level.width - 1) - 0.001F;
  const float most_y = static_cast<float>(level.height - 1) - 0.001F;
  const float along_x = v * turn.sine, along_y = v * turn.cosine;
  const float* values = level.values;
  const std::int32_t width = level.width;
  std::array<float, kSamples> row;  // the compiler sees that it is nowhere in the plane
  for (std::size_t i = 0; i < kSamples; ++i) {
    float x = blob.x + us[i] * turn.cosine - along_x;
    float y = blob.y + us[i] * turn.sine + along_y;
    x = x < 0 ? 0 : x;
    x = most_x < x ? most_x : x;
    y = y < 0 ? 0 : y;
    y = most_y < y ? most_y : y;
    const auto left = static_cast<std::int32_t>(x), top = static_cast<std::int32_t>(y);
    const float fx = x - static_cast<float>(left), fy = y - static_cast<float>(top);
    const std::int32_t at = top * width + left;
    const float a = values[at] + fx * (values[at + 1] - values[at]);
    const float b = values[at + width] + fx * (values[at + width + 1] - values[at + width]);
    row[i] = a + fy * (b - a);
  }
  out = row;
}

SampleGrid Sampled(const Plane& level, const Blob& blob, float angle) {
  const SineCosine turn = SineCosineOf(angle);
  const float step = kSpacing * blob.sigma;
  const float middle = 0.5F * static_cast<float>(kSamples - 1);
  std::array<float, kSamples> offsets;
  for (std::size_t i = 0; i < kSamples; ++i) offsets[i] = (static_cast<float>(i) - middle) * step;
  SampleGrid grid;
  for (std::size_t row = 0; row < kSamples; ++row) {
    SampleRow(level, blob, turn, offsets[row], offsets, grid[row]);
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

JIKIMI_VECTOR_CLONES void PutMargins(const std::array<std::int32_t, kProjections>& sums,
                                     std::uint8_t* margins) {
  for (std::size_t i = 0; i < kProjections; ++i) {
    const std::int32_t margin = std::abs(sums[i]) >> kMarginShift;
    margins[i] = static_cast<std::uint8_t>(margin < 255 ? margin : 255);
  }
}

// IndexInForm() the other way: which entry of a histogram comes to each place in a form.
constexpr auto kInForm = [] {
  std::array<std::array<std::uint8_t, kHistogramSize>, kForms> table = {};
  for (std::size_t form = 0; form < kForms; ++form) {
    for (std::size_t i = 0; i < kHistogramSize; ++i) {
      table[form][IndexInForm(i, static_cast<Form>(form))] = static_cast<std::uint8_t>(i);
    }
  }
  return table;
}();

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
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    const float before = histogram[(i + histogram.size() - 1) % histogram.size()];
    const float after = histogram[(i + 1) % histogram.size()];
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
    for (std::size_t i = 0; i < kHistogramSize; ++i) seen[i] = histogram[kInForm[form][i]];
    std::array<std::int32_t, kProjections> sums;
    Project(seen, ProjectionRows(), sums);
    for (std::size_t i = 0; i < kProjections; ++i) limbs[form] |= std::uint64_t{sums[i] > 0} << i;
    if (margins != nullptr) PutMargins(sums, margins->data() + form * kProjections);
  }
  return Word256(limbs);
}

}  // namespace jikimi::fingerprint
