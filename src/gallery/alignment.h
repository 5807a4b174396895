#ifndef JIKIMI_GALLERY_ALIGNMENT_H_
#define JIKIMI_GALLERY_ALIGNMENT_H_

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "fingerprint/patch.h"

namespace jikimi::gallery {

// A point in pixels.
struct Point {
  float x = 0, y = 0;
};

// How a registered picture lies in a query: query = matrix * item, homogeneous, pixels to pixels.
// Affine for a turn, scale, mirror or squeeze; projective for a picture filmed at an angle.
struct Placement {
  std::array<double, 9> matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};  // row-major

  Point Apply(Point item) const;
  double ScaleAt(Point item) const;  // query pixels an item pixel, there
  // Clockwise as shown, in (-180, 180], mirror undone (an item mirrored left to right is turned by
  // 0), there: it differs from place to place in a picture filmed at an angle.
  double RotationDegreesAt(Point item) const;
  bool Mirrored() const;  // turns left into right
  // Where the query's places are in the item. Of a placement that collapses nothing.
  Placement Inverted() const;
  // The placement of what `first` places in the item.
  Placement After(const Placement& first) const;
};

// Why two pictures are held to be one: patches that look alike and lie alike.
struct Alignment {
  Placement placement;
  fingerprint::Form form = fingerprint::Form::kPlain;
  struct Pair {
    int query = 0, item = 0;  // indices into the spans given
    int distance = 0;         // bits
  };
  std::vector<Pair> pairs;  // one-to-one, in agreement with `placement`
  double log_odds = 0;      // natural log of P(evidence | same) / P(evidence | unrelated)
  double cover = 0;         // how far the pairs spread over what should be seen; about 1
                            // when everywhere, less for a logo or a caption
  double agreement = 0;     // share of the item's patches that should be seen that lie
                            // among pairs: near 1 for one picture, 0.5 with a third of
                            // it covered, less where two pictures share a mark
  std::vector<Point> visible_in_item;  // polygon, item pixels: the part of the item that is seen
  std::vector<Point> place_in_query;   // the same polygon, query pixels
};

struct PictureSize {
  int width = 0, height = 0;  // pixels
};

// One side of a comparison. `rarity[i]`, where given, is the natural log of how rare patch i's look
// is among registered pictures (>= 0; 0 = everywhere, such as a logo). A pair never tells more than
// its item patch's rarity; where too few pictures are known to tell, give 12 or leave it empty. The
// query's is not read.
struct Side {
  PictureSize size;
  std::span<const fingerprint::Patch> patches;
  std::span<const float> rarity;  // empty, or one a patch
};

// Looks for the placement of `item` in `query`, given that the query is in `form` (the query's
// patches are as found; this function brings them to the form). Nothing convincing (Convincing()):
// nullopt. Deterministic. Pure: safe from any thread.
std::optional<Alignment> Align(const Side& query, const Side& item, fingerprint::Form form);

// The same, however weak: for calibration and for combining with other evidence.
std::optional<Alignment> BestAlignment(const Side& query, const Side& item, fingerprint::Form form);

// Whether an alignment makes a verdict by itself: enough log-odds (score.h), pairs and spread.
bool Convincing(const Alignment& alignment);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_H_
