#ifndef JIKIMI_CASEWORK_WORK_TABLES_H_
#define JIKIMI_CASEWORK_WORK_TABLES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/checklist.h"
#include "casework/contact.h"
#include "casework/lists.h"
#include "casework/note.h"
#include "casework/referral.h"
#include "casework/service.h"
#include "casework/task.h"
#include "casework/withdrawal.h"
#include "store/database.h"

// Rows of what is done in cases: tasks, notes, services, attempts, referrals, checklists, holds.
// Not for other rooms.
namespace jikimi::casework {

struct TaskRow {
  Task task;
  std::string checklist;  // the entry that it reminds of; "" for others
};
Result<void> InsertTask(store::Transaction& transaction, const TaskRow& row);
Result<TaskRow> LoadTask(store::Transaction& transaction, TaskId id);
Result<void> SaveTask(store::Transaction& transaction, const TaskRow& row);
Result<std::vector<TaskRow>> QueryTasks(store::Transaction& transaction, vault::CaseId of);
Result<std::optional<TaskId>> FindReminder(store::Transaction& transaction, vault::CaseId of,
                                           std::string_view checklist);
// Open tasks of cases within the scope.
Result<std::vector<TaskRow>> QueryFollowUps(store::Transaction& transaction,
                                            const std::optional<vault::PersonId>& assigned,
                                            const std::optional<vault::TeamId>& team,
                                            Timestamp until,
                                            const std::optional<FollowUpPosition>& after,
                                            int limit);

enum class NoteKind { kNote, kResult };
struct NoteRow {
  std::array<std::byte, 16> id = {};
  Timestamp written_at;
  std::string by;
};
Result<void> InsertNote(store::Transaction& transaction, vault::CaseId of, NoteKind kind,
                        const NoteRow& row);
Result<std::vector<NoteRow>> QueryNotes(store::Transaction& transaction, vault::CaseId of,
                                        NoteKind kind, const std::optional<NotePosition>& before,
                                        int limit);

// Whether it is new.
Result<bool> InsertService(store::Transaction& transaction, vault::CaseId of,
                           const Service& service, std::string_view key);
Result<std::vector<Service>> QueryServices(store::Transaction& transaction, vault::CaseId of);

Result<void> InsertAttempt(store::Transaction& transaction, vault::CaseId of,
                           const Attempt& attempt);
Result<std::vector<Attempt>> QueryAttempts(store::Transaction& transaction, vault::CaseId of);

struct PlanRow {
  std::int64_t version = 0;
  std::vector<std::byte> sealed;
};
Result<void> PutPlan(store::Transaction& transaction, vault::CaseId of, std::int64_t version,
                     std::uint32_t key_version, const std::vector<std::byte>& sealed);
Result<std::optional<PlanRow>> FindPlan(store::Transaction& transaction, vault::CaseId of);

Result<void> InsertReferral(store::Transaction& transaction, const Referral& referral);
Result<Referral> LoadReferral(store::Transaction& transaction, ReferralId id);
Result<void> SaveReferral(store::Transaction& transaction, Referral& referral);
Result<std::vector<Referral>> QueryReferrals(store::Transaction& transaction, vault::CaseId of);
// Cases that have open ones, by id after `after`.
Result<std::vector<vault::CaseId>> QueryCasesWithOpenReferrals(
    store::Transaction& transaction, const std::optional<vault::CaseId>& after, int limit);

Result<void> PutChecklist(store::Transaction& transaction, vault::CaseId of,
                          const ChecklistEntry& entry);
Result<std::vector<ChecklistEntry>> QueryChecklist(store::Transaction& transaction,
                                                   vault::CaseId of);

struct HoldRow {
  Hold hold;
  vault::CaseId of;
};
Result<void> InsertHold(store::Transaction& transaction, const HoldRow& row);
Result<HoldRow> LoadHold(store::Transaction& transaction, HoldId id);
Result<void> EndHoldRow(store::Transaction& transaction, HoldId id, Timestamp at);
Result<std::vector<Hold>> QueryHolds(store::Transaction& transaction, vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_WORK_TABLES_H_
