#ifndef JIKIMI_GALLERY_FINGERPRINT_FIND_H_
#define JIKIMI_GALLERY_FINGERPRINT_FIND_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "fingerprint/fingerprint.h"
#include "gallery/item_index.h"
#include "gallery/picture_find.h"
#include "gallery/verdict.h"

namespace jikimi::gallery {

// What of the index is seen in a sound fingerprint: at most one verdict an item, in no particular
// order.
Result<std::vector<Verdict>> FindFingerprint(const ItemIndex& index,
                                             const fingerprint::Fingerprint& query);

// A registered picture that is seen in one of the query's.
struct SeenPicture {
  int query_picture = 0;  // index into `pictures` or `key_frames`
  int item_picture = 0;   // index into the item's pictures
  PictureFinding finding;
};

// The verdict on one item by what was seen of it, empty or not. `rarity`: one a frame word of the
// query, or none (FrameWordSide). Nothing convincing: nullopt.
std::optional<Verdict> Judge(const fingerprint::Fingerprint& query, const ItemRecord& item,
                             std::span<const SeenPicture> seen, std::span<const float> rarity);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_FINGERPRINT_FIND_H_
