#ifndef JIKIMI_ACCESS_TEAM_KEYS_H_
#define JIKIMI_ACCESS_TEAM_KEYS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "access/actor.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/blind_index.h"
#include "vault/keys.h"

// The pair of a team that takes reports in: each member has it wrapped to the own pair, each report
// is sealed to it until two persons were granted the case. Beside it the team's index key, sealed
// to the team, for exact search over sealed fields (vault/blind_index.h).
namespace jikimi::access {

// A new team's pair, with its first members. It is wrapped for the escrow too. Needs
// Permission::kPersonInvite, or the system (`jikimi init`).
Result<void> CreateTeamKeys(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, vault::TeamId team,
                            std::span<const vault::PersonId> members, Timestamp now);

struct TeamMember {
  vault::PersonId person;
  Timestamp since;
};
Result<std::vector<TeamMember>> MembersOf(store::Transaction& transaction, vault::TeamId team);

// The current pair. kPermissionDenied for who is no member.
Result<vault::TeamKeyPair> OpenTeam(store::Transaction& transaction, const Actor& member,
                                    vault::TeamId team);
Result<vault::IndexKey> OpenIndexKey(store::Transaction& transaction, const Actor& member,
                                     vault::TeamId team);

// The team that takes in what comes through the portal: the oldest one that has keys.
// kUnavailable: there is none yet.
Result<vault::TeamId> IntakeTeam(store::Transaction& transaction);

// Lets a person in whom the centre has put into the team (Person::team), with the versions of the
// pair that `who`, a member, has: nobody else could give them.
Result<void> JoinTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                      vault::TeamId team, vault::PersonId person, Timestamp now);
// Takes a person out: their wraps are deleted and the team gets a new pair, wrapped for those who
// stay, in this transaction. `who` is a member who stays, with Permission::kPersonLock unless the
// centre has taken the person out of the team already. The last member but one can't go. Reports at
// intake follow by RewrapIntake(). The index key stays: who knew it could still compute tokens
// (threat model).
Result<void> LeaveTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                       vault::TeamId team, vault::PersonId person, Timestamp now);

// A new pair for the same members: when a restored backup had to forget one (ReplayReport), or
// after a suspicion.
Result<void> RotateTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        vault::TeamId team, Timestamp now);

// Puts the team's new pair into up to `most` reports at intake that are still sealed to a former
// one (each a rotation and a transaction), and forgets the former pair when none is left. Returns
// how many are left. Killed half-way, any member goes on, and so does the sign-in of the next one
// while RewrapDue(). Each case is re-sealed at once. Several may do it at the same time: what one
// of them, or anybody, changed meanwhile is left to them.
Result<std::int64_t> RewrapIntake(store::Database& database, const CentreKeys& keys,
                                  const Actor& member, vault::TeamId team,
                                  std::span<const CaseField> fields, std::int64_t most,
                                  const Clock& clock);
Result<bool> RewrapDue(store::Transaction& transaction, vault::TeamId team);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_TEAM_KEYS_H_
