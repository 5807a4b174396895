#ifndef JIKIMI_CASEWORK_REPRESENTATIVE_H_
#define JIKIMI_CASEWORK_REPRESENTATIVE_H_

#include "access/case_keys.h"
#include "casework/desk.h"
#include "casework/record_ids.h"
#include "store/database.h"
#include "vault/survivor_code.h"

// Guardians and proxies with a code of their own, once their papers were checked. It opens the
// survivor's page as far as data/rights_by_age.toml gives it to them that day: "see" her page and
// log, "consent", "withdraw"; with any of these also "report" (items, uploads). How she can be
// reached, taking back what she withdrew and destroying what she brought in stay hers alone.
namespace jikimi::casework {

// To be shown once. kPermissionDenied says why there is none: the role, a suspicion, a paper that
// is missing, her age; kAlreadyExists. It ends by itself on the birthday on which the last of the
// three rights ends. In her log. Permission::kPartyCode.
Result<vault::SurvivorCode> IssueCode(store::Transaction& transaction, const Desk& desk,
                                      PartyId id);
// Ends it at once, by rotation. kNotFound when there is none. Permission::kPartyCode.
Result<void> EndCode(store::Transaction& transaction, const Desk& desk, PartyId id);

// For portal acts that are not this room's: whether who acts has the right today. The survivor
// herself always has; others than on the portal are kPermissionDenied.
Result<void> CheckOwnRight(store::Transaction& transaction, const Desk& desk, Right right);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_REPRESENTATIVE_H_
