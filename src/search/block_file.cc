#include "search/block_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/bytes.h"

namespace jikimi::search {

Result<Pages> Pages::Map(std::size_t bytes, Size size) {
  Pages pages;
  if (bytes == 0) return pages;
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return Error{ErrorCode::kResourceExhausted,
                 "no memory for " + std::to_string(bytes) + " bytes of a search table"};
  }
  // Advice only: without huge pages it is merely slower.
  if (size == Size::kHuge) madvise(data, bytes, MADV_HUGEPAGE);
  pages.bytes_ = {static_cast<std::byte*>(data), bytes};
  return pages;
}

Pages::~Pages() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

Result<std::shared_ptr<BlockFile>> BlockFile::Map(FileDescriptor file, std::filesystem::path path,
                                                  std::uint64_t begin, std::uint64_t size,
                                                  std::vector<std::uint32_t> checksums) {
  CHECK(begin <= size && checksums.size() == (size - begin + kBlockBytes - 1) / kBlockBytes);
  std::shared_ptr<BlockFile> blocks(new BlockFile);
  blocks->pages_ = TRY(Pages::Map(size - begin, Pages::Size::kSmall));
  blocks->file_ = std::move(file);
  blocks->path_ = std::move(path);
  blocks->begin_ = begin;
  blocks->size_ = size;
  blocks->ready_ = std::vector<std::atomic<bool>>(checksums.size());
  blocks->blocks_left_ = checksums.size();
  blocks->checksums_ = std::move(checksums);
  return blocks;
}

bool BlockFile::Load(std::uint64_t block) {
  const std::lock_guard lock(mutex_);
  if (ready_[block].load(std::memory_order_relaxed)) return true;
  const std::uint64_t offset = begin_ + block * kBlockBytes;
  const std::size_t length = std::min<std::uint64_t>(kBlockBytes, size_ - offset);
  std::byte* to = pages_.data() + (offset - begin_);
  std::size_t have = 0;
  while (have < length) {
    const ssize_t got =
        pread(file_.get(), to + have, length - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      error_ = FileError(path_, "read", errno);
      return false;
    }
    if (got == 0) {
      error_ = Error{ErrorCode::kCorrupt, Printable(path_.native()) + ": ends at byte " +
                                              std::to_string(offset + have) +
                                              ", but was longer when it was opened"};
      return false;
    }
    have += static_cast<std::size_t>(got);
  }
  if (Crc32c({to, length}) != checksums_[block]) {
    error_ =
        Error{ErrorCode::kCorrupt, Printable(path_.native()) + ": bytes " + std::to_string(offset) +
                                       " to " + std::to_string(offset + length) +
                                       " don't have their checksum: the file is damaged"};
    return false;
  }
  ready_[block].store(true, std::memory_order_release);
  blocks_left_.fetch_sub(1, std::memory_order_release);
  return true;
}

Error BlockFile::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

std::size_t BlockFile::memory_bytes() const {
  const std::uint64_t touched = checksums_.size() - blocks_left_.load(std::memory_order_relaxed);
  return touched * kBlockBytes;
}

}  // namespace jikimi::search
