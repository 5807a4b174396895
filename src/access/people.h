#ifndef JIKIMI_ACCESS_PEOPLE_H_
#define JIKIMI_ACCESS_PEOPLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/approvals.h"
#include "access/centre_keys.h"
#include "access/roles.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"
#include "vault/secret_bytes.h"

// The people who work with the centre: who they are, what became of them. How they come in is
// enrolment.h, how they sign in sign_in.h.
namespace jikimi::access {

enum class PersonState {
  kActive,
  kLocked,  // for now: can't sign in, keeps what was granted
  kLeft,    // for good
};
std::string_view PersonStateCode(PersonState state);

struct Person {
  vault::PersonId id;
  std::int64_t number = 0;   // staff number, never given twice
  std::string sign_in_name;  // what is typed at sign-in, in its normal form
  std::string name;          // sealed under the server keys at rest
  Role role = Role::kCounsellor;
  std::optional<vault::TeamId> team;
  PersonState state = PersonState::kActive;
  Timestamp enrolled_at;
  std::uint32_t key_version = 1;  // of the pair; goes up with a key reset
  std::int64_t revision = 0;      // of role, team and state; sessions of another one are over
};

// kNotFound when there is none.
Result<Person> FindPerson(store::Transaction& transaction, const CentreKeys& keys,
                          vault::PersonId id);
// By staff number, those after `after`; also who left.
Result<std::vector<Person>> ListPeople(store::Transaction& transaction, const CentreKeys& keys,
                                       std::int64_t after, int limit);
// The staff number alone: for what is shown to survivors and written to the log. Cheap.
Result<std::int64_t> StaffNumberOf(store::Transaction& transaction, vault::PersonId id);

// A person's public half, checked against the pin of their enrolment (sealed under the server keys,
// so that who can only write to the database can't slip a key in). kPermissionDenied when it
// differs or the person left, kNotFound when there is no such person.
Result<vault::PinnedPersonKey> FindPersonKey(store::Transaction& transaction,
                                             const CentreKeys& keys, vault::PersonId id);

// --- Teams

struct Team {
  vault::TeamId id;
  std::string name;
};
Result<vault::TeamId> AddTeam(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, std::string_view name, Timestamp now);
Result<std::vector<Team>> ListTeams(store::Transaction& transaction);

// --- Changing. Each checks `who`'s permission, writes the log entry and an event, and, where it
// says so, uses up an approval by two supervisors for exactly this subject. Sessions of the person
// end in the same transaction unless it says otherwise.

// What the approvals are asked for.
std::string RoleSubject(vault::PersonId id, Role role, const std::optional<vault::TeamId>& team);
std::string PersonSubject(vault::PersonId id);

// ActKind::kRole about RoleSubject().
Result<void> ChangeRole(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        ApprovalId approval, vault::PersonId id, Role role,
                        const std::optional<vault::TeamId>& team, Timestamp now);
// Nobody locks themselves. Unlocking somebody who isn't locked is kInvalidArgument.
Result<void> LockPerson(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        vault::PersonId id, std::string_view reason, Timestamp now);
Result<void> UnlockPerson(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          vault::PersonId id, Timestamp now);
// For good: the lock of the pair, second factors and covers are deleted, the departure goes to the
// journal outside the backup, and the event "person.left" tells those who hand over cases. Cases
// stay granted until somebody who can open them revokes: see CasesOf().
Result<void> LeaveCentre(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                         vault::PersonId id, Timestamp now);
// What LeaveCentre() does to the person's rows, for a restored backup (PersonEraser); also when
// they are gone already.
Result<void> EraseDeparted(store::Transaction& transaction, vault::PersonId id);

// --- Leave cover: somebody stands in for somebody from one moment to another. In that time what is
// assigned to the one counts as the other's own (ScopeFacts); keys must be granted besides. Doesn't
// end sessions.

struct Cover {
  std::int64_t id = 0;
  vault::PersonId absent;
  vault::PersonId stand_in;
  Timestamp from;
  Timestamp until;
};
Result<std::int64_t> AddCover(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, const Cover& cover, Timestamp now);
Result<void> EndCover(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                      std::int64_t id, Timestamp now);
// Those that are not over, of one person or of all.
Result<std::vector<Cover>> ListCovers(store::Transaction& transaction,
                                      const std::optional<vault::PersonId>& of, Timestamp now);

// Columns of this half of the room that stand under the server keys, for their rotation.
std::vector<ServerField> PeopleServerFields();

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_PEOPLE_H_
