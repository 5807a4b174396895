#ifndef JIKIMI_CASEWORK_ASSIGNMENT_H_
#define JIKIMI_CASEWORK_ASSIGNMENT_H_

#include <optional>

#include "casework/case_record.h"
#include "casework/desk.h"
#include "store/database.h"

// Who works on a case. The keys follow: who takes over is granted the case, who hands over may keep
// it (as the second grantee that each case has) or loses it by rotation.
namespace jikimi::casework {

// Takes a case at intake: grants it to both persons, releases the team and assigns it to the first.
// Two persons, because there are always two grantees. Permission::kCaseAssign.
Result<void> TakeCase(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                      vault::PersonId assigned, vault::PersonId second);
enum class Former { kKeepsAccess, kLosesAccess };
// Hands it to somebody else. Permission::kCaseAssign. While somebody is away their cover works on
// their cases with the cover's own grant: GrantCover() before they leave.
Result<void> HandOver(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                      vault::PersonId to, Former former);
// Grants up to `limit` cases that are assigned to `away`, and not granted to `cover` yet, to
// `cover`; how many are left. Done by `away` (or who is granted them) before leave begins: nobody
// else has the keys. Each in this transaction.
Result<std::int64_t> GrantCover(store::Transaction& transaction, const Desk& desk,
                                vault::PersonId away, vault::PersonId cover, int limit);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_ASSIGNMENT_H_
