#ifndef JIKIMI_FINGERPRINT_FINGERPRINT_PICTURE_H_
#define JIKIMI_FINGERPRINT_FINGERPRINT_PICTURE_H_

#include "base/pixels.h"
#include "fingerprint/fingerprint.h"
#include "fingerprint/patch.h"
#include "fingerprint/photo_word.h"

namespace jikimi::fingerprint {

struct PictureOptions {
  // As many as a query uses; what is registered keeps the first of them. 0: words alone.
  int max_patches = kQueryPatches;
  // Size of the picture before it was shrunk while decoding; 0: it wasn't.
  int full_width = 0, full_height = 0;
  double working_area = kWorkingArea;  // PatchOptions
  // The words of the whole, where they are known already.
  const PhotoWords* whole = nullptr;
};

// Words of the whole, words of inner pictures, patches with their margins. Sizes and places are in
// pixels of `picture` as it is given. Deterministic; pure; safe from any thread.
PictureFingerprint FingerprintPicture(const PixelsView& picture, const PictureOptions& options);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_FINGERPRINT_PICTURE_H_
