#ifndef JIKIMI_GALLERY_PICTURE_FIND_H_
#define JIKIMI_GALLERY_PICTURE_FIND_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "fingerprint/fingerprint.h"
#include "gallery/item_index.h"
#include "gallery/picture_relation.h"
#include "gallery/verdict.h"

namespace jikimi::gallery {

// A registered picture that is seen in a query's picture.
struct PictureFinding {
  std::uint32_t picture = 0;  // number in the index
  std::uint32_t item = 0;
  std::optional<WordMatch> word;
  std::optional<Alignment> alignment;  // pairs: places in the query's and the registered patches
  double log_odds = 0;
  // How much it says for the picture itself, against a mark that two pictures bear
  // (picture_marks.h).
  double own_log_odds = 0;
  bool same = false;  // re-encoded or resized at most
  How how;
  // Where in a video it is: the frame whose word is near, or the key frame.
  std::int64_t item_time_us = 0;
};

struct PictureFindOptions {
  // Registered pictures laid on the query's, the likeliest first; fewer, once none is seen any
  // more. More than could be related to one query: they come first.
  int max_aligned = 160;
};

// What of the index is seen in a picture, at most one finding for each registered picture, in order
// of picture. By photo words, exactly; by patches, as far as the look-up brings the picture among
// the likeliest. What agrees must be the pictures' own and not a mark's that unrelated items share
// (picture_marks.h).
Result<std::vector<PictureFinding>> FindPicture(const ItemIndex& index,
                                                const fingerprint::PictureFingerprint& query,
                                                const PictureFindOptions& options);

// How two pictures are compared when both are at hand: marks are told by the two alone.
std::optional<PictureFinding> ComparePictures(const fingerprint::PictureFingerprint& query,
                                              const PictureRecord& item);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_PICTURE_FIND_H_
