#include "access/split_key_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

Result<SplitKeyRow> ToRow(const store::Row& row) {
  return SplitKeyRow{static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(0))),
                     TRY(row.Get<std::vector<std::byte>>(1))};
}

Result<std::optional<SplitKeyRow>> ToOptional(const std::optional<store::Row>& row) {
  if (!row) return std::optional<SplitKeyRow>();
  return std::optional(TRY(ToRow(*row)));
}

}  // namespace

Result<void> InsertSplitKey(store::Transaction& transaction, std::string_view kind,
                            const SplitKeyRow& row, Timestamp now) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO access_split_key (kind, version, record, made_at) VALUES ($1, $2, $3, $4)",
      {kind, std::int64_t{row.version}, row.record, now}));
  return {};
}

Result<std::vector<SplitKeyRow>> SplitKeys(store::Transaction& transaction, std::string_view kind) {
  std::vector<SplitKeyRow> keys;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT version, record FROM access_split_key WHERE kind = $1 ORDER BY version DESC",
           {kind}))) {
    keys.push_back(TRY(ToRow(row)));
  }
  return keys;
}

Result<std::optional<SplitKeyRow>> FindSplitKey(store::Transaction& transaction,
                                                std::string_view kind, std::uint32_t version) {
  return ToOptional(TRY(store::QueryOne(
      transaction, "SELECT version, record FROM access_split_key WHERE kind = $1 AND version = $2",
      {kind, std::int64_t{version}})));
}

Result<std::optional<SplitKeyRow>> FindCurrentSplitKey(store::Transaction& transaction,
                                                       std::string_view kind) {
  return ToOptional(TRY(store::QueryOne(transaction,
                                        "SELECT version, record FROM access_split_key "
                                        "WHERE kind = $1 ORDER BY version DESC LIMIT 1",
                                        {kind})));
}

Result<void> DeleteSplitKeysBefore(store::Transaction& transaction, std::string_view kind,
                                   std::uint32_t version) {
  TRY(store::Execute(transaction, "DELETE FROM access_split_key WHERE kind = $1 AND version < $2",
                     {kind, std::int64_t{version}}));
  return {};
}

Result<void> PutServerEscrow(store::Transaction& transaction, std::uint32_t escrow_version,
                             std::span<const std::byte> sealed) {
  TRY(store::Execute(transaction, "DELETE FROM access_server_escrow"));
  TRY(store::Execute(transaction,
                     "INSERT INTO access_server_escrow (escrow_version, sealed) VALUES ($1, $2)",
                     {std::int64_t{escrow_version}, sealed}));
  return {};
}

Result<std::optional<std::vector<std::byte>>> FindServerEscrow(store::Transaction& transaction,
                                                               std::uint32_t escrow_version) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT sealed FROM access_server_escrow WHERE escrow_version = $1",
      {std::int64_t{escrow_version}}));
  if (!row) return std::optional<std::vector<std::byte>>();
  return std::optional(TRY(row->Get<std::vector<std::byte>>(0)));
}

Result<std::vector<TeamEscrowWrap>> TeamEscrowWraps(store::Transaction& transaction) {
  std::vector<TeamEscrowWrap> wraps;
  for (const auto& row :
       TRY(store::Query(transaction,
                        "SELECT team_id, version, escrow_wrap FROM access_team_key "
                        "ORDER BY team_id, version"))) {
    wraps.push_back({TRY(IdOf<vault::KeyKind::kTeam>(row, 0)),
                     static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(1))),
                     TRY(row.Get<std::vector<std::byte>>(2))});
  }
  return wraps;
}

Result<void> PutTeamEscrowWrap(store::Transaction& transaction, const TeamEscrowWrap& wrap) {
  TRY(store::Execute(
      transaction,
      "UPDATE access_team_key SET escrow_wrap = $3 WHERE team_id = $1 AND version = $2",
      {IdValue(wrap.team), std::int64_t{wrap.version}, wrap.wrap}));
  return {};
}

}  // namespace jikimi::access
