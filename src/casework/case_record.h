#ifndef JIKIMI_CASEWORK_CASE_RECORD_H_
#define JIKIMI_CASEWORK_CASE_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "casework/desk.h"
#include "casework/record_ids.h"
#include "casework/sheet.h"
#include "store/database.h"

// A case: its operational fields, which lists show, and its sealed sheet.
namespace jikimi::casework {

enum class CaseState {
  kIntake,      // a report that no counsellor has confirmed yet
  kOpen,        // worked on
  kMonitoring,  // only watched over
  kClosed,
};
std::string_view CaseStateName(CaseState state);  // "intake", "open", "monitoring", "closed"
Result<CaseState> ParseCaseState(std::string_view name);
// intake -> open, closed; open <-> monitoring; both -> closed; closed -> open.
bool CanFollow(CaseState from, CaseState to);

// What she has withdrawn from; each holds what is above it.
enum class Withdrawal { kNone, kSharing, kWork, kDestroy };
std::string_view WithdrawalName(Withdrawal withdrawal);  // "none", "sharing", "work", "destroy"
Result<Withdrawal> ParseWithdrawal(std::string_view name);

enum class MinorState { kUnknown, kNo, kSuspected, kYes };
std::string_view MinorStateName(MinorState state);  // "unknown", "no", "suspected", "yes"
Result<MinorState> ParseMinorState(std::string_view name);

// Operational fields: no name, no story, nothing that needs the case's key.
struct CaseRecord {
  vault::CaseId id;
  CaseState state = CaseState::kIntake;
  std::string queue;
  int urgency = 3;                  // 0 is the most urgent
  std::optional<Timestamp> due_at;  // when somebody should have acted
  std::optional<vault::PersonId> assigned;
  std::optional<vault::TeamId> team;
  MinorState minor = MinorState::kUnknown;
  Withdrawal withdrawal = Withdrawal::kNone;
  std::optional<Timestamp> destroy_at;
  bool contact_unsafe = false;
  bool referred_to_investigators = false;
  std::vector<std::string> harms;
  std::string neutral_text;  // code of the text that she chose; "" for no notification
  Timestamp opened_at;
  std::optional<Timestamp> closed_at;
  std::int64_t revision = 1;  // goes up with each change: the ETag
};

// The operational fields, for lists: no key, no log entry. Permission::kCaseList.
Result<CaseRecord> GetCase(store::Transaction& transaction, const Desk& desk, vault::CaseId id);

struct CaseSheet {
  CaseRecord record;
  Sheet sheet;  // fields of SheetKind::kCase
};
// Opens the case: the logged act. Permission::kCaseOpen.
Result<CaseSheet> ReadCase(store::Transaction& transaction, const Desk& desk, vault::CaseId id);

// A case that starts without a report: granted to `persons` (two at least). Confirmed.
struct NewCase {
  std::vector<std::string> harms;
  Sheet sheet;
  std::string queue;
  TriageAnswers triage;
  MinorState minor = MinorState::kUnknown;
  std::vector<vault::PersonId> persons;
};
Result<vault::CaseId> OpenNewCase(store::Transaction& transaction, const Desk& desk,
                                  const NewCase& of);

// Changes. `revision` is the one that the caller saw; another is kStale. Each returns the new
// one. Permission::kCaseEdit unless said otherwise.
Result<std::int64_t> SetSheet(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, const Sheet& sheet);
Result<std::int64_t> SetHarms(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, const std::vector<std::string>& harms);
// The safety questions; sets urgency and due time. The answers are sealed.
Result<std::int64_t> SetTriage(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                               std::int64_t revision, const TriageAnswers& answers);
Result<TriageAnswers> ReadTriage(store::Transaction& transaction, const Desk& desk,
                                 vault::CaseId id);
Result<std::int64_t> SetQueue(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, const std::string& queue);
Result<std::int64_t> SetMinor(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, MinorState minor);
// kInvalidArgument for a state that can't follow. Closing and reopening: Permission::kCaseClose.
// Not while she has withdrawn from work.
Result<std::int64_t> SetState(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, CaseState state);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CASE_RECORD_H_
