#include "fingerprint/fingerprint_picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "fingerprint/inner_picture.h"
#include "fingerprint/photo_word.h"

namespace jikimi::fingerprint {
namespace {

PixelsView Cut(const PixelsView& picture, const Region& region) {
  PixelsView cut = picture;
  cut.data = picture.row(static_cast<int>(region.y)) +
             std::ptrdiff_t{static_cast<int>(region.x)} * picture.channels;
  cut.width = static_cast<int>(region.width);
  cut.height = static_cast<int>(region.height);
  return cut;
}

// Before shrinking, the side of a part that now measures `part` of `whole`.
int FullSide(int part, int whole, int full_whole) {
  return static_cast<int>(std::lround(static_cast<double>(part) * full_whole / whole));
}

}  // namespace

PictureFingerprint FingerprintPicture(const PixelsView& picture, const PictureOptions& options) {
  PictureFingerprint print;
  if (picture.empty()) return print;
  print.width = picture.width;
  print.height = picture.height;
  const int full_width = std::max(picture.width, options.full_width);
  const int full_height = std::max(picture.height, options.full_height);
  const PhotoWords whole =
      options.whole ? *options.whole : PhotoWordsOf(picture, full_width, full_height);
  print.whole = whole.words;
  print.whole_quality = whole.quality;
  for (const Region& region : FindInnerPictures(picture)) {
    const PixelsView cut = Cut(picture, region);
    const PhotoWords words = PhotoWordsOf(cut, FullSide(cut.width, picture.width, full_width),
                                          FullSide(cut.height, picture.height, full_height));
    print.inner.push_back({.region = region, .words = words.words, .quality = words.quality});
  }
  if (options.max_patches <= 0) return print;
  for (const QueryPatch& query : ExtractQueryPatches(
           picture, {.max_patches = options.max_patches, .working_area = options.working_area})) {
    print.patches.push_back(query.patch);
    print.margins.push_back(query.margins);
  }
  return print;
}

}  // namespace jikimi::fingerprint
