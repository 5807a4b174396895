#include "gallery/gallery_file_form.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace jikimi::gallery::file_form {
namespace {

constexpr std::array<char, 8> kMagic = {'J', 'I', 'K', 'I', 'G', 'L', 'R', 'Y'};

// A record header's checksum covers all of it but itself (bytes 4 to 7).
std::uint32_t HeaderCrc(std::span<const std::byte, kRecordHeaderBytes> bytes) {
  return Crc32c(bytes.last<kRecordHeaderBytes - 8>(), Crc32c(bytes.first<4>()));
}

}  // namespace

std::vector<std::byte> FileHeader() {
  ByteWriter writer;
  writer.PutBytes(std::as_bytes(std::span(kMagic)));
  writer.Put(kVersion);
  writer.Put(Crc32c(writer.bytes()));
  return std::move(writer).Take();
}

Result<void> CheckFileHeader(std::span<const std::byte> bytes) {
  const auto magic = std::as_bytes(std::span(kMagic));
  if (bytes.size() < kHeaderBytes || !std::equal(magic.begin(), magic.end(), bytes.begin())) {
    return Error{ErrorCode::kUnsupported, "is not a gallery file"};
  }
  ByteReader reader(bytes.subspan(magic.size()));
  const auto version = TRY(reader.Take<std::uint32_t>());
  const auto crc = TRY(reader.Take<std::uint32_t>());
  if (crc != Crc32c(bytes.first(kHeaderBytes - 4))) {
    return Error{ErrorCode::kCorrupt, "damaged at byte 8: the header does not match its checksum"};
  }
  if (version != kVersion) {
    return Error{ErrorCode::kUnsupported, "is a gallery of version " + std::to_string(version) +
                                              "; this program reads version " +
                                              std::to_string(kVersion)};
  }
  return {};
}

std::vector<std::byte> CommitBytes(const FileCommit& commit) {
  ByteWriter writer;
  writer.Put(commit.sequence);
  writer.Put(commit.length);
  writer.Put(std::uint32_t{0});
  writer.Put(Crc32c(writer.bytes()));
  return std::move(writer).Take();
}

Result<FileCommit> ParseCommit(std::span<const std::byte, kCommitBytes> bytes) {
  ByteReader reader(bytes);
  FileCommit commit;
  commit.sequence = TRY(reader.Take<std::uint64_t>());
  commit.length = TRY(reader.Take<std::uint64_t>());
  TRY(reader.Take<std::uint32_t>());
  if (TRY(reader.Take<std::uint32_t>()) != Crc32c(bytes.first<kCommitBytes - 4>())) {
    return Error{ErrorCode::kCorrupt, "a commit does not match its checksum"};
  }
  if (commit.length < kFirstRecord || commit.length % 8 != 0) {
    return Error{ErrorCode::kCorrupt, "a commit makes no sense"};
  }
  return commit;
}

void PutRecord(RecordKind kind, ItemId item, std::span<const std::byte> payload,
               std::vector<std::byte>& out) {
  ByteWriter writer;
  writer.Put(static_cast<std::uint32_t>(kind));
  writer.Put(std::uint32_t{0});
  writer.Put(item.value);
  writer.Put(std::uint64_t{payload.size()});
  writer.Put(Crc32c(payload));
  writer.Put(std::uint32_t{0});
  std::array<std::byte, kRecordHeaderBytes> header;
  std::copy(writer.bytes().begin(), writer.bytes().end(), header.begin());
  const std::uint32_t crc = HeaderCrc(header);
  std::memcpy(header.data() + 4, &crc, sizeof(crc));
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), payload.begin(), payload.end());
}

Result<RecordHeader> ParseRecordHeader(std::span<const std::byte, kRecordHeaderBytes> bytes) {
  ByteReader reader(bytes);
  const auto kind = TRY(reader.Take<std::uint32_t>());
  const auto crc = TRY(reader.Take<std::uint32_t>());
  RecordHeader header;
  header.kind = static_cast<RecordKind>(kind);
  header.item.value = TRY(reader.Take<std::uint64_t>());
  header.payload_bytes = TRY(reader.Take<std::uint64_t>());
  header.payload_crc = TRY(reader.Take<std::uint32_t>());
  if (crc != HeaderCrc(bytes)) {
    return Error{ErrorCode::kCorrupt, "a record's header does not match its checksum"};
  }
  const bool item = header.kind == RecordKind::kItem;
  if ((!item && header.kind != RecordKind::kWithdrawn) || header.payload_bytes > kMaxPayload ||
      header.payload_bytes % 8 != 0 || (!item && header.payload_bytes != 0)) {
    return Error{ErrorCode::kCorrupt, "a record's header makes no sense"};
  }
  return header;
}

}  // namespace jikimi::gallery::file_form
