#ifndef JIKIMI_FINGERPRINT_TEST_PICTURES_H_
#define JIKIMI_FINGERPRINT_TEST_PICTURES_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/pixels.h"
#include "base/random.h"

namespace jikimi::fingerprint {

// A picture for tests, made of integers alone so that bench/pdq/pictures.py makes the same: bands
// and a disc with noise. The same size and seed give the same pixels everywhere.
inline Pixels TestPicture(int width, int height, int channels, std::uint64_t seed) {
  Pixels picture(width, height, channels);
  SplitMix64 random(seed);
  const auto wave = [](std::int64_t at, std::int64_t period) {
    return std::abs(at % (2 * period) - period) * 255 / period;
  };
  const auto number = static_cast<std::int64_t>(seed % 1000);
  const std::int64_t radius = std::min(width, height) / 4;
  for (std::int64_t y = 0; y < height; ++y) {
    std::uint8_t* out = picture.row(static_cast<int>(y));
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t dx = x - width / 3, dy = y - height / 2;
      const std::int64_t disc = dx * dx + dy * dy < radius * radius ? 255 : 0;
      for (int channel = 0; channel < channels; ++channel) {
        const std::int64_t bands = 3 * wave(3 * x + 5 * y + 31 * number, 97 + 11 * channel) +
                                   3 * wave(7 * x + 2 * y + 17 * number, 331) +
                                   2 * wave(x * y / 16 + 5 * number, 211);
        const auto noise = static_cast<std::int64_t>(random.Next() >> 56);
        *out++ = static_cast<std::uint8_t>((bands + 3 * disc + noise) / 12);
      }
    }
  }
  return picture;
}

// A photograph's like at any size: smooth noise in octaves, each half as strong as the one above.
inline Pixels CloudPicture(int width, int height, std::uint64_t seed) {
  Pixels picture(width, height, 3);
  for (int channel = 0; channel < 3; ++channel) {
    std::vector<float> sum(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
    float strength = 0.5f;
    for (int cell = std::max(width, height) / 3; cell >= 2; cell /= 2, strength *= 0.6f) {
      SplitMix64 random(seed * 31 + static_cast<std::uint64_t>(cell) +
                        (cell < 16 ? static_cast<std::uint64_t>(channel) : 0));
      const int across = width / cell + 2, down = height / cell + 2;
      std::vector<float> grid(static_cast<std::size_t>(across) * static_cast<std::size_t>(down));
      for (float& value : grid) value = static_cast<float>(random.Unit()) - 0.5f;
      for (int y = 0; y < height; ++y) {
        const float fy = static_cast<float>(y % cell) / static_cast<float>(cell);
        const float* row = grid.data() + static_cast<std::ptrdiff_t>(y / cell) * across;
        float* out = sum.data() + static_cast<std::ptrdiff_t>(y) * width;
        for (int x = 0; x < width; ++x) {
          const float fx = static_cast<float>(x % cell) / static_cast<float>(cell);
          const float* at = row + x / cell;
          const float top = at[0] + (at[1] - at[0]) * fx;
          const float bottom = at[across] + (at[across + 1] - at[across]) * fx;
          out[x] += strength * (top + (bottom - top) * fy);
        }
      }
    }
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const float value =
            128 + 400 * sum[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                            static_cast<std::size_t>(x)];
        picture.row(y)[3 * x + channel] =
            static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
      }
    }
  }
  return picture;
}

// Whole blocks of `factor` x `factor` pixels averaged; what is left over at the edges too.
inline Pixels BoxShrunk(const Pixels& picture, int factor) {
  const int width = (picture.width() + factor - 1) / factor;
  const int height = (picture.height() + factor - 1) / factor;
  Pixels result(width, height, picture.channels());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int channel = 0; channel < picture.channels(); ++channel) {
        int sum = 0, count = 0;
        for (int v = y * factor; v < std::min((y + 1) * factor, picture.height()); ++v) {
          for (int u = x * factor; u < std::min((x + 1) * factor, picture.width()); ++u) {
            sum += picture.row(v)[u * picture.channels() + channel];
            ++count;
          }
        }
        result.row(y)[x * picture.channels() + channel] =
            static_cast<std::uint8_t>((sum + count / 2) / count);
      }
    }
  }
  return result;
}

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_TEST_PICTURES_H_
