#ifndef JIKIMI_SEARCH_MERGING_H_
#define JIKIMI_SEARCH_MERGING_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "search/segment.h"

namespace jikimi::search {

using Segments = std::vector<std::shared_ptr<Segment>>;

// New words go into segments of this size, which are searched linearly.
inline constexpr std::size_t kTailWords = 4096;
// From this size on a segment gets a table, which takes 4 MB besides its 96 bytes a word.
inline constexpr std::size_t kTableWords = 16384;

// Those of `segments` that had better be one; empty if all is well. The last segment is never
// among them: it still grows. A word is merged about log2(all words / kTableWords) times, and
// about as many segments are left.
Segments WorthMerging(const Segments& segments);

// One full segment of all the words that are not withdrawn, with a table if it is large. The
// sources may lose words meanwhile, but not grow. kInterrupted when `stop` becomes true.
Result<std::shared_ptr<Segment>> MergeSegments(const Segments& sources,
                                               const std::atomic<bool>& stop);

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_MERGING_H_
