#ifndef JIKIMI_CASEWORK_CASE_TABLES_H_
#define JIKIMI_CASEWORK_CASE_TABLES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/case_record.h"
#include "casework/lists.h"
#include "store/database.h"

// Rows of cases. Not for other rooms.
namespace jikimi::casework {

Result<void> InsertCase(store::Transaction& transaction, const CaseRecord& record);
// kNotFound when there is none.
Result<CaseRecord> LoadCase(store::Transaction& transaction, vault::CaseId id);
// Writes every field; `record.revision` is the one that was read, and goes up by one. kStale
// when somebody else was faster.
Result<void> SaveCase(store::Transaction& transaction, CaseRecord& record);

// Whose cases a list may show.
struct ListScope {
  std::optional<vault::PersonId> person;
  std::optional<vault::TeamId> team;
};
enum class CaseOrder { kQueue, kAssigned, kDue };
// A page in that order; `key` is the queue or the person's id as it applies. `now` is for kDue.
Result<std::vector<CaseRecord>> QueryCases(store::Transaction& transaction, CaseOrder order,
                                           std::string_view queue, const ListScope& scope,
                                           Timestamp now, const std::optional<CasePosition>& after,
                                           int limit);
// Assigned to `person`, by id, for cover.
Result<std::vector<vault::CaseId>> CasesAssignedTo(store::Transaction& transaction,
                                                   vault::PersonId person);
Result<std::vector<CaseRecord>> QueryDestroyDue(store::Transaction& transaction, Timestamp now,
                                                int limit);
Result<std::vector<CaseRecord>> QueryClosedBefore(store::Transaction& transaction, Timestamp before,
                                                  const std::optional<CasePosition>& after,
                                                  int limit);

std::string JoinCodes(const std::vector<std::string>& codes);
std::vector<std::string> SplitCodes(std::string_view text);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CASE_TABLES_H_
