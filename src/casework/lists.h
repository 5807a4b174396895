#ifndef JIKIMI_CASEWORK_LISTS_H_
#define JIKIMI_CASEWORK_LISTS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/case_record.h"
#include "casework/desk.h"
#include "casework/record_ids.h"
#include "casework/task.h"
#include "store/database.h"

// Lists: operational fields only, page by page. A list never opens a case and writes no log entry.
// Each shows what lies within the scope of Permission::kCaseList: one's own cases, one's team's,
// the centre's.
namespace jikimi::casework {

inline constexpr int kMaxPage = 200;

// Where a page of cases ended: the next one starts behind it. Pages stay consistent while cases
// move: one that moves forward may be seen twice, none that stays is left out.
struct CasePosition {
  int urgency = 0;
  Timestamp due_at;
  vault::CaseId id;

  std::string ToText() const;  // opaque, for a cursor
  static Result<CasePosition> Parse(std::string_view text);
};
struct CasePage {
  std::vector<CaseRecord> cases;
  std::optional<CasePosition> next;  // none: the last page
};

// A queue's cases that are not closed, the most urgent and longest due first.
Result<CasePage> ListQueue(store::Transaction& transaction, const Desk& desk,
                           std::string_view queue, const std::optional<CasePosition>& after,
                           int limit);
// Somebody's open cases, in the same order.
Result<CasePage> ListAssigned(store::Transaction& transaction, const Desk& desk,
                              vault::PersonId person, const std::optional<CasePosition>& after,
                              int limit);
// Cases of all queues whose due time is over, longest first.
Result<CasePage> ListOverdue(store::Transaction& transaction, const Desk& desk,
                             const std::optional<CasePosition>& after, int limit);

// Follow-ups that are due until `until`, soonest first: tasks, and dates of the checklist.
struct FollowUp {
  vault::CaseId of;
  Timestamp due_at;
  std::optional<TaskId> task;
  std::string checklist;  // the entry's code when it is one
  std::optional<vault::PersonId> assigned;
};
struct FollowUpPosition {
  Timestamp due_at;
  std::array<std::byte, 16> id = {};
};
struct FollowUpPage {
  std::vector<FollowUp> entries;
  std::optional<FollowUpPosition> next;
};
Result<FollowUpPage> ListFollowUps(store::Transaction& transaction, const Desk& desk,
                                   const std::optional<vault::PersonId>& assigned, Timestamp until,
                                   const std::optional<FollowUpPosition>& after, int limit);

// Exact search by name or telephone number over what this person may open. Tokens find candidates
// (one in 16,384 of the others by chance); each is opened to see whether it is meant, and the
// search, without the searched text, is logged to each case that matched. Permission::kCaseSearch.
struct SearchHit {
  CaseRecord record;
  PartyRole role = PartyRole::kSurvivor;
  bool in_report = false;  // found in a report that nobody made persons of yet
};
enum class SearchKind { kName, kTelephone };
Result<std::vector<SearchHit>> SearchExact(store::Transaction& transaction, const Desk& desk,
                                           SearchKind kind, std::string_view text, int limit);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_LISTS_H_
