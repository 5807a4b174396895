#ifndef JIKIMI_FINGERPRINT_INNER_PICTURE_H_
#define JIKIMI_FINGERPRINT_INNER_PICTURE_H_

#include <vector>

#include "base/pixels.h"
#include "fingerprint/fingerprint.h"

namespace jikimi::fingerprint {

inline constexpr int kInnerPictures = 3;

// Where another picture seems to lie inside of this one: between bars (black, white, any nearly
// flat colour, or a blurred copy of itself), in a frame, or amid the flat ground of a screen with
// its text and buttons, light or dark. Regions lie on whole pixels, are at least 24 pixels on a
// side and 4 % of the area, and none is the whole. At most kInnerPictures, most certain first.
//
// A guess: it may find a region where nobody put one, such as the ground under a flat sky. The
// words of such a region are one more chance to be found, and cost a look-up. Under 1 ms at half a
// megapixel; the cost grows with the sides, not with the area.
std::vector<Region> FindInnerPictures(const PixelsView& picture);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_INNER_PICTURE_H_
