#ifndef JIKIMI_FINGERPRINT_PATCH_DETECTOR_H_
#define JIKIMI_FINGERPRINT_PATCH_DETECTOR_H_

#include <vector>

#include "fingerprint/patch_pyramid.h"

namespace jikimi::fingerprint {

// A place and scale where a picture looks like a blob.
struct Blob {
  int octave = 0;      // index into ScaleSpace::octaves
  float x = 0, y = 0;  // centre, pixels of the octave; (0, 0) is the centre of its first pixel
  float sigma = 0;     // pixels of the octave
  float strength = 0;  // determinant of the scale-normalised Hessian, (grey levels)^2
  bool bright = false;
};

// Maxima of the determinant of the Hessian over place and scale (Lindeberg 1998), refined by a
// quadratic in x, y and scale. Edges have no maxima there; a negative or mirrored picture has the
// same blobs. In order of octave, level, row and column.
std::vector<Blob> DetectBlobs(const ScaleSpace& space);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_DETECTOR_H_
