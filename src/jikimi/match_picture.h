#ifndef JIKIMI_JIKIMI_MATCH_PICTURE_H_
#define JIKIMI_JIKIMI_MATCH_PICTURE_H_

#include <vector>

#include "base/pixels.h"

namespace jikimi {

// A place in a picture as shares of its width and height, each 0 to 1.
struct Place {
  double x = 0, y = 0;
};

// What is drawn of one match, in shares, so that it doesn't matter at what size the pictures were
// compared.
struct MatchDrawing {
  std::vector<Place> region_in_item;   // polygon: the part of the registered picture that is seen
  std::vector<Place> region_in_query;  // polygon: where that part lies in the other picture
  struct Pair {
    Place item, query;
  };
  std::vector<Pair> pairs;  // patches that look alike and lie alike
};

// Both pictures at `height` pixels beside each other, the registered one left, with the regions
// outlined and lines between the matched patches. Empty pictures are left out. RGB.
Pixels DrawMatch(const PixelsView& item, const PixelsView& query, const MatchDrawing& match,
                 int height);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_MATCH_PICTURE_H_
