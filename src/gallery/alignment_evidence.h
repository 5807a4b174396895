#ifndef JIKIMI_GALLERY_ALIGNMENT_EVIDENCE_H_
#define JIKIMI_GALLERY_ALIGNMENT_EVIDENCE_H_

#include <cstddef>
#include <vector>

#include "gallery/alignment.h"
#include "gallery/alignment_query.h"

namespace jikimi::gallery {

// Both sides of a comparison, made ready for weighing many placements. What they point to must
// outlive it.
struct BothSides {
  BothSides(const QueryInForm& query_side, const Side& item_side)
      : query(query_side), item(item_side), item_patches(Placed(item_side.patches)) {}

  const QueryInForm& query;
  Side item;
  std::vector<PlacedPatch> item_patches;  // as given
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

// The pairs of Weigh() alone, at a part of its cost.
std::vector<Alignment::Pair> PairsAt(const Placement& placement, const BothSides& sides,
                                     double slack);

// The share of what should be seen that lies among what agrees, 0 to 1: Alignment::agreement.
double AgreementOf(const Evidence& evidence, const BothSides& sides);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_EVIDENCE_H_
