#ifndef JIKIMI_FINGERPRINT_PDQ_KERNEL_H_
#define JIKIMI_FINGERPRINT_PDQ_KERNEL_H_

#include <array>

#include "base/pixels.h"

namespace jikimi::fingerprint {

// The picture brought down to 64 x 64 floats of luma, row-major: PDQ's first half.
using Luma64 = std::array<float, 64 * 64>;
// Its cosine transform's rows and columns 1 to 16, row-major: PDQ's second half.
using Dct16 = std::array<float, 16 * 16>;

// Luma 0.299 R + 0.587 G + 0.114 B, two passes of a box filter along rows and columns, every 64th
// part kept. Each running sum adds and subtracts in the reference's order, so that the floats equal
// the reference's bit for bit on every instruction set; only independent rows or columns share a
// vector. A grey picture counts as R = G = B. Both sides must be at least 5.
//
// Algorithm: PDQ, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm",
// Facebook 2019, and pdq/cpp of https://github.com/facebook/ThreatExchange.
Luma64 DownsampleLuma(const PixelsView& picture);

// How much happens in the picture, 0 to 100: the sum of the quantised steps between neighbours.
int GradientQuality(const Luma64& luma);

Dct16 CosineTransform(const Luma64& luma);

// Name of the instruction set that DownsampleLuma() runs on, for benchmarks.
const char* PdqKernelName();
}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PDQ_KERNEL_H_
