// The tables that a centre may edit: what is taken keeps what the tables promise, and whatever is
// refused says in which file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "casework/rulebook.h"
#include "store/utf8.h"

namespace jikimi::casework {
namespace {

constexpr std::string_view kName = "fuzzed.toml";
const CivilDay kDay = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);

void CheckCodes(const CodeList& list) {
  std::set<std::string> seen;
  for (const Label& label : list.labels()) {
    CHECK(!label.code.empty() && !label.ko.empty() && !label.en.empty());
    CHECK(store::IsText(label.code) && store::IsText(label.ko) && store::IsText(label.en));
    CHECK(seen.insert(label.code).second && list.Has(label.code));
  }
}

void CheckHarms(const HarmTable& table) {
  CheckCodes(table.harms());
  CheckCodes(table.classes());
  CHECK(!table.harms().labels().empty());
  std::vector<std::string> all;
  for (const Label& harm : table.harms().labels()) all.push_back(harm.code);
  for (const std::string& of : table.ClassesOf(all)) CHECK(table.classes().Has(of));
  const auto any = table.ArticlesFor(all, kDay, HarmTable::Victim::kUnknown);
  for (const auto* article : table.ArticlesFor(all, kDay, HarmTable::Victim::kMinor)) {
    CHECK(article->days.Contains(kDay) && article->minors);
    CHECK(std::find(any.begin(), any.end(), article) != any.end());
  }
}

void CheckTriage(const TriageTable& table) {
  CheckCodes(table.questions());
  TriageAnswers no, yes;
  for (const Label& question : table.questions().labels()) {
    no[question.code] = Answer::kNo;
    yes[question.code] = Answer::kYes;
  }
  CHECK(table.Assess(no)->urgency == table.least_urgent());
  const auto worst = table.Assess(yes);
  CHECK(worst->urgency >= 0 && worst->advice.size() == yes.size());
  CHECK(table.Assess({}).has_value() && table.Assess({})->advice.empty());
}

void CheckRetention(const RetentionTable& table) {
  for (const bool minor : {false, true}) {
    const RetentionTable::Facts facts{minor, !minor};
    const auto& rule = table.RuleFor(facts);
    const auto ends = table.EndsOn(facts, kDay);
    CHECK(ends.has_value() == rule.years.has_value());
    CHECK(!ends || (*ends >= kDay && *rule.years >= table.ShortestYears()));
  }
}

void CheckRights(const RightsTable& table) {
  Claimant suspected;
  suspected.suspected = true;
  for (const int age : {0, 13, 14, 18, 19, 150}) {
    const CivilDay birth = YearsAfter(kDay, -age);
    if (const auto minor = table.IsMinor("KR", birth, kDay); minor) CHECK(age < 30 || !*minor);
    CHECK(!table.Check("KR", Right::kConsent, suspected, birth, kDay));
  }
}

void CheckFields(const FieldTable& table) {
  for (const SheetKind kind : {SheetKind::kReport, SheetKind::kSurvivor, SheetKind::kContact}) {
    for (const auto* field : table.FieldsOf(kind)) {
      CHECK(field->sheet == kind && table.Find(kind, field->label.code) == field);
      CHECK(field->share.empty() || table.shares().contains(field->share));
    }
  }
}

// "harms.toml" and so on, by the section that only it has; empty when it is none of the lists.
std::string ListOf(const std::vector<DataRow>& rows) {
  if (rows.empty()) return "";
  const std::string& section = rows[0].section();
  if (section == "service" || section == "queue") return "services.toml";
  if (section == "place") return "places.toml";
  if (section == "entry") return "prosecution_checklist.toml";
  if (section == "text") return "neutral_texts.toml";
  return "";
}

void Read(std::string_view text) {
  const auto rows = ParseDataFile(kName, text);
  if (!rows) {
    CHECK(rows.error().code == ErrorCode::kInvalidArgument);
    CHECK(rows.error().message.starts_with(kName));
    return;
  }
  if (const auto table = HarmTable::Parse(*rows); table) CheckHarms(*table);
  if (const auto table = TriageTable::Parse(*rows); table) CheckTriage(*table);
  if (const auto table = RetentionTable::Parse(*rows); table) CheckRetention(*table);
  if (const auto table = FieldTable::Parse(*rows); table) CheckFields(*table);
  if (const auto table = RightsTable::Parse(*rows, {}); table) CheckRights(*table);
  if (const auto table = RightsTable::Parse({}, *rows); table) CheckCodes(table->papers());
  if (const std::string name = ListOf(*rows); !name.empty()) {
    const auto book = Rulebook::Load({{name, std::string(text)}});
    if (!book) {
      CHECK(book.error().code == ErrorCode::kInvalidArgument);
      CHECK(book.error().message.starts_with(name));
      return;
    }
    CheckCodes(book->services);
    CheckCodes(book->places);
    for (const auto& place : book->second_person_places) CHECK(book->places.Has(place));
    for (const auto& entry : book->checklist_with_date) CHECK(book->checklist.Has(entry));
  }
}

}  // namespace
}  // namespace jikimi::casework

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jikimi::casework::Read({reinterpret_cast<const char*>(data), size});
  return 0;
}
