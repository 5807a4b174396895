// The journal of destructions: what was written is read; of a file that was cut, the entries before
// the cut; of one with a changed byte, none but those that were written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "access/journal.h"
#include "tests/fuzz/access_file_fuzz.h"

namespace jikimi::access {
namespace {

constexpr std::size_t kEntryBytes = 57;

bool Same(const JournalEntry& a, const JournalEntry& b) {
  return a.id == b.id && a.gone.kind == b.gone.kind && a.gone.subject == b.gone.subject &&
         a.gone.of == b.gone.of && a.gone.at == b.gone.at;
}

JournalEntry EntryOf(std::span<const std::uint8_t> bytes) {
  JournalEntry entry;
  std::memcpy(entry.id.data(), bytes.data(), 16);
  std::memcpy(entry.gone.subject.data(), bytes.data() + 16, 16);
  std::memcpy(entry.gone.of.data(), bytes.data() + 32, 16);
  std::int64_t micros = 0;
  std::memcpy(&micros, bytes.data() + 48, 8);
  entry.gone.at = Timestamp(std::chrono::microseconds(micros));
  constexpr GoneKind kKinds[] = {GoneKind::kCase,    GoneKind::kItem,   GoneKind::kGrant,
                                 GoneKind::kConsent, GoneKind::kPerson, GoneKind::kMember};
  entry.gone.kind = kKinds[bytes[56] % 6];
  return entry;
}

void CheckIsPrefix(const ScratchFile& file, const std::vector<JournalEntry>& written) {
  const auto read = ReadJournal(file.path());
  if (!read) {
    CHECK(read.error().code == ErrorCode::kCorrupt);
    return;
  }
  CHECK(read->size() <= written.size());
  CHECK(std::equal(read->begin(), read->end(), written.begin(), Same));
}

void WriteAndSpoil(std::span<const std::uint8_t> data) {
  static const auto* file = new ScratchFile("destructions.journal");
  file->Write({reinterpret_cast<const char*>(data.data()), data.size()});
  CheckIsPrefix(*file, {});  // nobody guesses a checksum
  if (data.size() < 8 + kEntryBytes) return;
  std::uint32_t at = 0, cut = 0;
  std::memcpy(&at, data.data(), 3);
  std::memcpy(&cut, data.data() + 3, 3);
  const std::uint8_t change = data[6];
  const std::size_t first = data[7] % 4;
  std::vector<JournalEntry> entries;
  for (data = data.subspan(8); data.size() >= kEntryBytes; data = data.subspan(kEntryBytes)) {
    entries.push_back(EntryOf(data));
  }
  file->Remove();
  const std::size_t half = std::min(first, entries.size());
  const std::span all(entries);
  CHECK(AppendToJournal(file->path(), all.first(half)).has_value());
  CHECK(AppendToJournal(file->path(), all.subspan(half)).has_value());
  const auto read = ReadJournal(file->path());
  CHECK(read && std::equal(read->begin(), read->end(), entries.begin(), entries.end(), Same));
  const std::string whole = file->Content();

  std::string changed = whole;
  changed[at % whole.size()] = static_cast<char>(changed[at % whole.size()] ^ change);
  file->Write(changed);
  CheckIsPrefix(*file, entries);

  file->Write(whole.substr(0, cut % (whole.size() + 1)));
  const auto left = ReadJournal(file->path());
  CHECK(left.has_value());
  CheckIsPrefix(*file, entries);
  // The next entry comes right behind the last whole one.
  CHECK(AppendToJournal(file->path(), all.subspan(left->size())).has_value());
  CHECK(file->Content() == whole);
}

}  // namespace
}  // namespace jikimi::access

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jikimi::access::WriteAndSpoil({data, size});
  return 0;
}
