// data/consent.toml: what a consent can be about.

#include <algorithm>
#include <string>
#include <utility>

#include "access/consent.h"
#include "access/data_rows.h"

namespace jikimi::access {

extern const std::string_view kConsentToml;

namespace {

constexpr std::string_view kWhere = "data/consent.toml";

// The rows of one kind, each turned into something by `read`, which takes its keys.
template <typename Thing, typename Read>
Result<std::vector<Thing>> ReadAll(std::vector<DataRow>& rows, Read&& read) {
  std::vector<Thing> things;
  for (auto& row : rows) {
    things.push_back(TRY(read(row)));
    TRY(row.CheckAllTaken());
    for (std::size_t i = 0; i + 1 < things.size(); ++i) {
      if (things[i].code == things.back().code)
        return row.Wrong(things[i].code + " is there twice");
    }
  }
  return things;
}

Result<ConsentField> ReadField(DataRow& row) {
  ConsentField field;
  field.code = TRY(row.Text("code"));
  field.name_ko = TRY(row.Text("ko"));
  field.name_en = TRY(row.Text("en"));
  return field;
}

Result<ConsentPurpose> ReadPurpose(DataRow& row) {
  ConsentPurpose purpose;
  purpose.code = TRY(row.Text("code"));
  purpose.name_ko = TRY(row.Text("ko"));
  purpose.name_en = TRY(row.Text("en"));
  purpose.meaning_ko = TRY(row.Text("meaning_ko"));
  purpose.meaning_en = TRY(row.Text("meaning_en"));
  purpose.meaning_version = static_cast<int>(TRY(row.Number("meaning_version")));
  purpose.fields = TRY(row.Codes("fields"));
  purpose.override_fields = TRY(row.Codes("override_fields"));
  for (const auto& field : purpose.override_fields) {
    if (!purpose.fields.contains(field)) {
      return row.Wrong(field + " can't be overridden without being a field of the purpose");
    }
  }
  if (purpose.fields.empty()) return row.Wrong("'fields' is empty");
  return purpose;
}

Result<ConsentDuty> ReadDuty(DataRow& row) {
  ConsentDuty duty;
  duty.code = TRY(row.Text("code"));
  duty.name_ko = TRY(row.Text("ko"));
  duty.name_en = TRY(row.Text("en"));
  duty.purposes = TRY(row.Codes("purposes"));
  duty.source = TRY(row.Text("source"));
  return duty;
}

// A number of days or hours.
Result<int> Limit(DataRow& row, std::string_view key) {
  const auto number = TRY(row.Number(key));
  if (number < 1 || number > 36'500) return row.Wrong("'" + std::string(key) + "' is out of range");
  return static_cast<int>(number);
}

}  // namespace

Result<ConsentTerms> ConsentTerms::Parse(std::string_view toml, std::string_view where) {
  auto rows = TRY(ReadDataRows(toml, where));
  ConsentTerms terms;
  if (rows["limits"].size() != 1) {
    return Error{ErrorCode::kInvalidArgument, std::string(where) + ": needs one [limits]"};
  }
  auto& limits = rows["limits"][0];
  terms.warn_days = TRY(Limit(limits, "warn_days"));
  terms.max_days = TRY(Limit(limits, "max_days"));
  terms.override_hours = TRY(Limit(limits, "override_hours"));
  TRY(limits.CheckAllTaken());
  terms.fields = TRY(ReadAll<ConsentField>(rows["field"], ReadField));
  terms.purposes = TRY(ReadAll<ConsentPurpose>(rows["purpose"], ReadPurpose));
  terms.duties = TRY(ReadAll<ConsentDuty>(rows["duty"], ReadDuty));
  for (const auto& purpose : terms.purposes) {
    auto known = terms.CheckFields(purpose.fields);
    if (!known) return Prefixed(std::string(where) + ": " + purpose.code, known.error());
  }
  for (const auto& duty : terms.duties) {
    for (const auto& purpose : duty.purposes) TRY(terms.Purpose(purpose));
  }
  if (rows.size() != 4) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(where) + ": has tables besides limits, field, purpose and duty"};
  }
  return terms;
}

Result<const ConsentPurpose*> ConsentTerms::Purpose(std::string_view code) const {
  for (const auto& purpose : purposes) {
    if (purpose.code == code) return &purpose;
  }
  return Error{ErrorCode::kInvalidArgument, "consent: no such purpose: " + std::string(code)};
}

Result<const ConsentDuty*> ConsentTerms::Duty(std::string_view code) const {
  for (const auto& duty : duties) {
    if (duty.code == code) return &duty;
  }
  return Error{ErrorCode::kInvalidArgument, "duty to report: no such basis: " + std::string(code)};
}

Result<void> ConsentTerms::CheckFields(const FieldCodes& wanted) const {
  for (const auto& code : wanted) {
    const auto is_it = [&](const ConsentField& field) { return field.code == code; };
    if (std::none_of(fields.begin(), fields.end(), is_it)) {
      return Error{ErrorCode::kInvalidArgument, "consent: no such field: " + code};
    }
  }
  return {};
}

const ConsentTerms& Terms() {
  static const ConsentTerms terms = [] {
    auto parsed = ConsentTerms::Parse(kConsentToml, kWhere);
    CHECK(parsed.has_value());  // a file of ours, tested
    return std::move(parsed).value();
  }();
  return terms;
}

}  // namespace jikimi::access
