#include "casework/incident_tables.h"

#include <algorithm>

#include "casework/party_tables.h"
#include "casework/row_values.h"
#include "casework/sealed_fields.h"
#include "casework/search_index.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

template <typename Id>
Result<std::vector<Id>> Ids(const std::vector<store::Row>& rows) {
  std::vector<Id> ids;
  for (const auto& row : rows) ids.push_back(TRY(GetId<Id>(row, 0)));
  return ids;
}

}  // namespace

Result<void> LinkRows(store::Transaction& transaction, vault::CaseId one, vault::CaseId other) {
  for (const auto& [from, to] : {std::pair(one, other), std::pair(other, one)}) {
    TRY(store::Execute(transaction,
                       "INSERT INTO casework_link (case_id, other_id) VALUES ($1, $2) "
                       "ON CONFLICT DO NOTHING",
                       {IdBytes(from), IdBytes(to)}));
  }
  return {};
}

Result<void> UnlinkRows(store::Transaction& transaction, vault::CaseId one, vault::CaseId other) {
  TRY(store::Execute(transaction,
                     "DELETE FROM casework_link WHERE (case_id = $1 AND other_id = $2) "
                     "OR (case_id = $2 AND other_id = $1)",
                     {IdBytes(one), IdBytes(other)}));
  return {};
}

Result<std::vector<vault::CaseId>> QueryLinks(store::Transaction& transaction, vault::CaseId of) {
  return Ids<vault::CaseId>(TRY(store::Query(
      transaction, "SELECT other_id FROM casework_link WHERE case_id = $1 ORDER BY other_id",
      {IdBytes(of)})));
}

Result<void> InsertIncident(store::Transaction& transaction, IncidentId id, Timestamp at,
                            std::uint32_t key_version, const std::vector<std::byte>& sealed) {
  TRY(store::Execute(transaction,
                     "INSERT INTO casework_incident (id, opened_at, key_version, sealed) "
                     "VALUES ($1, $2, $3, $4)",
                     {IdBytes(id), at, std::int64_t{key_version}, sealed}));
  return {};
}

Result<std::vector<std::byte>> LoadIncident(store::Transaction& transaction, IncidentId id) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT sealed FROM casework_incident WHERE id = $1", {IdBytes(id)}));
  if (!row) return Error{ErrorCode::kNotFound, "no such incident"};
  return row->Get<std::vector<std::byte>>(0);
}

Result<void> InsertIncidentCase(store::Transaction& transaction, IncidentId id, vault::CaseId of) {
  TRY(store::Execute(transaction,
                     "INSERT INTO casework_incident_case (incident_id, case_id) VALUES ($1, $2) "
                     "ON CONFLICT DO NOTHING",
                     {IdBytes(id), IdBytes(of)}));
  return {};
}

Result<void> DeleteIncidentCase(store::Transaction& transaction, IncidentId id, vault::CaseId of) {
  TRY(store::Execute(transaction,
                     "DELETE FROM casework_incident_case WHERE incident_id = $1 AND case_id = $2",
                     {IdBytes(id), IdBytes(of)}));
  return {};
}

Result<std::vector<vault::CaseId>> QueryIncidentCases(store::Transaction& transaction,
                                                      IncidentId id) {
  return Ids<vault::CaseId>(TRY(store::Query(
      transaction,
      "SELECT case_id FROM casework_incident_case WHERE incident_id = $1 ORDER BY case_id",
      {IdBytes(id)})));
}

Result<std::vector<IncidentId>> QueryIncidents(store::Transaction& transaction, vault::CaseId of) {
  return Ids<IncidentId>(TRY(store::Query(
      transaction,
      "SELECT incident_id FROM casework_incident_case WHERE case_id = $1 ORDER BY incident_id",
      {IdBytes(of)})));
}

Result<void> DropSecondSurvivor(store::Transaction& transaction, vault::CaseId duplicate,
                                vault::CaseId into) {
  const auto is_survivor = [](const PartyRow& row) {
    return row.party.role == PartyRole::kSurvivor;
  };
  const auto theirs = TRY(QueryParties(transaction, into));
  const auto ours = TRY(QueryParties(transaction, duplicate));
  if (std::none_of(theirs.begin(), theirs.end(), is_survivor)) return {};
  for (const PartyRow& row : ours) {
    if (!is_survivor(row)) continue;
    TRY(DeleteParty(transaction, row.party.id));
    TRY(DeleteFields(transaction, duplicate, row.party.id.Reference()));
    TRY(DropTokens(transaction, duplicate, row.party.id.Reference()));
  }
  return {};
}

}  // namespace jikimi::casework
