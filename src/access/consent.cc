#include "access/consent.h"

#include <algorithm>
#include <string>
#include <utility>

#include "access/act_log.h"
#include "access/agencies.h"
#include "access/consent_tables.h"
#include "access/destructions.h"
#include "access/escrow.h"
#include "access/people.h"
#include "base/bytes.h"

namespace jikimi::access {
namespace {

Error Bad(std::string_view problem) {
  return {ErrorCode::kInvalidArgument, "consent: " + std::string(problem)};
}

Result<void> RequireConsent(store::Transaction& transaction, const Actor& who, vault::CaseId of) {
  std::vector<vault::PersonId> persons;
  for (const auto& grant : TRY(GrantsOf(transaction, of))) persons.push_back(grant.person);
  const ScopeFacts facts{.of_case = of, .persons = persons, .team = {}};
  return Require(transaction, who,
                 who.survivor() ? Permission::kPortalAct : Permission::kConsentRecord, facts);
}

// Whose word a consent is: hers when she acts, otherwise hers as somebody heard it.
Result<void> CheckGiven(const Actor& who, ConsentGiven given) {
  const auto* hers = who.survivor();
  if (hers != nullptr && hers->representative) {
    const bool guardian = hers->representative->role == "guardian";
    if (given == (guardian ? ConsentGiven::kByGuardian : ConsentGiven::kByProxy)) return {};
    return Bad("a guardian or proxy gives one as that");
  }
  if ((hers != nullptr) == (given == ConsentGiven::kBySurvivor)) return {};
  return Bad("only the survivor herself gives one by herself; others record how she gave it");
}

// Codes, agency and dates of a choice.
Result<const ConsentPurpose*> CheckChoice(store::Transaction& transaction,
                                          const ConsentChoice& choice, Timestamp now) {
  const auto* purpose = TRY(Terms().Purpose(choice.purpose));
  TRY(Terms().CheckFields(choice.fields));
  if (choice.fields.empty()) return Bad("names no field");
  for (const auto& field : choice.fields) {
    if (!purpose->fields.contains(field)) {
      return Bad("the field " + field + " is not for the purpose " + choice.purpose);
    }
  }
  TRY(FindAgency(transaction, choice.agency, now));
  if (choice.until <= choice.from) return Bad("ends before it begins");
  if (choice.until <= now) return Bad("would have ended already");
  if (choice.keep_days && (*choice.keep_days < kKeptByLaw || *choice.keep_days > kMaxKeepDays)) {
    return Bad("the recipient's time of keeping is 1 to " + std::to_string(kMaxKeepDays) +
               " days, or 0 for what the law says that binds it");
  }
  return purpose;
}

std::vector<log::EntryField> Described(const ConsentChoice& choice) {
  std::string fields;
  for (const auto& field : choice.fields) fields += (fields.empty() ? "" : " ") + field;
  return {{"agency", choice.agency}, {"purpose", choice.purpose}, {"fields", fields}};
}

Result<void> Tell(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                  log::EntryKind kind, vault::CaseId of, const ConsentChoice& choice,
                  Timestamp now) {
  const auto case_key = TRY(FindCaseKey(transaction, keys, of));
  TRY(LogCaseAct(transaction, keys, who, kind, case_key, Described(choice), now));
  return TellOfCase(transaction, kind.code(), of, now);
}

Result<Consent> FindKnown(store::Transaction& transaction, ConsentId id) {
  auto consent = TRY(FindConsent(transaction, id));
  if (!consent) return Error{ErrorCode::kNotFound, "consent: there is none of this id"};
  return std::move(*consent);
}

Result<Consent> MakeVersion(store::Transaction& transaction, const Actor& who, ConsentId id,
                            int version, vault::CaseId of, const ConsentChoice& choice,
                            ConsentGiven given, Timestamp now) {
  TRY(CheckGiven(who, given));
  const auto* purpose = TRY(CheckChoice(transaction, choice, now));
  if (choice.until - std::max(choice.from, now) > std::chrono::days(Terms().max_days)) {
    return Bad("would last longer than " + std::to_string(Terms().max_days) + " days");
  }
  Consent made{
      id, version, of, choice, given, now, who.Describe(), purpose->meaning_version, std::nullopt};
  if (!made.choice.keep_days) made.choice.keep_days = purpose->keep_days;
  return made;
}

// `wanted` cut down to what is given, on these grounds.
void Allow(Allowance& allowance, const FieldCodes& wanted, const FieldCodes& given,
           ConsentId ground, Timestamp until, const std::optional<int>& keep_days) {
  bool used = false;
  for (const auto& field : given) {
    if (!wanted.contains(field)) continue;
    allowance.fields.insert(field);
    used = true;
  }
  if (!used) return;
  allowance.grounds.push_back(ground);
  allowance.until = allowance.until ? std::min(*allowance.until, until) : until;
  if (!keep_days || *keep_days == kKeptByLaw) return;
  allowance.keep_days = std::min(allowance.keep_days.value_or(*keep_days), *keep_days);
}

// Whether something can be sent there at all.
Result<bool> IsOpen(store::Transaction& transaction, std::string_view agency, Timestamp now) {
  const auto found = FindAgency(transaction, agency, now);
  if (found) return true;
  if (found.error().code == ErrorCode::kNotFound) return false;
  return found.error();
}

}  // namespace

Result<ConsentId> GiveConsent(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, vault::CaseId of, const ConsentChoice& choice,
                              ConsentGiven given, Timestamp now) {
  TRY(RequireConsent(transaction, who, of));
  const ConsentId id{vault::RandomArray<16>()};
  const auto consent = TRY(MakeVersion(transaction, who, id, 1, of, choice, given, now));
  TRY(InsertConsent(transaction, consent));
  TRY(Tell(transaction, keys, who, "consent.given", of, choice, now));
  return id;
}

Result<int> ChangeConsent(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          ConsentId id, int expected_version, const ConsentChoice& choice,
                          ConsentGiven given, Timestamp now) {
  const auto former = TRY(FindKnown(transaction, id));
  TRY(RequireConsent(transaction, who, former.of));
  if (former.version != expected_version) {
    return Error{ErrorCode::kStale, "consent: was changed by somebody else meanwhile"};
  }
  if (former.ended_at) return Bad("has ended; a new one can be given");
  const int version = former.version + 1;
  ConsentChoice wanted = choice;
  if (!wanted.keep_days && wanted.purpose == former.choice.purpose &&
      wanted.agency == former.choice.agency) {
    wanted.keep_days = former.choice.keep_days;  // as it was agreed with the agency
  }
  const auto next = TRY(MakeVersion(transaction, who, id, version, former.of, wanted, given, now));
  TRY(EndConsentVersion(transaction, id, former.version, now));
  TRY(InsertConsent(transaction, next));
  TRY(Tell(transaction, keys, who, "consent.changed", former.of, choice, now));
  return version;
}

Result<void> EndConsent(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        ConsentId id, Timestamp now) {
  const auto consent = TRY(FindKnown(transaction, id));
  TRY(RequireConsent(transaction, who, consent.of));
  if (!TRY(EndConsentVersion(transaction, id, consent.version, now))) return {};
  TRY(RecordGone(transaction, {GoneKind::kConsent, id.bytes, consent.of.bytes(), now}));
  return Tell(transaction, keys, who, "consent.ended", consent.of, consent.choice, now);
}

Result<int> EndAllConsents(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, vault::CaseId of, Timestamp now) {
  TRY(RequireConsent(transaction, who, of));
  int ended = 0;
  for (const auto& consent : TRY(OpenConsents(transaction, of))) {
    TRY(EndConsent(transaction, keys, who, consent.id, now));
    ++ended;
  }
  return ended;
}

Result<Allowance> Obey(store::Transaction& transaction, vault::CaseId of, std::string_view agency,
                       std::string_view purpose, const FieldCodes& wanted, Timestamp now) {
  TRY(Terms().Purpose(purpose));
  TRY(Terms().CheckFields(wanted));
  Allowance allowance;
  if (!TRY(IsOpen(transaction, agency, now))) return allowance;
  for (const auto& consent : TRY(LiveConsents(transaction, of, agency, purpose, now))) {
    Allow(allowance, wanted, consent.choice.fields, consent.id, consent.choice.until,
          consent.choice.keep_days);
  }
  return allowance;
}

// --- Without consent

namespace {

constexpr std::size_t kMaxReasonBytes = 4000;

Result<void> CheckOverride(store::Transaction& transaction, const ConsentChoice& choice,
                           std::string_view reason, Timestamp now) {
  const auto* purpose = TRY(CheckChoice(transaction, choice, now));
  for (const auto& field : choice.fields) {
    if (!purpose->override_fields.contains(field)) {
      return Error{ErrorCode::kPermissionDenied, "override: the field " + field +
                                                     " is never given for " + choice.purpose +
                                                     " without consent"};
    }
  }
  if (choice.until - std::max(choice.from, now) > std::chrono::hours(Terms().override_hours)) {
    return Bad("an override lasts " + std::to_string(Terms().override_hours) + " hours at most");
  }
  if (reason.empty() || reason.size() > kMaxReasonBytes) {
    return Bad("an override needs a reason of 1 to " + std::to_string(kMaxReasonBytes) + " bytes");
  }
  return {};
}

Result<ConsentId> PutOverride(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, Override decided, const ConsentChoice& choice,
                              log::EntryKind kind, std::string_view reason, Timestamp now) {
  decided.id = ConsentId{vault::RandomArray<16>()};
  decided.agency = choice.agency;
  decided.purpose = choice.purpose;
  decided.fields = choice.fields;
  decided.from = choice.from;
  decided.until = choice.until;
  decided.decided_by = who.Describe();
  decided.decided_at = now;
  const auto case_key = TRY(FindCaseKey(transaction, keys, decided.of));
  decided.sealed_reason =
      TRY(vault::Seal(case_key, ReasonContext(decided.of, decided.id), AsBytes(reason))).bytes();
  TRY(InsertOverride(transaction, decided));
  auto fields = Described(choice);
  if (!decided.legal_basis.empty()) fields.push_back({"legal_basis", decided.legal_basis});
  TRY(LogCaseAct(transaction, keys, who, kind, case_key, std::move(fields), now));
  TRY(TellOfCase(transaction, kind.code(), decided.of, now));
  return decided.id;
}

}  // namespace

vault::Context ReasonContext(vault::CaseId of, ConsentId id) {
  vault::Context context{.purpose = vault::Purpose::kField,
                         .of = of,
                         .about = {},
                         .field = "override.reason",
                         .version = 1};
  context.about.kind = 0xFF;  // no kind of key: an override
  context.about.id = id.bytes;
  return context;
}

std::string EmergencySubject(vault::CaseId of, const ConsentChoice& choice) {
  std::string subject = EscrowUseSubject(of) + "|" + choice.agency + "|" + choice.purpose + "|" +
                        std::to_string(choice.from.time_since_epoch().count()) + "|" +
                        std::to_string(choice.until.time_since_epoch().count());
  for (const auto& field : choice.fields) subject += "|" + field;
  return subject;
}

Result<ConsentId> DecideEmergency(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, ApprovalId approval, vault::CaseId of,
                                  const ConsentChoice& choice, std::string_view reason,
                                  Timestamp now) {
  TRY(RequireStaff(who));
  TRY(CheckOverride(transaction, choice, reason, now));
  const auto approved = TRY(UseApproval(transaction, keys, approval, ActKind::kEmergencyOverride,
                                        EmergencySubject(of, choice), now));
  Override decided;
  decided.basis = Basis::kEmergency;
  decided.of = of;
  std::vector<std::int64_t> numbers;
  for (const auto person : approved.votes) {
    numbers.push_back(TRY(StaffNumberOf(transaction, person)));
  }
  std::sort(numbers.begin(), numbers.end());
  for (const auto number : numbers) {
    decided.seconded_by += (decided.seconded_by.empty() ? "" : " ") + std::to_string(number);
  }
  return PutOverride(transaction, keys, who, std::move(decided), choice, "emergency.override",
                     reason, now);
}

Result<ConsentId> DecideDuty(store::Transaction& transaction, const CentreKeys& keys,
                             const Actor& who, vault::CaseId of, const ConsentChoice& choice,
                             std::string_view legal_basis, std::string_view reason, Timestamp now) {
  std::vector<vault::PersonId> persons;
  for (const auto& grant : TRY(GrantsOf(transaction, of))) persons.push_back(grant.person);
  TRY(Require(transaction, who, Permission::kDutyReport,
              {.of_case = of, .persons = persons, .team = {}}));
  TRY(RequireStaff(who));
  TRY(CheckOverride(transaction, choice, reason, now));
  const auto* duty = TRY(Terms().Duty(legal_basis));
  if (!duty->purposes.contains(choice.purpose)) {
    return Bad("the duty " + duty->code + " is not for the purpose " + choice.purpose);
  }
  Override decided;
  decided.basis = Basis::kDuty;
  decided.of = of;
  decided.legal_basis = duty->code;
  return PutOverride(transaction, keys, who, std::move(decided), choice, "duty.reported", reason,
                     now);
}

Result<Allowance> ObeyOverride(store::Transaction& transaction, ConsentId id,
                               std::string_view agency, std::string_view purpose,
                               const FieldCodes& wanted, Timestamp now) {
  TRY(Terms().Purpose(purpose));
  TRY(Terms().CheckFields(wanted));
  const auto decided = TRY(FindOverride(transaction, id));
  if (!decided) return Error{ErrorCode::kNotFound, "override: there is none of this id"};
  Allowance allowance;
  allowance.basis = decided->basis;
  if (decided->agency != agency || decided->purpose != purpose || now < decided->from ||
      now >= decided->until || !TRY(IsOpen(transaction, agency, now))) {
    return allowance;
  }
  Allow(allowance, wanted, decided->fields, decided->id, decided->until, std::nullopt);
  return allowance;
}

Result<std::string> OpenReason(const OpenedCase& opened, const Override& decided) {
  const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(decided.sealed_reason));
  const auto reason = TRY(opened.OpenField(ReasonContext(decided.of, decided.id), sealed));
  const auto bytes = reason.bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace jikimi::access
