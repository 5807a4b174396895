#include "gallery/item_index.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace jikimi::gallery {
namespace {

using fingerprint::FrameWord;
using fingerprint::kPlainQuality;
using search::Entry;
using search::EntryId;

}  // namespace

Result<std::unique_ptr<ItemIndex>> ItemIndex::Make() {
  auto words = TRY(search::RangeIndex::Make());
  return std::unique_ptr<ItemIndex>(new ItemIndex(std::move(words)));
}

Result<void> ItemIndex::CheckRoomFor(const ItemRecord& item) const {
  std::uint64_t patches = 0;
  for (const PictureRecord& picture : item.pictures) patches += picture.patches.size();
  if (!patches_.HasRoomFor(patches, item.pictures.size()) ||
      frames_.size() + 2 * item.frames.size() >= frames_.capacity() ||
      items_.size() + 1 >= items_.capacity() ||
      pictures_.size() + item.pictures.size() >= pictures_.capacity() ||
      inner_.size() + 2 * kMaxInner * item.pictures.size() >= inner_.capacity()) {
    return Error{ErrorCode::kResourceExhausted, "the gallery is full"};
  }
  return {};
}

std::uint32_t ItemIndex::Store(ItemId id, const ItemRecord& record, bool find_at_once,
                               std::vector<Entry>& words) {
  const auto number = static_cast<std::uint32_t>(items_.size());
  const EntryId entry{number};
  Item item;
  item.id = id;
  item.kind = record.kind;
  item.first_picture = static_cast<std::uint32_t>(pictures_.size());
  item.pictures = static_cast<std::uint32_t>(record.pictures.size());
  item.frames = static_cast<std::uint32_t>(record.frames.size());
  item.first_frame = frames_.Append(record.frames);
  item.duration_us = record.duration_us;
  items_.Append({&item, 1});
  // Everything that a look-up leads to is in place before the look-up leads there.
  for (const PictureRecord& kept : record.pictures) {
    Picture picture;
    picture.item = number;
    picture.width = kept.width;
    picture.height = kept.height;
    picture.quality = static_cast<std::uint8_t>(kept.quality);
    picture.inner_count = static_cast<std::uint8_t>(kept.inner.size());
    picture.time_us = kept.time_us;
    picture.word = kept.word;
    std::vector<Inner> inner;
    for (const InnerRecord& one : kept.inner) inner.push_back({one.region, one.word, one.quality});
    picture.first_inner = inner_.Append(inner);
    pictures_.Append({&picture, 1});
    if (kept.quality >= kPlainQuality) words.push_back({kept.word, entry});
    for (const InnerRecord& one : kept.inner) {
      if (one.quality >= kPlainQuality) words.push_back({one.word, entry});
    }
  }
  for (const PictureRecord& kept : record.pictures) {
    find_at_once ? patches_.Add(kept.patches) : patches_.AddUnindexed(kept.patches);
  }
  // A scene that stands still is one word.
  const Word256* last = nullptr;
  for (const FrameWord& frame : record.frames) {
    if (frame.quality < kPlainQuality || (last != nullptr && frame.word == *last)) continue;
    words.push_back({frame.word, entry});
    last = &frame.word;
  }
  return number;
}

Result<std::uint32_t> ItemIndex::Add(ItemId id, const ItemRecord& item) {
  std::vector<Entry> words;
  const std::uint32_t number = Store(id, item, true, words);
  TRY(words_->Insert(words));
  return number;
}

Result<std::uint32_t> ItemIndex::Load(ItemId id, const ItemRecord& item) {
  return Store(id, item, false, loaded_words_);
}

Result<void> ItemIndex::Finish() {
  std::erase_if(loaded_words_, [&](const Entry& entry) {
    return Withdrawn(static_cast<std::uint32_t>(entry.id));
  });
  TRY(words_->Insert(std::exchange(loaded_words_, {})));
  patches_.Rebuild();
  return {};
}

Result<void> ItemIndex::Withdraw(std::uint32_t number) {
  std::atomic_ref<std::uint16_t>(items_[number].withdrawn).store(1, std::memory_order_release);
  const Item& item = items_[number];
  for (std::uint32_t i = 0; i < item.pictures; ++i) patches_.Withdraw(item.first_picture + i);
  TRY(words_->Withdraw(EntryId{number}));
  return {};
}

bool ItemIndex::Withdrawn(std::uint32_t number) const {
  auto& flag = const_cast<Item&>(items_[number]).withdrawn;
  return std::atomic_ref<std::uint16_t>(flag).load(std::memory_order_acquire) != 0;
}

std::span<const ItemIndex::Inner> ItemIndex::inner(const Picture& picture) const {
  if (picture.inner_count == 0) return {};
  return {&inner_[picture.first_inner], picture.inner_count};
}

std::span<const FrameWord> ItemIndex::frames(const Item& item) const {
  if (item.frames == 0) return {};
  return {&frames_[item.first_frame], item.frames};
}

std::vector<fingerprint::Patch> ItemIndex::patches(std::uint32_t number) const {
  const Picture& picture = pictures_[number];
  std::vector<fingerprint::Patch> patches;
  for (const search::TablePatch& patch : patches_.patches(number)) {
    patches.push_back(UnpackPatch(patch, picture.width, picture.height));
  }
  return patches;
}

ItemRecord ItemIndex::Record(std::uint32_t number) const {
  const Item& item = items_[number];
  ItemRecord record;
  record.kind = item.kind;
  record.duration_us = item.duration_us;
  for (std::uint32_t i = 0; i < item.pictures; ++i) {
    const Picture& picture = pictures_[item.first_picture + i];
    PictureRecord kept;
    kept.time_us = picture.time_us;
    kept.width = picture.width;
    kept.height = picture.height;
    kept.word = picture.word;
    kept.quality = picture.quality;
    for (const Inner& one : inner(picture))
      kept.inner.push_back({one.region, one.word, one.quality});
    const auto patches = packed_patches(item.first_picture + i);
    kept.patches.assign(patches.begin(), patches.end());
    record.pictures.push_back(std::move(kept));
  }
  const auto words = frames(item);
  record.frames.assign(words.begin(), words.end());
  return record;
}

Result<std::vector<std::vector<std::uint32_t>>> ItemIndex::NearWords(std::span<const Word256> words,
                                                                     int radius) const {
  const search::Radius checked = TRY(search::Radius::Of(radius));
  const auto results = TRY(words_->QueryBatch(words, checked));
  std::vector<std::vector<std::uint32_t>> near;
  for (const auto& matches : results) {
    std::vector<std::uint32_t>& items = near.emplace_back();
    for (const search::Match& match : matches) {
      const auto item = static_cast<std::uint32_t>(match.id);
      if (!Withdrawn(item)) items.push_back(item);
    }
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
  }
  return near;
}

std::uint64_t ItemIndex::memory_bytes() const {
  return items_.memory_bytes() + pictures_.memory_bytes() + inner_.memory_bytes() +
         frames_.memory_bytes() + patches_.memory_bytes() + words_->memory_bytes();
}

}  // namespace jikimi::gallery
