#ifndef JIKIMI_GALLERY_PICTURE_RELATION_H_
#define JIKIMI_GALLERY_PICTURE_RELATION_H_

#include <optional>
#include <span>
#include <vector>

#include "fingerprint/fingerprint.h"
#include "gallery/alignment.h"
#include "gallery/verdict.h"

namespace jikimi::gallery {

// Photo words up to this far apart are held to be one picture's: PDQ's own recommendation.
inline constexpr int kWordRadius = 31;

// Two photo words within the radius, and how the query's picture must be turned for it.
struct WordMatch {
  int distance = 0;  // bits
  fingerprint::Dihedral dihedral = fingerprint::Dihedral::kOriginal;
  bool negative = false;
  int query_part = 0, item_part = 0;  // 0: the whole, else an inner picture, from 1
};

// A picture's photo words that mean something, with the part of it that each is of.
struct PartWord {
  Word256 word;
  int part = 0;
  fingerprint::Region region;  // pixels
};

// All sixteen forms of a picture's words, whole and inner, in order of part, dihedral, negative.
struct QueryWords {
  std::vector<Word256> words;
  struct Form {
    int part;
    fingerprint::Dihedral dihedral;
    bool negative;
  };
  std::vector<Form> forms;                 // one a word
  std::vector<fingerprint::Region> parts;  // the whole, the inner pictures
};
QueryWords WordsToAsk(const fingerprint::PictureFingerprint& picture);

// The nearest pair within the radius; an unturned whole is preferred among equals.
std::optional<WordMatch> MatchWords(const QueryWords& query, std::span<const PartWord> item);

// Natural log of P(words this near | one picture) / P(… | unrelated).
double WordLogOdds(int distance);

// How a picture in `item_part` lies in the query's part by a word match alone: the parts' frames
// laid on each other.
Placement PlacementByWord(const WordMatch& match, const fingerprint::Region& query_part,
                          const fingerprint::Region& item_part);

// The distance, in bits, between photo words of the innermost part (whole or inner picture) of the
// item that the placement lays on a part of the query, in any turn and as the negative: two
// screenshots of one app look alike as wholes. Nothing where it lays none on another.
std::optional<int> WordDistanceAt(const Placement& placement, const QueryWords& query,
                                  std::span<const PartWord> item);

How HowOf(const Placement& placement, bool negative, const PictureSize& query,
          const PictureSize& item);
How HowOf(const Alignment& alignment, const PictureSize& query, const PictureSize& item);

// Whether the whole item fills the whole query, neither turned nor squeezed nor cut.
bool FillsUnchanged(const How& how);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_PICTURE_RELATION_H_
