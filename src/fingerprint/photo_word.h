#ifndef JIKIMI_FINGERPRINT_PHOTO_WORD_H_
#define JIKIMI_FINGERPRINT_PHOTO_WORD_H_

#include <array>

#include "base/pixels.h"
#include "base/word256.h"
#include "fingerprint/fingerprint.h"

namespace jikimi::fingerprint {

// Below this on either side a picture has no word: it is all zero, of quality 0.
inline constexpr int kSmallestSide = 5;

// The PDQ words of a picture in all eight turns and mirrors, from one transform.
struct PhotoWords {
  std::array<Word256, kDihedrals> words = {};  // in Dihedral order
  int quality = 0;                             // 0 to 100

  friend bool operator==(const PhotoWords&, const PhotoWords&) = default;
};

// PDQ, equal to the published reference bit for bit on the same pixels, on every machine and in the
// browser. Works in strips: memory grows with the width, and by 256 bytes a row. Safe from any
// thread. The word of the negative is ~word.
//
// The reference squeezes a picture of more than 512 pixels on a side to 512 x 512 first; this is
// the word of the pixels as they are, as in its bindings. The two are a few bits apart.
PhotoWord PhotoWordOf(const PixelsView& picture);
PhotoWords PhotoWordsOf(const PixelsView& picture);

// The same for a picture that was shrunk while it was decoded: a few bits from the word that it has
// at its full size (doc/fingerprint.md has the figures). Neither full side may be below the shrunk
// one; at the same size it is the exact word.
PhotoWord PhotoWordOf(const PixelsView& picture, int full_width, int full_height);
PhotoWords PhotoWordsOf(const PixelsView& picture, int full_width, int full_height);

// The word that the turned or mirrored picture would have, from the word alone. Within about 18
// bits of the true one, since a word doesn't say how its coefficients lie about their median.
Word256 Turned(const Word256& word, Dihedral dihedral);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PHOTO_WORD_H_
