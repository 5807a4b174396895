#include "gallery/gallery_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"
#include "gallery/gallery_file_form.h"

namespace jikimi::gallery {

using file_form::CommitBytes;
using file_form::FileCommit;
using file_form::FileHeader;
using file_form::kCommitBytes;
using file_form::kCommitOffsets;
using file_form::kFirstRecord;
using file_form::kHeaderBytes;
using file_form::kRecordHeaderBytes;
using file_form::RecordHeader;
using file_form::RecordKind;

namespace {

constexpr std::size_t kReadAhead = std::size_t{4} << 20;

// Reads until `bytes` is full or the file ends. Returns how many were read.
Result<std::size_t> ReadAt(const FileDescriptor& file, std::span<std::byte> bytes,
                           std::uint64_t offset, const std::filesystem::path& path) {
  std::size_t total = 0;
  while (total < bytes.size()) {
    const ssize_t got = pread(file.get(), bytes.data() + total, bytes.size() - total,
                              static_cast<off_t>(offset + total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, "read", errno);
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

// Locks the file that is open, and makes sure that it still is the one at `path`: a writer may
// have replaced it in the meantime. False: it was.
Result<bool> Lock(const FileDescriptor& file, const std::filesystem::path& path) {
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error{ErrorCode::kUnavailable,
                   Printable(path.native()) + ": another writer has this gallery open"};
    }
    return FileError(path, "lock", errno);
  }
  struct stat opened, named;
  if (fstat(file.get(), &opened) != 0) return FileError(path, "look at", errno);
  if (stat(path.c_str(), &named) != 0)
    return errno == ENOENT ? Result<bool>(false) : FileError(path, "look at", errno);
  return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

Result<void> SyncFolderOf(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileDescriptor file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || fsync(file.get()) != 0) return FileError(folder, "sync", errno);
  return {};
}

// Where a compaction writes. The lock makes it one writer's; a killed one's is removed by the next.
std::filesystem::path CompactionName(const std::filesystem::path& path) {
  return path.native() + ".compacting";
}

// Moves `from` to `to` unless something is there.
Result<void> RenameWithoutReplacing(const std::filesystem::path& from,
                                    const std::filesystem::path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EINVAL || errno == ENOSYS) {  // a file system that can't: by a second name
    if (link(from.c_str(), to.c_str()) == 0) {
      unlink(from.c_str());
      return {};
    }
  }
  return FileError(to, "make", errno);
}

}  // namespace

Error GalleryFile::Damaged(std::uint64_t offset, std::string_view what) const {
  return Error{ErrorCode::kCorrupt, Printable(path_.native()) + ": damaged at byte " +
                                        std::to_string(offset) + ": " + std::string(what)};
}

Result<GalleryFile> GalleryFile::Start(const std::filesystem::path& temporary) {
  FileDescriptor descriptor(
      open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor.valid()) return FileError(temporary, "make a file to become the gallery", errno);
  GalleryFile file(std::move(descriptor), temporary, Access::kReadWrite);
  std::vector<std::byte> pages(kFirstRecord);
  const auto put = [&](std::uint64_t offset, const std::vector<std::byte>& bytes) {
    std::copy(bytes.begin(), bytes.end(), pages.begin() + static_cast<std::ptrdiff_t>(offset));
  };
  put(0, FileHeader());
  put(kCommitOffsets[0], CommitBytes({0, kFirstRecord}));
  put(kCommitOffsets[1], CommitBytes({1, kFirstRecord}));
  file.sequence_ = 1;
  file.length_ = kFirstRecord;
  auto written = WriteFully(file.file_, pages, 0, temporary);
  if (written.has_value()) written = file.Sync();
  // Locked before it has its name: nobody can come first.
  if (written.has_value() && flock(file.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    written = FileError(temporary, "lock", errno);
  }
  if (!written.has_value()) {
    unlink(temporary.c_str());
    return std::move(written).error();
  }
  return file;
}

Result<GalleryFile> GalleryFile::Create(const std::filesystem::path& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) == 0) {
    return Error{ErrorCode::kAlreadyExists, Printable(path.native()) + ": exists already"};
  }
  GalleryFile file =
      TRY(Start(path.native() + ".creating-" + std::to_string(static_cast<long>(getpid()))));
  if (auto named = RenameWithoutReplacing(file.path_, path); !named.has_value()) {
    unlink(file.path_.c_str());
    return std::move(named).error();
  }
  file.path_ = path;
  TRY(SyncFolderOf(path));
  return file;
}

Result<GalleryFile> GalleryFile::Open(const std::filesystem::path& path, Access access) {
  // Compaction replaces the file: through a link, the file itself must be replaced.
  std::error_code error;
  const auto resolved = std::filesystem::canonical(path, error);
  if (error) return FileError(path, "open", error.value());
  for (int attempt = 0; attempt < 100; ++attempt) {
    FileDescriptor descriptor = TRY(OpenRegularFile(resolved));
    if (access == Access::kReadWrite) {
      descriptor = FileDescriptor(open(resolved.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
      if (!descriptor.valid()) return FileError(path, "open for writing", errno);
    }
    GalleryFile file(std::move(descriptor), resolved, access);
    TRY(file.ReadHeader());
    if (access == Access::kReadWrite) {
      if (!TRY(Lock(file.file_, resolved))) continue;
      unlink(CompactionName(resolved).c_str());
    }
    TRY(file.ReadCommit());
    return file;
  }
  return Error{ErrorCode::kUnavailable,
               Printable(path.native()) + ": is being replaced again and again"};
}

Result<void> GalleryFile::ReadHeader() {
  std::array<std::byte, kHeaderBytes> bytes;
  const std::size_t got = TRY(ReadAt(file_, bytes, 0, path_));
  auto checked = file_form::CheckFileHeader(std::span(bytes).first(got));
  if (!checked.has_value()) return Prefixed(Printable(path_.native()), std::move(checked).error());
  return {};
}

Result<void> GalleryFile::ReadCommit() {
  // A writer at work may be met in the middle of its write; damage stays.
  Error damage;
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    FileCommit newest;
    bool sound = true;
    for (const std::uint64_t offset : kCommitOffsets) {
      std::array<std::byte, kCommitBytes> bytes;
      if (TRY(ReadAt(file_, bytes, offset, path_)) < bytes.size()) {
        return Damaged(offset, "the file ends here, within its first page");
      }
      const auto commit = file_form::ParseCommit(bytes);
      if (!commit.has_value()) {
        damage = Damaged(offset, commit.error().message);
        sound = false;
      } else if (newest.length == 0 || commit->sequence > newest.sequence) {
        newest = *commit;
      }
    }
    if (!sound) continue;
    struct stat status;
    if (fstat(file_.get(), &status) != 0) return FileError(path_, "look at", errno);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size < newest.length) {
      return Damaged(size, "the file was cut here; " + std::to_string(newest.length - size) +
                               " bytes of it are missing");
    }
    sequence_ = newest.sequence;
    length_ = newest.length;
    // What follows was never acknowledged.
    if (writable() && size > length_ && ftruncate(file_.get(), static_cast<off_t>(length_)) != 0) {
      return FileError(path_, "cut off an unfinished change of", errno);
    }
    return {};
  }
  return damage;
}

Result<void> GalleryFile::Load(const Visitor& visitor) {
  std::unordered_map<std::uint64_t, Place> live;
  // Payloads that don't match their checksum: erased by a withdrawal that is to follow, or damaged.
  struct Unreadable {
    Place place;
    bool zero = false;
  };
  std::unordered_map<std::uint64_t, Unreadable> unreadable;
  std::vector<std::byte> buffer;
  std::uint64_t buffer_offset = 0;
  // Makes buffer hold `count` bytes from `offset` on.
  const auto need = [&](std::uint64_t offset,
                        std::size_t count) -> Result<std::span<const std::byte>> {
    if (offset < buffer_offset || offset + count > buffer_offset + buffer.size()) {
      buffer.resize(std::max(
          count, static_cast<std::size_t>(std::min<std::uint64_t>(kReadAhead, length_ - offset))));
      buffer_offset = offset;
      if (TRY(ReadAt(file_, buffer, offset, path_)) < buffer.size()) {
        return Damaged(offset, "the file was cut while it was read");
      }
    }
    return std::span<const std::byte>(buffer).subspan(
        static_cast<std::size_t>(offset - buffer_offset), count);
  };

  withdrawn_bytes_ = 0;
  for (std::uint64_t offset = kFirstRecord; offset < length_;) {
    if (length_ - offset < kRecordHeaderBytes) return Damaged(offset, "a record is cut short");
    const auto header_bytes = TRY(need(offset, kRecordHeaderBytes));
    const auto header = file_form::ParseRecordHeader(header_bytes.first<kRecordHeaderBytes>());
    if (!header.has_value()) return Damaged(offset, header.error().message);
    const Place place = {offset, kRecordHeaderBytes + header->payload_bytes};
    if (place.bytes > length_ - offset) return Damaged(offset, "a record is cut short");
    offset += place.bytes;
    const std::uint64_t number = header->item.value;
    if (header->kind == RecordKind::kWithdrawn) {
      const auto found = live.find(number);
      if (found == live.end()) return Damaged(place.offset, "withdraws an item that isn't there");
      withdrawn_bytes_ += found->second.bytes + place.bytes;
      bool erased = false;
      if (const auto it = unreadable.find(number); it != unreadable.end()) {
        erased = it->second.zero;
        unreadable.erase(it);
      } else {
        TRY(visitor.withdrawn(header->item));
      }
      // A writer was killed between withdrawing and erasing.
      if (writable() && !erased) TRY(Erase(found->second));
      live.erase(found);
      continue;
    }
    if (!live.emplace(number, place).second) {
      return Damaged(place.offset, "registers an item a second time");
    }
    const auto payload = TRY(
        need(place.offset + kRecordHeaderBytes, static_cast<std::size_t>(header->payload_bytes)));
    if (Crc32c(payload) != header->payload_crc) {
      const bool zero = std::all_of(payload.begin(), payload.end(),
                                    [](std::byte byte) { return byte == std::byte{0}; });
      unreadable.emplace(number, Unreadable{place, zero});
      continue;
    }
    auto visited = visitor.registered(header->item, place, payload);
    if (!visited.has_value()) return Damaged(place.offset, visited.error().message);
  }
  if (unreadable.empty()) return {};
  std::uint64_t first = length_;
  for (const auto& [number, item] : unreadable) first = std::min(first, item.place.offset);
  if (!writable()) {
    const std::uint64_t before = sequence_;
    TRY(ReadCommit());
    if (sequence_ != before) {
      return Error{ErrorCode::kUnavailable,
                   Printable(path_.native()) + ": changed while it was read"};
    }
  }
  return Damaged(first, "an item does not match its checksum");
}

Result<void> GalleryFile::CheckWritable() const {
  if (!writable()) {
    return Error{ErrorCode::kPermissionDenied,
                 Printable(path_.native()) + ": is open for reading only"};
  }
  if (unsure_) {
    return Error{ErrorCode::kUnavailable,
                 Printable(path_.native()) + ": an earlier change failed half-way; open it again"};
  }
  return {};
}

Result<void> GalleryFile::Sync() const {
  if (fdatasync(file_.get()) != 0) return FileError(path_, "sync", errno);
  return {};
}

Result<void> GalleryFile::Commit(std::uint64_t length) {
  const FileCommit commit = {sequence_ + 1, length};
  auto written = WriteFully(file_, CommitBytes(commit), kCommitOffsets[commit.sequence % 2], path_);
  if (written.has_value()) written = Sync();
  if (!written.has_value()) {
    unsure_ = true;
    return written;
  }
  sequence_ = commit.sequence;
  length_ = length;
  return {};
}

Result<void> GalleryFile::AppendAndCommit(std::span<const std::byte> bytes) {
  auto written = WriteFully(file_, bytes, length_, path_);
  if (written.has_value()) written = Sync();
  if (!written.has_value()) {
    // Gives the room back at once; if even that fails, the next writer cuts it off.
    if (ftruncate(file_.get(), static_cast<off_t>(length_)) != 0) unsure_ = true;
    return written;
  }
  return Commit(length_ + bytes.size());
}

Result<std::vector<GalleryFile::Place>> GalleryFile::Append(std::span<const NewItem> items) {
  TRY(CheckWritable());
  std::vector<Place> places;
  std::vector<std::byte> bytes;
  for (const NewItem& item : items) {
    CHECK(item.payload.size() % 8 == 0 && item.payload.size() <= file_form::kMaxPayload);
    places.push_back({length_ + bytes.size(), kRecordHeaderBytes + item.payload.size()});
    file_form::PutRecord(RecordKind::kItem, item.item, item.payload, bytes);
  }
  if (!items.empty()) TRY(AppendAndCommit(bytes));
  return places;
}

Result<GalleryFile::Withdrawal> GalleryFile::Withdraw(const LiveItem& item) {
  TRY(CheckWritable());
  std::vector<std::byte> bytes;
  file_form::PutRecord(RecordKind::kWithdrawn, item.item, {}, bytes);
  TRY(AppendAndCommit(bytes));
  withdrawn_bytes_ += item.place.bytes + bytes.size();
  return Withdrawal{Erase(item.place)};
}

Result<void> GalleryFile::Erase(Place place) {
  const std::vector<std::byte> zeros(static_cast<std::size_t>(place.bytes) - kRecordHeaderBytes);
  TRY(WriteFully(file_, zeros, place.offset + kRecordHeaderBytes, path_));
  return Sync();
}

Result<std::vector<std::byte>> GalleryFile::ReadRecord(const LiveItem& item) const {
  std::vector<std::byte> bytes(static_cast<std::size_t>(item.place.bytes));
  if (TRY(ReadAt(file_, bytes, item.place.offset, path_)) < bytes.size()) {
    return Damaged(item.place.offset, "the file was cut");
  }
  const auto header = file_form::ParseRecordHeader(std::span(bytes).first<kRecordHeaderBytes>());
  if (!header.has_value()) return Damaged(item.place.offset, header.error().message);
  const auto payload = std::span(bytes).subspan(kRecordHeaderBytes);
  if (header->item != item.item || header->payload_bytes != payload.size() ||
      header->payload_crc != Crc32c(payload)) {
    return Damaged(item.place.offset, "an item does not match its checksum");
  }
  return bytes;
}

Result<std::vector<GalleryFile::Place>> GalleryFile::Compact(std::span<const LiveItem> live) {
  TRY(CheckWritable());
  unlink(CompactionName(path_).c_str());
  GalleryFile fresh = TRY(Start(CompactionName(path_)));
  std::vector<Place> places;
  const auto copy = [&]() -> Result<void> {
    std::uint64_t length = kFirstRecord;
    for (const LiveItem& item : live) {
      const auto bytes = TRY(ReadRecord(item));
      TRY(WriteFully(fresh.file_, bytes, length, fresh.path_));
      places.push_back({length, bytes.size()});
      length += bytes.size();
    }
    struct stat status;
    if (fstat(file_.get(), &status) != 0) return FileError(path_, "look at", errno);
    if (fchmod(fresh.file_.get(), status.st_mode & 07777) != 0) {
      return FileError(fresh.path_, "set the permissions of", errno);
    }
    TRY(fresh.Sync());
    TRY(fresh.Commit(length));
    if (rename(fresh.path_.c_str(), path_.c_str()) != 0) return FileError(path_, "replace", errno);
    return {};
  };
  if (auto copied = copy(); !copied.has_value()) {
    unlink(fresh.path_.c_str());
    return std::move(copied).error();
  }
  // From here on the new file is the gallery, whatever else fails.
  fresh.path_ = path_;
  *this = std::move(fresh);
  if (auto synced = SyncFolderOf(path_); !synced.has_value()) {
    unsure_ = true;  // the old file may come back: nothing more must be acknowledged on this one
    return std::move(synced).error();
  }
  return places;
}

}  // namespace jikimi::gallery
