#ifndef JIKIMI_FINGERPRINT_PDQ_PLAN_H_
#define JIKIMI_FINGERPRINT_PDQ_PLAN_H_

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

// What pdq_kernel.cc works out before it touches pixels; the same for every instruction set.
namespace jikimi::fingerprint::pdq {

inline constexpr int kSide = 64;
// Rows that go through the row filter together, one a lane.
inline constexpr int kStrip = 16;
inline constexpr std::size_t kAlignment = 16;  // floats

constexpr std::size_t Size(int value) { return static_cast<std::size_t>(value); }

// The sample of an axis of `length` that stands for its i-th 64th part.
inline int Centre(int i, int length) { return static_cast<int>((i + 0.5) * length / kSide); }

// A box filter of PDQ along one axis of `length` samples: output i is the mean of the samples of a
// window around i, cut at the ends. Step i of its running sum reads sample i, drops sample i - full
// and gives output i - (half - 1), as far as there are such.
struct Box {
  explicit Box(int length_in)
      : length(length_in),
        full((length_in + 2 * kSide - 1) / (2 * kSide)),
        half((full + 2) / 2),
        steps(length + half - 1) {
    for (int i = 0; i < kSide; ++i) sampled[Size(i)] = Centre(i, length) + half;
  }

  // Samples in the window at step i.
  int WindowAt(int i) const {
    return i < full ? i + 1 : i < length ? full : full - 1 - (i - length);
  }

  int length;
  int full;  // samples in a whole window
  int half;  // samples in the first window
  int steps;
  std::array<int, kSide> sampled;  // steps to take before each of the 64 outputs that are wanted
};

constexpr std::size_t RoundUp(std::size_t value, std::size_t to) {
  return (value + to - 1) / to * to;
}

// All working memory of one picture: some strips of rows, never the whole picture.
//
// The column filter has read row y when it writes row y - (half - 1). A strip of its output is the
// strip of the input shifted by that much: row y of `narrow` is its output row y - (half - 1).
struct Scratch {
  Scratch(int width, int height, const Box& column_box)
      : stride(RoundUp(Size(width), 16) + 16),  // rows at powers of two would share cache sets
        ring_rows(column_box.full + kStrip),
        block(new float[(2 * Size(kStrip) + Size(ring_rows) + 1) * stride +
                        RoundUp(Size(height + column_box.half), kStrip) * kSide + kSide * kStrip +
                        kAlignment]) {
    float* next = block.get();
    while (reinterpret_cast<std::uintptr_t>(next) % (kAlignment * sizeof(float)) != 0) ++next;
    const auto take = [&next](std::size_t count) { return std::exchange(next, next + count); };
    columns = take(kStrip * stride);
    filtered = take(kStrip * stride);
    ring = take(Size(ring_rows) * stride);
    sums = take(stride);
    samples = take(kSide * kStrip);
    narrow = take(RoundUp(Size(height + column_box.half), kStrip) * kSide);
  }

  float* RingRow(int y) const { return ring + Size(y % ring_rows) * stride; }

  std::size_t stride;
  int ring_rows;
  std::unique_ptr<float[]> block;
  float* columns;   // a strip, column by column: kStrip values a column
  float* filtered;  // the same after the row filter
  float* ring;      // after the row filter, the last rows, row by row
  float* sums;      // running sums of the column filter
  float* samples;   // the 64 wanted columns of a strip after both filters
  float* narrow;    // the same row by row, all rows
};

// D[i][k] = sqrt(2 / 64) cos(pi / 128 (i + 1)(2 k + 1)), and its transpose.
struct CosineMatrix {
  CosineMatrix() {
    const float scale = std::sqrt(2.0f / kSide);
    for (int i = 0; i < 16; ++i) {
      for (int k = 0; k < kSide; ++k) {
        const double angle = 3.14159265358979323846 / 2.0 / kSide * (i + 1) * (2 * k + 1);
        const auto value = static_cast<float>(double{scale} * std::cos(angle));
        by_row[Size(i * kSide + k)] = value;
        by_column[Size(k * 16 + i)] = value;
      }
    }
  }
  alignas(64) std::array<float, 16 * kSide> by_row;
  alignas(64) std::array<float, 16 * kSide> by_column;
};

}  // namespace jikimi::fingerprint::pdq

#endif  // JIKIMI_FINGERPRINT_PDQ_PLAN_H_
