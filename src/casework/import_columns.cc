#include "casework/import_columns.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "casework/civil_day.h"
#include "casework/written_time.h"
#include "store/utf8.h"
#include "vault/normal_text.h"

namespace jikimi::casework {
namespace {

constexpr std::string_view kWhite = " \t\r\n";
constexpr std::string_view kReference = "old_reference";
constexpr std::string_view kOtherPlace = "other";

Error Wrong(std::string what) { return {ErrorCode::kInvalidArgument, std::move(what)}; }

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

// Its parts between any of `separators`, trimmed, without empty ones.
std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = text.find_first_of(separators);
    const std::string_view part = Trimmed(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

Result<bool> ParseTruth(std::string_view text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return Wrong("is yes or no");
}

CivilDay LocalDay(const TimeZone& zone, Timestamp at) {
  return CivilDay(std::chrono::floor<std::chrono::days>(zone.ToLocal(at)).time_since_epoch());
}

// What spreadsheets write that is no comma-separated UTF-8, as far as a header shows it.
Result<void> CheckForm(const CsvRecord& header) {
  const std::string& first = header.fields.front();
  if (first.starts_with("\xff\xfe") || first.starts_with("\xfe\xff") ||
      first.find('\0') != std::string::npos) {
    return Wrong("the file is UTF-16: save it as CSV in UTF-8");
  }
  if (header.fault) return Wrong("the header " + header.fault->what);
  for (const std::string& field : header.fields) {
    if (store::FindBadText(field) != field.size()) {
      return Wrong("the header is not UTF-8: save the file as CSV in UTF-8");
    }
  }
  if (header.fields.size() == 1 && first.find_first_of(";\t") != std::string::npos) {
    return Wrong("the header has one column: fields are separated by commas");
  }
  return {};
}

}  // namespace

// One row: each Take…() reads a column into the case or adds a problem.
class ImportRowReader {
 public:
  ImportRowReader(const ImportColumns& columns, const CsvRecord& row,
                  const ImportColumns::When& when)
      : columns_(columns), rules_(*columns.rules_), row_(row), when_(when) {}

  ImportColumns::Reading Read() && {
    if (!CheckTexts()) return std::move(reading_);
    reading_.old_case.report.past.emplace();
    TakeReference();
    TakeCodes();
    TakeTimes();
    TakeUrls();
    TakeSheet();
    past().note = Text("note");
    // What concerns several columns at once: the reporter and the channel, bounds of the whole.
    if (reading_.problems.empty()) {
      const auto good = CheckReport(rules_, reading_.old_case.report);
      if (!good) Refuse("", good.error().message);
    }
    return std::move(reading_);
  }

 private:
  NewReport& report() { return reading_.old_case.report; }
  ReportPast& past() { return *reading_.old_case.report.past; }

  std::string_view Text(std::string_view column) const {
    const auto place = columns_.places_.find(column);
    return place == columns_.places_.end() ? std::string_view()
                                           : Trimmed(row_.fields[place->second]);
  }

  void Refuse(std::string_view column, std::string what) {
    reading_.problems.push_back({std::string(column), std::move(what)});
  }

  // `parse` makes the value of the column's text; false when there is none to be used.
  template <typename T, typename Parse>
  bool Take(std::string_view column, T& into, const Parse& parse) {
    const std::string_view text = Text(column);
    if (text.empty()) return false;
    auto value = parse(text);
    if (!value) {
      Refuse(column, value.error().message);
      return false;
    }
    into = std::move(*value);
    return true;
  }

  // Whether the row's columns can be looked at at all.
  bool CheckTexts() {
    if (row_.fault) {
      Refuse(NameAt(row_.fault->field), row_.fault->what);
      return false;
    }
    if (row_.fields.size() != columns_.width_) {
      Refuse("", "has " + std::to_string(row_.fields.size()) + " fields, the header " +
                     std::to_string(columns_.width_));
      return false;
    }
    bool readable = true;
    for (const ImportColumns::Column& column : columns_.all_) {
      const std::string_view text = Text(column.name);
      const std::size_t bad = store::FindBadText(text);
      if (bad < text.size()) {
        readable = false;
        Refuse(column.name, text[bad] == '\0'
                                ? "holds a NUL byte"
                                : "is not UTF-8 at byte " + std::to_string(bad) + " of the field");
      } else if (column.required && text.empty()) {
        Refuse(column.name, "is empty");
      }
    }
    return readable;
  }

  std::string_view NameAt(std::size_t field) const {
    for (const auto& [name, place] : columns_.places_) {
      if (place == field) return name;
    }
    return {};
  }

  void TakeReference() {
    Take(kReference, reading_.old_case.reference, [](std::string_view text) -> Result<std::string> {
      if (text.size() > OldCase::kMaxReferenceBytes) {
        return Wrong("has " + std::to_string(text.size()) + " bytes, " +
                     std::to_string(OldCase::kMaxReferenceBytes) + " at most");
      }
      return vault::NormalReference(text);
    });
  }

  void TakeCodes() {
    Take("channel", report().channel, [](std::string_view text) { return ParseChannel(text); });
    Take("reporter", report().reporter, [](std::string_view text) { return ParseReporter(text); });
    Take("minor", report().minor, [](std::string_view text) { return ParseMinorState(text); });
    Take("investigation", past().referred_to_investigators, ParseTruth);
    Take("harms", report().harms, [&](std::string_view text) -> Result<std::vector<std::string>> {
      std::vector<std::string> harms;
      for (const std::string_view part : Split(text, ";")) {
        harms.push_back(TRY(CodeOf(rules_.harms.harms(), columns_.harms_, part)));
      }
      if (harms.empty()) return Wrong("names no harm");
      TRY(rules_.harms.harms().CheckAll(harms));
      return harms;
    });
  }

  static Result<std::string> CodeOf(const CodeList& codes, const ImportColumns::Names& names,
                                    std::string_view text) {
    if (codes.Has(text)) return std::string(text);
    if (const auto normal = vault::NormalName(text); normal) {
      if (const auto name = names.find(*normal); name != names.end()) return name->second;
    }
    return codes.Check(text).error();
  }

  Result<WrittenTime> PastTime(std::string_view text) const {
    const WrittenTime time = TRY(ParseWrittenTime(text, when_.zone));
    if (time.at > when_.now) return Wrong("lies in the future");
    if (time.at < Timestamp()) return Wrong("is before 1970: no case is that old");
    return time;
  }

  void TakeTimes() {
    const auto parse = [&](std::string_view text) { return PastTime(text); };
    WrittenTime received, closed;
    const bool has_received = Take("received", received, parse);
    if (has_received) past().received_at = received.at;
    if (!Take("closed", closed, parse)) return;
    if (has_received && closed.at < received.at) {
      // Both on a day of which one says no more than the day: closed after it came.
      const bool same_day =
          closed.whole_day && LocalDay(when_.zone, closed.at) == LocalDay(when_.zone, received.at);
      if (!same_day) return Refuse("closed", "is before it was received");
      closed.at = received.at;
    }
    past().closed_at = closed.at;
    CheckRetention(closed.at);
  }

  // Housekeeping would destroy it at once, and the centre may not have it any more.
  void CheckRetention(Timestamp closed) {
    const auto day = [](Timestamp at) { return std::chrono::floor<std::chrono::days>(at); };
    const bool minor =
        report().minor == MinorState::kYes || report().minor == MinorState::kSuspected;
    const RetentionTable::Facts facts{minor, past().referred_to_investigators ||
                                                 report().reporter == Reporter::kPolice ||
                                                 report().reporter == Reporter::kProsecution};
    const auto ends = rules_.retention.EndsOn(facts, day(closed));
    if (!ends || *ends > day(when_.now)) return;
    Refuse("closed", "by the rule of retention '" + rules_.retention.RuleFor(facts).label.code +
                         "' it was to be destroyed on " + DayText(*ends));
  }

  void TakeUrls() {
    std::string place(kOtherPlace);
    Take("url_place", place,
         [&](std::string_view text) { return CodeOf(rules_.places, columns_.url_places_, text); });
    const auto urls = Split(Text("urls"), kWhite);
    for (std::size_t i = 0; i < urls.size(); ++i) {
      if (auto good = CheckUrl(urls[i]); !good) {
        Refuse("urls", "number " + std::to_string(i + 1) + ": " + good.error().message);
        continue;
      }
      NewItem item;
      item.kind = ItemKind::kAddress;
      const auto bytes = AsBytes(urls[i]);
      item.marks.push_back({MarkKind::kUrl, place, {bytes.begin(), bytes.end()}});
      report().items.push_back(std::move(item));
    }
  }

  void TakeSheet() {
    for (const FieldTable::Field* field : rules_.fields.FieldsOf(SheetKind::kReport)) {
      const std::string& code = field->label.code;
      const std::string_view text = Text(code);
      if (text.empty()) continue;
      const Sheet alone{{code, std::string(text)}};
      if (const auto good = rules_.fields.Check(SheetKind::kReport, alone); !good) {
        Refuse(code, good.error().message);
        continue;
      }
      report().sheet.Set(code, std::string(text));
    }
  }

  const ImportColumns& columns_;
  const Rulebook& rules_;
  const CsvRecord& row_;
  const ImportColumns::When& when_;
  ImportColumns::Reading reading_;
};

std::vector<ImportColumns::Column> ImportColumns::All(const Rulebook& rules) {
  std::vector<Column> all = {{std::string(kReference), true},
                             {"received", true},
                             {"channel", true},
                             {"reporter", true},
                             {"harms", true},
                             {"minor"},
                             {"investigation"},
                             {"closed"},
                             {"urls"},
                             {"url_place"},
                             {"note"}};
  for (const FieldTable::Field* field : rules.fields.FieldsOf(SheetKind::kReport)) {
    const std::string& code = field->label.code;
    const bool there = std::any_of(all.begin(), all.end(),
                                   [&](const Column& column) { return column.name == code; });
    if (!there) all.push_back({code});
  }
  return all;
}

ImportColumns::Names ImportColumns::NamesOf(const CodeList& codes) {
  Names names;
  for (const Label& label : codes.labels()) {
    for (const std::string& name : {label.code, label.ko, label.en}) {
      if (const auto normal = vault::NormalName(name); normal) names.emplace(*normal, label.code);
    }
  }
  return names;
}

Result<ImportColumns> ImportColumns::Parse(const Rulebook& rules, const CsvRecord& header) {
  TRY(CheckForm(header));
  ImportColumns columns(rules);
  columns.all_ = All(rules);
  const std::vector<Column>& all = columns.all_;
  columns.width_ = header.fields.size();
  columns.harms_ = NamesOf(rules.harms.harms());
  columns.url_places_ = NamesOf(rules.places);
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string name(Trimmed(header.fields[i]));
    const bool known = std::any_of(all.begin(), all.end(),
                                   [&](const Column& column) { return column.name == name; });
    if (!known) {
      std::string there;
      for (const Column& column : all) there += (there.empty() ? "" : ", ") + column.name;
      return Wrong("column " + std::to_string(i + 1) + ", '" +
                   std::string(store::Utf8Prefix(name, 64)) +
                   "', is not known; there are: " + there);
    }
    if (!columns.places_.emplace(name, i).second) {
      return Wrong("the column '" + name + "' stands twice in the header");
    }
  }
  for (const Column& column : all) {
    if (column.required && !columns.places_.contains(column.name)) {
      return Wrong("the column '" + column.name + "' is missing");
    }
  }
  return columns;
}

ImportColumns::Reading ImportColumns::Read(const CsvRecord& row, const When& when) const {
  return ImportRowReader(*this, row, when).Read();
}

}  // namespace jikimi::casework
