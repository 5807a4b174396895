#ifndef JIKIMI_FINGERPRINT_SHRUNK_LUMA_H_
#define JIKIMI_FINGERPRINT_SHRUNK_LUMA_H_

#include "base/pixels.h"
#include "fingerprint/pdq_kernel.h"

namespace jikimi::fingerprint {

// Very nearly the DownsampleLuma() of a picture of `full_width` x `full_height` pixels, from that
// picture shrunk: each pixel of `shrunk` is the mean of the block of pixels that it stands for.
//
// PDQ's windows are whole pixels, so that they cover other shares of a shrunk picture than of the
// full one; here they keep the shares of the full one. Both filters are linear and each axis stands
// alone, so the 64 x 64 are A_y L A_x^T, where a row of A holds what one sample takes of each pixel
// of the axis; a shrunk pixel's share is the sum of those in its block.
//
// Full sides of at least 5, no smaller than the shrunk ones.
Luma64 DownsampleShrunkLuma(const PixelsView& shrunk, int full_width, int full_height);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_SHRUNK_LUMA_H_
