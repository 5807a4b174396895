#ifndef JIKIMI_CASEWORK_TASK_H_
#define JIKIMI_CASEWORK_TASK_H_

#include <optional>
#include <string>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Tasks and follow-up dates of a case. When and whose is operational; what is sealed.
namespace jikimi::casework {

struct NewTask {
  std::string text;
  Timestamp due_at;
  std::optional<vault::PersonId> assigned;  // otherwise who has the case
};
struct Task {
  TaskId id;
  vault::CaseId of;
  Timestamp due_at;
  std::optional<vault::PersonId> assigned;
  std::optional<Timestamp> done_at;
  std::string text;  // "" in lists
};

// Permission::kTaskEdit.
Result<TaskId> AddTask(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const NewTask& task);
Result<void> MoveTask(store::Transaction& transaction, const Desk& desk, TaskId id,
                      Timestamp due_at, const std::optional<vault::PersonId>& assigned);
// Once more is nothing new.
Result<void> FinishTask(store::Transaction& transaction, const Desk& desk, TaskId id);
// The logged act. Permission::kCaseOpen.
Result<std::vector<Task>> ReadTasks(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_TASK_H_
