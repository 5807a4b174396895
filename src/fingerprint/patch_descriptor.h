#ifndef JIKIMI_FINGERPRINT_PATCH_DESCRIPTOR_H_
#define JIKIMI_FINGERPRINT_PATCH_DESCRIPTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/word256.h"
#include "fingerprint/patch.h"
#include "fingerprint/patch_detector.h"
#include "fingerprint/patch_pyramid.h"

namespace jikimi::fingerprint {

// The dominant directions of the gradient around a blob: one, or two where it is ambiguous.
struct Directions {
  int count = 0;
  std::array<float, 2> angles = {};  // radians in [0, 2 pi), strongest first
};
Directions DominantDirections(const ScaleSpace& space, const Blob& blob);

// A patch is seen through 4 x 4 cells, turned to its dominant direction; each holds how much
// gradient points in each of 8 directions relative to it.
inline constexpr std::size_t kCells = 4;  // along a side
inline constexpr std::size_t kBins = 8;
inline constexpr std::size_t kHistogramSize = kCells * kCells * kBins;

// Square roots of the shares of the gradient (Arandjelovic and Zisserman's RootSIFT), 512 = all.
// Index: (row * kCells + column) * kBins + direction; columns go along the dominant direction.
using Histogram = std::array<std::int16_t, kHistogramSize>;
Histogram DescribePatch(const ScaleSpace& space, const Blob& blob, float angle);

// Where entry `index` of a patch's histogram is found in that of the same patch in another form:
// a mirror flips rows and directions; a negative turns the dominant direction around, so that it
// turns the cells by 180 degrees and leaves the relative directions.
constexpr std::size_t IndexInForm(std::size_t index, Form form) {
  std::size_t direction = index % kBins;
  std::size_t column = index / kBins % kCells;
  std::size_t row = index / kBins / kCells;
  if (form == Form::kMirrored || form == Form::kMirroredNegative) {
    row = kCells - 1 - row;
    direction = (kBins - direction) % kBins;
  }
  if (form == Form::kNegative || form == Form::kMirroredNegative) {
    row = kCells - 1 - row;
    column = kCells - 1 - column;
  }
  return (row * kCells + column) * kBins + direction;
}

// Limb f of the word: on which side of 64 planes the histogram lies, seen in form f. `margins`, if
// not null, receives how far from each.
Word256 WordOf(const Histogram& histogram, BitMargins* margins);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_DESCRIPTOR_H_
