#include "search/patch_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>
#include <utility>

#include "base/check.h"
#include "search/patch_table_parts.h"

namespace jikimi::search {
namespace {

constexpr std::uint64_t kMinTail = 16384;  // patches

// Keys about as many as patches: buckets of one or two where words spread evenly.
int KeyBitsFor(std::uint64_t patches) {
  return std::clamp(static_cast<int>(std::bit_width(patches)) - 1, internal::kMinKeyBits,
                    internal::kMaxKeyBits);
}

}  // namespace

void* MapZeroed(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  if (bytes >= (std::size_t{2} << 20)) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void Unmap(void* memory, std::size_t bytes) { munmap(memory, bytes); }

PatchTable::Tail::Tail(std::uint64_t first_patch, std::uint64_t size)
    : first(first_patch), capacity(size), bits(KeyBitsFor(size)) {
  for (Chains& chain : chains) {
    chain.heads = MappedArray<std::atomic<std::uint32_t>>(std::size_t{1} << bits);
    chain.next = MappedArray<std::uint32_t>(capacity);
  }
}

PatchTable::PatchTable() {
  auto empty = std::make_shared<Tables>();
  empty->bands.fill(BuildBand(0, 0, internal::kMinKeyBits));
  empty->tail = std::make_shared<Tail>(0, kMinTail);
  Publish(std::move(empty));
}

PatchTable::~PatchTable() = default;

std::shared_ptr<const PatchTable::Tables> PatchTable::tables() const {
  const std::lock_guard lock(tables_mutex_);
  return tables_;
}

void PatchTable::Publish(std::shared_ptr<const Tables> tables) {
  const std::lock_guard lock(tables_mutex_);
  tables_.swap(tables);  // the old ones die after the lock, or with their last reader
}

bool PatchTable::HasRoomFor(std::uint64_t more_patches, std::uint64_t more_pictures) const {
  // A picture that does not fit a chunk's rest starts the next: allow for half as much again.
  return patches_.size() + more_patches + more_patches / 2 + patches_.kChunk < kMaxTotal &&
         pictures_.size() + more_pictures < kMaxPictures;
}

std::uint64_t PatchTable::memory_bytes() const {
  const auto now = tables();
  std::uint64_t bytes = patches_.memory_bytes() + pictures_.memory_bytes();
  for (const auto& band : now->bands) bytes += 4 * (band->starts.size() + band->entries.size());
  const std::uint64_t in_tail = patches_.size() - now->tail->first;
  bytes += kBands * 4 * (in_tail + now->tail->chains[0].heads.size());
  return bytes;
}

std::uint32_t PatchTable::AddUnindexed(std::span<const TablePatch> patches) {
  CHECK(patches.size() <= kMaxPatches);
  const std::size_t first = patches_.Append(patches);
  CHECK(first + patches.size() <= kMaxTotal);
  const Picture picture = {static_cast<std::uint32_t>(first),
                           static_cast<std::uint16_t>(patches.size()), 0};
  return static_cast<std::uint32_t>(pictures_.Append({&picture, 1}));
}

std::uint32_t PatchTable::Add(std::span<const TablePatch> patches) {
  const std::uint32_t number = AddUnindexed(patches);
  const std::uint64_t first = pictures_[number].first;
  const auto now = tables();
  Tail& tail = *now->tail;
  if (first + patches.size() > tail.first + tail.capacity) {
    Rebuild();
    return number;
  }
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const std::uint64_t at = first + i - tail.first;
    for (int band = 0; band < kBands; ++band) {
      Tail::Chains& chain = tail.chains[static_cast<std::size_t>(band)];
      std::atomic<std::uint32_t>& head =
          chain.heads[internal::KeyOf(patches[i].word, band, tail.bits)];
      chain.next[at] = head.load(std::memory_order_relaxed);
      head.store(static_cast<std::uint32_t>(at + 1), std::memory_order_release);
    }
  }
  return number;
}

void PatchTable::Withdraw(std::uint32_t picture) {
  std::atomic_ref<std::uint16_t>(pictures_[picture].withdrawn).store(1, std::memory_order_release);
}

bool PatchTable::Withdrawn(std::uint32_t picture) const {
  auto& flag = const_cast<Picture&>(pictures_[picture]).withdrawn;
  return std::atomic_ref<std::uint16_t>(flag).load(std::memory_order_acquire) != 0;
}

std::span<const TablePatch> PatchTable::patches(std::uint32_t picture) const {
  const Picture& entry = pictures_[picture];
  if (entry.count == 0) return {};
  return {&patches_[entry.first], entry.count};
}

std::shared_ptr<const PatchTable::Band> PatchTable::BuildBand(int band, std::uint64_t count,
                                                              int bits) const {
  auto built = std::make_shared<Band>();
  built->number_bits = static_cast<int>(std::bit_width(count));
  built->form = {bits, std::clamp(32 - built->number_bits, 0, internal::kMaxSketchBits)};
  built->covered = count;
  built->near = internal::SketchesNear(built->form.sketch_bits);
  built->starts = MappedArray<std::uint32_t>((std::size_t{1} << bits) + 1);
  // By pictures, so that the places that Append() skipped stay out.
  const std::size_t pictures = pictures_.size();
  const auto each_patch = [&](auto&& visit) {
    for (std::size_t p = 0; p < pictures; ++p) {
      const Picture& picture = pictures_[p];
      if (picture.count == 0 || Withdrawn(static_cast<std::uint32_t>(p))) continue;
      const TablePatch* const patch = &patches_[picture.first];
      for (std::uint32_t i = 0; i < picture.count; ++i) {
        visit(internal::KeyOf(patch[i].word, band, bits), picture.first + i, patch[i]);
      }
    }
  };
  std::uint32_t* const starts = built->starts.data();
  each_patch([&](std::uint32_t key, std::uint32_t, const TablePatch&) { ++starts[key]; });
  std::uint32_t total = 0;
  for (std::size_t key = 0; key <= std::size_t{1} << bits; ++key) {
    total += starts[key];
    starts[key] = total;  // the end of the bucket; filling moves it down to the start
  }
  built->entries = MappedArray<std::uint32_t>(total);
  std::uint32_t* const entries = built->entries.data();
  each_patch([&](std::uint32_t key, std::uint32_t number, const TablePatch& patch) {
    const std::uint32_t sketch = internal::SketchOf(patch, band, built->form.sketch_bits);
    entries[--starts[key]] = sketch == 0 ? number : sketch << built->number_bits | number;
  });
  return built;
}

void PatchTable::Rebuild() {
  const std::uint64_t count = patches_.size();
  const int bits = KeyBitsFor(count);
  // Band by band, so that only one is ever there twice. Until the last one stands, the old tail
  // goes on serving all of them; what is found in both counts once.
  auto next = std::make_shared<Tables>(*tables());
  for (int band = 0; band < kBands; ++band) {
    next->bands[static_cast<std::size_t>(band)] = BuildBand(band, count, bits);
    if (band == kBands - 1) {
      next->tail = std::make_shared<Tail>(count, std::max(kMinTail, count / 2));
    }
    Publish(std::make_shared<Tables>(*next));
  }
}

}  // namespace jikimi::search
