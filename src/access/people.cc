#include "access/people.h"

#include <span>

#include "access/actor_log.h"
#include "access/destructions.h"
#include "access/people_tables.h"
#include "access/sealed_columns.h"
#include "access/session_tables.h"
#include "base/bytes.h"
#include "log/pin.h"

namespace jikimi::access {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxReasonBytes = 500;
constexpr std::chrono::hours kMaxCover{24 * 400};

Error NoSuchPerson() { return {ErrorCode::kNotFound, "person: no such one"}; }

Result<PersonRow> Load(store::Transaction& transaction, vault::PersonId id) {
  auto row = TRY(FindPersonRow(transaction, id));
  if (!row) return NoSuchPerson();
  return std::move(*row);
}

// One who is still with the centre.
Result<PersonRow> LoadPresent(store::Transaction& transaction, vault::PersonId id) {
  PersonRow row = TRY(Load(transaction, id));
  if (row.person.state == PersonState::kLeft) {
    return Error{ErrorCode::kInvalidArgument,
                 "staff " + std::to_string(row.person.number) + " has left the centre"};
  }
  return row;
}

Result<Person> Opened(PersonRow row, const CentreKeys& keys) {
  row.person.name = TRY(OpenTextColumn(keys, row.person.id, kPersonNameField, row.name));
  return std::move(row.person);
}

std::string NumberText(const Person& person) { return std::to_string(person.number); }

Result<void> EndSessionsOf(store::Transaction& transaction, vault::PersonId id) {
  TRY(DeleteSessionsOf(transaction, id.bytes(), std::nullopt));
  return {};
}

Result<void> CheckTeam(store::Transaction& transaction, const std::optional<vault::TeamId>& team) {
  if (!team || TRY(HasTeam(transaction, *team))) return {};
  return Error{ErrorCode::kNotFound, "team: no such one"};
}

}  // namespace

std::string_view PersonStateCode(PersonState state) {
  constexpr std::string_view kCodes[] = {"active", "locked", "left"};
  return kCodes[static_cast<std::size_t>(state)];
}

Result<Person> FindPerson(store::Transaction& transaction, const CentreKeys& keys,
                          vault::PersonId id) {
  return Opened(TRY(Load(transaction, id)), keys);
}

Result<std::vector<Person>> ListPeople(store::Transaction& transaction, const CentreKeys& keys,
                                       std::int64_t after, int limit) {
  std::vector<Person> people;
  for (PersonRow& row : TRY(ListPersonRows(transaction, after, limit))) {
    people.push_back(TRY(Opened(std::move(row), keys)));
  }
  return people;
}

Result<vault::PinnedPersonKey> FindPersonKey(store::Transaction& transaction,
                                             const CentreKeys& keys, vault::PersonId id) {
  const PersonRow row = TRY(Load(transaction, id));
  if (row.person.state == PersonState::kLeft) {
    return Error{ErrorCode::kPermissionDenied,
                 "staff " + NumberText(row.person) + " has left: nothing is granted to them"};
  }
  const auto key = TRY(vault::PersonPublicKey::Parse(row.public_key));
  if (key.name().owner != id) {
    return Error{ErrorCode::kPermissionDenied, "person: the stored key is another one's"};
  }
  const auto server = keys.server();
  return log::CheckPinned(transaction, key, *server);
}

Result<vault::TeamId> AddTeam(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, std::string_view name, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonInvite));
  if (name.empty() || name.size() > kMaxNameBytes) {
    return Error{ErrorCode::kInvalidArgument, "team: its name has 1 to 200 bytes"};
  }
  const Team team{vault::TeamId::Random(), std::string(name)};
  TRY(InsertTeam(transaction, team, now));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "team.created", now,
                   {{"team", ToHex(team.id.bytes())}, {"name", team.name}}));
  return team.id;
}

std::string RoleSubject(vault::PersonId id, Role role, const std::optional<vault::TeamId>& team) {
  return "person " + ToHex(id.bytes()) + " role " + std::string(RoleCode(role)) + " team " +
         (team ? ToHex(team->bytes()) : "none");
}

std::string PersonSubject(vault::PersonId id) { return "person " + ToHex(id.bytes()); }

Result<void> ChangeRole(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        ApprovalId approval, vault::PersonId id, Role role,
                        const std::optional<vault::TeamId>& team, Timestamp now) {
  TRY(Require(transaction, who, Permission::kApprovalVote));
  if (role == Role::kSurvivor) {
    return Error{ErrorCode::kInvalidArgument, "role: 'survivor' is nobody's of staff"};
  }
  TRY(CheckTeam(transaction, team));
  PersonRow row = TRY(LoadPresent(transaction, id));
  TRY(UseApproval(transaction, keys, approval, ActKind::kRole, RoleSubject(id, role, team), now));
  const Role before = row.person.role;
  row.person.role = role;
  row.person.team = team;
  TRY(UpdateStanding(transaction, row.person));
  TRY(EndSessionsOf(transaction, id));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.role_changed", now,
                   {{"staff_number", NumberText(row.person)},
                    {"former_role", std::string(RoleCode(before))},
                    {"role", std::string(RoleCode(role))},
                    {"team", team ? ToHex(team->bytes()) : "none"}}));
  return TellOf(transaction, "person.role_changed", id, now);
}

Result<void> LockPerson(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        vault::PersonId id, std::string_view reason, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonLock));
  if (who.staff() != nullptr && who.staff()->person == id) {
    return Error{ErrorCode::kPermissionDenied, "person.lock: nobody locks themselves"};
  }
  if (reason.empty() || reason.size() > kMaxReasonBytes) {
    return Error{ErrorCode::kInvalidArgument, "reason: has 1 to 500 bytes"};
  }
  PersonRow row = TRY(LoadPresent(transaction, id));
  if (row.person.state == PersonState::kLocked) return {};
  row.person.state = PersonState::kLocked;
  TRY(UpdateStanding(transaction, row.person));
  TRY(EndSessionsOf(transaction, id));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.locked", now,
                   {{"staff_number", NumberText(row.person)}, {"reason", std::string(reason)}}));
  return TellOf(transaction, "person.locked", id, now);
}

Result<void> UnlockPerson(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          vault::PersonId id, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonLock));
  PersonRow row = TRY(LoadPresent(transaction, id));
  if (row.person.state != PersonState::kLocked) {
    return Error{ErrorCode::kInvalidArgument, "staff " + NumberText(row.person) + " is not locked"};
  }
  row.person.state = PersonState::kActive;
  TRY(UpdateStanding(transaction, row.person));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.unlocked", now,
                   {{"staff_number", NumberText(row.person)}}));
  return TellOf(transaction, "person.unlocked", id, now);
}

Result<void> LeaveCentre(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                         vault::PersonId id, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonLock));
  const PersonRow row = TRY(LoadPresent(transaction, id));
  TRY(EraseDeparted(transaction, id));
  TRY(RecordGone(transaction,
                 {.kind = GoneKind::kPerson, .subject = id.bytes(), .of = {}, .at = now}));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.removed", now,
                   {{"staff_number", NumberText(row.person)}}));
  return TellOf(transaction, "person.left", id, now);
}

Result<void> EraseDeparted(store::Transaction& transaction, vault::PersonId id) {
  TRY(DeleteInvitation(transaction, id));
  auto row = TRY(FindPersonRow(transaction, id));
  if (!row || row->person.state == PersonState::kLeft) return {};
  row->person.state = PersonState::kLeft;
  TRY(UpdateStanding(transaction, row->person));
  TRY(UpdateLock(transaction, id, std::nullopt));
  TRY(UpdateTotp(transaction, id, std::nullopt));
  TRY(DeletePasskeys(transaction, id));
  TRY(DeleteCovers(transaction, id));
  return EndSessionsOf(transaction, id);
}

Result<std::int64_t> AddCover(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, const Cover& cover, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonCover));
  if (cover.absent == cover.stand_in) {
    return Error{ErrorCode::kInvalidArgument, "cover: nobody stands in for themselves"};
  }
  if (cover.until <= cover.from || cover.until <= now || cover.until - cover.from > kMaxCover) {
    return Error{ErrorCode::kInvalidArgument,
                 "cover: must end after it begins and after now, within 400 days"};
  }
  const PersonRow absent = TRY(LoadPresent(transaction, cover.absent));
  const PersonRow stand_in = TRY(LoadPresent(transaction, cover.stand_in));
  if (absent.person.role != stand_in.person.role && stand_in.person.role != Role::kSupervisor) {
    return Error{ErrorCode::kInvalidArgument,
                 "cover: only somebody of the same role, or a supervisor, stands in"};
  }
  const std::int64_t id = TRY(InsertCover(transaction, cover));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.covered", now,
                   {{"absent", NumberText(absent.person)},
                    {"stand_in", NumberText(stand_in.person)},
                    {"cover", std::to_string(id)}}));
  return id;
}

Result<void> EndCover(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                      std::int64_t id, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonCover));
  const auto cover = TRY(FindCover(transaction, id));
  if (!cover) return Error{ErrorCode::kNotFound, "cover " + std::to_string(id) + ": no such one"};
  if (cover->until <= now) return {};
  TRY(ShortenCover(transaction, id, now));
  return LogForCentre(transaction, keys, LogRefOf(who), "staff.covered", now,
                      {{"ended", std::to_string(id)}});
}

}  // namespace jikimi::access
