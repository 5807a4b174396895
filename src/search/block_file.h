#ifndef JIKIMI_SEARCH_BLOCK_FILE_H_
#define JIKIMI_SEARCH_BLOCK_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "search/pages.h"

namespace jikimi::search {

// A file of checksummed blocks, in memory at one address and read block by block at first touch.
//
// Pages of a mapped file would be there as lazily, but raise SIGBUS when somebody cuts the file,
// and change under a reader after they were checked. So address space of the file's size is mapped,
// and a block is copied into it by pread() and checked there: a short read, a failing disk and
// changed bytes are all plain errors, and what was checked once stays what it was. Any number of
// threads.
class BlockFile {
 public:
  static constexpr std::size_t kBlockBytes = 4 << 10;

  // The blocks start at byte `begin` of the file, and the last one ends at byte `size`; there is a
  // CRC-32C for each.
  static Result<std::shared_ptr<BlockFile>> Map(FileDescriptor file, std::filesystem::path path,
                                                std::uint64_t begin, std::uint64_t size,
                                                std::vector<std::uint32_t> checksums);

  // Byte `offset` of the file; what it points to may only be read after Touch() of it.
  const std::byte* at(std::uint64_t offset) const { return pages_.data() + (offset - begin_); }

  // Whether bytes [offset, offset + length) are there; if not, error() says why. A bad block is
  // tried again at the next touch. Cheap for what was touched before.
  bool Touch(std::uint64_t offset, std::uint64_t length) {
    if (blocks_left_.load(std::memory_order_acquire) == 0 || length == 0) return true;
    const std::uint64_t last = (offset - begin_ + length - 1) / kBlockBytes;
    for (std::uint64_t block = (offset - begin_) / kBlockBytes; block <= last; ++block) {
      if (!ready_[block].load(std::memory_order_acquire) && !Load(block)) return false;
    }
    return true;
  }

  // The last failure of a Touch().
  Error error() const;

  // Bytes of memory that touched blocks take.
  std::size_t memory_bytes() const;

 private:
  BlockFile() = default;
  bool Load(std::uint64_t block);

  FileDescriptor file_;
  std::filesystem::path path_;
  std::uint64_t begin_ = 0;
  std::uint64_t size_ = 0;
  std::vector<std::uint32_t> checksums_;
  Pages pages_;
  std::vector<std::atomic<bool>> ready_;
  std::atomic<std::uint64_t> blocks_left_ = 0;
  mutable std::mutex mutex_;  // of loading, and of error_
  Error error_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_BLOCK_FILE_H_
