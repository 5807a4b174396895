#include "gallery/gallery.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "gallery/fingerprint_find.h"
#include "gallery/gallery_file.h"
#include "gallery/gallery_file_form.h"
#include "gallery/item_index.h"
#include "gallery/item_record.h"

namespace jikimi::gallery {
namespace {

// Below this a file isn't worth rewriting.
constexpr std::uint64_t kSmallFile = 1 << 20;

std::string Named(ItemId item) { return "item " + std::to_string(item.value); }

}  // namespace

struct Gallery::State {
  struct Entry {
    std::uint32_t number = 0;  // in the index
    GalleryFile::Place place;
  };

  // Held by one change at a time, for as long as it takes.
  std::mutex writing;
  std::optional<GalleryFile> file;

  // Held for moments only.
  mutable std::shared_mutex catalog_mutex;
  std::shared_ptr<ItemIndex> index;
  std::unordered_map<std::uint64_t, Entry> live;  // by ItemId
  std::uint64_t file_bytes = 0, withdrawn_bytes = 0;

  std::shared_ptr<ItemIndex> Index() const {
    const std::shared_lock lock(catalog_mutex);
    return index;
  }
  bool IsLive(ItemId item) const {
    const std::shared_lock lock(catalog_mutex);
    return live.contains(item.value);
  }
  // With catalog_mutex held for writing.
  void NoteFileSize() {
    if (!file) return;
    file_bytes = file->size_bytes();
    withdrawn_bytes = file->withdrawn_bytes();
  }
  std::vector<std::pair<ItemId, Entry>> InOrder() const {
    std::vector<std::pair<ItemId, Entry>> items;
    for (const auto& [id, entry] : live) items.push_back({{id}, entry});
    std::sort(items.begin(), items.end(),
              [](const auto& a, const auto& b) { return a.second.number < b.second.number; });
    return items;
  }

  Result<void> LoadFile();
  Result<void> Compact();
  Result<void> ShedWithdrawn();
};

Result<void> Gallery::State::LoadFile() {
  index = TRY(ItemIndex::Make());
  GalleryFile::Visitor visitor;
  visitor.registered = [&](ItemId id, GalleryFile::Place place,
                           std::span<const std::byte> payload) -> Result<void> {
    const ItemRecord record = TRY(ParseItemRecord(payload));
    TRY(index->CheckRoomFor(record));
    live[id.value] = {TRY(index->Load(id, record)), place};
    return {};
  };
  visitor.withdrawn = [&](ItemId id) -> Result<void> {
    TRY(index->Withdraw(live.at(id.value).number));
    live.erase(id.value);
    return {};
  };
  TRY(file->Load(visitor));
  TRY(index->Finish());
  NoteFileSize();
  return {};
}

// With `writing` held.
Result<void> Gallery::State::Compact() {
  if (file) {
    std::vector<GalleryFile::LiveItem> items;
    for (const auto& [id, entry] : InOrder()) items.push_back({id, entry.place});
    const auto places = TRY(file->Compact(items));
    const std::lock_guard lock(catalog_mutex);
    for (std::size_t i = 0; i < items.size(); ++i) live[items[i].item.value].place = places[i];
    NoteFileSize();
  }
  return ShedWithdrawn();
}

// Gives the memory of withdrawn items back, once they are over half: the look-ups are made anew
// beside the old ones, which serve until then.
Result<void> Gallery::State::ShedWithdrawn() {
  const auto old = Index();
  if (old->items() < 2 * live.size() + 16) return {};
  std::shared_ptr<ItemIndex> fresh = TRY(ItemIndex::Make());
  std::unordered_map<std::uint64_t, Entry> renumbered;
  for (const auto& [id, entry] : InOrder()) {
    const std::uint32_t number = TRY(fresh->Load(id, old->Record(entry.number)));
    renumbered[id.value] = {number, entry.place};
  }
  TRY(fresh->Finish());
  const std::lock_guard lock(catalog_mutex);
  live = std::move(renumbered);
  index = std::move(fresh);
  return {};
}

Gallery::Gallery(std::unique_ptr<State> state) : state_(std::move(state)) {}
Gallery::Gallery(Gallery&&) noexcept = default;
Gallery& Gallery::operator=(Gallery&&) noexcept = default;
Gallery::~Gallery() = default;

Gallery Gallery::InMemory() {
  auto state = std::make_unique<State>();
  auto index = ItemIndex::Make();
  CHECK(index.has_value());  // nothing of the system's is asked for
  state->index = std::move(*index);
  return Gallery(std::move(state));
}

Result<Gallery> Gallery::Create(const std::filesystem::path& path) {
  auto file = TRY(GalleryFile::Create(path));
  auto state = std::make_unique<State>();
  state->file = std::move(file);
  state->index = TRY(ItemIndex::Make());
  state->NoteFileSize();
  return Gallery(std::move(state));
}

Result<Gallery> Gallery::Open(const std::filesystem::path& path, Access access) {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    auto state = std::make_unique<State>();
    state->file =
        TRY(GalleryFile::Open(path, access == Access::kReadWrite ? GalleryFile::Access::kReadWrite
                                                                 : GalleryFile::Access::kReadOnly));
    auto loaded = state->LoadFile();
    if (loaded.has_value()) return Gallery(std::move(state));
    // A writer withdrew something meanwhile.
    if (loaded.error().code != ErrorCode::kUnavailable || attempt == kAttempts) {
      return std::move(loaded).error();
    }
  }
}

Result<void> Gallery::Add(ItemId item, const fingerprint::Fingerprint& fingerprint) {
  const Registration registration = {item, &fingerprint};
  return Add({&registration, 1});
}

Result<void> Gallery::Add(std::span<const Registration> registrations) {
  State& state = *state_;
  const std::lock_guard writing(state.writing);
  std::vector<ItemRecord> records;
  std::vector<GalleryFile::NewItem> stored;
  std::set<std::uint64_t> numbers;
  for (const Registration& registration : registrations) {
    const ItemId id = registration.item;
    if (state.IsLive(id) || !numbers.insert(id.value).second) {
      return Error{ErrorCode::kAlreadyExists, Named(id) + " is registered already"};
    }
    auto record = MakeItemRecord(*registration.fingerprint);
    if (!record.has_value()) return Prefixed(Named(id), std::move(record).error());
    TRY(state.index->CheckRoomFor(*record));
    if (state.file) {
      stored.push_back({id, ItemRecordBytes(*record)});
      if (stored.back().payload.size() > file_form::kMaxPayload) {
        return Error{ErrorCode::kInvalidArgument, Named(id) + " is too large"};
      }
    }
    records.push_back(std::move(*record));
  }
  std::vector<GalleryFile::Place> places(records.size());
  if (state.file) places = TRY(state.file->Append(stored));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const ItemId id = registrations[i].item;
    const std::uint32_t number = TRY(state.index->Add(id, records[i]));
    const std::lock_guard lock(state.catalog_mutex);
    state.live[id.value] = {number, places[i]};
    state.NoteFileSize();
  }
  return {};
}

Result<void> Gallery::Remove(ItemId item) {
  State& state = *state_;
  const std::lock_guard writing(state.writing);
  const auto found = state.live.find(item.value);  // only changes change it: no lock to read
  if (found == state.live.end()) {
    return Error{ErrorCode::kNotFound, Named(item) + " is not registered"};
  }
  const State::Entry entry = found->second;
  Result<void> erased;
  if (state.file) erased = TRY(state.file->Withdraw({item, entry.place})).erased;
  TRY(state.index->Withdraw(entry.number));
  {
    const std::lock_guard lock(state.catalog_mutex);
    state.live.erase(item.value);
    state.NoteFileSize();
  }
  if (!erased.has_value()) {
    return Prefixed(Named(item) +
                        " is withdrawn, but not erased from the file before the next "
                        "compaction",
                    std::move(erased).error());
  }
  const bool wasteful = state.file && state.withdrawn_bytes > kSmallFile &&
                        state.withdrawn_bytes > state.file_bytes / 2;
  // The item is withdrawn whether this succeeds or not; it is tried again at the next one.
  if (wasteful) {
    if (auto compacted = state.Compact(); !compacted.has_value()) return {};
  } else if (!state.file) {
    TRY(state.ShedWithdrawn());
  }
  return {};
}

Result<void> Gallery::Compact() {
  const std::lock_guard writing(state_->writing);
  return state_->Compact();
}

bool Gallery::Contains(ItemId item) const { return state_->IsLive(item); }

std::vector<ItemSummary> Gallery::List() const {
  const std::shared_lock lock(state_->catalog_mutex);
  std::vector<ItemSummary> summaries;
  for (const auto& [id, entry] : state_->InOrder()) {
    const ItemIndex::Item& item = state_->index->item(entry.number);
    ItemSummary summary;
    summary.item = id;
    summary.kind = item.kind;
    summary.pictures = static_cast<int>(item.pictures);
    for (std::uint32_t i = 0; i < item.pictures; ++i) {
      const auto patches = state_->index->packed_patches(item.first_picture + i);
      summary.patches += static_cast<int>(patches.size());
    }
    summary.frames = static_cast<int>(item.frames);
    summary.duration_us = item.duration_us;
    summary.file_bytes = entry.place.bytes;
    summaries.push_back(summary);
  }
  return summaries;
}

GalleryInfo Gallery::Info() const {
  const std::shared_lock lock(state_->catalog_mutex);
  const ItemIndex& index = *state_->index;
  GalleryInfo info;
  info.version = file_form::kVersion;
  info.items = state_->live.size();
  for (const auto& [id, entry] : state_->live) {
    const ItemIndex::Item& item = index.item(entry.number);
    info.pictures += item.pictures;
    info.frame_words += item.frames;
    for (std::uint32_t i = 0; i < item.pictures; ++i) {
      const std::uint32_t picture = item.first_picture + i;
      info.patches += index.packed_patches(picture).size();
      info.photo_words += 1 + index.inner(index.picture(picture)).size();
    }
  }
  info.file_bytes = state_->file_bytes;
  info.withdrawn_bytes = state_->withdrawn_bytes;
  info.memory_bytes = index.memory_bytes();
  return info;
}

Result<std::vector<Verdict>> Gallery::Ask(const fingerprint::Fingerprint& query,
                                          const AskOptions& options) const {
  TRY(CheckFingerprint(query));
  const auto index = state_->Index();
  std::vector<Verdict> verdicts = TRY(FindFingerprint(*index, query));
  std::erase_if(verdicts,
                [&](const Verdict& verdict) { return verdict.score < options.min_score; });
  std::stable_sort(verdicts.begin(), verdicts.end(),
                   [](const Verdict& a, const Verdict& b) { return a.log_odds > b.log_odds; });
  const auto most = static_cast<std::size_t>(std::max(options.max_verdicts, 0));
  if (verdicts.size() > most) verdicts.resize(most);
  return verdicts;
}

}  // namespace jikimi::gallery
