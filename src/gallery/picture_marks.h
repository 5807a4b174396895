#ifndef JIKIMI_GALLERY_PICTURE_MARKS_H_
#define JIKIMI_GALLERY_PICTURE_MARKS_H_

#include <optional>
#include <vector>

#include "gallery/alignment.h"
#include "gallery/picture_trial.h"

namespace jikimi::gallery {

// Marks are what unrelated pictures share: logos, watermarks, captions, subtitles, frames, screen
// chrome. Their patches look and lie alike as well as a picture's own do.

// Natural log of P(an alignment like this | one picture) / P(the same | two pictures that share a
// mark and nothing else), by what the two pictures alone show: how much each pair tells once what
// is missing is counted against it, how much of what should be seen lies among pairs, and how far
// apart the photo words are of parts that it lays on each other (nothing: no such parts). Measured,
// doc/gallery.md.
double OwnLogOdds(const Alignment& alignment, std::optional<int> word_distance);

// An alignment that says less is held to be of a mark.
inline constexpr double kOwn = -2;

// Tells marks by what other registered pictures have in common with the query, among all that were
// tried for it.
//
// A match that is not beyond doubt is compared with other items that agree with the query by the
// same patches. If one of those is another picture where both should show the same, what both share
// with the query is a mark's: it is taken out, and the match stands only if the rest carries it. A
// frame or a watermark has more patches than one look shows, so what is left is looked at again.
//
// Likewise photo words that several unrelated items have in common with the query, and that no
// patches confirm.
//
// Trials that don't stand are `refused`. Deterministic.
void RefuseMarks(AskedPicture& query, KnownPictures& known, std::vector<Trial>& trials);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_PICTURE_MARKS_H_
