#include "access/agency_tables.h"

#include <limits>
#include <string>

#include "store/sql.h"

namespace jikimi::access {
namespace {

using Day = std::chrono::sys_days;

constexpr std::string_view kColumns =
    "code, kind, name, name_en, jurisdiction, starts_on, ends_on, address, source";
// Days since 1970; these stand for "always".
constexpr std::int64_t kNoStart = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kNoEnd = std::numeric_limits<std::int32_t>::max();

std::int64_t Number(const std::optional<Day>& day, std::int64_t otherwise) {
  return day ? std::int64_t{day->time_since_epoch().count()} : otherwise;
}

std::optional<Day> ToDay(std::int64_t number, std::int64_t none) {
  if (number == none) return std::nullopt;
  return Day(std::chrono::days(static_cast<int>(number)));
}

Result<std::vector<Agency>> Agencies(store::Transaction& transaction, std::string_view rest,
                                     store::ParameterList parameters) {
  const auto rows = TRY(store::Query(
      transaction, "SELECT " + std::string(kColumns) + " FROM access_agency " + std::string(rest),
      parameters));
  std::vector<Agency> agencies;
  for (const auto& row : rows) {
    Agency agency;
    agency.code = TRY(row.Get<std::string>(0));
    agency.kind = TRY(row.Get<std::string>(1));
    agency.name = TRY(row.Get<std::string>(2));
    agency.name_en = TRY(row.Get<std::string>(3));
    agency.jurisdiction = TRY(row.Get<std::string>(4));
    agency.from = ToDay(TRY(row.Get<std::int64_t>(5)), kNoStart);
    agency.until = ToDay(TRY(row.Get<std::int64_t>(6)), kNoEnd);
    agency.address = TRY(row.Get<std::string>(7));
    agency.source = TRY(row.Get<std::string>(8));
    agencies.push_back(std::move(agency));
  }
  return agencies;
}

}  // namespace

Result<void> InsertAgency(store::Transaction& transaction, const Agency& agency,
                          AgencyOrigin origin, Timestamp now) {
  TRY(store::Execute(transaction,
                     "INSERT INTO access_agency (" + std::string(kColumns) +
                         ", shipped, put_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                     {agency.code, agency.kind, agency.name, agency.name_en, agency.jurisdiction,
                      Number(agency.from, kNoStart), Number(agency.until, kNoEnd), agency.address,
                      agency.source, origin == AgencyOrigin::kShipped ? 1 : 0, now}));
  return {};
}

Result<std::optional<Agency>> AgencyOn(store::Transaction& transaction, std::string_view code,
                                       Day day) {
  auto found = TRY(Agencies(transaction, "WHERE code = $1 AND starts_on <= $2 AND ends_on > $2",
                            {code, Number(day, 0)}));
  if (found.empty()) return std::optional<Agency>();
  return std::optional(std::move(found.front()));
}

Result<std::vector<Agency>> AgenciesOn(store::Transaction& transaction,
                                       std::optional<std::string_view> kind, Day day) {
  if (!kind) {
    return Agencies(transaction, "WHERE starts_on <= $1 AND ends_on > $1 ORDER BY code",
                    {Number(day, 0)});
  }
  return Agencies(transaction, "WHERE kind = $2 AND starts_on <= $1 AND ends_on > $1 ORDER BY code",
                  {Number(day, 0), *kind});
}

Result<std::vector<Agency>> AgencyHistory(store::Transaction& transaction, std::string_view code) {
  return Agencies(transaction, "WHERE code = $1 ORDER BY starts_on", {code});
}

Result<bool> HasAgencyRow(store::Transaction& transaction, std::string_view code,
                          std::optional<Day> from) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT shipped FROM access_agency WHERE code = $1 AND starts_on = $2",
      {code, Number(from, kNoStart)}));
  return row.has_value();
}

Result<bool> IsEditedByCentre(store::Transaction& transaction, std::string_view code) {
  const auto rows = TRY(store::Query(
      transaction, "SELECT code FROM access_agency WHERE code = $1 AND shipped = 0 LIMIT 1",
      {code}));
  return !rows.empty();
}

Result<void> CutAgencyFrom(store::Transaction& transaction, std::string_view code,
                           std::optional<Day> from) {
  const auto day = Number(from, kNoStart);
  TRY(store::Execute(transaction, "DELETE FROM access_agency WHERE code = $1 AND starts_on >= $2",
                     {code, day}));
  TRY(store::Execute(transaction,
                     "UPDATE access_agency SET ends_on = $2 WHERE code = $1 AND ends_on > $2",
                     {code, day}));
  return {};
}

}  // namespace jikimi::access
