#ifndef JIKIMI_GALLERY_ALIGNMENT_VOTES_H_
#define JIKIMI_GALLERY_ALIGNMENT_VOTES_H_

#include <span>
#include <vector>

#include "fingerprint/patch.h"
#include "gallery/alignment.h"
#include "gallery/alignment_candidates.h"

namespace jikimi::gallery {

// A first guess of how the item lies in the query: the turn, scale and shift of one candidate, and
// the candidates that agree with it.
struct Guess {
  Placement placement;
  double votes = 0;           // sum of the weights that agree, one an item patch
  std::vector<int> agreeing;  // indices into the candidates
};

// Tries each of the most telling candidates as a guess. The best guesses, best first, none of them
// built on a candidate that agrees with a better one. Deterministic: nothing is drawn at random.
std::vector<Guess> BestGuesses(std::span<const Candidate> candidates,
                               std::span<const fingerprint::Patch> query,
                               std::span<const fingerprint::Patch> item);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_VOTES_H_
