#ifndef JIKIMI_GALLERY_GALLERY_FILE_FORM_H_
#define JIKIMI_GALLERY_GALLERY_FILE_FORM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "gallery/verdict.h"

// The bytes of a gallery file around its items, as doc/gallery.md describes them.
namespace jikimi::gallery::file_form {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint64_t kMaxPayload = std::uint64_t{1} << 29;

// The header at byte 0, two commits in pages of their own, then the records.
inline constexpr std::uint64_t kPage = 4096;
inline constexpr std::array<std::uint64_t, 2> kCommitOffsets = {kPage, 2 * kPage};
inline constexpr std::uint64_t kFirstRecord = 3 * kPage;

inline constexpr std::size_t kHeaderBytes = 16;
std::vector<std::byte> FileHeader();
// kUnsupported: not a gallery, or another version. kCorrupt: damaged.
Result<void> CheckFileHeader(std::span<const std::byte> bytes);

// The commit with the higher sequence tells how many bytes of the file count.
struct FileCommit {
  std::uint64_t sequence = 0;
  std::uint64_t length = 0;
};
inline constexpr std::size_t kCommitBytes = 24;
std::vector<std::byte> CommitBytes(const FileCommit& commit);
Result<FileCommit> ParseCommit(std::span<const std::byte, kCommitBytes> bytes);

enum class RecordKind : std::uint32_t {
  kItem = 0x4d455449,       // "ITEM"
  kWithdrawn = 0x454e4f47,  // "GONE"
};
struct RecordHeader {
  RecordKind kind = RecordKind::kItem;
  ItemId item;
  std::uint64_t payload_bytes = 0;
  std::uint32_t payload_crc = 0;
};
inline constexpr std::size_t kRecordHeaderBytes = 32;
void PutRecord(RecordKind kind, ItemId item, std::span<const std::byte> payload,
               std::vector<std::byte>& out);
Result<RecordHeader> ParseRecordHeader(std::span<const std::byte, kRecordHeaderBytes> bytes);

}  // namespace jikimi::gallery::file_form

#endif  // JIKIMI_GALLERY_GALLERY_FILE_FORM_H_
