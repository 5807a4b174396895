#ifndef JIKIMI_ACCESS_TEAM_WRAPS_H_
#define JIKIMI_ACCESS_TEAM_WRAPS_H_

#include "access/actor.h"
#include "access/centre_keys.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"

// What the rest of this room needs of a team's pair.
namespace jikimi::access {

// The current public half, checked against its pin. kNotFound when the team has none.
Result<vault::PinnedTeamKey> FindTeamKey(store::Transaction& transaction, const CentreKeys& keys,
                                         vault::TeamId team);
// A version of the pair, with a member's own. kPermissionDenied for who doesn't have it.
Result<vault::TeamKeyPair> OpenTeamVersion(store::Transaction& transaction,
                                           const StaffActor& member,
                                           const vault::KeyName<vault::KeyKind::kTeam>& name);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_TEAM_WRAPS_H_
