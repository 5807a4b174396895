#include "fingerprint/patch_pyramid.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/vector_clones.h"
#include "fingerprint/patch_arithmetic.h"

namespace jikimi::fingerprint {
namespace {

constexpr int kMaxRadius = 12;  // pixels, of a blur

struct Taps {
  int radius = 0;
  std::array<float, kMaxRadius + 1> weights = {};  // centre first
};

Taps GaussianTaps(double sigma) {
  Taps taps;
  taps.radius = std::clamp(static_cast<int>(3 * sigma + 0.9), 1, kMaxRadius);
  std::array<double, kMaxRadius + 1> weights = {};
  double sum = 0;
  for (int i = 0; i <= taps.radius; ++i) {
    const auto at = static_cast<std::size_t>(i);
    weights[at] = ExpMinus(i * i / (2 * sigma * sigma));
    sum += i == 0 ? weights[at] : 2 * weights[at];
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    taps.weights[i] = static_cast<float>(weights[i] / sum);
  }
  return taps;
}

template <int kRadius>
[[gnu::always_inline]] inline void BlurRow(const float* padded, const float* weights, int width,
                                           float* __restrict out) {
  const float* centre = padded + kRadius;
  for (int x = 0; x < width; ++x) {
    float sum = weights[0] * centre[x];
    for (int k = 1; k <= kRadius; ++k) sum += weights[k] * (centre[x - k] + centre[x + k]);
    out[x] = sum;
  }
}

template <int kRadius>
[[gnu::always_inline]] inline void BlurColumns(const float* const* rows, const float* weights,
                                               int width, float* __restrict out) {
  for (int x = 0; x < width; ++x) {
    float sum = weights[0] * rows[kRadius][x];
    for (int k = 1; k <= kRadius; ++k) {
      sum += weights[k] * (rows[kRadius - k][x] + rows[kRadius + k][x]);
    }
    out[x] = sum;
  }
}

// Both directions of one row band, dispatched on the radius so that the tap loops unroll.
JIKIMI_VECTOR_CLONES void BlurRowOf(const float* padded, const Taps& taps, int width, float* out) {
  const float* weights = taps.weights.data();
  switch (taps.radius) {
    case 1:
      return BlurRow<1>(padded, weights, width, out);
    case 2:
      return BlurRow<2>(padded, weights, width, out);
    case 3:
      return BlurRow<3>(padded, weights, width, out);
    case 4:
      return BlurRow<4>(padded, weights, width, out);
    case 5:
      return BlurRow<5>(padded, weights, width, out);
    case 6:
      return BlurRow<6>(padded, weights, width, out);
    case 7:
      return BlurRow<7>(padded, weights, width, out);
    case 8:
      return BlurRow<8>(padded, weights, width, out);
    case 9:
      return BlurRow<9>(padded, weights, width, out);
    case 10:
      return BlurRow<10>(padded, weights, width, out);
    case 11:
      return BlurRow<11>(padded, weights, width, out);
    default:
      return BlurRow<12>(padded, weights, width, out);
  }
}

JIKIMI_VECTOR_CLONES void BlurColumnsOf(const float* const* rows, const Taps& taps, int width,
                                        float* out) {
  const float* weights = taps.weights.data();
  switch (taps.radius) {
    case 1:
      return BlurColumns<1>(rows, weights, width, out);
    case 2:
      return BlurColumns<2>(rows, weights, width, out);
    case 3:
      return BlurColumns<3>(rows, weights, width, out);
    case 4:
      return BlurColumns<4>(rows, weights, width, out);
    case 5:
      return BlurColumns<5>(rows, weights, width, out);
    case 6:
      return BlurColumns<6>(rows, weights, width, out);
    case 7:
      return BlurColumns<7>(rows, weights, width, out);
    case 8:
      return BlurColumns<8>(rows, weights, width, out);
    case 9:
      return BlurColumns<9>(rows, weights, width, out);
    case 10:
      return BlurColumns<10>(rows, weights, width, out);
    case 11:
      return BlurColumns<11>(rows, weights, width, out);
    default:
      return BlurColumns<12>(rows, weights, width, out);
  }
}

// The input pixels and weights that make each output pixel along one side.
struct Resampling {
  int taps = 0;                // an output pixel
  std::vector<int> first;      // input pixel, may be clamped
  std::vector<float> weights;  // taps an output pixel
};

Resampling TentResampling(int from, int to) {
  const double ratio = static_cast<double>(from) / to;  // input pixels an output pixel
  const double reach = std::max(1.0, ratio);
  Resampling result;
  result.taps = std::min(from, 2 * static_cast<int>(reach) + 2);
  const auto taps = static_cast<std::size_t>(result.taps);
  result.weights.resize(static_cast<std::size_t>(to) * taps);
  std::vector<double> weights(taps);
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * ratio - 0.5;
    const int first =
        std::clamp(static_cast<int>(std::floor(centre - reach)) + 1, 0, from - result.taps);
    double sum = 0;
    for (std::size_t k = 0; k < taps; ++k) {
      const double at = first + static_cast<double>(k);
      weights[k] = std::max(0.0, 1 - std::abs(at - centre) / reach);
      sum += weights[k];
    }
    for (std::size_t k = 0; k < taps; ++k) {
      result.weights[static_cast<std::size_t>(i) * taps + k] = static_cast<float>(weights[k] / sum);
    }
    result.first.push_back(first);
  }
  return result;
}

JIKIMI_VECTOR_CLONES void LumaRow(const std::uint8_t* in, int channels, int width, float* out) {
  if (channels == 1) {
    for (int x = 0; x < width; ++x) out[x] = static_cast<float>(in[x]);
    return;
  }
  for (int x = 0; x < width; ++x) {
    out[x] = 0.299F * static_cast<float>(in[3 * x]) + 0.587F * static_cast<float>(in[3 * x + 1]) +
             0.114F * static_cast<float>(in[3 * x + 2]);
  }
}

JIKIMI_VECTOR_CLONES void AddScaled(const float* in, float weight, int width, float* out) {
  for (int x = 0; x < width; ++x) out[x] += weight * in[x];
}

void HalfSize(const Plane& plane, Plane& half) {
  for (int y = 0; y < half.height; ++y) {
    const float* in = plane.row(2 * y);
    float* out = half.row(y);
    for (int x = 0; x < half.width; ++x) out[x] = in[2 * x];
  }
}

// `picture` as luma (0.299, 0.587, 0.114), brought to the plane's size by a tent filter that is as
// wide as the larger of the two pixels.
void ResizeLuma(const PixelsView& picture, Plane& result) {
  const int width = result.width, height = result.height;
  const Resampling across = TentResampling(picture.width, width);
  const Resampling down = TentResampling(picture.height, height);
  // Rows already brought to the new width, kept while an output row still needs them.
  const int kept = down.taps + 1;
  std::vector<float> ring(static_cast<std::size_t>(width) * static_cast<std::size_t>(kept));
  const auto ring_row = [&](int row) { return ring.data() + std::ptrdiff_t{row % kept} * width; };
  std::vector<float> luma(static_cast<std::size_t>(picture.width));
  int done = 0;
  const auto taps = static_cast<std::size_t>(across.taps);
  for (int y = 0; y < height; ++y) {
    const int first = down.first[static_cast<std::size_t>(y)];
    done = std::max(done, first);
    for (; done < first + down.taps; ++done) {
      LumaRow(picture.row(done), picture.channels, picture.width, luma.data());
      float* out = ring_row(done);
      for (int x = 0; x < width; ++x) {
        const float* in = luma.data() + across.first[static_cast<std::size_t>(x)];
        const float* weights = across.weights.data() + static_cast<std::size_t>(x) * taps;
        float sum = 0;
        for (std::size_t k = 0; k < taps; ++k) sum += weights[k] * in[k];
        out[x] = sum;
      }
    }
    float* out = result.row(y);
    std::fill_n(out, width, 0.0F);
    for (int k = 0; k < down.taps; ++k) {
      const float weight = down.weights[static_cast<std::size_t>(y * down.taps + k)];
      if (weight != 0) AddScaled(ring_row(first + k), weight, width, out);
    }
  }
}

// Gaussian blur, edges repeated. `sigma` up to 3 pixels.
void Blur(const Plane& plane, double sigma, Plane& result) {
  const Taps taps = GaussianTaps(sigma);
  const int width = plane.width;
  std::vector<float> column(static_cast<std::size_t>(width + 2 * taps.radius));
  std::array<const float*, 2 * kMaxRadius + 1> rows = {};
  for (int y = 0; y < plane.height; ++y) {
    for (int k = -taps.radius; k <= taps.radius; ++k) {
      rows[static_cast<std::size_t>(k + taps.radius)] =
          plane.row(std::clamp(y + k, 0, plane.height - 1));
    }
    float* middle = column.data() + taps.radius;
    BlurColumnsOf(rows.data(), taps, width, middle);
    for (int k = 1; k <= taps.radius; ++k) {
      middle[-k] = middle[0];
      middle[width - 1 + k] = middle[width - 1];
    }
    BlurRowOf(column.data(), taps, width, result.row(y));
  }
}

// Octaves of planes that are still to be filled, from that size down.
void MakeOctaves(int width, int height, ScaleSpace& space) {
  std::size_t size = 0;
  for (float step = 1; width >= kMinSide && height >= kMinSide; step *= 2) {
    Octave octave;
    octave.step = step;
    for (Plane& level : octave.levels) {
      level = {width, height, nullptr};
      size += level.size();
    }
    space.octaves.push_back(octave);
    width = (width + 1) / 2;
    height = (height + 1) / 2;
  }
  space.memory.reset(new float[size]);  // not zeroed
  float* next = space.memory.get();
  for (Octave& octave : space.octaves) {
    for (Plane& level : octave.levels) {
      level.values = next;
      next += level.size();
    }
  }
}

}  // namespace

ScaleSpace BuildScaleSpace(const PixelsView& picture, double working_area) {
  ScaleSpace space;
  if (picture.width < kMinSide || picture.height < kMinSide) return space;
  const double area = static_cast<double>(picture.width) * picture.height;
  const double scale = std::min(std::sqrt(working_area / area), kMaxEnlargement);
  const int width = static_cast<int>(picture.width * scale + 0.5);
  const int height = static_cast<int>(picture.height * scale + 0.5);
  if (width < kMinSide || height < kMinSide) return space;
  space.scale_x = static_cast<float>(static_cast<double>(width) / picture.width);
  space.scale_y = static_cast<float>(static_cast<double>(height) / picture.height);

  MakeOctaves(width, height, space);
  // A camera's pixel and the resizing leave about this much blur, in working pixels.
  const double before = 0.5 * std::max(1.0, scale);
  const double first = static_cast<double>(kLevelSigma[0]);
  for (std::size_t i = 0; i < space.octaves.size(); ++i) {
    auto& levels = space.octaves[i].levels;
    if (i == 0) {
      ResizeLuma(picture, levels[1]);
      Blur(levels[1], std::sqrt(first * first - before * before), levels[0]);
    } else {
      HalfSize(space.octaves[i - 1].levels[3], levels[0]);
    }
    for (std::size_t level = 1; level < kOctaveLevels; ++level) {
      const double from = static_cast<double>(kLevelSigma[level - 1]);
      const double to = static_cast<double>(kLevelSigma[level]);
      Blur(levels[level - 1], std::sqrt(to * to - from * from), levels[level]);
    }
  }
  return space;
}

}  // namespace jikimi::fingerprint
