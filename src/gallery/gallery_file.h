#ifndef JIKIMI_GALLERY_GALLERY_FILE_H_
#define JIKIMI_GALLERY_GALLERY_FILE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "gallery/verdict.h"

namespace jikimi::gallery {

// A gallery's file: a journal of items registered and withdrawn, whatever their bytes mean. Its
// form is described byte by byte in doc/gallery.md.
//
// A change is written behind what counts, synced, and made to count by one small write, synced
// again. So a process that is killed, or a disk that fills up, leaves what was acknowledged, and
// what was not is cut off by the next writer. What counts is also known to be whole: a file that
// was cut is told from one whose last change never finished.
//
// One writer holds a lock on the file itself (flock). Not thread-safe.
class GalleryFile {
 public:
  enum class Access { kReadOnly, kReadWrite };

  // Where an item's record is in the file.
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  // of the record, header included
  };

  struct NewItem {
    ItemId item;
    std::vector<std::byte> payload;  // a multiple of 8 bytes, at most file_form::kMaxPayload
  };

  struct LiveItem {
    ItemId item;
    Place place;
  };

  // kAlreadyExists when there is something at `path`. Opened for writing.
  static Result<GalleryFile> Create(const std::filesystem::path& path);
  static Result<GalleryFile> Open(const std::filesystem::path& path, Access access);

  // What Load() meets, in the order in which it happened. An error returned stops it.
  struct Visitor {
    std::function<Result<void>(ItemId, Place, std::span<const std::byte> payload)> registered;
    std::function<Result<void>(ItemId)> withdrawn;
  };

  // Reads everything that counts. kUnavailable when a writer erased what was being read: open
  // again. kCorrupt names the offset. Called once, before any change.
  Result<void> Load(const Visitor& visitor);

  // On the disk when it returns, all of them or none. Their places, in order.
  Result<std::vector<Place>> Append(std::span<const NewItem> items);

  // On the disk when it returns; then the payload is overwritten with zeros. When only that fails
  // the item is withdrawn all the same: `erased` has the error.
  struct Withdrawal {
    Result<void> erased;
  };
  Result<Withdrawal> Withdraw(const LiveItem& item);

  // Replaces the file by one with these items only. Their new places, in order. On failure the
  // file is as it was.
  Result<std::vector<Place>> Compact(std::span<const LiveItem> live);

  std::uint64_t size_bytes() const { return length_; }
  std::uint64_t withdrawn_bytes() const { return withdrawn_bytes_; }
  bool writable() const { return access_ == Access::kReadWrite; }

 private:
  GalleryFile(FileDescriptor file, std::filesystem::path path, Access access)
      : file_(std::move(file)), path_(std::move(path)), access_(access) {}

  static Result<GalleryFile> Start(const std::filesystem::path& temporary);
  Result<void> ReadHeader();
  Result<void> ReadCommit();
  Result<void> CheckWritable() const;
  Result<void> Sync() const;
  Result<void> Commit(std::uint64_t length);
  Result<void> AppendAndCommit(std::span<const std::byte> bytes);
  Result<void> Erase(Place place);
  Result<std::vector<std::byte>> ReadRecord(const LiveItem& item) const;
  Error Damaged(std::uint64_t offset, std::string_view what) const;

  FileDescriptor file_;
  std::filesystem::path path_;
  Access access_ = Access::kReadOnly;
  std::uint64_t sequence_ = 0;         // of the commit that counts
  std::uint64_t length_ = 0;           // bytes that count
  std::uint64_t withdrawn_bytes_ = 0;  // of those: records that compaction leaves out
  bool unsure_ = false;                // a commit failed half-way: what counts isn't known
};

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_GALLERY_FILE_H_
