#include "casework/note.h"

#include "casework/acts.h"
#include "casework/sealed_fields.h"
#include "casework/text_check.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

Error WrongPage() { return {ErrorCode::kInvalidArgument, "a page has 1 to 200 notes"}; }

}  // namespace

Result<NoteId> AddNote(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const std::string& text) {
  TRY(CheckText("the note", text, kMaxNoteBytes));
  const CaseRecord record = TRY(RequireCase(transaction, desk, of, Permission::kNoteWrite));
  TRY(RequireWorkable(record));
  const NoteId id = NoteId::Random();
  TRY(InsertNote(transaction, of, NoteKind::kNote, {id.bytes(), desk.now, ActorText(desk.who)}));
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, of));
  TRY(PutField(transaction, key, {of, id.Reference(), "text", 1}, text));
  TRY(WriteEntry(transaction, desk, key, "note.added"));
  return id;
}

Result<std::vector<Note>> ReadNotes(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of, const std::optional<NotePosition>& before,
                                    int limit) {
  if (limit < 1 || limit > 200) return WrongPage();
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseOpen));
  std::vector<Note> notes;
  for (NoteRow& row : TRY(QueryNotes(transaction, of, NoteKind::kNote, before, limit))) {
    Note note;
    note.id = NoteId(row.id);
    note.written_at = row.written_at;
    note.by = std::move(row.by);
    const auto text = TRY(ReadField(transaction, file.opened, note.id.Reference(), "text"));
    note.text = text.value_or("");
    notes.push_back(std::move(note));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "note.read"));
  return notes;
}

Result<ResultId> AddResultReport(store::Transaction& transaction, const Desk& desk,
                                 vault::CaseId of, const std::string& text) {
  TRY(CheckText("the report of results", text, kMaxNoteBytes));
  TRY(RequireCase(transaction, desk, of, Permission::kCaseEdit));
  const ResultId id = ResultId::Random();
  TRY(InsertNote(transaction, of, NoteKind::kResult, {id.bytes(), desk.now, ActorText(desk.who)}));
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, of));
  TRY(PutField(transaction, key, {of, id.Reference(), "text", 1}, text));
  TRY(WriteEntry(transaction, desk, key, "result.reported"));
  return id;
}

Result<std::vector<ResultReport>> ReadResultReports(store::Transaction& transaction,
                                                    const Desk& desk, vault::CaseId of) {
  constexpr int kMost = 200;
  const CaseFile file = TRY(OpenCaseFile(
      transaction, desk, of, {Permission::kCaseOpen, Permission::kPortalRead, Right::kSee}));
  std::vector<ResultReport> results;
  for (const NoteRow& row :
       TRY(QueryNotes(transaction, of, NoteKind::kResult, std::nullopt, kMost))) {
    ResultReport result;
    result.id = ResultId(row.id);
    result.written_at = row.written_at;
    const auto text = TRY(ReadField(transaction, file.opened, result.id.Reference(), "text"));
    result.text = text.value_or("");
    results.push_back(std::move(result));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened",
                 {{"part", "results"}}));
  return results;
}

}  // namespace jikimi::casework
