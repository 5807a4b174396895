#include "search/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>

#include "base/bytes.h"

namespace jikimi::search {
namespace {

constexpr std::string_view kMagic = "JKJOURNL";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 8 + 4 + 8 + 4;
constexpr std::size_t kFrameHeadBytes = 4 + 4 + 4;
constexpr std::size_t kChangeBytes = 1 + 8 + Word256::kBytes;
constexpr std::size_t kChangesInFrame = 1 << 16;
constexpr std::size_t kSectorBytes = 512;

Error Damaged(const std::filesystem::path& path, std::uint64_t offset, std::string_view what) {
  return Error{ErrorCode::kCorrupt, Printable(path.native()) + ": byte " + std::to_string(offset) +
                                        ": " + std::string(what)};
}

bool AllZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

// Whether a sector of the file, that begins at `offset` with these bytes, was never written: the
// power failed after the file had grown and before its data was there.
bool HasUnwrittenSector(std::span<const std::byte> bytes, std::uint64_t offset) {
  for (std::size_t at = (kSectorBytes - offset % kSectorBytes) % kSectorBytes;
       at + kSectorBytes <= bytes.size(); at += kSectorBytes) {
    if (AllZero(bytes.subspan(at, kSectorBytes))) return true;
  }
  return AllZero(bytes);
}

std::vector<std::byte> Header(std::uint64_t generation) {
  ByteWriter writer;
  writer.PutBytes(AsBytes(kMagic));
  writer.Put(kVersion);
  writer.Put(generation);
  writer.Put(Crc32c(writer.bytes()));
  return std::move(writer).Take();
}

Result<std::uint64_t> SizeOf(const FileDescriptor& file, const std::filesystem::path& path) {
  const off_t size = lseek(file.get(), 0, SEEK_END);
  if (size < 0) return FileError(path, "find the end", errno);
  return static_cast<std::uint64_t>(size);
}

Result<std::vector<std::byte>> ReadAt(const FileDescriptor& file, std::uint64_t offset,
                                      std::size_t length, const std::filesystem::path& path) {
  std::vector<std::byte> bytes(length);
  for (std::size_t have = 0; have < length;) {
    const ssize_t got =
        pread(file.get(), bytes.data() + have, length - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, "read", errno);
    if (got == 0) return Damaged(path, offset + have, "ends while it is read");
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<void> CheckHeader(std::span<const std::byte> header, std::uint64_t generation,
                         const std::filesystem::path& path) {
  ByteReader reader(header);
  const auto magic = TRY(reader.TakeBytes(kMagic.size()));
  if (!std::ranges::equal(magic, AsBytes(kMagic))) {
    return Damaged(path, 0, "is not a journal of a search index");
  }
  const auto version = TRY(reader.Take<std::uint32_t>());
  const auto its_generation = TRY(reader.Take<std::uint64_t>());
  const auto checksum = TRY(reader.Take<std::uint32_t>());
  if (checksum != Crc32c(header.first(kHeaderBytes - 4))) {
    return Damaged(path, 0, "the header doesn't have its checksum");
  }
  if (version != kVersion) {
    return Error{ErrorCode::kUnsupported, Printable(path.native()) + ": is version " +
                                              std::to_string(version) + " of the journal; this " +
                                              "program reads version " + std::to_string(kVersion)};
  }
  if (its_generation != generation) {
    return Damaged(path, 12,
                   "follows snapshot " + std::to_string(its_generation) + ", not " +
                       std::to_string(generation));
  }
  return {};
}

Result<Change> TakeChange(ByteReader& reader) {
  Change change;
  const auto kind = TRY(reader.Take<std::uint8_t>());
  if (kind != 1 && kind != 2) {
    return Error{ErrorCode::kCorrupt, "change of unknown kind " + std::to_string(kind)};
  }
  change.kind = static_cast<Change::Kind>(kind);
  change.entry.id = EntryId{TRY(reader.Take<std::uint64_t>())};
  const auto word = TRY(reader.TakeBytes(Word256::kBytes));
  change.entry.word = Word256::FromBytes(word.first<Word256::kBytes>());
  return change;
}

}  // namespace

Result<Journal> Journal::Create(const std::filesystem::path& path, std::uint64_t generation) {
  const auto header = Header(generation);
  // Atomically, so that a journal always has a whole header.
  TRY(WriteFileAtomically(path, header));
  return Open(path, generation, [](const Change&) { return Result<void>(); });
}

Result<Journal> Journal::Open(const std::filesystem::path& path, std::uint64_t generation,
                              const std::function<Result<void>(const Change&)>& apply) {
  TRY(OpenRegularFile(path));  // says what else it is, and never blocks on a FIFO
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid()) return FileError(path, "open", errno);
  const std::uint64_t size = TRY(SizeOf(file, path));
  if (size < kHeaderBytes) return Damaged(path, size, "ends within its header");
  const auto header = TRY(ReadAt(file, 0, kHeaderBytes, path));
  TRY(CheckHeader(header, generation, path));

  Journal journal(std::move(file), path);
  journal.end_ = kHeaderBytes;
  journal.checksum_ = Crc32c(header);
  while (size - journal.end_ >= kFrameHeadBytes) {
    const auto head = TRY(ReadAt(journal.file_, journal.end_, kFrameHeadBytes, path));
    ByteReader reader(head);
    const auto count = TRY(reader.Take<std::uint32_t>());
    const auto payload_checksum = TRY(reader.Take<std::uint32_t>());
    const std::uint32_t checksum =
        Crc32c(std::span(head).first(kFrameHeadBytes - 4), journal.checksum_);
    const std::uint64_t payload_start = journal.end_ + kFrameHeadBytes;
    if (checksum != TRY(reader.Take<std::uint32_t>()) || count > kChangesInFrame) {
      const auto rest = TRY(ReadAt(
          journal.file_, journal.end_,
          std::min<std::uint64_t>(size - journal.end_, kChangesInFrame * kChangeBytes), path));
      if (AllZero(rest)) break;
      return Damaged(path, journal.end_, "the head of a frame doesn't have its checksum");
    }
    const std::size_t payload_bytes = count * kChangeBytes;
    if (size - payload_start < payload_bytes) break;
    const auto payload = TRY(ReadAt(journal.file_, payload_start, payload_bytes, path));
    if (Crc32c(payload) != payload_checksum) {
      const bool last = size - payload_start == payload_bytes;
      if (last && HasUnwrittenSector(payload, payload_start)) break;
      return Damaged(path, payload_start, "a frame doesn't have its checksum");
    }
    ByteReader changes(payload);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto change = TakeChange(changes);
      if (!change.has_value()) return Damaged(path, payload_start, change.error().message);
      TRY(apply(*change));
    }
    journal.end_ = payload_start + payload_bytes;
    journal.checksum_ = checksum;
  }
  if (journal.end_ != size) {
    // Otherwise a later, shorter frame could be followed by what is left of this one.
    if (ftruncate(journal.file_.get(), static_cast<off_t>(journal.end_)) != 0 ||
        fsync(journal.file_.get()) != 0) {
      return FileError(path, "cut off an unfinished change", errno);
    }
  }
  return journal;
}

Result<void> Journal::Append(std::span<const Change> changes) {
  if (in_doubt_) {
    return Error{ErrorCode::kUnavailable,
                 Printable(path_.native()) +
                     ": an earlier write failed; nothing can be changed until it is opened again"};
  }
  ByteWriter writer;
  std::uint32_t checksum = checksum_;
  while (!changes.empty()) {
    const auto frame = changes.first(std::min(changes.size(), kChangesInFrame));
    changes = changes.subspan(frame.size());
    ByteWriter payload;
    for (const Change& change : frame) {
      payload.Put(static_cast<std::uint8_t>(change.kind));
      payload.Put(static_cast<std::uint64_t>(change.entry.id));
      std::byte word[Word256::kBytes];
      change.entry.word.ToBytes(word);
      payload.PutBytes(word);
    }
    ByteWriter head;
    head.Put(static_cast<std::uint32_t>(frame.size()));
    head.Put(Crc32c(payload.bytes()));
    checksum = Crc32c(head.bytes(), checksum);
    head.Put(checksum);
    writer.PutBytes(head.bytes());
    writer.PutBytes(payload.bytes());
  }
  auto written = WriteFully(file_, writer.bytes(), end_, path_);
  if (!written.has_value()) {
    in_doubt_ = ftruncate(file_.get(), static_cast<off_t>(end_)) != 0;
    return written;
  }
  if (fdatasync(file_.get()) != 0) {
    in_doubt_ = true;  // what is on the disk can't be known after a failed sync
    return FileError(path_, "sync", errno);
  }
  end_ += writer.bytes().size();
  checksum_ = checksum;
  return {};
}

}  // namespace jikimi::search
