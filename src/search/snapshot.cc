#include "search/snapshot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/file.h"

namespace jikimi::search {
namespace {

constexpr std::string_view kMagic = "JKSEARCH";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFixedBytes = 8 + 4 + 4 + 8 + 8 + 8 + 4 + 4;
constexpr std::size_t kSectionBytes = 4 + 4 + 8 + 8;
constexpr std::uint64_t kAlignment = 64;
constexpr std::uint32_t kMaxSegments = 4096;

enum class Kind : std::uint32_t { kWords, kIds, kWithdrawn, kOffsets, kSketches, kPositions };
constexpr std::uint32_t kKinds = 6;

struct Section {
  Kind kind = Kind::kWords;
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

std::uint64_t Aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) & ~(kAlignment - 1);
}

std::uint64_t BlocksOf(std::uint64_t bytes) {
  return (bytes + BlockFile::kBlockBytes - 1) / BlockFile::kBlockBytes;
}

Error Damaged(const std::filesystem::path& path, std::string_view what) {
  return Error{ErrorCode::kCorrupt, Printable(path.native()) + ": " + std::string(what)};
}

// Writes the blocks of a snapshot one after the other, and remembers their checksums.
class BlockWriter {
 public:
  BlockWriter(const FileDescriptor& file, const std::filesystem::path& path, std::uint64_t begin)
      : file_(file), path_(path), begin_(begin) {
    buffer_.reserve(kBufferBytes);
  }

  Result<void> Put(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kBufferBytes - buffer_.size()));
      buffer_.insert(buffer_.end(), piece.begin(), piece.end());
      bytes = bytes.subspan(piece.size());
      if (buffer_.size() == kBufferBytes) TRY(Flush());
    }
    return {};
  }
  Result<void> PadTo(std::uint64_t offset) {
    const std::vector<std::byte> zeros(offset - (begin_ + buffer_.size()));
    return Put(zeros);
  }
  // Ends in a block of its own; nothing comes after it.
  Result<void> Flush() {
    for (std::size_t at = 0; at < buffer_.size(); at += BlockFile::kBlockBytes) {
      checksums_.push_back(Crc32c(
          std::span(buffer_).subspan(at, std::min(BlockFile::kBlockBytes, buffer_.size() - at))));
    }
    TRY(WriteFully(file_, buffer_, begin_, path_));
    begin_ += buffer_.size();
    buffer_.clear();
    return {};
  }
  const std::vector<std::uint32_t>& checksums() const { return checksums_; }

 private:
  static constexpr std::size_t kBufferBytes = 256 * BlockFile::kBlockBytes;

  const FileDescriptor& file_;
  const std::filesystem::path& path_;
  std::uint64_t begin_;  // where the buffer goes
  std::vector<std::byte> buffer_;
  std::vector<std::uint32_t> checksums_;
};

std::vector<std::pair<Section, std::span<const std::byte>>> SectionsOf(
    std::span<const FrozenSegment> segments) {
  std::vector<std::pair<Section, std::span<const std::byte>>> sections;
  for (std::uint32_t i = 0; i < segments.size(); ++i) {
    const FrozenSegment& frozen = segments[i];
    const auto put = [&](Kind kind, std::span<const std::byte> bytes) {
      sections.push_back({{kind, i, 0, bytes.size()}, bytes});
    };
    put(Kind::kWords, frozen.segment->words().bytes().first(frozen.size * sizeof(Word256)));
    put(Kind::kIds, frozen.segment->ids().bytes().first(frozen.size * sizeof(std::uint64_t)));
    put(Kind::kWithdrawn, std::as_bytes(std::span(frozen.withdrawn)));
    if (frozen.segment->has_table()) {
      const BandTable& table = *frozen.segment->table();
      put(Kind::kOffsets, table.offsets().bytes());
      put(Kind::kSketches, table.sketches().bytes());
      put(Kind::kPositions, table.positions().bytes());
    }
  }
  return sections;
}

Result<void> WriteAll(const FileDescriptor& file, const std::filesystem::path& path,
                      std::uint64_t generation, std::span<const FrozenSegment> segments) {
  for (const FrozenSegment& frozen : segments) TRY(frozen.segment->TouchAll());
  auto sections = SectionsOf(segments);
  std::uint64_t data_bytes = 0;
  for (const auto& [section, bytes] : sections) data_bytes += Aligned(bytes.size());
  const std::uint64_t blocks = BlocksOf(data_bytes);
  const std::uint64_t head_bytes = kFixedBytes + sections.size() * kSectionBytes + blocks * 4 + 4;
  const std::uint64_t begin = Aligned(head_bytes);

  BlockWriter data(file, path, begin);
  std::uint64_t offset = begin;
  for (auto& [section, bytes] : sections) {
    section.offset = offset;
    offset += Aligned(bytes.size());
    TRY(data.Put(bytes));
    TRY(data.PadTo(offset));
  }
  TRY(data.Flush());
  CHECK(data.checksums().size() == blocks && offset == begin + data_bytes);

  ByteWriter head;
  head.PutBytes(AsBytes(kMagic));
  head.Put(kVersion);
  head.Put(static_cast<std::uint32_t>(BlockFile::kBlockBytes));
  head.Put(begin + data_bytes);
  head.Put(head_bytes);
  head.Put(generation);
  head.Put(static_cast<std::uint32_t>(segments.size()));
  head.Put(static_cast<std::uint32_t>(sections.size()));
  for (const auto& [section, bytes] : sections) {
    head.Put(static_cast<std::uint32_t>(section.kind));
    head.Put(section.segment);
    head.Put(section.offset);
    head.Put(section.length);
  }
  for (const std::uint32_t checksum : data.checksums()) head.Put(checksum);
  head.Put(Crc32c(head.bytes()));
  CHECK(head.bytes().size() == head_bytes);
  head.PutBytes(std::vector<std::byte>(begin - head_bytes));
  return WriteFully(file, head.bytes(), 0, path);
}

struct Head {
  std::uint64_t file_bytes = 0;
  std::uint64_t begin = 0;  // of the blocks
  std::uint64_t generation = 0;
  std::uint32_t segments = 0;
  std::vector<Section> sections;
  std::vector<std::uint32_t> checksums;
};

Result<std::vector<std::byte>> ReadFront(const FileDescriptor& file, std::size_t length,
                                         const std::filesystem::path& path) {
  std::vector<std::byte> bytes(length);
  for (std::size_t have = 0; have < length;) {
    const ssize_t got =
        pread(file.get(), bytes.data() + have, length - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, "read", errno);
    if (got == 0) return Damaged(path, "ends at byte " + std::to_string(have) + ", in its head");
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<Head> ReadHead(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status;
  if (fstat(file.get(), &status) != 0) return FileError(path, "look at", errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto fixed = TRY(ReadFront(file, kFixedBytes, path));
  ByteReader reader(fixed);
  const auto magic = TRY(reader.TakeBytes(kMagic.size()));
  if (!std::ranges::equal(magic, AsBytes(kMagic))) {
    return Damaged(path, "is not a snapshot of a search index");
  }
  const auto version = TRY(reader.Take<std::uint32_t>());
  const auto block_bytes = TRY(reader.Take<std::uint32_t>());
  if (version != kVersion || block_bytes != BlockFile::kBlockBytes) {
    return Error{ErrorCode::kUnsupported,
                 Printable(path.native()) + ": is version " + std::to_string(version) +
                     " of the snapshot with blocks of " + std::to_string(block_bytes) +
                     " bytes; this program reads version " + std::to_string(kVersion) + " with " +
                     std::to_string(BlockFile::kBlockBytes)};
  }
  Head head;
  head.file_bytes = TRY(reader.Take<std::uint64_t>());
  const auto head_bytes = TRY(reader.Take<std::uint64_t>());
  head.generation = TRY(reader.Take<std::uint64_t>());
  head.segments = TRY(reader.Take<std::uint32_t>());
  const auto sections = TRY(reader.Take<std::uint32_t>());
  if (head.file_bytes != size) {
    return Damaged(path, "has " + std::to_string(size) + " bytes, but was written with " +
                             std::to_string(head.file_bytes));
  }
  const std::uint64_t least = kFixedBytes + std::uint64_t{sections} * kSectionBytes + 4;
  if (head_bytes < least || head_bytes > size || head.segments > kMaxSegments) {
    return Damaged(path, "the sizes in its head are impossible");
  }
  const auto whole = TRY(ReadFront(file, head_bytes, path));
  ByteReader rest(whole);
  TRY(rest.TakeBytes(kFixedBytes));
  const auto body = std::span(whole).first(head_bytes - 4);
  std::uint32_t checksum;
  std::memcpy(&checksum, whole.data() + body.size(), 4);
  if (Crc32c(body) != checksum) return Damaged(path, "its head doesn't have its checksum");
  head.begin = Aligned(head_bytes);
  if (head.begin > size || head_bytes != least + BlocksOf(size - head.begin) * 4) {
    return Damaged(path, "the sizes in its head are impossible");
  }
  for (std::uint32_t i = 0; i < sections; ++i) {
    const auto kind = TRY(rest.Take<std::uint32_t>());
    Section section;
    section.segment = TRY(rest.Take<std::uint32_t>());
    section.offset = TRY(rest.Take<std::uint64_t>());
    section.length = TRY(rest.Take<std::uint64_t>());
    if (kind >= kKinds || section.segment >= head.segments || section.offset < head.begin ||
        section.offset % kAlignment != 0 || section.offset > size ||
        section.length > size - section.offset) {
      return Damaged(path, "section " + std::to_string(i) + " lies outside the file");
    }
    section.kind = static_cast<Kind>(kind);
    head.sections.push_back(section);
  }
  for (std::uint64_t i = 0; i < BlocksOf(size - head.begin); ++i) {
    head.checksums.push_back(TRY(rest.Take<std::uint32_t>()));
  }
  return head;
}

// The segment of these sections, by kind; a missing one has length 0 and offset 0.
Result<std::shared_ptr<Segment>> SegmentOf(std::span<const Section, kKinds> sections,
                                           const std::shared_ptr<BlockFile>& file,
                                           const std::filesystem::path& path) {
  const auto at = [&](Kind kind) -> const Section& {
    return sections[static_cast<std::size_t>(kind)];
  };
  const std::uint64_t size = at(Kind::kWords).length / sizeof(Word256);
  const std::uint64_t withdrawn = (size + 63) / 64;
  const bool has_table = at(Kind::kOffsets).length != 0;
  const bool fits = size < std::numeric_limits<std::uint32_t>::max() &&
                    at(Kind::kWords).length == size * sizeof(Word256) &&
                    at(Kind::kIds).length == size * 8 &&
                    at(Kind::kWithdrawn).length == withdrawn * 8 &&
                    at(Kind::kOffsets).length == (has_table ? BandTable::kOffsets * 4 : 0) &&
                    at(Kind::kSketches).length == (has_table ? size * kBands * 2 : 0) &&
                    at(Kind::kPositions).length == (has_table ? size * kBands * 4 : 0);
  if (!fits) return Damaged(path, "the sections of a segment don't fit together");
  const auto column = [&]<typename T>(Kind kind, T) {
    return Column<T>(file, at(kind).offset, at(kind).length / sizeof(T));
  };
  // Needed for every answer, and small: read now.
  const auto bits = column(Kind::kWithdrawn, std::uint64_t{});
  if (!bits.Touch(0, bits.size())) return file->error();
  std::optional<BandTable> table;
  if (has_table) {
    table.emplace(column(Kind::kOffsets, std::uint32_t{}), column(Kind::kSketches, std::uint16_t{}),
                  column(Kind::kPositions, std::uint32_t{}));
  }
  return Segment::Assemble(column(Kind::kWords, Word256()), column(Kind::kIds, std::uint64_t{}),
                           {bits.data(), bits.size()}, std::move(table));
}

}  // namespace

Result<Snapshot> OpenSnapshot(const std::filesystem::path& path) {
  FileDescriptor file = TRY(OpenRegularFile(path));
  Head head = TRY(ReadHead(file, path));
  Snapshot snapshot;
  snapshot.generation = head.generation;
  snapshot.file = TRY(BlockFile::Map(std::move(file), path, head.begin, head.file_bytes,
                                     std::move(head.checksums)));
  std::vector<std::array<Section, kKinds>> segments(head.segments);
  for (auto& sections : segments) {
    for (Section& section : sections) section.offset = head.begin;
  }
  for (const Section& section : head.sections) {
    segments[section.segment][static_cast<std::size_t>(section.kind)] = section;
  }
  for (const auto& sections : segments) {
    snapshot.segments.push_back(TRY(SegmentOf(sections, snapshot.file, path)));
  }
  return snapshot;
}

Result<void> WriteSnapshot(const std::filesystem::path& path, std::uint64_t generation,
                           std::span<const FrozenSegment> segments) {
  std::string temporary = path.native() + kSnapshotTemporary + "XXXXXX";
  const FileDescriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.valid()) return FileError(path, "write a temporary file beside it", errno);
  auto written = WriteAll(file, temporary, generation, segments);
  if (written.has_value() && fsync(file.get()) != 0) written = FileError(temporary, "sync", errno);
  if (written.has_value() && rename(temporary.c_str(), path.c_str()) != 0) {
    written = FileError(path, "replace", errno);
  }
  if (!written.has_value()) {
    unlink(temporary.c_str());
    return written;
  }
  return SyncFolderOf(path);
}

}  // namespace jikimi::search
