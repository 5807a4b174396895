#include "search/segment.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"

namespace jikimi::search {
namespace {

constexpr std::size_t kWordsAtOnce = 1024;

}  // namespace

Segment::Segment(Column<Word256> words, Column<std::uint64_t> ids)
    : words_(std::move(words)), ids_(std::move(ids)), withdrawn_((words_.size() + 63) / 64) {
  CHECK(words_.size() == ids_.size());
}

Result<std::shared_ptr<Segment>> Segment::Make(std::size_t capacity) {
  auto words = TRY(Column<Word256>::Make(capacity));
  auto ids = TRY(Column<std::uint64_t>::Make(capacity));
  return std::shared_ptr<Segment>(new Segment(std::move(words), std::move(ids)));
}

std::shared_ptr<Segment> Segment::Assemble(Column<Word256> words, Column<std::uint64_t> ids,
                                           std::span<const std::uint64_t> withdrawn,
                                           std::optional<BandTable> table) {
  std::shared_ptr<Segment> segment(new Segment(std::move(words), std::move(ids)));
  CHECK(withdrawn.size() == segment->withdrawn_.size());
  CHECK(!table.has_value() || table->size() == segment->capacity());
  std::size_t count = 0;
  for (std::size_t i = 0; i < withdrawn.size(); ++i) {
    const std::size_t last = segment->capacity() - i * 64;  // of a file: bits beyond it may be set
    const std::uint64_t there = last >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << last) - 1;
    segment->withdrawn_[i].store(withdrawn[i] & there, std::memory_order_relaxed);
    count += static_cast<std::size_t>(std::popcount(withdrawn[i] & there));
  }
  segment->withdrawn_count_ = count;
  segment->table_ = std::move(table);
  segment->size_ = segment->capacity();
  return segment;
}

std::size_t Segment::memory_bytes() const {
  std::size_t bytes = withdrawn_.size() * 8;
  if (words_.file() != nullptr) return bytes;  // counted once for the file
  bytes += words_.bytes().size() + ids_.bytes().size();
  if (table_.has_value()) {
    bytes += table_->offsets().bytes().size() + table_->sketches().bytes().size() +
             table_->positions().bytes().size();
  }
  return bytes;
}

void Segment::Append(const Word256& spread, EntryId id) {
  const std::size_t at = size_.load(std::memory_order_relaxed);
  CHECK(at < capacity());
  words_.mutable_data()[at] = spread;
  ids_.mutable_data()[at] = static_cast<std::uint64_t>(id);
  size_.store(at + 1, std::memory_order_release);
}

Result<std::vector<std::uint32_t>> Segment::PositionsOf(EntryId id) const {
  std::vector<std::uint32_t> positions;
  const std::size_t count = size();
  if (!ids_.Touch(0, count)) return ReadError();
  const auto* end = ids_.data() + count;
  const auto* at = std::find(ids_.data(), end, static_cast<std::uint64_t>(id));
  while (at != end) {
    const auto position = static_cast<std::uint32_t>(at - ids_.data());
    if (!IsWithdrawn(position)) positions.push_back(position);
    at = std::find(at + 1, end, static_cast<std::uint64_t>(id));
  }
  return positions;
}

void Segment::WithdrawAt(std::uint32_t position) {
  const std::uint64_t bit = std::uint64_t{1} << (position % 64);
  if ((withdrawn_[position / 64].fetch_or(bit, std::memory_order_release) & bit) == 0) {
    withdrawn_count_.fetch_add(1, std::memory_order_relaxed);
  }
}

Result<void> Segment::BuildTable() {
  CHECK(size() == capacity());
  table_ = TRY(BandTable::Build({words_.data(), words_.size()}));
  return {};
}

Segment::Way Segment::FasterWay(Radius radius, const Kernels& kernels) const {
  const bool by_table = table_.has_value() && capacity() >= CrossoverSize(radius, kernels);
  return by_table ? Way::kTable : Way::kLinear;
}

Result<void> Segment::FindBy(Way way, const Word256& query, Radius radius, const Kernels& kernels,
                             std::vector<Match>* matches) const {
  return way == Way::kTable ? FindByTable(query, radius, kernels, matches)
                            : FindLinearly(query, radius, kernels, matches);
}

Result<void> Segment::FindLinearly(const Word256& query, Radius radius, const Kernels& kernels,
                                   std::vector<Match>* matches) const {
  std::array<std::uint32_t, kWordsAtOnce> near;
  const std::size_t count = size();
  for (std::size_t first = 0; first < count; first += kWordsAtOnce) {
    const std::size_t words = std::min(kWordsAtOnce, count - first);
    if (!words_.Touch(first, words)) return ReadError();
    const Word256* at = words_.data() + first;
    const std::size_t found = kernels.near_words(at, words, query, radius.bits(), near.data());
    for (std::size_t i = 0; i < found; ++i) {
      const std::size_t position = first + near[i];
      if (IsWithdrawn(position)) continue;
      if (!ids_.Touch(position, 1)) return ReadError();
      matches->push_back({EntryId{ids_.data()[position]}, HammingDistance(at[near[i]], query)});
    }
  }
  return {};
}

Result<void> Segment::FindByTable(const Word256& query, Radius radius, const Kernels& kernels,
                                  std::vector<Match>* matches) const {
  std::vector<std::uint32_t> candidates;
  bool valid = true;
  if (!table_->FindCandidates(query, radius, kernels, &candidates, &valid)) {
    if (valid) return ReadError();
    return Error{ErrorCode::kCorrupt, "a search table points outside itself: it is damaged"};
  }
  if (words_.file() != nullptr) {
    for (const std::uint32_t position : candidates) {
      if (!words_.Touch(position, 1)) return ReadError();
    }
  }
  std::vector<std::uint16_t> distances(candidates.size());
  kernels.distances_at(words_.data(), candidates.data(), candidates.size(), query,
                       distances.data());
  std::vector<std::uint64_t> hits;  // position and distance, so that they sort by position
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (distances[i] <= radius.bits()) {
      hits.push_back(std::uint64_t{candidates[i]} << 16 | distances[i]);
    }
  }
  std::sort(hits.begin(), hits.end());
  hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
  for (const std::uint64_t hit : hits) {
    const std::size_t position = hit >> 16;
    if (IsWithdrawn(position)) continue;
    if (!ids_.Touch(position, 1)) return ReadError();
    matches->push_back({EntryId{ids_.data()[position]}, static_cast<int>(hit & 0xffff)});
  }
  return {};
}

Result<void> Segment::TouchEntries() const {
  if (!words_.Touch(0, words_.size()) || !ids_.Touch(0, ids_.size())) return ReadError();
  return {};
}

Result<void> Segment::TouchAll() const {
  TRY(TouchEntries());
  if (!table_.has_value()) return {};
  const bool there = table_->offsets().Touch(0, table_->offsets().size()) &&
                     table_->sketches().Touch(0, table_->sketches().size()) &&
                     table_->positions().Touch(0, table_->positions().size());
  if (!there) return ReadError();
  return {};
}

std::vector<std::uint64_t> Segment::WithdrawnBits() const {
  std::vector<std::uint64_t> bits;
  bits.reserve(withdrawn_.size());
  for (const auto& sixty_four : withdrawn_) {
    bits.push_back(sixty_four.load(std::memory_order_acquire));
  }
  return bits;
}

Error Segment::ReadError() const { return words_.file()->error(); }

}  // namespace jikimi::search
