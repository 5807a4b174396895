#ifndef JIKIMI_BASE_FILE_H_
#define JIKIMI_BASE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace jikimi {

// What went wrong with `path` as the system says it (errno), as an Error that names the path.
Error FileError(const std::filesystem::path& path, std::string_view doing, int error_number);

// A path or name as it can be shown in a terminal and in JSON: valid UTF-8 stays, other bytes and
// control characters become \xNN, a backslash doubles. Distinct names stay distinct.
std::string Printable(std::string_view name);

// Owns one open descriptor. Movable; closes on destruction.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { Reset(); }

  int get() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }
  int Release() { return std::exchange(descriptor_, -1); }
  void Reset();

 private:
  int descriptor_ = -1;
};

// Opens a regular file for reading, never blocking on a FIFO or device. Anything that is not a
// regular file is kUnsupported and says what it is (a folder, a FIFO, a socket, a device).
Result<FileDescriptor> OpenRegularFile(const std::filesystem::path& path);

// The whole of a regular file. Over `max_bytes` is kResourceExhausted.
Result<std::vector<std::byte>> ReadFile(const std::filesystem::path& path, std::uint64_t max_bytes);

// Writes all of `bytes` at `offset`; a short write (full disk) is an error that says so.
Result<void> WriteFully(const FileDescriptor& file, std::span<const std::byte> bytes,
                        std::uint64_t offset, const std::filesystem::path& path);

// Replaces `path` by a file of these bytes: a temporary file beside it is written, synced, renamed
// and its folder synced, so that a crash leaves either the old file or the new one, whole. On
// failure the old file is as it was and the temporary is gone.
Result<void> WriteFileAtomically(const std::filesystem::path& path,
                                 std::span<const std::byte> bytes);

// Syncs a file that was written otherwise, so that it is whole after a crash.
Result<void> SyncFile(const std::filesystem::path& path);

// Syncs the folder that `path` lies in, so that a file made, renamed or removed there stays so.
Result<void> SyncFolderOf(const std::filesystem::path& path);

// A file mapped for reading, from its first byte to the size that it had when opened. A file
// that somebody cuts while it is mapped raises SIGBUS at the touch beyond its new end: a reader
// that can't rule that out must guard the touch.
class MappedFile {
 public:
  MappedFile() = default;
  static Result<MappedFile> Open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

// An exclusive advisory lock on `path` (flock), held until destroyed; the file is made when it is
// missing. Held by somebody else: kUnavailable at once.
class FileLock {
 public:
  static Result<FileLock> Acquire(const std::filesystem::path& path);

 private:
  explicit FileLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace jikimi

#endif  // JIKIMI_BASE_FILE_H_
