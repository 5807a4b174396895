#ifndef JIKIMI_GALLERY_ALIGNMENT_EVIDENCE_H_
#define JIKIMI_GALLERY_ALIGNMENT_EVIDENCE_H_

#include <cstddef>
#include <span>
#include <vector>

#include "gallery/alignment.h"

namespace jikimi::gallery {

// A patch as places are compared: its direction as a vector, its scale as a logarithm.
struct PlacedPatch {
  float x = 0, y = 0;
  float log_scale = 0;
  float cosine = 1, sine = 0;
  bool bright = false;
  std::size_t index = 0;  // in the span of patches
};
std::vector<PlacedPatch> Placed(std::span<const fingerprint::Patch> patches);

// Both sides of a comparison, made ready for weighing many placements. The query's patches are in
// order of x, so that those near a place are found fast. What the sides point to must outlive it.
struct BothSides {
  BothSides(const Side& query_side, const Side& item_side);

  Side query, item;
  std::vector<PlacedPatch> query_patches;         // in order of x
  std::vector<PlacedPatch> item_patches;          // as given
  float least_log_scale = 0, most_log_scale = 0;  // of the query's patches
};

// What a placement explains: the patches that are where it says, and those that are not.
struct Evidence {
  std::vector<Alignment::Pair> pairs;  // one-to-one
  double log_odds = 0;
  double cover = 0;  // how far the pairs spread, 1 = as far as all patches that should be seen
  std::vector<std::size_t> expected;  // the item's patches that should be seen
};

// `slack` widens the tolerance of places: above 1 while a placement is still rough.
Evidence Weigh(const Placement& placement, const BothSides& sides, double slack);

// The share of what should be seen that lies among what agrees, 0 to 1: Alignment::agreement.
double AgreementOf(const Evidence& evidence, const BothSides& sides);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_EVIDENCE_H_
