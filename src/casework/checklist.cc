#include "casework/checklist.h"

#include <algorithm>

#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

// The follow-up that reminds of an entry's date: there as long as the entry isn't done. Due when
// the day begins in UTC.
Result<void> Remind(store::Transaction& transaction, const Desk& desk, const CaseRecord& record,
                    std::string_view code, bool done, CivilDay day) {
  const auto id = TRY(FindReminder(transaction, record.id, code));
  if (id) {
    TaskRow row = TRY(LoadTask(transaction, *id));
    row.task.due_at = Timestamp(day);
    if (done) row.task.done_at = desk.now;
    return SaveTask(transaction, row);
  }
  if (done) return {};
  TaskRow row;
  row.task.id = TaskId::Random();
  row.task.of = record.id;
  row.task.due_at = Timestamp(day);
  row.task.assigned = record.assigned;
  row.checklist = code;
  return InsertTask(transaction, row);
}

}  // namespace

Result<std::vector<ChecklistEntry>> ReadChecklist(store::Transaction& transaction, const Desk& desk,
                                                  vault::CaseId of) {
  TRY(RequireCase(transaction, desk, of, Permission::kCaseOpen));
  const auto stored = TRY(QueryChecklist(transaction, of));
  std::vector<ChecklistEntry> entries;
  for (const Label& label : desk.rules.checklist.labels()) {
    const auto found = std::find_if(stored.begin(), stored.end(), [&](const ChecklistEntry& entry) {
      return entry.code == label.code;
    });
    ChecklistEntry entry;
    entry.code = label.code;
    entries.push_back(found == stored.end() ? entry : *found);
  }
  TRY(WriteEntry(transaction, desk, of, "case.opened", {{"part", "checklist"}}));
  return entries;
}

Result<void> SetChecklist(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                          std::string_view code, bool done, const std::optional<CivilDay>& date) {
  TRY(desk.rules.checklist.Check(code));
  const bool needs_date = desk.rules.checklist_with_date.contains(std::string(code));
  if (needs_date != date.has_value()) {
    return Error{
        ErrorCode::kInvalidArgument,
        "the entry '" + std::string(code) + (needs_date ? "' needs a date" : "' has no date")};
  }
  const CaseRecord record = TRY(RequireCase(transaction, desk, of, Permission::kCaseEdit));
  TRY(RequireWorkable(record));
  ChecklistEntry entry;
  entry.code = code;
  entry.done = done;
  entry.changed_at = desk.now;
  entry.date = date;
  entry.by = ActorText(desk.who);
  TRY(PutChecklist(transaction, of, entry));
  if (date) TRY(Remind(transaction, desk, record, code, done, *date));
  return WriteEntry(transaction, desk, of, "checklist.changed",
                    {{"entry", std::string(code)}, {"done", done ? "yes" : "no"}});
}

}  // namespace jikimi::casework
