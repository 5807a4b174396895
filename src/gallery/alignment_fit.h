#ifndef JIKIMI_GALLERY_ALIGNMENT_FIT_H_
#define JIKIMI_GALLERY_ALIGNMENT_FIT_H_

#include <optional>
#include <span>

#include "gallery/alignment.h"

namespace jikimi::gallery {

// A place in the item and where it is seen in the query, in pixels, with the weight of this pair.
struct PlacePair {
  Point item, query;
  double weight = 1;
};

enum class Motion { kSimilarity, kAffine, kProjective };

// The least-squares placement of that kind; nothing when the places don't determine one (too few,
// or on a line). kProjective starts from the affine one and takes Gauss-Newton steps.
std::optional<Placement> FitPlacement(std::span<const PlacePair> pairs, Motion motion);

// Whether `placement` is a way in which a picture of `item` size can lie in another: neither
// mirrored nor collapsed, scale within 1:12, squeezed at most 1:2.6, and no more perspective than a
// picture filmed at an angle shows.
bool Plausible(const Placement& placement, PictureSize item);

// How the placement turns and scales things near a place.
struct LocalMotion {
  double xx = 1, xy = 0, yx = 0, yy = 1;  // derivative of the query's (x, y) by the item's
  double Determinant() const { return xx * yy - xy * yx; }
};
LocalMotion MotionAt(const Placement& placement, Point item);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_FIT_H_
