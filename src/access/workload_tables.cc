#include "access/workload_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

std::span<const std::byte> NewLoadId(std::array<std::byte, 16>& id) {
  id = vault::RandomArray<16>();
  return id;
}

}  // namespace

Result<void> PutExposure(store::Transaction& transaction, vault::PersonId person,
                         const ExposureRow& row) {
  TRY(store::Execute(transaction,
                     "INSERT INTO access_exposure (person_id, starts_at, kind, ends_at) "
                     "VALUES ($1, $2, $3, $4) ON CONFLICT (person_id, starts_at, kind) DO UPDATE "
                     "SET ends_at = excluded.ends_at "
                     "WHERE access_exposure.ends_at < excluded.ends_at",
                     {IdValue(person), row.from, ExposureCode(row.what), row.until}));
  return {};
}

Result<std::vector<PersonExposure>> FindExposures(store::Transaction& transaction,
                                                  const std::optional<vault::PersonId>& person,
                                                  Timestamp from, Timestamp until) {
  // No exposure is longer than kMaxExposure, so that those before the period are found by an index.
  std::string sql =
      "SELECT person_id, kind, starts_at, ends_at FROM access_exposure "
      "WHERE starts_at < $2 AND starts_at > $3 AND ends_at > $1";
  std::vector<store::Value> values = {from, until, from - kMaxExposure};
  if (person) {
    sql += " AND person_id = $4";
    values.push_back(IdValue(*person));
  }
  sql += " ORDER BY person_id, starts_at, kind";
  std::vector<PersonExposure> found;
  for (const store::Row& row : TRY(store::Query(transaction, sql, store::Parameters(values)))) {
    const auto kind = TRY(row.Get<std::string>(1));
    found.push_back(
        {TRY(IdOf<vault::KeyKind::kPerson>(row, 0)),
         {TRY(ParseExposure(kind)), TRY(row.Get<Timestamp>(2)), TRY(row.Get<Timestamp>(3))}});
  }
  return found;
}

Result<void> TakeCase(store::Transaction& transaction, vault::PersonId person, vault::CaseId id,
                      Timestamp now) {
  std::array<std::byte, 16> load;
  TRY(store::Execute(transaction,
                     "INSERT INTO access_case_load (load_id, person_id, case_id, taken_at) "
                     "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                     {NewLoadId(load), IdValue(person), IdValue(id), now}));
  return {};
}

Result<void> PutCaseDown(store::Transaction& transaction, vault::PersonId person, vault::CaseId id,
                         Timestamp now) {
  TRY(store::Execute(transaction,
                     "UPDATE access_case_load SET put_down_at = $3 WHERE person_id = $1 "
                     "AND case_id = $2 AND put_down_at IS NULL",
                     {IdValue(person), IdValue(id), now}));
  return {};
}

Result<void> ForgetCaseLoad(store::Transaction& transaction, vault::CaseId id, Timestamp now) {
  TRY(store::Execute(transaction,
                     "UPDATE access_case_load SET case_id = NULL, "
                     "put_down_at = COALESCE(put_down_at, $2) WHERE case_id = $1",
                     {IdValue(id), now}));
  return {};
}

Result<std::vector<CaseLoad>> CountCaseLoads(store::Transaction& transaction,
                                             const std::optional<vault::PersonId>& person,
                                             Timestamp from, Timestamp until) {
  std::string sql =
      "SELECT person_id, "
      "SUM(CASE WHEN put_down_at IS NULL OR put_down_at >= $2 THEN 1 ELSE 0 END), "
      "SUM(CASE WHEN taken_at >= $1 THEN 1 ELSE 0 END), "
      "SUM(CASE WHEN put_down_at >= $1 AND put_down_at < $2 THEN 1 ELSE 0 END) "
      "FROM access_case_load WHERE taken_at < $2 AND (put_down_at IS NULL OR put_down_at >= $1)";
  std::vector<store::Value> values = {from, until};
  if (person) {
    sql += " AND person_id = $3";
    values.push_back(IdValue(*person));
  }
  sql += " GROUP BY person_id ORDER BY person_id";
  std::vector<CaseLoad> loads;
  for (const store::Row& row : TRY(store::Query(transaction, sql, store::Parameters(values)))) {
    CaseLoad load;
    load.person = TRY(IdOf<vault::KeyKind::kPerson>(row, 0));
    load.now = TRY(row.Get<std::int64_t>(1));
    load.taken = TRY(row.Get<std::int64_t>(2));
    load.put_down = TRY(row.Get<std::int64_t>(3));
    loads.push_back(load);
  }
  return loads;
}

}  // namespace jikimi::access
