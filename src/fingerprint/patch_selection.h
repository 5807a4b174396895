#ifndef JIKIMI_FINGERPRINT_PATCH_SELECTION_H_
#define JIKIMI_FINGERPRINT_PATCH_SELECTION_H_

#include <vector>

#include "fingerprint/patch_detector.h"
#include "fingerprint/patch_pyramid.h"

namespace jikimi::fingerprint {

// The blobs in the order in which they are to be kept: however many are taken from the front, they
// share out over the scales (coarse ones survive blur and shrinking, fine ones a crop) and over the
// picture (a logo or a caption can't take them all), the strongest of each part first.
std::vector<Blob> InOrderOfWorth(const std::vector<Blob>& blobs, const ScaleSpace& space);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_SELECTION_H_
