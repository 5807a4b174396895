#ifndef JIKIMI_CASEWORK_REFERRAL_H_
#define JIKIMI_CASEWORK_REFERRAL_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/desk.h"
#include "casework/export.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Referrals to agencies of the directory. An offer gives away what a consent allows, nothing else.
namespace jikimi::casework {

enum class ReferralState { kOffered, kAccepted, kInProgress, kDone, kRefused, kRevoked };
std::string_view ReferralStateName(ReferralState state);  // "offered", …, "in_progress", …
Result<ReferralState> ParseReferralState(std::string_view name);
// offered -> accepted, refused; accepted -> in progress, done; in progress -> done; each that isn't
// at its end -> revoked.
bool CanFollow(ReferralState from, ReferralState to);

struct Referral {
  ReferralId id;
  vault::CaseId of;
  std::string agency;
  std::string purpose;
  ReferralState state = ReferralState::kOffered;
  std::vector<std::string> fields;  // that were given away with the offer
  Timestamp offered_at;
  Timestamp changed_at;
  std::int64_t revision = 1;
};

struct Offer {
  Referral referral;
  Export bundle;  // what is sent, in this very transaction
};
// kPermissionDenied when no consent covers any of `wanted`, or she has withdrawn from sharing. An
// open referral of the same agency and purpose is kAlreadyExists. Permission::kReferralMake.
Result<Offer> OfferReferral(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                            std::string_view agency, std::string_view purpose,
                            const access::FieldCodes& wanted);
// Returns the new revision. A referral to police or prosecution that is accepted marks the case as
// referred to investigators (retention). Event "referral.changed".
Result<std::int64_t> MoveReferral(store::Transaction& transaction, const Desk& desk, ReferralId id,
                                  std::int64_t revision, ReferralState state);
// Revokes every open referral of a case whose consent has ended, by word or by its date: for the
// work in the background, and by withdrawal. How many.
Result<int> RevokeUncovered(store::Transaction& transaction, const Desk& desk, vault::CaseId of);
// Which of the next `limit` cases with open referrals (by id after `after`) have one whose consent
// has ended, and where to go on; `next` is empty when these were the last.
struct UncoveredCases {
  std::vector<vault::CaseId> cases;
  std::optional<vault::CaseId> next;
};
Result<UncoveredCases> FindUncovered(store::Transaction& transaction, const Desk& desk,
                                     const std::optional<vault::CaseId>& after, int limit);
// Permission::kCaseOpen, or the survivor's own; a logged act.
Result<std::vector<Referral>> ReferralsOf(store::Transaction& transaction, const Desk& desk,
                                          vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_REFERRAL_H_
