#ifndef JIKIMI_GALLERY_ALIGNMENT_CANDIDATES_H_
#define JIKIMI_GALLERY_ALIGNMENT_CANDIDATES_H_

#include <span>
#include <vector>

#include "fingerprint/patch.h"

namespace jikimi::gallery {

// A patch of the query and one of the item that look alike.
struct Candidate {
  int query = 0, item = 0;  // indices
  int distance = 0;         // bits
  float log_scale = 0;      // natural log of query scale / item scale
  float turn = 0;           // query angle - item angle, radians in [-pi, pi)
  float weight = 0;         // how telling the likeness is
};

// For each patch of either side its nearest of the same polarity on the other side, near enough to
// be worth a look; the most telling first, at most `most`.
std::vector<Candidate> LookAlikes(std::span<const fingerprint::Patch> query,
                                  std::span<const fingerprint::Patch> item, int most);

// `angle` brought to [-pi, pi), for angles within 3 pi of it.
float WrappedAngle(float angle);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_CANDIDATES_H_
