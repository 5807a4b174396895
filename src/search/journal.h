#ifndef JIKIMI_SEARCH_JOURNAL_H_
#define JIKIMI_SEARCH_JOURNAL_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "base/file.h"
#include "base/result.h"
#include "search/entry.h"

namespace jikimi::search {

// One change of an index. A withdrawal has no word.
struct Change {
  enum class Kind : std::uint8_t { kInsert = 1, kWithdraw = 2 };
  Kind kind = Kind::kInsert;
  Entry entry;
};

// The changes since a snapshot, in a file that only grows (doc/search.md). What Append() said yes
// to is on the disk. One writer.
class Journal {
 public:
  // A new, empty journal that follows the snapshot of this generation, in place of any file there.
  static Result<Journal> Create(const std::filesystem::path& path, std::uint64_t generation);

  // Hands every change to `apply` in order and goes on where the journal ends. Changes whose
  // writing was cut off were never acknowledged: they are dropped. Anything else that is not as it
  // was written is kCorrupt, another version kUnsupported; the file stays as it is then.
  static Result<Journal> Open(const std::filesystem::path& path, std::uint64_t generation,
                              const std::function<Result<void>(const Change&)>& apply);

  // All of `changes` or none. After a failure that leaves the file in doubt, every later call is
  // kUnavailable.
  Result<void> Append(std::span<const Change> changes);

  const std::filesystem::path& path() const { return path_; }

 private:
  Journal(FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  FileDescriptor file_;
  std::filesystem::path path_;
  std::uint64_t end_ = 0;       // of the last whole frame
  std::uint32_t checksum_ = 0;  // of the last frame's head; the next one goes on from it
  bool in_doubt_ = false;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_JOURNAL_H_
