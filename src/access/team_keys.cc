#include "access/team_keys.h"

#include <algorithm>
#include <string>
#include <utility>

#include "access/act_log.h"
#include "access/case_key_tables.h"
#include "access/destructions.h"
#include "access/escrow.h"
#include "access/people.h"
#include "access/stored_keyring.h"
#include "access/team_key_tables.h"
#include "access/team_wraps.h"
#include "log/pin.h"
#include "vault/wrap.h"

namespace jikimi::access {
namespace {

using TeamName = vault::KeyName<vault::KeyKind::kTeam>;
using SealedToTeam = vault::SealedTo<vault::KeyKind::kTeam>;

Error NoSuchTeam() { return {ErrorCode::kNotFound, "team: has no keys"}; }
Error NoMember() {
  return {ErrorCode::kPermissionDenied, "team: who asks is no member with this key"};
}

Result<TeamKeyRow> CurrentRow(store::Transaction& transaction, vault::TeamId team) {
  auto row = TRY(FindTeamKeyRow(transaction, team, std::nullopt));
  if (!row) return NoSuchTeam();
  return std::move(*row);
}

// The index key is one for all versions of the pair: tokens that are stored stay findable.
vault::KeyName<vault::KeyKind::kIndex> IndexName(vault::TeamId team) {
  return {vault::RecordId<vault::KeyKind::kIndex>(team.bytes()), 1};
}

Result<vault::IndexKey> UnwrapIndexKey(const vault::TeamKeyPair& pair, const TeamKeyRow& row) {
  return vault::Unwrap(pair, IndexName(row.team), TRY(SealedToTeam::Parse(row.index_key)));
}

Result<void> GiveWrap(store::Transaction& transaction, const CentreKeys& keys,
                      const vault::TeamKeyPair& pair, vault::PersonId person, Timestamp since) {
  const auto key = TRY(FindPersonKey(transaction, keys, person));
  const auto wrap = TRY(vault::WrapPair(key.key(), pair));
  return InsertTeamWrap(transaction,
                        {pair.name().owner, pair.name().version, person, wrap.bytes(), since});
}

// A version of a team's pair: row, pin and wraps.
Result<void> PutVersion(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        const vault::TeamKeyPair& pair, const vault::IndexKey& index_key,
                        std::span<const TeamMember> members, Timestamp now) {
  const auto escrow = TRY(FindEscrowKey(transaction, keys));
  const auto index_wrap = TRY(vault::Wrap(pair.public_key(), index_key));
  const auto escrow_wrap = TRY(vault::WrapPair(escrow.key(), pair));
  TRY(InsertTeamKey(transaction,
                    {pair.name().owner, pair.name().version, pair.public_key().ToBytes(),
                     index_wrap.bytes(), escrow_wrap.bytes(), now}));
  const auto server = keys.server();
  TRY(log::Pin(transaction, pair.public_key(), LogRefOf(who), now, *server));
  for (const auto& member : members) {
    TRY(GiveWrap(transaction, keys, pair, member.person, member.since));
  }
  return {};
}

// The next version for those who have the current one.
Result<void> NextVersion(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                         const StaffActor& staff, vault::TeamId team, Timestamp now) {
  const auto row = TRY(CurrentRow(transaction, team));
  const auto pair = TRY(OpenTeamVersion(transaction, staff, {team, row.version}));
  const auto index_key = TRY(UnwrapIndexKey(pair, row));
  const auto members = TRY(MembersOf(transaction, team));
  return PutVersion(transaction, keys, who, vault::TeamKeyPair::Generate({team, row.version + 1}),
                    index_key, members, now);
}

Result<void> LogTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                     log::EntryKind kind, std::string_view what, vault::PersonId person,
                     Timestamp now) {
  const auto number = TRY(StaffNumberOf(transaction, person));
  return LogCentreAct(transaction, keys, who, kind, {{std::string(what), std::to_string(number)}},
                      now);
}

}  // namespace

Result<vault::PinnedTeamKey> FindTeamKey(store::Transaction& transaction, const CentreKeys& keys,
                                         vault::TeamId team) {
  const auto row = TRY(CurrentRow(transaction, team));
  const auto key = TRY(vault::TeamPublicKey::Parse(row.public_key));
  if (key.name().owner != team || key.name().version != row.version) {
    return Error{ErrorCode::kCorrupt, "team: its key is another team's or version's"};
  }
  const auto server = keys.server();
  return log::CheckPinned(transaction, key, *server);
}

Result<vault::TeamKeyPair> OpenTeamVersion(store::Transaction& transaction,
                                           const StaffActor& member, const TeamName& name) {
  const auto wrap = TRY(FindTeamWrap(transaction, name.owner, name.version, member.person));
  if (!wrap) return NoMember();
  return vault::UnwrapPair(member.pair, name,
                           TRY(vault::SealedTo<vault::KeyKind::kPerson>::Parse(*wrap)));
}

Result<void> CreateTeamKeys(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, vault::TeamId team,
                            std::span<const vault::PersonId> members, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonInvite,
              {.of_case = {}, .persons = {}, .team = team}));
  if (members.empty()) {
    return Error{ErrorCode::kInvalidArgument, "team: needs a member, or nobody could open reports"};
  }
  if (TRY(FindTeamKeyRow(transaction, team, std::nullopt))) {
    return Error{ErrorCode::kAlreadyExists, "team: has keys already"};
  }
  std::vector<TeamMember> first;
  for (const auto person : members) first.push_back({person, now});
  TRY(PutVersion(transaction, keys, who, vault::TeamKeyPair::Generate({team, 1}),
                 vault::IndexKey::Generate(IndexName(team)), first, now));
  return LogCentreAct(transaction, keys, who, "team.changed", {{"keys", "made"}}, now);
}

Result<vault::TeamKeyPair> OpenTeam(store::Transaction& transaction, const Actor& member,
                                    vault::TeamId team) {
  const auto* staff = TRY(RequireStaff(member));
  const auto row = TRY(CurrentRow(transaction, team));
  return OpenTeamVersion(transaction, *staff, {team, row.version});
}

Result<vault::IndexKey> OpenIndexKey(store::Transaction& transaction, const Actor& member,
                                     vault::TeamId team) {
  const auto pair = TRY(OpenTeam(transaction, member, team));
  return UnwrapIndexKey(pair, TRY(CurrentRow(transaction, team)));
}

Result<void> JoinTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                      vault::TeamId team, vault::PersonId person, Timestamp now) {
  const auto* staff = TRY(RequireStaff(who));
  const auto joining = TRY(FindPerson(transaction, keys, person));
  if (joining.state != PersonState::kActive || joining.team != team) {
    return Error{ErrorCode::kPermissionDenied,
                 "team: the person was not put into this team, or isn't active"};
  }
  const auto versions = TRY(TeamVersionsOf(transaction, team, staff->person));
  if (versions.empty()) return NoMember();
  for (const auto version : versions) {
    const auto pair = TRY(OpenTeamVersion(transaction, *staff, {team, version}));
    TRY(GiveWrap(transaction, keys, pair, person, now));
  }
  return LogTeam(transaction, keys, who, "team.changed", "joined", person, now);
}

Result<void> LeaveTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                       vault::TeamId team, vault::PersonId person, Timestamp now) {
  const auto* staff = TRY(RequireStaff(who));
  const auto leaving = TRY(FindPerson(transaction, keys, person));
  if (leaving.state == PersonState::kActive && leaving.team == team) {
    TRY(Require(transaction, who, Permission::kPersonLock,
                {.of_case = {}, .persons = {}, .team = team}));
  }
  if (staff->person == person) {
    return Error{ErrorCode::kPermissionDenied, "team: one who stays must do it"};
  }
  if (TRY(DeleteTeamWraps(transaction, team, person)) == 0) {
    return Error{ErrorCode::kNotFound, "team: the person has none of its keys"};
  }
  TRY(NextVersion(transaction, keys, who, *staff, team, now));
  TRY(RecordGone(transaction, {GoneKind::kMember, person.bytes(), team.bytes(), now}));
  return LogTeam(transaction, keys, who, "team.changed", "left", person, now);
}

Result<void> RotateTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        vault::TeamId team, Timestamp now) {
  const auto* staff = TRY(RequireStaff(who));
  TRY(NextVersion(transaction, keys, who, *staff, team, now));
  return LogCentreAct(transaction, keys, who, "team.changed", {{"keys", "rotated"}}, now);
}

Result<bool> RewrapDue(store::Transaction& transaction, vault::TeamId team) {
  return HasFormerTeamKey(transaction, team);
}

namespace {

// One report, from whatever version its wrap is for to the current one.
Result<OpenedCase> RewrapOne(store::Transaction& transaction, const CentreKeys& keys,
                             const Actor& who, const vault::PinnedTeamKey& current,
                             vault::CaseId id, Timestamp now) {
  auto keyring = TRY(LoadKeyring(transaction, keys, id)).keyring;
  const auto team = keyring.team_key();
  if (!team || *team == current.key()) {
    return Error{ErrorCode::kUnavailable, "case: somebody else was faster"};
  }
  const auto* staff = TRY(RequireStaff(who));
  const auto pair = TRY(OpenTeamVersion(transaction, *staff, team->name()));
  auto case_pair = TRY(keyring.OpenByTeam(pair));
  OpenedCase opened(std::move(keyring), std::move(case_pair));
  OpenedCaseDoor::SetPair(opened,
                          TRY(OpenedCaseDoor::keyring(opened).ReplaceTeam(opened.pair(), current)));
  TRY(OpenedCaseDoor::Save(transaction, keys, opened, now));
  TRY(LogCaseAct(transaction, keys, who, "case.rotated", opened.public_key(), {}, now));
  return opened;
}

}  // namespace

Result<std::int64_t> RewrapIntake(store::Database& database, const CentreKeys& keys,
                                  const Actor& member, vault::TeamId team,
                                  std::span<const CaseField> fields, std::int64_t most,
                                  const Clock& clock) {
  constexpr int kPage = 100;
  std::int64_t done = 0;
  while (done < most) {
    const auto page = static_cast<int>(std::min<std::int64_t>(kPage, most - done));
    const auto current = TRY(database.Read(
        [&](store::Transaction& transaction) { return FindTeamKey(transaction, keys, team); }));
    const TeamVersion version{team, current.key().name().version};
    const auto ids = TRY(database.Read([&](store::Transaction& transaction) {
      return CasesOfOlderTeam(transaction, version, page);
    }));
    if (ids.empty()) break;
    for (const auto id : ids) {
      auto opened = database.Write([&](store::Transaction& transaction) {
        return RewrapOne(transaction, keys, member, current, id, clock.Now());
      });
      ++done;
      // Taken, destroyed or done by somebody else since the page was read.
      if (!opened && (opened.error().code == ErrorCode::kUnavailable ||
                      opened.error().code == ErrorCode::kNotFound)) {
        continue;
      }
      if (!opened) return std::move(opened).error();
      TRY(ResealUnlessChanged(database, keys, member, *opened, fields, clock.Now()));
    }
  }
  return database.Write([&](store::Transaction& transaction) -> Result<std::int64_t> {
    const auto row = TRY(CurrentRow(transaction, team));
    const auto left = TRY(CountOfOlderTeam(transaction, {team, row.version}));
    if (left == 0) TRY(DeleteTeamKeysBefore(transaction, team, row.version));
    return left;
  });
}

}  // namespace jikimi::access
