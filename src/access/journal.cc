#include "access/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string>

#include "base/bytes.h"
#include "base/file.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kHead = "jikimi destructions 1\n";
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

struct KindCode {
  GoneKind kind;
  std::string_view code;
};
constexpr KindCode kKinds[] = {{GoneKind::kCase, "case"},     {GoneKind::kItem, "item"},
                               {GoneKind::kGrant, "grant"},   {GoneKind::kConsent, "consent"},
                               {GoneKind::kPerson, "person"}, {GoneKind::kMember, "member"}};

template <typename Number>
bool FromText(std::string_view text, Number& number, int base) {
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end;
}

// The line without its checksum and end.
std::string BodyOf(const JournalEntry& entry) {
  return ToHex(entry.id) + ' ' + std::string(GoneKindCode(entry.gone.kind)) + ' ' +
         ToHex(entry.gone.subject) + ' ' + ToHex(entry.gone.of) + ' ' +
         std::to_string(entry.gone.at.time_since_epoch().count()) + ' ';
}

std::string CrcText(std::uint32_t crc) {
  char text[9];
  std::snprintf(text, sizeof(text), "%08x", crc);
  return text;
}

// Takes the word before the next space.
std::string_view TakeWord(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool ParseLine(std::string_view line, std::uint32_t& crc, JournalEntry& entry) {
  const auto body_end = line.rfind(' ');
  if (body_end == line.npos) return false;
  const auto body = line.substr(0, body_end + 1);
  std::uint32_t stored = 0;
  if (!FromText(line.substr(body_end + 1), stored, 16)) return false;
  crc = Crc32c(AsBytes(body), crc);
  std::string_view rest = body;
  std::int64_t micros = 0;
  const auto id = TakeWord(rest);
  const auto kind = ParseGoneKind(TakeWord(rest));
  const auto subject = TakeWord(rest);
  const auto of = TakeWord(rest);
  if (crc != stored || !FromHex(id, entry.id) || !kind || !FromHex(subject, entry.gone.subject) ||
      !FromHex(of, entry.gone.of) || !FromText(TakeWord(rest), micros, 10) || !rest.empty()) {
    return false;
  }
  entry.gone.kind = *kind;
  entry.gone.at = Timestamp(std::chrono::microseconds(micros));
  return BodyOf(entry) == body;
}

struct Parsed {
  std::vector<JournalEntry> entries;
  std::uint32_t crc = 0;  // of the last whole line
  std::size_t whole = 0;  // bytes up to its end
};

Result<Parsed> Parse(const std::filesystem::path& path) {
  Parsed parsed;
  auto bytes = ReadFile(path, kMaxBytes);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return parsed;
  if (!bytes) return std::move(bytes).error();
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (kHead.starts_with(text.substr(0, kHead.size())) && text.size() < kHead.size()) return parsed;
  if (!text.starts_with(kHead)) {
    return Error{ErrorCode::kCorrupt,
                 Printable(path.native()) + ": line 1: is no journal of destructions"};
  }
  parsed.whole = kHead.size();
  for (int number = 2;; ++number) {
    const auto end = text.find('\n', parsed.whole);
    if (end == text.npos) return parsed;
    JournalEntry entry;
    if (!ParseLine(text.substr(parsed.whole, end - parsed.whole), parsed.crc, entry)) {
      return Error{ErrorCode::kCorrupt, Printable(path.native()) + ": line " +
                                            std::to_string(number) +
                                            ": was changed, or one before it is missing"};
    }
    parsed.entries.push_back(entry);
    parsed.whole = end + 1;
  }
}

}  // namespace

std::string_view GoneKindCode(GoneKind kind) {
  for (const auto& row : kKinds) {
    if (row.kind == kind) return row.code;
  }
  CHECK(false);
  return {};
}

Result<GoneKind> ParseGoneKind(std::string_view code) {
  for (const auto& row : kKinds) {
    if (row.code == code) return row.kind;
  }
  return Error{ErrorCode::kInvalidArgument, "no kind of destruction: " + std::string(code)};
}

Result<std::vector<JournalEntry>> ReadJournal(const std::filesystem::path& path) {
  return std::move(TRY(Parse(path)).entries);
}

Result<void> AppendToJournal(const std::filesystem::path& path,
                             std::span<const JournalEntry> entries) {
  if (entries.empty()) return {};
  const auto parsed = TRY(Parse(path));
  std::string text = parsed.whole == 0 ? std::string(kHead) : std::string();
  std::uint32_t crc = parsed.crc;
  for (const auto& entry : entries) {
    const auto body = BodyOf(entry);
    crc = Crc32c(AsBytes(body), crc);
    text += body + CrcText(crc) + '\n';
  }
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return FileError(path, "write", errno);
  if (ftruncate(file.get(), static_cast<off_t>(parsed.whole)) != 0) {
    return FileError(path, "take a cut line off", errno);
  }
  auto written = WriteFully(file, AsBytes(text), parsed.whole, path);
  if (written && fsync(file.get()) != 0) written = FileError(path, "sync", errno);
  if (!written) {
    // A full disk, say: what came of it is taken back; where even that fails, the next append does.
    (void)!ftruncate(file.get(), static_cast<off_t>(parsed.whole));
    return written;
  }
  return SyncFolderOf(path);
}

}  // namespace jikimi::access
