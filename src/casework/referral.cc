#include "casework/referral.h"

#include "access/agencies.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/enum_names.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

constexpr internal::EnumNames<ReferralState, 6> kStates{
    "state of a referral", {"offered", "accepted", "in_progress", "done", "refused", "revoked"}};

bool IsOpen(ReferralState state) {
  return state == ReferralState::kOffered || state == ReferralState::kAccepted ||
         state == ReferralState::kInProgress;
}

// Retention depends on whether investigators have the case.
Result<void> MarkInvestigation(store::Transaction& transaction, const Desk& desk,
                               const Referral& referral, CaseRecord& record) {
  if (record.referred_to_investigators || referral.state != ReferralState::kAccepted) return {};
  const auto agency = access::FindAgency(transaction, referral.agency, desk.now);
  if (!agency) {
    if (agency.error().code == ErrorCode::kNotFound) return {};
    return agency.error();
  }
  if (agency->kind != "police" && agency->kind != "prosecution") return {};
  record.referred_to_investigators = true;
  return SaveCase(transaction, record);
}

// Whether it is open, and nothing may be sent under it any more.
Result<bool> IsUncovered(store::Transaction& transaction, const Desk& desk,
                         const Referral& referral) {
  if (!IsOpen(referral.state)) return false;
  const access::FieldCodes fields(referral.fields.begin(), referral.fields.end());
  const auto allowance = TRY(
      access::Obey(transaction, referral.of, referral.agency, referral.purpose, fields, desk.now));
  return allowance.fields.empty();
}

Result<void> Write(store::Transaction& transaction, const Desk& desk, const Referral& referral) {
  const std::string state(ReferralStateName(referral.state));
  const std::vector<log::EntryField> fields = {{"agency", referral.agency}, {"state", state}};
  if (referral.state == ReferralState::kRevoked) {
    TRY(WriteEntry(transaction, desk, referral.of, "referral.revoked", fields));
  } else {
    TRY(WriteEntry(transaction, desk, referral.of, "referral.changed", fields));
  }
  return TellEvent(transaction, desk, "referral.changed",
                   {{"referral", IdText(referral.id)}, {"state", state}});
}

}  // namespace

std::string_view ReferralStateName(ReferralState state) { return kStates.Name(state); }
Result<ReferralState> ParseReferralState(std::string_view name) { return kStates.Parse(name); }

bool CanFollow(ReferralState from, ReferralState to) {
  switch (from) {
    case ReferralState::kOffered:
      return to == ReferralState::kAccepted || to == ReferralState::kRefused ||
             to == ReferralState::kRevoked;
    case ReferralState::kAccepted:
      return to == ReferralState::kInProgress || to == ReferralState::kDone ||
             to == ReferralState::kRevoked;
    case ReferralState::kInProgress:
      return to == ReferralState::kDone || to == ReferralState::kRevoked;
    case ReferralState::kDone:
    case ReferralState::kRefused:
    case ReferralState::kRevoked:
      return false;
  }
  return false;
}

Result<Offer> OfferReferral(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                            std::string_view agency, std::string_view purpose,
                            const access::FieldCodes& wanted) {
  const CaseRecord record = TRY(RequireCase(transaction, desk, of, Permission::kReferralMake));
  TRY(RequireWorkable(record));
  Export bundle = TRY(ExportFor(transaction, desk, of, agency, purpose, wanted));
  Referral referral;
  referral.id = ReferralId::Random();
  referral.of = of;
  referral.agency = agency;
  referral.purpose = purpose;
  referral.fields.assign(bundle.allowance.fields.begin(), bundle.allowance.fields.end());
  referral.offered_at = desk.now;
  referral.changed_at = desk.now;
  TRY(InsertReferral(transaction, referral));
  TRY(WriteEntry(transaction, desk, of, "referral.offered",
                 {{"agency", referral.agency}, {"purpose", referral.purpose}}));
  TRY(TellEvent(transaction, desk, "referral.changed",
                {{"referral", IdText(referral.id)}, {"state", "offered"}}));
  return Offer{std::move(referral), std::move(bundle)};
}

Result<std::int64_t> MoveReferral(store::Transaction& transaction, const Desk& desk, ReferralId id,
                                  std::int64_t revision, ReferralState state) {
  Referral referral = TRY(LoadReferral(transaction, id));
  CaseRecord record = TRY(RequireCase(transaction, desk, referral.of, Permission::kReferralMake));
  TRY(RequireRevision(revision, referral.revision));
  if (!CanFollow(referral.state, state)) {
    return Error{ErrorCode::kInvalidArgument,
                 "a referral that is " + std::string(ReferralStateName(referral.state)) +
                     " can't become " + std::string(ReferralStateName(state))};
  }
  referral.state = state;
  referral.changed_at = desk.now;
  TRY(SaveReferral(transaction, referral));
  TRY(MarkInvestigation(transaction, desk, referral, record));
  TRY(Write(transaction, desk, referral));
  return referral.revision;
}

Result<int> RevokeUncovered(store::Transaction& transaction, const Desk& desk, vault::CaseId of) {
  if (!desk.who.system()) {
    TRY(RequireCase(transaction, desk, of, {Permission::kReferralMake, Permission::kPortalAct}));
  }
  int revoked = 0;
  for (Referral& referral : TRY(QueryReferrals(transaction, of))) {
    if (!TRY(IsUncovered(transaction, desk, referral))) continue;
    referral.state = ReferralState::kRevoked;
    referral.changed_at = desk.now;
    TRY(SaveReferral(transaction, referral));
    TRY(Write(transaction, desk, referral));
    ++revoked;
  }
  return revoked;
}

Result<UncoveredCases> FindUncovered(store::Transaction& transaction, const Desk& desk,
                                     const std::optional<vault::CaseId>& after, int limit) {
  UncoveredCases found;
  const auto cases = TRY(QueryCasesWithOpenReferrals(transaction, after, limit));
  for (const vault::CaseId& of : cases) {
    bool uncovered = false;
    for (const Referral& referral : TRY(QueryReferrals(transaction, of))) {
      uncovered = uncovered || TRY(IsUncovered(transaction, desk, referral));
    }
    if (uncovered) found.cases.push_back(of);
  }
  if (static_cast<int>(cases.size()) == limit) found.next = cases.back();
  return found;
}

Result<std::vector<Referral>> ReferralsOf(store::Transaction& transaction, const Desk& desk,
                                          vault::CaseId of) {
  TRY(RequireCase(transaction, desk, of,
                  {Permission::kCaseOpen, Permission::kPortalRead, Right::kSee}));
  auto referrals = TRY(QueryReferrals(transaction, of));
  TRY(WriteEntry(transaction, desk, of, "case.opened", {{"part", "referrals"}}));
  return referrals;
}

}  // namespace jikimi::casework
