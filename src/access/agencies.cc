#include "access/agencies.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "access/act_log.h"
#include "access/agency_tables.h"
#include "access/data_rows.h"
#include "base/bytes.h"
#include "vault/base64.h"
#include "vault/hkdf.h"

namespace jikimi::access {

extern const std::string_view kAgenciesToml;

namespace {

using Day = std::chrono::sys_days;

constexpr std::string_view kWhere = "data/agencies.toml";
constexpr std::size_t kMaxBytes = 500;

Error Bad(std::string_view problem) {
  return {ErrorCode::kInvalidArgument, "agency: " + std::string(problem)};
}

// "2025-10-01"; empty is none.
Result<std::optional<Day>> ParseDay(const DataRow& row, std::string_view text) {
  if (text.empty()) return std::optional<Day>();
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = -1;
    if (text.size() == 10) std::from_chars(text.data() + at, text.data() + at + count, value);
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                         std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                         std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !date.ok()) {
    return row.Wrong("'" + std::string(text) + "' is no day like 2025-10-01");
  }
  return std::optional(Day(date));
}

struct Directory {
  std::set<std::string, std::less<>> kinds;
  std::vector<Agency> agencies;
};

bool IsCode(std::string_view code) {
  return !code.empty() && code.size() <= 100 && std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

bool Overlap(const Agency& a, const Agency& b) {
  return (!a.until || !b.from || *b.from < *a.until) && (!b.until || !a.from || *a.from < *b.until);
}

Result<void> Check(const Agency& agency, const std::set<std::string, std::less<>>& kinds) {
  if (!IsCode(agency.code)) return Bad("a code is lower-case letters, digits, '.' and '-'");
  if (!kinds.contains(agency.kind)) return Bad("no such kind of agency: " + agency.kind);
  if (agency.name.empty() || agency.name_en.empty()) return Bad("needs its name, and in English");
  if (agency.jurisdiction.size() != 2) return Bad("a jurisdiction is a code of two letters");
  for (const auto& text : {agency.name, agency.name_en, agency.address, agency.source}) {
    if (text.size() > kMaxBytes) return Bad("a text is longer than 500 bytes");
  }
  if (agency.from && agency.until && *agency.until <= *agency.from) {
    return Bad("ends before it begins");
  }
  return {};
}

Result<Agency> ReadAgency(DataRow& row) {
  Agency agency;
  agency.code = TRY(row.Text("code"));
  agency.kind = TRY(row.Text("kind"));
  agency.name = TRY(row.Text("name"));
  agency.name_en = TRY(row.Text("name_en"));
  agency.jurisdiction = TRY(row.Text("jurisdiction"));
  const auto from = TRY(row.TextOr("from", ""));
  const auto until = TRY(row.TextOr("until", ""));
  agency.from = TRY(ParseDay(row, from));
  agency.until = TRY(ParseDay(row, until));
  agency.address = TRY(row.TextOr("address", ""));
  agency.source = TRY(row.Text("source"));
  return agency;
}

Result<Directory> ReadDirectory(std::string_view toml, std::string_view where) {
  auto rows = TRY(ReadDataRows(toml, where));
  Directory directory;
  for (auto& row : rows["kind"]) {
    const auto code = TRY(row.Text("code"));
    TRY(row.Text("ko"));
    TRY(row.Text("en"));
    TRY(row.CheckAllTaken());
    if (!directory.kinds.insert(code).second) return row.Wrong(code + " is there twice");
  }
  for (auto& row : rows["agency"]) {
    auto agency = TRY(ReadAgency(row));
    TRY(row.CheckAllTaken());
    const auto checked = Check(agency, directory.kinds);
    if (!checked) return row.Wrong(checked.error().message);
    for (const auto& other : directory.agencies) {
      if (other.code == agency.code && Overlap(other, agency)) {
        return row.Wrong(agency.code + " has two rows for the same days");
      }
    }
    directory.agencies.push_back(std::move(agency));
  }
  return directory;
}

Day Today(Timestamp now) { return std::chrono::floor<std::chrono::days>(now); }

std::string DayText(const std::optional<Day>& day) {
  return day ? std::to_string(day->time_since_epoch().count()) : "-";
}

}  // namespace

Result<std::vector<Agency>> ParseAgencies(std::string_view toml, std::string_view where) {
  return std::move(TRY(ReadDirectory(toml, where)).agencies);
}

Result<std::vector<Agency>> ShippedAgencies() { return ParseAgencies(kAgenciesToml, kWhere); }

Result<int> AddShippedAgencies(store::Transaction& transaction, Timestamp now) {
  int added = 0;
  for (const auto& agency : TRY(ShippedAgencies())) {
    if (TRY(HasAgencyRow(transaction, agency.code, agency.from))) continue;
    // What the centre made of an agency stands; the day of a new shipped row may be one of its own.
    if (TRY(IsEditedByCentre(transaction, agency.code))) continue;
    // A row that is new in this version of the program ends the one before it.
    TRY(CutAgencyFrom(transaction, agency.code, agency.from));
    TRY(InsertAgency(transaction, agency, AgencyOrigin::kShipped, now));
    ++added;
  }
  return added;
}

Result<Agency> FindAgency(store::Transaction& transaction, std::string_view code, Timestamp now) {
  auto agency = TRY(AgencyOn(transaction, code, Today(now)));
  if (!agency) {
    return Error{ErrorCode::kNotFound,
                 "agency: there is none today with the code " + std::string(code)};
  }
  return std::move(*agency);
}

Result<std::vector<Agency>> ListAgencies(store::Transaction& transaction,
                                         std::optional<std::string_view> kind, Timestamp now) {
  return AgenciesOn(transaction, kind, Today(now));
}

std::string AgencySubject(const Agency& agency) {
  // Length before text, so that no two rows give the same bytes.
  std::string row;
  for (const auto& text :
       {agency.code, agency.kind, agency.name, agency.name_en, agency.jurisdiction,
        DayText(agency.from), DayText(agency.until), agency.address, agency.source}) {
    row += std::to_string(text.size()) + ":" + text;
  }
  return "agency " + agency.code + " " + vault::ToBase64(vault::Sha256(AsBytes(row)));
}

Result<void> PutAgency(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                       ApprovalId approval, const Agency& agency, Timestamp now) {
  const auto kinds = TRY(ReadDirectory(kAgenciesToml, kWhere)).kinds;
  TRY(Check(agency, kinds));
  TRY(UseApproval(transaction, keys, approval, ActKind::kRecipientAddress, AgencySubject(agency),
                  now));
  TRY(CutAgencyFrom(transaction, agency.code, agency.from));
  TRY(InsertAgency(transaction, agency, AgencyOrigin::kCentre, now));
  TRY(LogCentreAct(transaction, keys, who, "agency.changed", {{"agency", agency.code}}, now));
  return {};
}

}  // namespace jikimi::access
