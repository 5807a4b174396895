#ifndef JIKIMI_CASEWORK_SURVIVOR_PAGE_H_
#define JIKIMI_CASEWORK_SURVIVOR_PAGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/consent.h"
#include "casework/case_record.h"
#include "casework/desk.h"
#include "casework/note.h"
#include "casework/referral.h"
#include "casework/service.h"
#include "casework/withdrawal.h"
#include "store/database.h"

// What she sees. Never a picture, never a colleague's name: staff are a role and a number.
namespace jikimi::casework {

// With her code alone, or after the duress word: one of two words, the same for a case that is
// closed, withdrawn or being destroyed. Permission::kPortalStatus.
enum class BareStatus { kReceived, kInProgress };
std::string_view BareStatusName(BareStatus status);  // "received", "in_progress"
Result<BareStatus> ReadBareStatus(store::Transaction& transaction, const Desk& desk);

// With her second word. Reading it is an entry of her log too. Permission::kPortalRead.
struct SurvivorPage {
  CaseState state = CaseState::kIntake;
  Withdrawal withdrawal = Withdrawal::kNone;
  std::optional<Timestamp> destroy_at;
  std::vector<Service> services;
  std::vector<access::Consent> consents;
  std::vector<access::Override> overrides;  // what was shared without her consent, and why
  std::vector<Referral> referrals;
  std::vector<ResultReport> results;
  RetentionView retention;
  std::int64_t items = 0;  // how many, never which
};
Result<SurvivorPage> ReadSurvivorPage(store::Transaction& transaction, const Desk& desk);

// Who did what with her case, in plain words, newest first.
struct AccessLine {
  Timestamp at;
  std::string who;  // "counsellor 17"
  std::string ko;
  std::string en;
};
Result<std::vector<AccessLine>> ReadAccessLog(store::Transaction& transaction, const Desk& desk,
                                              int limit);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_SURVIVOR_PAGE_H_
