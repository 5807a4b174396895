// Changing who can open a case.

#include <string>
#include <utility>

#include "access/act_log.h"
#include "access/case_key_tables.h"
#include "access/case_keys.h"
#include "access/destructions.h"
#include "access/people.h"
#include "access/stored_keyring.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kKeysChanged = "case.keys_changed";

Result<void> RequireChange(store::Transaction& transaction, const Actor& who,
                           const OpenedCase& opened, Permission permission) {
  const auto grantees = opened.keyring().grantees();
  ScopeFacts facts{.of_case = opened.id(), .persons = grantees, .team = {}};
  if (const auto team = opened.keyring().team_key()) facts.team = team->name().owner;
  return Require(transaction, who, permission, facts);
}

// Stores, logs (under the new public half) and tells of a change that has been made in memory.
Result<void> Finish(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                    OpenedCase& opened, log::EntryKind kind, std::vector<log::EntryField> fields,
                    Timestamp now) {
  TRY(OpenedCaseDoor::Save(transaction, keys, opened, now));
  TRY(LogCaseAct(transaction, keys, who, kind, opened.public_key(), std::move(fields), now));
  return TellOfCase(transaction, kKeysChanged, opened.id(), now);
}

// Whom an entry is about, as the survivor sees staff: by number.
Result<std::vector<log::EntryField>> About(store::Transaction& transaction,
                                           vault::PersonId person) {
  const auto number = TRY(StaffNumberOf(transaction, person));
  return std::vector<log::EntryField>{{"staff_number", std::to_string(number)}};
}

// A rotation in memory: `change` gives the new pair.
template <typename Change>
Result<void> Rotate(OpenedCase& opened, Change&& change) {
  OpenedCaseDoor::SetPair(opened, TRY(change(OpenedCaseDoor::keyring(opened))));
  OpenedCaseDoor::SetRotationDue(opened, false);
  return {};
}

}  // namespace

Result<void> Grant(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                   OpenedCase& opened, vault::PersonId person, Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kCaseGrant));
  const auto key = TRY(FindPersonKey(transaction, keys, person));
  TRY(OpenedCaseDoor::keyring(opened).Grant(opened.pair(), key));
  TRY(InsertGrant(transaction, opened.id(), person, now));
  return Finish(transaction, keys, who, opened, "case.granted", TRY(About(transaction, person)),
                now);
}

Result<void> Revoke(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                    OpenedCase& opened, vault::PersonId person, Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kCaseGrant));
  TRY(Rotate(opened, [&](auto& keyring) { return keyring.Revoke(opened.pair(), person); }));
  TRY(DeleteGrant(transaction, opened.id(), person));
  TRY(RecordGone(transaction, {GoneKind::kGrant, person.bytes(), opened.id().bytes(), now}));
  return Finish(transaction, keys, who, opened, "case.revoked", TRY(About(transaction, person)),
                now);
}

Result<void> ReleaseTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                         OpenedCase& opened, Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kCaseGrant));
  TRY(Rotate(opened, [&](auto& keyring) { return keyring.ReleaseTeam(opened.pair()); }));
  return Finish(transaction, keys, who, opened, "case.released", {}, now);
}

Result<void> ReplacePerson(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, OpenedCase& opened, vault::PersonId person,
                           Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kCaseGrant));
  const auto key = TRY(FindPersonKey(transaction, keys, person));
  TRY(Rotate(opened, [&](auto& keyring) { return keyring.ReplacePerson(opened.pair(), key); }));
  return Finish(transaction, keys, who, opened, "case.granted", TRY(About(transaction, person)),
                now);
}

Result<void> ReplaceSurvivor(store::Transaction& transaction, const CentreKeys& keys,
                             const Actor& who, OpenedCase& opened,
                             const std::optional<vault::SurvivorPublicKey>& survivor,
                             Timestamp now) {
  TRY(RequireChange(transaction, who, opened,
                    who.survivor() ? Permission::kPortalAct : Permission::kSurvivorCodeReset));
  TRY(Rotate(opened,
             [&](auto& keyring) { return keyring.ReplaceSurvivor(opened.pair(), survivor); }));
  return Finish(transaction, keys, who, opened, "case.rotated", {}, now);
}

Result<void> AddRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                               const Actor& who, OpenedCase& opened,
                               const vault::SurvivorPublicKey& key, Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kPartyCode));
  TRY(OpenedCaseDoor::keyring(opened).AddRepresentative(opened.pair(), key));
  return Finish(transaction, keys, who, opened, "representative.code_issued", {}, now);
}

Result<void> ReplaceRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                                   const Actor& who, OpenedCase& opened,
                                   const vault::SurvivorPublicKey& key, Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kPortalAct));
  TRY(Rotate(opened,
             [&](auto& keyring) { return keyring.ReplaceRepresentative(opened.pair(), key); }));
  return Finish(transaction, keys, who, opened, "case.rotated", {}, now);
}

Result<void> RemoveRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, OpenedCase& opened, vault::SurvivorId id,
                                  Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kPartyCode));
  TRY(Rotate(opened,
             [&](auto& keyring) { return keyring.RemoveRepresentative(opened.pair(), id); }));
  return Finish(transaction, keys, who, opened, "representative.code_ended", {}, now);
}

Result<void> RotateCase(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        OpenedCase& opened, Timestamp now) {
  TRY(RequireChange(transaction, who, opened, Permission::kCaseOpen));
  TRY(Rotate(opened, [&](auto& keyring) { return keyring.Rotate(opened.pair()); }));
  return Finish(transaction, keys, who, opened, "case.rotated", {}, now);
}

}  // namespace jikimi::access
