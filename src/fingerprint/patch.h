#ifndef JIKIMI_FINGERPRINT_PATCH_H_
#define JIKIMI_FINGERPRINT_PATCH_H_

#include <array>
#include <cstdint>
#include <vector>

#include "base/pixels.h"
#include "base/word256.h"

namespace jikimi::fingerprint {

// A covariant patch of a picture: a place that is found again, with its size and direction, after
// the picture was moved, turned, scaled or cut, and a word of what it looks like there.
struct Patch {
  Word256 word;
  float x = 0, y = 0;   // centre, pixels; (0, 0) is the top-left corner of the top-left pixel
  float scale = 0;      // the detector's sigma, pixels
  float angle = 0;      // dominant direction, radians in [0, 2 pi) from +x towards +y (down)
  bool bright = false;  // a bright blob on dark ground (a negative swaps it)
};

// What was done to a picture that no turn or scale can undo.
enum class Form : std::uint8_t { kPlain, kMirrored, kNegative, kMirroredNegative };
inline constexpr int kForms = 4;

// The word that the same patch has in the picture's other form. Exact and free: a word's four limbs
// are the same projections seen through the four forms, so this only swaps limbs. An involution.
Word256 WordInForm(const Word256& word, Form form);

// `patch` as it would be found in the other form of a picture `width` pixels wide (mirrored left to
// right): place, angle and polarity included.
Patch PatchInForm(const Patch& patch, Form form, int width);

// Pixels of the plane on which patches are looked for, whatever the size of the picture.
inline constexpr double kWorkingArea = 350'000;

struct PatchOptions {
  int max_patches = 250;  // kept patches; the most telling come first, spread over the picture
  // A smaller plane costs less in proportion and has no small patches.
  double working_area = kWorkingArea;
};

// The patches of a picture, spread over it so that no part takes them all. Pictures under 16 pixels
// on a side and plain pictures have none. Deterministic: the same pixels give the same patches on
// every machine and in the browser. A prefix of the result is what a smaller max_patches gives.
std::vector<Patch> ExtractPatches(const PixelsView& picture, const PatchOptions& options);

// How sure each bit of a word is: 0 is as likely as not another bit in a copy, 255 is the surest.
// The bits of a look-up key with the smallest margins are the ones to probe flipped.
using BitMargins = std::array<std::uint8_t, Word256::kBits>;

struct QueryPatch {
  Patch patch;
  BitMargins margins = {};
};

// The margins that go with WordInForm().
BitMargins MarginsInForm(const BitMargins& margins, Form form);

// More patches than an item keeps make a query find more: a copy pasted into another picture only
// has the patches that fall on it.
inline constexpr int kQueryPatches = 600;

// ExtractPatches(), with what a look-up needs to choose its probes. The patches are the same.
std::vector<QueryPatch> ExtractQueryPatches(const PixelsView& picture,
                                            const PatchOptions& options = {
                                                .max_patches = kQueryPatches});

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_H_
