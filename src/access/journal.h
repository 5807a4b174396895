#ifndef JIKIMI_ACCESS_JOURNAL_H_
#define JIKIMI_ACCESS_JOURNAL_H_

#include <array>
#include <filesystem>
#include <span>
#include <vector>

#include "access/destructions.h"
#include "base/result.h"

// The journal of destructions as a file: the line "jikimi destructions 1", then a line for each
// entry: its id, kind, subject and owner in hex, the time in microseconds since 1970, and a CRC-32C
// over the line and all before it, so that a line that is changed, moved or missing shows.
namespace jikimi::access {

struct JournalEntry {
  std::array<std::byte, 16> id = {};
  Gone gone;
};

std::string_view GoneKindCode(GoneKind kind);
Result<GoneKind> ParseGoneKind(std::string_view code);

// All entries, in order; none when there is no file. A last line without its end was cut off by a
// crash before anybody relied on it, and is left out. Anything else that is wrong is kCorrupt and
// names the line.
Result<std::vector<JournalEntry>> ReadJournal(const std::filesystem::path& path);

// Adds entries and syncs; makes the file (0600) when it is missing, and takes a cut last line off.
// The caller keeps other writers out. On an error nothing counts as added.
Result<void> AppendToJournal(const std::filesystem::path& path,
                             std::span<const JournalEntry> entries);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_JOURNAL_H_
