#ifndef JIKIMI_SEARCH_SEGMENT_H_
#define JIKIMI_SEARCH_SEGMENT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "search/band_table.h"
#include "search/column.h"
#include "search/entry.h"
#include "search/kernels.h"

namespace jikimi::search {

// A part of an index: words (spread over bands) with their ids, some of them withdrawn, and for
// large parts a table. One writer appends and withdraws; any number of readers ask at the same
// time, and see what was appended or withdrawn before they began.
class Segment {
 public:
  // Empty, with room for `capacity` words, and without a table for ever.
  static Result<std::shared_ptr<Segment>> Make(std::size_t capacity);
  // Full, from columns of the same size; what `withdrawn` has bits for is gone. `table` may be
  // missing.
  static std::shared_ptr<Segment> Assemble(Column<Word256> words, Column<std::uint64_t> ids,
                                           std::span<const std::uint64_t> withdrawn,
                                           std::optional<BandTable> table);

  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  std::size_t capacity() const { return words_.size(); }
  std::size_t withdrawn() const { return withdrawn_count_.load(std::memory_order_relaxed); }
  bool has_table() const { return table_.has_value(); }
  std::size_t memory_bytes() const;

  // For the writer alone; there must be room.
  void Append(const Word256& spread, EntryId id);
  // Positions below size() that hold `id` and are not withdrawn.
  Result<std::vector<std::uint32_t>> PositionsOf(EntryId id) const;
  void WithdrawAt(std::uint32_t position);
  // Makes the table of a full segment that nobody else sees yet.
  Result<void> BuildTable();

  enum class Way { kLinear, kTable };
  // Which of them is faster for this segment.
  Way FasterWay(Radius radius, const Kernels& kernels) const;
  // Appends every word within `radius` of `query` (spread over bands).
  Result<void> Find(const Word256& query, Radius radius, const Kernels& kernels,
                    std::vector<Match>* matches) const {
    return FindBy(FasterWay(radius, kernels), query, radius, kernels, matches);
  }
  // The same, in a certain way; kTable needs a table.
  Result<void> FindBy(Way way, const Word256& query, Radius radius, const Kernels& kernels,
                      std::vector<Match>* matches) const;

  // Reads all that a file holds of words and ids, for those who go through the columns.
  Result<void> TouchEntries() const;
  // The same, and of the table.
  Result<void> TouchAll() const;
  const Column<Word256>& words() const { return words_; }
  const Column<std::uint64_t>& ids() const { return ids_; }
  const std::optional<BandTable>& table() const { return table_; }
  bool IsWithdrawn(std::size_t position) const {
    return (withdrawn_[position / 64].load(std::memory_order_acquire) >> (position % 64) & 1) != 0;
  }
  std::vector<std::uint64_t> WithdrawnBits() const;

 private:
  Segment(Column<Word256> words, Column<std::uint64_t> ids);
  Result<void> FindLinearly(const Word256& query, Radius radius, const Kernels& kernels,
                            std::vector<Match>* matches) const;
  Result<void> FindByTable(const Word256& query, Radius radius, const Kernels& kernels,
                           std::vector<Match>* matches) const;
  Error ReadError() const;

  Column<Word256> words_;
  Column<std::uint64_t> ids_;
  std::vector<std::atomic<std::uint64_t>> withdrawn_;
  std::atomic<std::size_t> withdrawn_count_ = 0;
  std::atomic<std::size_t> size_ = 0;
  std::optional<BandTable> table_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_SEGMENT_H_
