#ifndef JIKIMI_CASEWORK_NOTE_H_
#define JIKIMI_CASEWORK_NOTE_H_

#include <optional>
#include <string>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Notes of a case, sealed, up to 1 MB. A note is not changed: a correction is a further note.
namespace jikimi::casework {

inline constexpr std::size_t kMaxNoteBytes = std::size_t{1} << 20;

struct Note {
  NoteId id;
  Timestamp written_at;
  std::string by;  // role and number
  std::string text;
};

// Permission::kNoteWrite.
Result<NoteId> AddNote(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const std::string& text);
// Newest first, before `before`; the logged act. Permission::kCaseOpen.
struct NotePosition {
  Timestamp written_at;
  NoteId id;
};
Result<std::vector<Note>> ReadNotes(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of, const std::optional<NotePosition>& before,
                                    int limit);

// A report of results to the survivor, as she sees it on her page. Permission::kCaseEdit.
struct ResultReport {
  ResultId id;
  Timestamp written_at;
  std::string text;
};
Result<ResultId> AddResultReport(store::Transaction& transaction, const Desk& desk,
                                 vault::CaseId of, const std::string& text);
// Also by the survivor herself (Permission::kPortalRead).
Result<std::vector<ResultReport>> ReadResultReports(store::Transaction& transaction,
                                                    const Desk& desk, vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_NOTE_H_
