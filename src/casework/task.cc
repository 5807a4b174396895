#include "casework/task.h"

#include "casework/acts.h"
#include "casework/sealed_fields.h"
#include "casework/text_check.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

constexpr std::size_t kMaxTaskBytes = std::size_t{64} << 10;

struct TaskFile {
  TaskRow row;
  CaseRecord record;
};
Result<TaskFile> RequireTask(store::Transaction& transaction, const Desk& desk, TaskId id) {
  TaskRow row = TRY(LoadTask(transaction, id));
  CaseRecord record = TRY(RequireCase(transaction, desk, row.task.of, Permission::kTaskEdit));
  return TaskFile{std::move(row), std::move(record)};
}

}  // namespace

Result<TaskId> AddTask(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const NewTask& task) {
  TRY(CheckText("the task", task.text, kMaxTaskBytes));
  const CaseRecord record = TRY(RequireCase(transaction, desk, of, Permission::kTaskEdit));
  TRY(RequireWorkable(record));
  TaskRow row;
  row.task.id = TaskId::Random();
  row.task.of = of;
  row.task.due_at = task.due_at;
  row.task.assigned = task.assigned ? task.assigned : record.assigned;
  TRY(InsertTask(transaction, row));
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, of));
  TRY(PutField(transaction, key, {of, row.task.id.Reference(), "text", 1}, task.text));
  TRY(WriteEntry(transaction, desk, key, "task.added"));
  return row.task.id;
}

Result<void> MoveTask(store::Transaction& transaction, const Desk& desk, TaskId id,
                      Timestamp due_at, const std::optional<vault::PersonId>& assigned) {
  TaskFile file = TRY(RequireTask(transaction, desk, id));
  if (file.row.task.done_at) return Error{ErrorCode::kInvalidArgument, "the task is done already"};
  file.row.task.due_at = due_at;
  file.row.task.assigned = assigned ? assigned : file.record.assigned;
  TRY(SaveTask(transaction, file.row));
  return WriteEntry(transaction, desk, file.record.id, "task.changed");
}

Result<void> FinishTask(store::Transaction& transaction, const Desk& desk, TaskId id) {
  TaskFile file = TRY(RequireTask(transaction, desk, id));
  if (file.row.task.done_at) return {};
  file.row.task.done_at = desk.now;
  TRY(SaveTask(transaction, file.row));
  return WriteEntry(transaction, desk, file.record.id, "task.done");
}

Result<std::vector<Task>> ReadTasks(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseOpen));
  std::vector<Task> tasks;
  for (TaskRow& row : TRY(QueryTasks(transaction, of))) {
    const auto text = TRY(ReadField(transaction, file.opened, row.task.id.Reference(), "text"));
    row.task.text = text.value_or(row.checklist);
    tasks.push_back(std::move(row.task));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened", {{"part", "tasks"}}));
  return tasks;
}

}  // namespace jikimi::casework
