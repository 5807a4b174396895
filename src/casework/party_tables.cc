#include "casework/party_tables.h"

#include "casework/case_tables.h"
#include "casework/row_values.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

constexpr std::string_view kSelect =
    "SELECT id, case_id, role, suspected, papers, revision FROM casework_party ";

Result<PartyRow> ReadRow(const store::Row& row) {
  PartyRow read;
  read.party.id = TRY(GetId<PartyId>(row, 0));
  read.of = TRY(GetId<vault::CaseId>(row, 1));
  read.party.role = TRY(GetNamed(row, 2, ParsePartyRole));
  read.party.suspected = TRY(row.Get<std::int64_t>(3)) != 0;
  for (const std::string& paper : SplitCodes(TRY(row.Get<std::string>(4)))) {
    read.party.papers.insert(paper);
  }
  read.party.revision = TRY(row.Get<std::int64_t>(5));
  return read;
}

std::string PapersText(const Party& party) {
  return JoinCodes({party.papers.begin(), party.papers.end()});
}

}  // namespace

Result<void> InsertParty(store::Transaction& transaction, const PartyRow& row) {
  const std::string papers = PapersText(row.party);
  const std::int64_t added = TRY(
      store::Execute(transaction,
                     "INSERT INTO casework_party (id, case_id, role, suspected, papers, revision) "
                     "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                     {IdBytes(row.party.id), IdBytes(row.of), PartyRoleName(row.party.role),
                      row.party.suspected ? 1 : 0, papers, row.party.revision}));
  if (added == 1) return {};
  return Error{ErrorCode::kAlreadyExists,
               "a case has one survivor: others have cases of their own"};
}

Result<PartyRow> LoadParty(store::Transaction& transaction, PartyId id) {
  const auto row =
      TRY(store::QueryOne(transaction, std::string(kSelect) + "WHERE id = $1", {IdBytes(id)}));
  if (!row) return Error{ErrorCode::kNotFound, "no such person of a case"};
  return ReadRow(*row);
}

Result<void> SaveParty(store::Transaction& transaction, PartyRow& row) {
  const std::string papers = PapersText(row.party);
  const std::int64_t changed = TRY(store::Execute(
      transaction,
      "UPDATE casework_party SET suspected = $2, papers = $3, revision = revision + 1 "
      "WHERE id = $1 AND revision = $4",
      {IdBytes(row.party.id), row.party.suspected ? 1 : 0, papers, row.party.revision}));
  if (changed != 1) {
    return Error{ErrorCode::kStale, "somebody else changed the person: read them again"};
  }
  ++row.party.revision;
  return {};
}

Result<void> DeleteParty(store::Transaction& transaction, PartyId id) {
  TRY(store::Execute(transaction, "DELETE FROM casework_party WHERE id = $1", {IdBytes(id)}));
  return {};
}

Result<std::vector<PartyRow>> QueryParties(store::Transaction& transaction, vault::CaseId of) {
  std::vector<PartyRow> rows;
  for (const auto& row : TRY(store::Query(
           transaction, std::string(kSelect) + "WHERE case_id = $1 ORDER BY id", {IdBytes(of)}))) {
    rows.push_back(TRY(ReadRow(row)));
  }
  return rows;
}

}  // namespace jikimi::casework
