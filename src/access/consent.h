#ifndef JIKIMI_ACCESS_CONSENT_H_
#define JIKIMI_ACCESS_CONSENT_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/approvals.h"
#include "access/case_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// What may leave a case, to whom, for what. Nothing is shared without a consent that names agency,
// purpose and fields and has not run out; every send calls Obey() in its own transaction and takes
// nothing but the fields that it gives. Beside consent stand two bases with rows of their own: an
// emergency override and a duty to report.
namespace jikimi::access {

// Codes of fields and purposes, as in data/consent.toml.
using FieldCodes = std::set<std::string, std::less<>>;

struct ConsentField {
  std::string code;  // "survivor.name", "item.url": never changes its meaning
  std::string name_ko;
  std::string name_en;
};
struct ConsentPurpose {
  std::string code;  // "removal", "investigation", "therapy", …
  std::string name_ko;
  std::string name_en;
  std::string meaning_ko;  // what she agrees to, in plain words
  std::string meaning_en;
  int meaning_version = 1;  // goes up when the words change; each consent keeps its own
  int keep_days = 0;        // the recipient's time of keeping, unless a consent names another one
  std::string refusing_ko;  // that she may refuse, and what that means
  std::string refusing_en;
  FieldCodes fields;           // that make sense for it: others can't be consented to
  FieldCodes override_fields;  // the least that an emergency or a duty may give out
};
// A law that makes the centre report without consent.
struct ConsentDuty {
  std::string code;  // "kr.child-abuse-act.10"
  std::string name_ko;
  std::string name_en;
  FieldCodes purposes;  // for which it holds
  std::string source;
};
struct ConsentTerms {
  std::vector<ConsentField> fields;
  std::vector<ConsentPurpose> purposes;
  std::vector<ConsentDuty> duties;
  int warn_days = 30;      // before a consent ends
  int max_days = 0;        // that a consent may last
  int override_hours = 0;  // that an emergency override may last
  // The recipient's time of keeping in words, "{days}" in the place of the number.
  struct Words {
    std::string ko;
    std::string en;
  };
  Words keeping_by_law;
  Words keeping_days;

  static Result<ConsentTerms> Parse(std::string_view toml, std::string_view where);
  // kInvalidArgument, naming the code, when there is none.
  Result<const ConsentPurpose*> Purpose(std::string_view code) const;
  Result<const ConsentDuty*> Duty(std::string_view code) const;
  Result<void> CheckFields(const FieldCodes& wanted) const;
  // How long the recipient keeps what it gets, as she is told.
  Words Keeping(int keep_days) const;
};
// data/consent.toml, parsed once.
const ConsentTerms& Terms();

// A consent, through all its versions.
struct ConsentId {
  std::array<std::byte, 16> bytes = {};
  friend auto operator<=>(const ConsentId&, const ConsentId&) = default;
};

// For how many days the recipient may keep and use what it got; kKeptByLaw: as long as the law says
// that binds it.
inline constexpr int kKeptByLaw = 0;
inline constexpr int kMaxKeepDays = 36'500;

struct ConsentChoice {
  std::string agency;
  std::string purpose;
  FieldCodes fields;
  Timestamp from;
  Timestamp until;  // the first moment at which it isn't given any more
  // None, when it is given: the purpose's own. None of one that is there: it was given before
  // consents told this.
  std::optional<int> keep_days = {};
};
// How the counsellor had it, when she recorded it on the survivor's word.
enum class ConsentGiven { kBySurvivor, kInPerson, kByTelephone, kInWriting, kByGuardian, kByProxy };

struct Consent {
  ConsentId id;
  int version = 0;
  vault::CaseId of;
  ConsentChoice choice;
  ConsentGiven given = ConsentGiven::kBySurvivor;
  Timestamp recorded_at;
  std::string recorded_by;  // a role and number, as she sees it: "counsellor 12"
  int meaning_version = 0;
  std::optional<Timestamp> ended_at;  // by word, or by the next version
};

// Each checks `who` (the survivor with her second word for her own case; counsellors as roles say),
// the agency as of now, purpose, fields and dates, and writes log entry and event
// ("consent.given", "consent.changed", "consent.ended").
Result<ConsentId> GiveConsent(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, vault::CaseId of, const ConsentChoice& choice,
                              ConsentGiven given, Timestamp now);
// A new version; the former one ends now. `expected_version` guards against lost updates
// (kStale).
Result<int> ChangeConsent(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          ConsentId id, int expected_version, const ConsentChoice& choice,
                          ConsentGiven given, Timestamp now);
// At once, and once more is nothing new. Goes to the journal outside the backup.
Result<void> EndConsent(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        ConsentId id, Timestamp now);
// Everything at once: "stop sharing" (PRODUCT 7). How many ended.
Result<int> EndAllConsents(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, vault::CaseId of, Timestamp now);

Result<std::vector<Consent>> ConsentsOf(store::Transaction& transaction, vault::CaseId of);
Result<std::vector<Consent>> VersionsOf(store::Transaction& transaction, ConsentId id);
// Consents of all cases that end by their date within Terms().warn_days, soonest first, after
// `after`, for warnings.
Result<std::vector<Consent>> ConsentsEndingSoon(store::Transaction& transaction, Timestamp now,
                                                const std::optional<Consent>& after, int limit);

// What may be sent, and on what grounds.
enum class Basis { kConsent, kEmergency, kDuty };
struct Allowance {
  Basis basis = Basis::kConsent;
  FieldCodes fields;               // of those wanted; maybe none
  std::vector<ConsentId> grounds;  // the consents, or the override or duty
  std::optional<Timestamp> until;  // the soonest end among them
  // The shortest time of keeping among them that is a number of days; none: nothing is said of
  // days.
  std::optional<int> keep_days = {};
};
// Those of `wanted` that a consent covers now. An agency that is unknown or closed gets nothing;
// unknown purposes and fields are kInvalidArgument. To be called in the transaction that sends.
Result<Allowance> Obey(store::Transaction& transaction, vault::CaseId of, std::string_view agency,
                       std::string_view purpose, const FieldCodes& wanted, Timestamp now);

// An emergency override (two people, a reason) or a duty to report (a legal basis, a named
// decider), each for the least fields (ConsentPurpose::override_fields; more is kPermissionDenied).
// The reason is sealed to the case. The row stays, and is shown to her.
struct Override {
  ConsentId id;
  Basis basis = Basis::kEmergency;
  vault::CaseId of;
  std::string agency;
  std::string purpose;
  FieldCodes fields;
  std::string legal_basis;  // "kr.child-abuse-act.10": for a duty
  std::string decided_by;   // role and number
  std::string seconded_by;  // staff numbers of the two who voted for it, for an emergency
  Timestamp decided_at;
  Timestamp from;
  Timestamp until;
  std::vector<std::byte> sealed_reason;
};
// The approval is of ActKind::kEmergencyOverride about this subject.
std::string EmergencySubject(vault::CaseId of, const ConsentChoice& choice);
Result<ConsentId> DecideEmergency(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, ApprovalId approval, vault::CaseId of,
                                  const ConsentChoice& choice, std::string_view reason,
                                  Timestamp now);
Result<ConsentId> DecideDuty(store::Transaction& transaction, const CentreKeys& keys,
                             const Actor& who, vault::CaseId of, const ConsentChoice& choice,
                             std::string_view legal_basis, std::string_view reason, Timestamp now);
// As Obey(), on the grounds of one override alone.
Result<Allowance> ObeyOverride(store::Transaction& transaction, ConsentId id,
                               std::string_view agency, std::string_view purpose,
                               const FieldCodes& wanted, Timestamp now);
Result<std::vector<Override>> OverridesOf(store::Transaction& transaction, vault::CaseId of);
// The reason as it was written.
Result<std::string> OpenReason(const OpenedCase& opened, const Override& decided);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_CONSENT_H_
