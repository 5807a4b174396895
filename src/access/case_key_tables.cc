#include "access/case_key_tables.h"

#include <string_view>

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

// The statement matches only while the database knows no newer epoch than $4: a process that
// missed a rotation must not write under a key that is going to be dropped. Serializable
// transactions make that hold against a rotation that runs at the same time.
#define JIKIMI_NO_NEWER_EPOCH \
  "NOT EXISTS (SELECT 1 FROM access_key_sample WHERE kind = 'epoch' AND version > $4)"

constexpr std::string_view kInsert =
    "INSERT INTO access_case_key (case_id, public_key, revision, epoch, escrow_version, team_id, "
    "team_version, reseal_since, rotation_due, keyring) "
    "SELECT $1, $2, $3, $4, $5, $6, $7, NULL, 0, $8 WHERE " JIKIMI_NO_NEWER_EPOCH;
constexpr std::string_view kUpdate =
    "UPDATE access_case_key SET public_key = $2, revision = $3, epoch = $4, escrow_version = $5, "
    "team_id = $6, team_version = $7, keyring = $8, "
    "reseal_since = CASE WHEN $10 = 0 THEN NULL ELSE COALESCE(reseal_since, $9) END, "
    "rotation_due = CASE WHEN public_key = $2 THEN rotation_due ELSE 0 END "
    "WHERE case_id = $1 AND revision = $11 AND " JIKIMI_NO_NEWER_EPOCH;

std::vector<store::Value> Parameters(const CaseKeyRow& row) {
  std::optional<std::span<const std::byte>> team;
  std::optional<std::int64_t> team_version;
  if (row.intake) {
    team = row.intake->team.bytes();
    team_version = row.intake->version;
  }
  return {IdValue(row.id),
          row.public_key,
          static_cast<std::int64_t>(row.revision),
          std::int64_t{row.epoch},
          std::int64_t{row.escrow_version},
          team,
          team_version,
          row.keyring};
}

Result<std::vector<vault::CaseId>> Ids(const std::vector<store::Row>& rows) {
  std::vector<vault::CaseId> ids;
  ids.reserve(rows.size());
  for (const auto& row : rows) ids.push_back(TRY(IdOf<vault::KeyKind::kCase>(row, 0)));
  return ids;
}

Result<std::int64_t> Count(store::Transaction& transaction, std::string_view sql,
                           store::ParameterList parameters) {
  return TRY(store::QueryOne(transaction, sql, parameters))->Get<std::int64_t>(0);
}

}  // namespace

Result<bool> InsertCaseKey(store::Transaction& transaction, const CaseKeyRow& row) {
  return TRY(store::Execute(transaction, kInsert, Parameters(row))) == 1;
}

Result<bool> UpdateCaseKey(store::Transaction& transaction, const CaseKeyRow& row,
                           std::uint64_t former_revision, Timestamp now) {
  auto parameters = Parameters(row);
  parameters.emplace_back(now);
  parameters.emplace_back(row.has_former ? 1 : 0);
  parameters.emplace_back(static_cast<std::int64_t>(former_revision));
  return TRY(store::Execute(transaction, kUpdate, parameters)) == 1;
}

Result<bool> KnowsNewerEpoch(store::Transaction& transaction, std::uint32_t epoch) {
  const auto row = TRY(
      store::QueryOne(transaction,
                      "SELECT version FROM access_key_sample WHERE kind = 'epoch' AND version > $1 "
                      "ORDER BY version LIMIT 1",
                      {std::int64_t{epoch}}));
  return row.has_value();
}

Result<std::optional<CaseKeyRow>> FindCaseKeyRow(store::Transaction& transaction,
                                                 vault::CaseId id) {
  const auto found = TRY(store::QueryOne(
      transaction,
      "SELECT public_key, revision, epoch, escrow_version, team_id, team_version, rotation_due, "
      "keyring FROM access_case_key WHERE case_id = $1",
      {IdValue(id)}));
  if (!found) return std::optional<CaseKeyRow>();
  CaseKeyRow row;
  row.id = id;
  row.public_key = TRY(found->Get<std::vector<std::byte>>(0));
  row.revision = static_cast<std::uint64_t>(TRY(found->Get<std::int64_t>(1)));
  row.epoch = static_cast<std::uint32_t>(TRY(found->Get<std::int64_t>(2)));
  row.escrow_version = static_cast<std::uint32_t>(TRY(found->Get<std::int64_t>(3)));
  if (const auto version = TRY(found->Get<std::optional<std::int64_t>>(5))) {
    row.intake = {TRY(IdOf<vault::KeyKind::kTeam>(*found, 4)),
                  static_cast<std::uint32_t>(*version)};
  }
  row.rotation_due = TRY(found->Get<bool>(6));
  row.keyring = TRY(found->Get<std::vector<std::byte>>(7));
  return std::optional(std::move(row));
}

Result<void> DeleteCaseKey(store::Transaction& transaction, vault::CaseId id) {
  TRY(store::Execute(transaction, "DELETE FROM access_case_key WHERE case_id = $1", {IdValue(id)}));
  return {};
}

Result<void> MarkRotationDue(store::Transaction& transaction, vault::CaseId id) {
  TRY(store::Execute(transaction, "UPDATE access_case_key SET rotation_due = 1 WHERE case_id = $1",
                     {IdValue(id)}));
  return {};
}

Result<std::vector<OldLayer>> OlderLayers(store::Transaction& transaction, std::uint32_t epoch,
                                          const std::optional<vault::CaseId>& after, int limit) {
  const auto rows = TRY(store::Query(
      transaction,
      "SELECT case_id, revision, keyring FROM access_case_key WHERE epoch < $1 AND case_id > $2 "
      "ORDER BY case_id LIMIT $3 FOR UPDATE",
      {std::int64_t{epoch}, IdValue(after.value_or(vault::CaseId())), limit}));
  std::vector<OldLayer> layers;
  for (const auto& row : rows) {
    layers.push_back({TRY(IdOf<vault::KeyKind::kCase>(row, 0)),
                      static_cast<std::uint64_t>(TRY(row.Get<std::int64_t>(1))),
                      TRY(row.Get<std::vector<std::byte>>(2))});
  }
  return layers;
}

Result<bool> IsCurrentCaseKey(store::Transaction& transaction, vault::CaseId id,
                              std::uint32_t version) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT public_key FROM access_case_key WHERE case_id = $1", {IdValue(id)}));
  if (!row) return false;
  const auto key = TRY(vault::CasePublicKey::Parse(TRY(row->Get<std::vector<std::byte>>(0))));
  return key.name().version == version;
}

Result<bool> HasOlderLayer(store::Transaction& transaction, std::uint32_t epoch) {
  const auto row = TRY(
      store::QueryOne(transaction, "SELECT case_id FROM access_case_key WHERE epoch < $1 LIMIT 1",
                      {std::int64_t{epoch}}));
  return row.has_value();
}

Result<void> PutLayers(store::Transaction& transaction, std::uint32_t epoch,
                       std::span<const NewLayer> layers) {
  std::vector<std::vector<store::Value>> rows;
  for (const auto& layer : layers) {
    rows.push_back({IdValue(layer.id), std::int64_t{epoch}, layer.keyring});
  }
  TRY(store::ExecuteMany(
      transaction, "UPDATE access_case_key SET epoch = $2, keyring = $3 WHERE case_id = $1", rows));
  return {};
}

Result<std::vector<vault::CaseId>> CasesOfEscrow(store::Transaction& transaction,
                                                 std::uint32_t version,
                                                 const std::optional<vault::CaseId>& after,
                                                 int limit) {
  const vault::CaseId first = after.value_or(vault::CaseId());
  return Ids(TRY(store::Query(transaction,
                              "SELECT case_id FROM access_case_key WHERE escrow_version = $1 AND "
                              "case_id > $2 ORDER BY case_id LIMIT $3",
                              {std::int64_t{version}, IdValue(first), limit})));
}

Result<std::vector<vault::CaseId>> CasesOfOlderTeam(store::Transaction& transaction,
                                                    const TeamVersion& current, int limit) {
  return Ids(TRY(store::Query(transaction,
                              "SELECT case_id FROM access_case_key WHERE team_id = $1 AND "
                              "team_version < $2 ORDER BY team_version, case_id LIMIT $3",
                              {IdValue(current.team), std::int64_t{current.version}, limit})));
}

Result<std::int64_t> CountOfOlderEscrow(store::Transaction& transaction, std::uint32_t current) {
  return Count(transaction, "SELECT COUNT(*) FROM access_case_key WHERE escrow_version < $1",
               {std::int64_t{current}});
}

Result<std::int64_t> CountOfOlderTeam(store::Transaction& transaction, const TeamVersion& current) {
  return Count(transaction,
               "SELECT COUNT(*) FROM access_case_key WHERE team_id = $1 AND team_version < $2",
               {IdValue(current.team), std::int64_t{current.version}});
}

Result<void> InsertGrant(store::Transaction& transaction, vault::CaseId id, vault::PersonId person,
                         Timestamp now) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO access_grant (case_id, person_id, granted_at) VALUES ($1, $2, $3) "
      "ON CONFLICT (case_id, person_id) DO NOTHING",
      {IdValue(id), IdValue(person), now}));
  return {};
}

Result<void> DeleteGrant(store::Transaction& transaction, vault::CaseId id,
                         vault::PersonId person) {
  TRY(store::Execute(transaction, "DELETE FROM access_grant WHERE case_id = $1 AND person_id = $2",
                     {IdValue(id), IdValue(person)}));
  return {};
}

Result<void> DeleteGrants(store::Transaction& transaction, vault::CaseId id) {
  TRY(store::Execute(transaction, "DELETE FROM access_grant WHERE case_id = $1", {IdValue(id)}));
  return {};
}

Result<std::vector<CaseGrant>> GrantsOf(store::Transaction& transaction, vault::CaseId id) {
  std::vector<CaseGrant> grants;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT person_id, granted_at FROM access_grant WHERE case_id = $1 ORDER BY person_id",
           {IdValue(id)}))) {
    grants.push_back({TRY(IdOf<vault::KeyKind::kPerson>(row, 0)), TRY(row.Get<Timestamp>(1))});
  }
  return grants;
}

Result<std::vector<vault::CaseId>> CasesOf(store::Transaction& transaction, vault::PersonId person,
                                           const std::optional<vault::CaseId>& after, int limit) {
  return Ids(TRY(store::Query(transaction,
                              "SELECT case_id FROM access_grant WHERE person_id = $1 AND "
                              "case_id > $2 ORDER BY case_id LIMIT $3",
                              {IdValue(person), IdValue(after.value_or(vault::CaseId())), limit})));
}

Result<bool> IsGranted(store::Transaction& transaction, vault::CaseId id, vault::PersonId person) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT granted_at FROM access_grant WHERE case_id = $1 AND person_id = $2",
      {IdValue(id), IdValue(person)}));
  return row.has_value();
}

Result<std::vector<vault::CaseId>> CasesToReseal(store::Transaction& transaction,
                                                 vault::PersonId person, int limit) {
  auto ids = TRY(Ids(TRY(store::Query(
      transaction,
      "SELECT k.case_id FROM access_grant g JOIN access_case_key k ON k.case_id = g.case_id "
      "WHERE g.person_id = $1 AND (k.reseal_since IS NOT NULL OR k.rotation_due = 1) "
      "ORDER BY k.reseal_since, k.case_id LIMIT $2",
      {IdValue(person), limit}))));
  const auto at_intake = TRY(Ids(TRY(store::Query(
      transaction,
      "SELECT case_id FROM access_case_key WHERE reseal_since IS NOT NULL AND team_id IN "
      "(SELECT team_id FROM access_team_member WHERE person_id = $1) "
      "ORDER BY reseal_since, case_id LIMIT $2",
      {IdValue(person), limit}))));
  ids.insert(ids.end(), at_intake.begin(), at_intake.end());
  return ids;
}

}  // namespace jikimi::access
