#ifndef JIKIMI_SEARCH_BAND_TABLE_H_
#define JIKIMI_SEARCH_BAND_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "search/bands.h"
#include "search/column.h"
#include "search/kernels.h"

namespace jikimi::search {

// Which words lie in which buckets: for every band, its 65,536 buckets one after the other, and
// in a bucket, for every word whose band has that value, the word's next band (the sketch) and its
// position. 96 bytes a word, and 4 MB. Immutable; any number of threads.
class BandTable {
 public:
  static constexpr std::size_t kOffsets = kBands * (kBuckets + 1);

  // Of words that are spread over bands, fewer than 2^32. Takes about 0.2 microseconds a word.
  static Result<BandTable> Build(std::span<const Word256> words);

  // From columns that Build() made once: `offsets` has kOffsets values, `sketches` and `positions`
  // sixteen a word. What lies in them is looked at, and checked, when it is touched.
  BandTable(Column<std::uint32_t> offsets, Column<std::uint16_t> sketches,
            Column<std::uint32_t> positions);

  // Appends to `candidates` the positions of all words within `radius` of `query`, some of them
  // several times, among few others. False if a block could not be read (its file's error() says
  // why) or holds no valid table (`*valid` is false then).
  bool FindCandidates(const Word256& query, Radius radius, const Kernels& kernels,
                      std::vector<std::uint32_t>* candidates, bool* valid) const;

  const Column<std::uint32_t>& offsets() const { return offsets_; }
  const Column<std::uint16_t>& sketches() const { return sketches_; }
  const Column<std::uint32_t>& positions() const { return positions_; }
  std::size_t size() const { return positions_.size() / kBands; }

 private:
  Column<std::uint32_t> offsets_;    // of a band: where each bucket starts, and where the last ends
  Column<std::uint16_t> sketches_;   // band after band
  Column<std::uint32_t> positions_;  // as sketches_
};

// From how many words on a table is faster than the linear kernel: measured for each set of
// kernels (bench/search, "crossover").
std::size_t CrossoverSize(Radius radius, const Kernels& kernels);

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_BAND_TABLE_H_
