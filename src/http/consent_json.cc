#include "http/consent_json.h"

#include <array>
#include <utility>

#include "casework/record_ids.h"
#include "http/fields.h"
#include "http/time_text.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using access::ConsentGiven;

constexpr std::array<std::pair<ConsentGiven, std::string_view>, 6> kGiven = {{
    {ConsentGiven::kBySurvivor, "survivor"},
    {ConsentGiven::kInPerson, "in_person"},
    {ConsentGiven::kByTelephone, "telephone"},
    {ConsentGiven::kInWriting, "writing"},
    {ConsentGiven::kByGuardian, "guardian"},
    {ConsentGiven::kByProxy, "proxy"},
}};

json::array FieldsJson(const access::FieldCodes& fields) {
  json::array array;
  for (const std::string& field : fields) array.emplace_back(field);
  return array;
}

}  // namespace

std::string ConsentIdText(access::ConsentId id) { return casework::internal::IdText(id.bytes); }

Result<access::ConsentId> ParseConsentId(std::string_view text) {
  return OpaqueIdFrom<access::ConsentId>(text);
}

access::FieldCodes FieldsFrom(const json::object& object, std::string_view name) {
  access::FieldCodes fields;
  for (std::string& field : TextsOf(object, name)) fields.insert(std::move(field));
  return fields;
}

Result<access::ConsentChoice> ChoiceFrom(const json::object& object, Timestamp now) {
  access::ConsentChoice choice;
  choice.agency = TextOf(object, "agency");
  choice.purpose = TextOf(object, "purpose");
  choice.fields = FieldsFrom(object, "fields");
  choice.from = TRY(TimeIfAny(object, "from")).value_or(now);
  choice.until = TRY(TimeOf(object, "until"));
  if (const auto* days = object.if_contains("keep_days")) {
    choice.keep_days = static_cast<int>(days->as_int64());
  }
  return choice;
}

std::string_view ConsentGivenCode(ConsentGiven given) {
  for (const auto& [value, code] : kGiven) {
    if (value == given) return code;
  }
  return "survivor";
}

Result<ConsentGiven> ParseConsentGiven(std::string_view code) {
  for (const auto& [value, known] : kGiven) {
    if (known == code) return value;
  }
  return Error{ErrorCode::kInvalidArgument,
               "given: '" + std::string(code) + "' is no way of giving a consent"};
}

std::string_view BasisCode(access::Basis basis) {
  switch (basis) {
    case access::Basis::kConsent:
      return "consent";
    case access::Basis::kEmergency:
      return "emergency";
    case access::Basis::kDuty:
      return "duty";
  }
  return "consent";
}

json::object ConsentJson(const access::Consent& consent) {
  json::value keep_days, keeping_ko, keeping_en;
  if (const auto days = consent.choice.keep_days) {
    const auto words = access::Terms().Keeping(*days);
    keep_days = *days;
    keeping_ko = words.ko;
    keeping_en = words.en;
  }
  return {{"id", ConsentIdText(consent.id)},
          {"version", consent.version},
          {"agency", consent.choice.agency},
          {"purpose", consent.choice.purpose},
          {"fields", FieldsJson(consent.choice.fields)},
          {"from", TimeText(consent.choice.from)},
          {"until", TimeText(consent.choice.until)},
          {"keep_days", std::move(keep_days)},
          {"keeping_ko", std::move(keeping_ko)},
          {"keeping_en", std::move(keeping_en)},
          {"given", ConsentGivenCode(consent.given)},
          {"recorded_at", TimeText(consent.recorded_at)},
          {"recorded_by", consent.recorded_by},
          {"meaning_version", consent.meaning_version},
          {"ended_at", TimeJson(consent.ended_at)}};
}

json::object OverrideJson(const access::Override& decided) {
  return {{"id", ConsentIdText(decided.id)},
          {"basis", BasisCode(decided.basis)},
          {"agency", decided.agency},
          {"purpose", decided.purpose},
          {"fields", FieldsJson(decided.fields)},
          {"legal_basis", decided.legal_basis},
          {"decided_by", decided.decided_by},
          {"seconded_by", decided.seconded_by},
          {"decided_at", TimeText(decided.decided_at)},
          {"until", TimeText(decided.until)}};
}

}  // namespace jikimi::http
