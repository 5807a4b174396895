#ifndef JIKIMI_SEARCH_RANGE_INDEX_H_
#define JIKIMI_SEARCH_RANGE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/word256.h"
#include "search/entry.h"
#include "search/kernels.h"
#include "search/radius.h"

namespace jikimi::search {

// Exact range search: which of many words differ from a given one in at most so many bits. It
// never misses a word that is in range.
//
// Any number of threads ask at the same time; they take no lock and wait for nobody, a writer and
// a merge included. Changes take turns. What Insert() or Withdraw() has returned from is seen by
// every query that begins afterwards.
//
// Inside: a short list of new words that the linear kernel goes through, and parts with a table
// (band_table.h), which grow by being merged. A merge costs about 0.3 microseconds a word and runs
// in a thread of the index, or when Merge() is called.
class RangeIndex {
 public:
  struct Options {
    enum class Merging { kInBackground, kOnRequest };
    Merging merging = Merging::kInBackground;
    const Kernels* kernels = &BestKernels();
  };

  // In memory, and empty.
  static Result<std::unique_ptr<RangeIndex>> Make(const Options& options);
  static Result<std::unique_ptr<RangeIndex>> Make() { return Make(Options()); }

  // As a snapshot left it, in memory: what is changed later stays there until it is saved. The
  // head of the file is checked now; the rest is read and checked where it is touched, and then it
  // may be a query that gets kCorrupt.
  static Result<std::unique_ptr<RangeIndex>> OpenSnapshot(const std::filesystem::path& path,
                                                          const Options& options);
  static Result<std::unique_ptr<RangeIndex>> OpenSnapshot(const std::filesystem::path& path) {
    return OpenSnapshot(path, Options());
  }

  // As the snapshot at `path` and the journals beside it left it (`path`.journal-N), or empty when
  // there are none. Every change is on the disk when it returns, whatever kills the process then.
  // One process at a time: a second one gets kUnavailable.
  static Result<std::unique_ptr<RangeIndex>> OpenDurable(const std::filesystem::path& path,
                                                         const Options& options);
  static Result<std::unique_ptr<RangeIndex>> OpenDurable(const std::filesystem::path& path) {
    return OpenDurable(path, Options());
  }

  // Nobody may be using it any more.
  ~RangeIndex();

  Result<void> Insert(const Word256& word, EntryId id);
  // Faster for many: one write to the journal, and a table at once. Seen entry by entry or all at
  // once. Up to 4,294,967,294 entries.
  Result<void> Insert(std::span<const Entry> entries);
  // Takes every word of `id` out; says how many. Goes through all ids, 8 ms in 10 million.
  Result<std::size_t> Withdraw(EntryId id);

  // Every word within `radius` of `word`, in no particular order.
  Result<std::vector<Match>> Query(const Word256& word, Radius radius) const;
  // As many queries, of one state of the index: one result for each word.
  Result<std::vector<std::vector<Match>>> QueryBatch(std::span<const Word256> words,
                                                     Radius radius) const;

  // Words that are there.
  std::size_t size() const;
  // Bytes in use, tables included; of a file's blocks those that were touched.
  std::size_t memory_bytes() const;

  // Makes one part of everything, without what was withdrawn.
  Result<void> Merge();
  // Writes what is there now into a snapshot of its own at `path`; an older one is replaced. Not
  // over the one that OpenDurable() has opened: that is what Checkpoint() is for.
  Result<void> SaveSnapshot(const std::filesystem::path& path) const;
  // For OpenDurable(): a new snapshot, after which the journal starts empty. Changes and queries go
  // on meanwhile.
  Result<void> Checkpoint();

 private:
  class State;
  explicit RangeIndex(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_RANGE_INDEX_H_
