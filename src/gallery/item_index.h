#ifndef JIKIMI_GALLERY_ITEM_INDEX_H_
#define JIKIMI_GALLERY_ITEM_INDEX_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "fingerprint/fingerprint.h"
#include "gallery/item_record.h"
#include "gallery/verdict.h"
#include "search/patch_table.h"
#include "search/patch_table_storage.h"
#include "search/range_index.h"

namespace jikimi::gallery {

// Registered items in memory, with the look-ups by photo word and by patches. Items and their
// pictures are numbered from 0 in the order in which they came.
//
// One writer at a time; any number of readers meanwhile, which never wait for it. What a call of
// the writer has returned from is seen by every look-up that begins afterwards.
class ItemIndex {
 public:
  struct Item {
    ItemId id;
    fingerprint::Kind kind = fingerprint::Kind::kPhoto;
    std::uint16_t withdrawn = 0;  // by Withdrawn() only
    std::uint32_t first_picture = 0, pictures = 0;
    std::uint32_t frames = 0;
    std::uint64_t first_frame = 0;
    std::int64_t duration_us = 0;
  };
  struct Inner {
    fingerprint::Region region;
    Word256 word;
    int quality = 0;
  };
  struct Picture {
    std::uint32_t item = 0;
    std::int32_t width = 0, height = 0;
    std::uint8_t quality = 0, inner_count = 0;
    std::uint64_t first_inner = 0;
    std::int64_t time_us = 0;
    Word256 word;
  };

  static Result<std::unique_ptr<ItemIndex>> Make();

  // Writer. Room for another item like this, in numbers of 32 bits; otherwise kResourceExhausted.
  Result<void> CheckRoomFor(const ItemRecord& item) const;
  // Writer. Returns the item's number.
  Result<std::uint32_t> Add(ItemId id, const ItemRecord& item);
  // Writer. For reading in a whole gallery: found only after Finish().
  Result<std::uint32_t> Load(ItemId id, const ItemRecord& item);
  Result<void> Finish();
  // Writer. No longer found; its memory is given back with the index.
  Result<void> Withdraw(std::uint32_t item);

  std::uint32_t items() const { return static_cast<std::uint32_t>(items_.size()); }
  std::uint32_t pictures() const { return patches_.pictures(); }
  const Item& item(std::uint32_t number) const { return items_[number]; }
  const Picture& picture(std::uint32_t number) const { return pictures_[number]; }
  std::span<const Inner> inner(const Picture& picture) const;
  std::span<const fingerprint::FrameWord> frames(const Item& item) const;
  std::span<const search::TablePatch> packed_patches(std::uint32_t picture) const {
    return patches_.patches(picture);
  }
  std::vector<fingerprint::Patch> patches(std::uint32_t picture) const;
  bool Withdrawn(std::uint32_t item) const;
  // An item again as it was registered.
  ItemRecord Record(std::uint32_t item) const;

  // For each of `words` the items that hold a photo or frame word within `radius` bits of it, each
  // once, in order of their numbers.
  Result<std::vector<std::vector<std::uint32_t>>> NearWords(std::span<const Word256> words,
                                                            int radius) const;

  const search::PatchTable& patch_table() const { return patches_; }
  std::uint64_t word_count() const { return words_->size(); }
  std::uint64_t memory_bytes() const;

 private:
  explicit ItemIndex(std::unique_ptr<search::RangeIndex> words) : words_(std::move(words)) {}

  std::uint32_t Store(ItemId id, const ItemRecord& item, bool find_at_once,
                      std::vector<search::Entry>& words);

  search::GrowingArray<Item, 16, 4096> items_;
  search::GrowingArray<Picture, 16, 4096> pictures_;
  search::GrowingArray<Inner, 16, 4096> inner_;
  search::GrowingArray<fingerprint::FrameWord, 20, 4096> frames_;
  search::PatchTable patches_;
  std::unique_ptr<search::RangeIndex> words_;
  std::vector<search::Entry> loaded_words_;  // between Load() and Finish()
};

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ITEM_INDEX_H_
