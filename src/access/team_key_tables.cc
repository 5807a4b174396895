#include "access/team_key_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {

Result<void> InsertTeamKey(store::Transaction& transaction, const TeamKeyRow& row) {
  TRY(store::Execute(transaction,
                     "INSERT INTO access_team_key (team_id, version, public_key, index_key, "
                     "escrow_wrap, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
                     {IdValue(row.team), std::int64_t{row.version}, row.public_key, row.index_key,
                      row.escrow_wrap, row.made_at}));
  return {};
}

Result<std::optional<TeamKeyRow>> FindTeamKeyRow(store::Transaction& transaction,
                                                 vault::TeamId team,
                                                 std::optional<std::uint32_t> version) {
  const auto found = TRY(store::QueryOne(
      transaction,
      "SELECT version, public_key, index_key, escrow_wrap, made_at FROM access_team_key "
      "WHERE team_id = $1 AND version >= $2 AND version <= $3 ORDER BY version DESC LIMIT 1",
      {IdValue(team), version ? std::int64_t{*version} : std::int64_t{0},
       version ? std::int64_t{*version} : std::int64_t{UINT32_MAX}}));
  if (!found) return std::optional<TeamKeyRow>();
  TeamKeyRow row;
  row.team = team;
  row.version = static_cast<std::uint32_t>(TRY(found->Get<std::int64_t>(0)));
  row.public_key = TRY(found->Get<std::vector<std::byte>>(1));
  row.index_key = TRY(found->Get<std::vector<std::byte>>(2));
  row.escrow_wrap = TRY(found->Get<std::vector<std::byte>>(3));
  row.made_at = TRY(found->Get<Timestamp>(4));
  return std::optional(std::move(row));
}

Result<bool> HasFormerTeamKey(store::Transaction& transaction, vault::TeamId team) {
  const auto rows = TRY(
      store::Query(transaction, "SELECT version FROM access_team_key WHERE team_id = $1 LIMIT 2",
                   {IdValue(team)}));
  return rows.size() > 1;
}

Result<void> DeleteTeamKeysBefore(store::Transaction& transaction, vault::TeamId team,
                                  std::uint32_t version) {
  TRY(store::Execute(transaction,
                     "DELETE FROM access_team_member WHERE team_id = $1 AND version < $2",
                     {IdValue(team), std::int64_t{version}}));
  TRY(store::Execute(transaction, "DELETE FROM access_team_key WHERE team_id = $1 AND version < $2",
                     {IdValue(team), std::int64_t{version}}));
  return {};
}

Result<void> InsertTeamWrap(store::Transaction& transaction, const TeamWrap& wrap) {
  TRY(store::Execute(transaction,
                     "INSERT INTO access_team_member (team_id, version, person_id, wrap, since) "
                     "VALUES ($1, $2, $3, $4, $5)",
                     {IdValue(wrap.team), std::int64_t{wrap.version}, IdValue(wrap.person),
                      wrap.wrap, wrap.since}));
  return {};
}

Result<std::optional<std::vector<std::byte>>> FindTeamWrap(store::Transaction& transaction,
                                                           vault::TeamId team,
                                                           std::uint32_t version,
                                                           vault::PersonId person) {
  const auto row = TRY(store::QueryOne(transaction,
                                       "SELECT wrap FROM access_team_member WHERE team_id = $1 AND "
                                       "version = $2 AND person_id = $3",
                                       {IdValue(team), std::int64_t{version}, IdValue(person)}));
  if (!row) return std::optional<std::vector<std::byte>>();
  return std::optional(TRY(row->Get<std::vector<std::byte>>(0)));
}

Result<std::vector<std::uint32_t>> TeamVersionsOf(store::Transaction& transaction,
                                                  vault::TeamId team, vault::PersonId person) {
  std::vector<std::uint32_t> versions;
  for (const auto& row : TRY(store::Query(transaction,
                                          "SELECT version FROM access_team_member WHERE "
                                          "team_id = $1 AND person_id = $2 ORDER BY version",
                                          {IdValue(team), IdValue(person)}))) {
    versions.push_back(static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(0))));
  }
  return versions;
}

Result<std::int64_t> DeleteTeamWraps(store::Transaction& transaction, vault::TeamId team,
                                     vault::PersonId person) {
  return store::Execute(transaction,
                        "DELETE FROM access_team_member WHERE team_id = $1 AND person_id = $2",
                        {IdValue(team), IdValue(person)});
}

Result<std::vector<TeamMember>> MembersOf(store::Transaction& transaction, vault::TeamId team) {
  std::vector<TeamMember> members;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT m.person_id, m.since FROM access_team_member m WHERE m.team_id = $1 AND "
           "m.version = (SELECT MAX(k.version) FROM access_team_key k WHERE k.team_id = $1) "
           "ORDER BY m.person_id",
           {IdValue(team)}))) {
    members.push_back({TRY(IdOf<vault::KeyKind::kPerson>(row, 0)), TRY(row.Get<Timestamp>(1))});
  }
  return members;
}

}  // namespace jikimi::access
