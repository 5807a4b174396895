#include "fingerprint/shrunk_luma.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace jikimi::fingerprint {
namespace {

constexpr int kSide = 64;

// What one of the 64 samples of an axis takes of each pixel from `first` on.
struct Share {
  int first = 0;
  std::vector<float> weights;
};

// Pixels of the axis that PDQ's box filter averages around `centre`: [first, last].
struct Window {
  Window(int centre, int length) {
    const int full = (length + 2 * kSide - 1) / (2 * kSide);
    const int half = (full + 2) / 2;
    first = std::max(0, centre + half - full);
    last = std::min(length - 1, centre + half - 1);
  }
  double share() const { return 1.0 / (last - first + 1); }

  int first, last;
};

// Full pixels that a shrunk one stands for. Decoders shrink by a whole number and round the size,
// so that the last pixel stands for what is left.
double Reduction(int full, int shrunk) {
  const int whole = static_cast<int>(std::lround(static_cast<double>(full) / shrunk));
  const bool rounded = shrunk == full / whole || shrunk == (full + whole - 1) / whole;
  return rounded ? whole : static_cast<double>(full) / shrunk;
}

std::vector<Share> Shares(int full, int shrunk) {
  const double reduction = Reduction(full, shrunk);
  const auto pixel = [&](double at) {
    return std::clamp(static_cast<int>(at / reduction), 0, shrunk - 1);
  };
  std::vector<Share> shares(kSide);
  std::vector<double> sums;
  for (int i = 0; i < kSide; ++i) {
    const Window outer(static_cast<int>((i + 0.5) * full / kSide), full);
    const int from = Window(outer.first, full).first;
    const int to = Window(outer.last, full).last;  // inclusive
    Share& share = shares[static_cast<std::size_t>(i)];
    share.first = pixel(from);
    sums.assign(static_cast<std::size_t>(pixel(to + 0.999) - share.first + 1), 0.0);
    // Steps of the composed filter at full size, summed up as they go.
    std::vector<double> steps(static_cast<std::size_t>(to - from + 2), 0.0);
    for (int centre = outer.first; centre <= outer.last; ++centre) {
      const Window inner(centre, full);
      steps[static_cast<std::size_t>(inner.first - from)] += outer.share() * inner.share();
      steps[static_cast<std::size_t>(inner.last + 1 - from)] -= outer.share() * inner.share();
    }
    double weight = 0;
    for (int x = from; x <= to; ++x) {
      weight += steps[static_cast<std::size_t>(x - from)];
      // A pixel may lie across two shrunk ones.
      const int left = pixel(x), right = pixel(x + 0.999);
      const double cut = left == right ? 1.0 : right * reduction - x;
      sums[static_cast<std::size_t>(left - share.first)] += weight * cut;
      sums[static_cast<std::size_t>(right - share.first)] += weight * (1.0 - cut);
    }
    share.weights.assign(sums.begin(), sums.end());
  }
  return shares;
}

void LumaRow(const PixelsView& picture, int y, std::vector<float>* luma) {
  const std::uint8_t* in = picture.row(y);
  const int green = picture.channels == 3 ? 1 : 0, blue = picture.channels == 3 ? 2 : 0;
  for (float& value : *luma) {
    value = 0.299f * static_cast<float>(in[0]) + 0.587f * static_cast<float>(in[green]) +
            0.114f * static_cast<float>(in[blue]);
    in += picture.channels;
  }
}

}  // namespace

Luma64 DownsampleShrunkLuma(const PixelsView& shrunk, int full_width, int full_height) {
  CHECK(!shrunk.empty() && full_width >= 5 && full_height >= 5);
  CHECK(full_width >= shrunk.width && full_height >= shrunk.height);
  const std::vector<Share> across = Shares(full_width, shrunk.width);
  const std::vector<Share> down = Shares(full_height, shrunk.height);
  Luma64 result = {};
  std::vector<float> luma(static_cast<std::size_t>(shrunk.width));
  std::array<float, kSide> narrow;
  for (int y = 0; y < shrunk.height; ++y) {
    LumaRow(shrunk, y, &luma);
    for (std::size_t i = 0; i < kSide; ++i) {
      const float* in = luma.data() + across[i].first;
      float sum = 0;
      for (const float weight : across[i].weights) sum += weight * *in++;
      narrow[i] = sum;
    }
    for (std::size_t i = 0; i < kSide; ++i) {
      const int at = y - down[i].first;
      if (at < 0 || at >= static_cast<int>(down[i].weights.size())) continue;
      const float weight = down[i].weights[static_cast<std::size_t>(at)];
      for (std::size_t j = 0; j < kSide; ++j) result[i * kSide + j] += weight * narrow[j];
    }
  }
  return result;
}

}  // namespace jikimi::fingerprint
