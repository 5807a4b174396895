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
  purpose.keep_days = static_cast<int>(TRY(row.Number("keep_days")));
  if (purpose.keep_days < kKeptByLaw || purpose.keep_days > kMaxKeepDays) {
    return row.Wrong("'keep_days' is out of range");
  }
  purpose.refusing_ko = TRY(row.Text("refusing_ko"));
  purpose.refusing_en = TRY(row.Text("refusing_en"));
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

constexpr std::string_view kDays = "{days}";

// Words of [keeping]; those of a number of days have its place.
Result<ConsentTerms::Words> ReadKeeping(DataRow& row, std::string_view which, bool has_days) {
  ConsentTerms::Words words;
  words.ko = TRY(row.Text(std::string(which) + "_ko"));
  words.en = TRY(row.Text(std::string(which) + "_en"));
  for (const std::string* text : {&words.ko, &words.en}) {
    if ((text->find(kDays) != std::string::npos) == has_days) continue;
    return row.Wrong("'" + std::string(which) + "' " + (has_days ? "lacks " : "has ") +
                     std::string(kDays));
  }
  return words;
}

std::string WithDays(std::string text, int days) {
  const auto at = text.find(kDays);
  return text.replace(at, kDays.size(), std::to_string(days));
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
  if (rows["keeping"].size() != 1) {
    return Error{ErrorCode::kInvalidArgument, std::string(where) + ": needs one [keeping]"};
  }
  auto& keeping = rows["keeping"][0];
  terms.keeping_by_law = TRY(ReadKeeping(keeping, "by_law", false));
  terms.keeping_days = TRY(ReadKeeping(keeping, "days", true));
  TRY(keeping.CheckAllTaken());
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
  if (rows.size() != 5) {
    return Error{
        ErrorCode::kInvalidArgument,
        std::string(where) + ": has tables besides limits, keeping, field, purpose and duty"};
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

ConsentTerms::Words ConsentTerms::Keeping(int keep_days) const {
  if (keep_days == kKeptByLaw) return keeping_by_law;
  return {WithDays(keeping_days.ko, keep_days), WithDays(keeping_days.en, keep_days)};
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
