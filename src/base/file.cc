#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace jikimi {
namespace {

// The length of the UTF-8 sequence that starts `text`, or 0 if none does (overlong forms,
// surrogates and values above U+10FFFF included). Unicode 15, table 3-7.
std::size_t Utf8Length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && at(i) >= low && at(i) <= high;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
    return tail(1, low, high) && tail(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
    return tail(1, low, high) && tail(2, 0x80, 0xbf) && tail(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

std::string_view KindName(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "something else";
}

Result<struct stat> Stat(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status;
  if (fstat(file.get(), &status) != 0) return FileError(path, "look at", errno);
  return status;
}

}  // namespace

Error FileError(const std::filesystem::path& path, std::string_view doing, int error_number) {
  ErrorCode code = ErrorCode::kInternal;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      code = ErrorCode::kNotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = ErrorCode::kPermissionDenied;
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      code = ErrorCode::kResourceExhausted;
      break;
    case EEXIST:
      code = ErrorCode::kAlreadyExists;
      break;
    case ENAMETOOLONG:
    case ELOOP:
      code = ErrorCode::kInvalidArgument;
      break;
    default:
      break;
  }
  return Error{code, Printable(path.native()) + ": can't " + std::string(doing) + ": " +
                         std::strerror(error_number)};
}

std::string Printable(std::string_view name) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string shown;
  while (!name.empty()) {
    std::size_t length = Utf8Length(name);
    const auto first = static_cast<unsigned char>(name[0]);
    const bool c1_control =
        length == 2 && first == 0xc2 && static_cast<unsigned char>(name[1]) < 0xa0;
    if (name[0] == '\\') {
      shown += "\\\\";
    } else if (length == 0 || first < 0x20 || first == 0x7f || c1_control) {
      shown += "\\x";
      shown += kDigits[first >> 4];
      shown += kDigits[first & 15];
      length = 1;
      if (c1_control) {  // its second byte alone is no character, and is escaped on the next turn
        name.remove_prefix(1);
        continue;
      }
    } else {
      shown.append(name.substr(0, length));
    }
    name.remove_prefix(length);
  }
  return shown;
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    Reset();
    descriptor_ = other.Release();
  }
  return *this;
}

void FileDescriptor::Reset() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

Result<FileDescriptor> OpenRegularFile(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO that nobody writes to would otherwise wait for ever.
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) {
    if (errno == ENXIO) {
      return Error{ErrorCode::kUnsupported,
                   Printable(path.native()) + ": is a socket, not a regular file"};
    }
    return FileError(path, "open", errno);
  }
  const struct stat status = TRY(Stat(file, path));
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::kUnsupported, Printable(path.native()) + ": is " +
                                              std::string(KindName(status.st_mode)) +
                                              ", not a regular file"};
  }
  return file;
}

Result<std::vector<std::byte>> ReadFile(const std::filesystem::path& path,
                                        std::uint64_t max_bytes) {
  const FileDescriptor file = TRY(OpenRegularFile(path));
  const struct stat status = TRY(Stat(file, path));
  std::vector<std::byte> bytes;
  // One byte more than it says, so that a file that grows is read on, and /proc files work.
  std::size_t room = static_cast<std::size_t>(status.st_size) + 1;
  std::size_t size = 0;
  while (true) {
    if (size > max_bytes || static_cast<std::uint64_t>(status.st_size) > max_bytes) {
      return Error{ErrorCode::kResourceExhausted,
                   Printable(path.native()) + ": is over " + std::to_string(max_bytes) + " bytes"};
    }
    if (bytes.size() < size + room) bytes.resize(size + room);
    const ssize_t got = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, "read", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    room = 64 << 10;
  }
  bytes.resize(size);
  return bytes;
}

Result<void> WriteFully(const FileDescriptor& file, std::span<const std::byte> bytes,
                        std::uint64_t offset, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t wrote =
        pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FileError(path, "write", errno);
    if (wrote == 0) return FileError(path, "write", ENOSPC);
    offset += static_cast<std::uint64_t>(wrote);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> SyncFile(const std::filesystem::path& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || fsync(file.get()) != 0) return FileError(path, "sync", errno);
  return {};
}

Result<void> SyncFolderOf(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileDescriptor file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || fsync(file.get()) != 0) return FileError(folder, "sync", errno);
  return {};
}

namespace {

struct TemporaryFile {
  FileDescriptor file;
  std::filesystem::path path;
};

// A new file beside `path`, with the rights that the umask gives.
Result<TemporaryFile> MakeTemporaryBeside(const std::filesystem::path& path) {
  while (true) {
    std::uint64_t number = 0;
    if (getrandom(&number, sizeof(number), 0) < 0) return FileError(path, "name", errno);
    const std::filesystem::path name = path.native() + ".new-" + std::to_string(number);
    FileDescriptor file(open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.valid()) return TemporaryFile{std::move(file), name};
    if (errno != EEXIST) return FileError(path, "write a temporary file beside it", errno);
  }
}

}  // namespace

Result<void> WriteFileAtomically(const std::filesystem::path& path,
                                 std::span<const std::byte> bytes) {
  const TemporaryFile temporary = TRY(MakeTemporaryBeside(path));
  auto written = WriteFully(temporary.file, bytes, 0, path);
  if (written.has_value() && fsync(temporary.file.get()) != 0) {
    written = FileError(path, "sync", errno);
  }
  if (written.has_value() && rename(temporary.path.c_str(), path.c_str()) != 0) {
    written = FileError(path, "replace", errno);
  }
  if (!written.has_value()) {
    unlink(temporary.path.c_str());
    return written;
  }
  return SyncFolderOf(path);
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  const FileDescriptor file = TRY(OpenRegularFile(path));
  const struct stat status = TRY(Stat(file, path));
  MappedFile mapped;
  if (status.st_size == 0) return mapped;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) return FileError(path, "map", errno);
  mapped.bytes_ = {static_cast<const std::byte*>(data), size};
  return mapped;
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<FileLock> FileLock::Acquire(const std::filesystem::path& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return FileError(path, "open", errno);
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error{ErrorCode::kUnavailable,
                   Printable(path.native()) + ": is in use by another process"};
    }
    return FileError(path, "lock", errno);
  }
  return FileLock(std::move(file));
}

}  // namespace jikimi
