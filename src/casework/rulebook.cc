#include "casework/rulebook.h"

#include <utility>

#include "casework/data_file.h"

namespace jikimi::casework {

extern const std::string_view kHarmsToml;
extern const std::string_view kServicesToml;
extern const std::string_view kPlacesToml;
extern const std::string_view kRightsByAgeToml;
extern const std::string_view kPapersToml;
extern const std::string_view kRetentionToml;
extern const std::string_view kTriageToml;
extern const std::string_view kProsecutionChecklistToml;
extern const std::string_view kCaseFieldsToml;
extern const std::string_view kNeutralTextsToml;

namespace {

using Rows = std::vector<DataRow>;

// The rows of one section as a list of codes; `read` reads what a row has besides.
template <typename Read>
Result<CodeList> ReadCodes(const Rows& rows, const std::string& section, Read&& read) {
  std::vector<Label> labels;
  for (const DataRow& row : rows) {
    if (row.section() != section) continue;
    labels.push_back(TRY(ReadLabel(row)));
    TRY(read(row, labels.back().code));
    TRY(row.CheckAllRead());
  }
  if (labels.empty()) {
    return Error{ErrorCode::kInvalidArgument, "no [[" + section + "]] at all"};
  }
  return CodeList::Create(section, std::move(labels));
}

Result<void> NothingElse(const DataRow&, const std::string&) { return {}; }

Result<void> CheckSections(const Rows& rows, const std::set<std::string>& sections) {
  for (const DataRow& row : rows) {
    if (!sections.contains(row.section())) return row.Wrong("is no section of this file");
  }
  return {};
}

Result<void> ReadServices(Rulebook& book, const Rows& rows) {
  TRY(CheckSections(rows, {"service", "queue"}));
  book.services = TRY(ReadCodes(rows, "service", NothingElse));
  book.queues = TRY(ReadCodes(rows, "queue", NothingElse));
  return book.queues.Check("intake");  // where reports come in
}

Result<void> ReadPlaces(Rulebook& book, const Rows& rows) {
  TRY(CheckSections(rows, {"place"}));
  const auto read = [&](const DataRow& row, const std::string& code) -> Result<void> {
    if (TRY(row.Flag("second_person"))) book.second_person_places.insert(code);
    return {};
  };
  book.places = TRY(ReadCodes(rows, "place", read));
  return {};
}

Result<void> ReadChecklist(Rulebook& book, const Rows& rows) {
  TRY(CheckSections(rows, {"entry"}));
  const auto read = [&](const DataRow& row, const std::string& code) -> Result<void> {
    if (TRY(row.Flag("needs_date"))) book.checklist_with_date.insert(code);
    return {};
  };
  book.checklist = TRY(ReadCodes(rows, "entry", read));
  return {};
}

Result<void> ReadTexts(Rulebook& book, const Rows& rows) {
  TRY(CheckSections(rows, {"text"}));
  book.neutral_texts = TRY(ReadCodes(rows, "text", NothingElse));
  return {};
}

}  // namespace

Result<Rulebook> Rulebook::Load(const std::map<std::string, std::string>& replaced) {
  const std::map<std::string, std::string_view> shipped = {
      {"harms.toml", kHarmsToml},
      {"services.toml", kServicesToml},
      {"places.toml", kPlacesToml},
      {"rights_by_age.toml", kRightsByAgeToml},
      {"papers.toml", kPapersToml},
      {"retention.toml", kRetentionToml},
      {"triage.toml", kTriageToml},
      {"prosecution_checklist.toml", kProsecutionChecklistToml},
      {"case_fields.toml", kCaseFieldsToml},
      {"neutral_texts.toml", kNeutralTextsToml},
  };
  for (const auto& [name, text] : replaced) {
    if (!shipped.contains(name)) {
      return Error{ErrorCode::kInvalidArgument, name + ": is none of the tables of case work"};
    }
  }
  std::map<std::string, Rows> files;
  for (const auto& [name, text] : shipped) {
    const auto own = replaced.find(name);
    files[name] = TRY(ParseDataFile(name, own == replaced.end() ? text : own->second));
  }
  // Messages of rows name their file already; those of whole tables don't.
  const auto in = [](const std::string& name, Error error) {
    if (error.message.rfind(name, 0) == 0) return error;
    return Prefixed(name, std::move(error));
  };
  Rulebook book;
  const auto take = [&](const std::string& name, auto& table, auto parsed) -> Result<void> {
    if (!parsed) return in(name, std::move(parsed).error());
    table = std::move(*parsed);
    return {};
  };
  const auto read = [&](const std::string& name, auto reader) -> Result<void> {
    if (auto done = reader(book, files[name]); !done) return in(name, std::move(done).error());
    return {};
  };
  TRY(take("harms.toml", book.harms, HarmTable::Parse(files["harms.toml"])));
  TRY(take("rights_by_age.toml", book.rights,
           RightsTable::Parse(files["rights_by_age.toml"], files["papers.toml"])));
  TRY(take("retention.toml", book.retention, RetentionTable::Parse(files["retention.toml"])));
  TRY(take("triage.toml", book.triage, TriageTable::Parse(files["triage.toml"])));
  TRY(take("case_fields.toml", book.fields, FieldTable::Parse(files["case_fields.toml"])));
  TRY(read("services.toml", ReadServices));
  TRY(read("places.toml", ReadPlaces));
  TRY(read("prosecution_checklist.toml", ReadChecklist));
  TRY(read("neutral_texts.toml", ReadTexts));
  return book;
}

}  // namespace jikimi::casework
