#ifndef JIKIMI_GALLERY_ITEM_RECORD_H_
#define JIKIMI_GALLERY_ITEM_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/word256.h"
#include "fingerprint/fingerprint.h"
#include "search/patch_table.h"

namespace jikimi::gallery {

// A registered item as the gallery keeps it: what is needed to find it, and no more. Of each photo
// word only the unturned one (the query brings the turned ones), of each patch 40 bytes.

// Patches of a picture that are kept: the most telling ones come first.
inline constexpr int kPatchesKept = 250;
inline constexpr int kMaxInner = 3;
inline constexpr std::uint32_t kMaxPictures = 1 << 20;  // an item
inline constexpr std::uint32_t kMaxFrames = 1 << 20;
inline constexpr int kMaxSide = 1 << 20;  // pixels

struct InnerRecord {
  fingerprint::Region region;
  Word256 word;
  int quality = 0;
};

struct PictureRecord {
  std::int64_t time_us = 0;  // of a key frame
  int width = 0, height = 0;
  Word256 word;
  int quality = 0;
  std::vector<InnerRecord> inner;
  std::vector<search::TablePatch> patches;
};

struct ItemRecord {
  fingerprint::Kind kind = fingerprint::Kind::kPhoto;
  std::int64_t duration_us = 0;
  std::vector<PictureRecord> pictures;  // photo: as given; video: its key frames
  std::vector<fingerprint::FrameWord> frames;
};

// Between a patch and 16-bit numbers: place in parts of the longer side, scale by its logarithm
// (0.03 %), angle to 0.01 degree.
search::TablePatch PackPatch(const fingerprint::Patch& patch, int width, int height);
fingerprint::Patch UnpackPatch(const search::TablePatch& patch, int width, int height);

// Whether the values of a fingerprint make sense: sizes positive and bounded, numbers finite,
// places within the picture, times in order. kInvalidArgument says which does not.
Result<void> CheckFingerprint(const fingerprint::Fingerprint& fingerprint);

// What is kept of a sound fingerprint. An empty one (no picture and no frame) is kInvalidArgument.
Result<ItemRecord> MakeItemRecord(const fingerprint::Fingerprint& fingerprint);

// The form in the file, doc/gallery.md; a multiple of 8 bytes. Parsing takes any bytes: kCorrupt.
std::vector<std::byte> ItemRecordBytes(const ItemRecord& item);
Result<ItemRecord> ParseItemRecord(std::span<const std::byte> bytes);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ITEM_RECORD_H_
