#ifndef JIKIMI_SEARCH_SNAPSHOT_H_
#define JIKIMI_SEARCH_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "search/segment.h"

namespace jikimi::search {

// An index in a file, that is ready as soon as its head is read (doc/search.md has the format).
struct Snapshot {
  std::uint64_t generation = 0;  // grows with every checkpoint
  std::vector<std::shared_ptr<Segment>> segments;
  std::shared_ptr<BlockFile> file;
};

// Reads and checks the head alone; the rest is read and checked where it is touched. No snapshot,
// damaged or cut: kCorrupt; another version: kUnsupported.
Result<Snapshot> OpenSnapshot(const std::filesystem::path& path);

// What a snapshot keeps of a segment that may go on changing: the first `size` words, without those
// withdrawn.
struct FrozenSegment {
  std::shared_ptr<const Segment> segment;
  std::size_t size = 0;
  std::vector<std::uint64_t> withdrawn;
};

// Replaces `path`: written beside it, synced and renamed, so that at any moment there is the old
// file or the new one, whole. Temporary files begin with the path and kSnapshotTemporary.
inline constexpr char kSnapshotTemporary[] = ".new-";
Result<void> WriteSnapshot(const std::filesystem::path& path, std::uint64_t generation,
                           std::span<const FrozenSegment> segments);

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_SNAPSHOT_H_
