#include "casework/representative.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "access/representatives.h"
#include "casework/acts.h"
#include "casework/party_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

// One of these makes a code worth having.
constexpr std::array kRights = {Right::kSee, Right::kConsent, Right::kWithdraw};
constexpr int kOldest = 150;

Result<void> CheckAny(const Desk& desk, const Party& party, const std::optional<CivilDay>& birth,
                      CivilDay day) {
  std::optional<Error> refused;
  for (const Right right : kRights) {
    const auto checked = desk.rules.rights.Check(
        desk.rules.jurisdiction, right, {party.role, party.suspected, party.papers}, birth, day);
    if (checked) return {};
    refused = checked.error();
  }
  return *refused;
}

// The first birthday on which nothing is left of the rights. The rows' own days are seen to at each
// act.
std::optional<Timestamp> EndOf(const Desk& desk, const Party& party, CivilDay birth, CivilDay day) {
  for (int age = AgeOn(birth, day) + 1; age <= kOldest; ++age) {
    const CivilDay birthday = YearsAfter(birth, age);
    if (!CheckAny(desk, party, birth, birthday)) return Timestamp(birthday);
  }
  return std::nullopt;
}

}  // namespace

Result<vault::SurvivorCode> IssueCode(store::Transaction& transaction, const Desk& desk,
                                      PartyId id) {
  const PartyRow row = TRY(LoadParty(transaction, id));
  CaseFile file = TRY(OpenCaseFile(transaction, desk, row.of, Permission::kPartyCode));
  TRY(RequireWorkable(file.record));
  if (row.party.role != PartyRole::kGuardian && row.party.role != PartyRole::kProxy) {
    return Error{ErrorCode::kPermissionDenied, "a code of their own is for guardians and proxies"};
  }
  const CivilDay today = std::chrono::floor<std::chrono::days>(desk.now);
  const auto birth = TRY(BirthOfSurvivor(transaction, file.opened));
  TRY(CheckAny(desk, row.party, birth, today));
  const auto ends_at = birth ? EndOf(desk, row.party, *birth, today) : std::nullopt;
  return access::IssueRepresentativeCode(
      transaction, desk.keys, desk.who, file.opened,
      {row.party.id.bytes(), std::string(PartyRoleName(row.party.role))}, ends_at, desk.now);
}

Result<void> EndCode(store::Transaction& transaction, const Desk& desk, PartyId id) {
  const PartyRow row = TRY(LoadParty(transaction, id));
  CaseFile file = TRY(OpenCaseFile(transaction, desk, row.of, Permission::kPartyCode));
  if (!TRY(access::EndRepresentativeCode(transaction, desk.keys, desk.who, file.opened, id.bytes(),
                                         desk.now))) {
    return Error{ErrorCode::kNotFound, "this person has no code"};
  }
  desk.LeaveDue(std::move(file.opened));
  return {};
}

}  // namespace jikimi::casework
