#ifndef JIKIMI_BASE_PIXELS_H_
#define JIKIMI_BASE_PIXELS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"

namespace jikimi {

// 8-bit pixels that somebody else owns, rows top to bottom, `stride` bytes from row to row.
// Channels: 1 (luma) or 3 (R, G, B interleaved, sRGB). Valid only while the owner lives.
struct PixelsView {
  const std::uint8_t* data = nullptr;
  int width = 0;     // pixels
  int height = 0;    // pixels
  int channels = 3;  // 1 or 3
  std::ptrdiff_t stride = 0;

  const std::uint8_t* row(int y) const { return data + y * stride; }
  bool empty() const { return width <= 0 || height <= 0; }
};

// Owned 8-bit pixels without padding between rows. A value: copies copy the pixels.
class Pixels {
 public:
  Pixels() = default;
  // All zero (black). `width` and `height` are at least 0; `channels` is 1 or 3.
  Pixels(int width, int height, int channels = 3)
      : width_(width), height_(height), channels_(channels) {
    CHECK(width >= 0 && height >= 0 && (channels == 1 || channels == 3));
    bytes_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                  static_cast<std::size_t>(channels));
  }

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  bool empty() const { return bytes_.empty(); }
  std::ptrdiff_t stride() const { return std::ptrdiff_t{width_} * channels_; }

  std::uint8_t* row(int y) { return bytes_.data() + y * stride(); }
  const std::uint8_t* row(int y) const { return bytes_.data() + y * stride(); }
  std::span<std::uint8_t> bytes() { return bytes_; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

  PixelsView view() const { return {bytes_.data(), width_, height_, channels_, stride()}; }

 private:
  int width_ = 0;
  int height_ = 0;
  int channels_ = 3;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace jikimi

#endif  // JIKIMI_BASE_PIXELS_H_
