#include "access/approval_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kColumns =
    "approval_id, kind, subject, payload, sealed_reason, reason_key, about, proposer, state, "
    "proposed_at, ends_at";

Result<ApprovalState> ParseState(std::string_view code) {
  for (const ApprovalState state : {ApprovalState::kOpen, ApprovalState::kApproved,
                                    ApprovalState::kDone, ApprovalState::kWithdrawn}) {
    if (ApprovalStateCode(state) == code) return state;
  }
  return Error{ErrorCode::kCorrupt, "approval: is in an unknown state"};
}

std::span<const std::byte> Bytes(const ApprovalId& id) { return id.bytes; }

Result<ApprovalRow> ReadApproval(const store::Row& row) {
  ApprovalRow read;
  Approval& approval = read.approval;
  approval.id = {TRY(Bytes16(row, 0))};
  const auto kind = TRY(row.Get<std::string>(1));
  approval.kind = TRY(ParseActKind(kind));
  approval.subject = TRY(row.Get<std::string>(2));
  approval.payload = TRY(row.Get<std::vector<std::byte>>(3));
  approval.digest = ApprovalDigest(approval.kind, approval.subject, approval.payload);
  read.reason = {TRY(row.Get<std::vector<std::byte>>(4)),
                 static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(5)))};
  if (TRY(row.Get<std::optional<std::vector<std::byte>>>(6))) {
    approval.about = TRY(IdOf<vault::KeyKind::kPerson>(row, 6));
  }
  approval.proposer = TRY(IdOf<vault::KeyKind::kPerson>(row, 7));
  const auto state = TRY(row.Get<std::string>(8));
  approval.state = TRY(ParseState(state));
  approval.proposed_at = TRY(row.Get<Timestamp>(9));
  approval.until = TRY(row.Get<Timestamp>(10));
  return read;
}

}  // namespace

Result<void> InsertApproval(store::Transaction& transaction, const ApprovalRow& row) {
  const Approval& approval = row.approval;
  const std::optional<std::span<const std::byte>> about =
      approval.about ? std::optional(IdValue(*approval.about)) : std::nullopt;
  TRY(store::Execute(
      transaction,
      "INSERT INTO access_approval (approval_id, kind, subject, payload, "
      "sealed_reason, reason_key, about, proposer, state, proposed_at, ends_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {Bytes(approval.id), ActKindCode(approval.kind), approval.subject, approval.payload,
       row.reason.sealed, row.reason.key_version, about, IdValue(approval.proposer),
       ApprovalStateCode(approval.state), approval.proposed_at, approval.until}));
  return {};
}

Result<std::optional<ApprovalRow>> FindApprovalRow(store::Transaction& transaction, ApprovalId id) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT " + std::string(kColumns) + " FROM access_approval WHERE approval_id = $1",
      {Bytes(id)}));
  if (!row) return std::optional<ApprovalRow>();
  return std::optional(TRY(ReadApproval(*row)));
}

Result<std::vector<ApprovalRow>> ListApprovalRows(store::Transaction& transaction, Listed listed,
                                                  const std::optional<ApprovalRow>& before,
                                                  int limit, Timestamp now) {
  std::string sql = "SELECT " + std::string(kColumns) + " FROM access_approval WHERE ";
  std::vector<store::Value> values = {limit};
  if (listed == Listed::kWaiting) {
    sql += "state IN ('open', 'approved') AND ends_at > $2 ";
    values.push_back(now);
  } else {
    sql += "1 = 1 ";
  }
  if (before) {
    const std::string next = std::to_string(values.size() + 1);
    sql += "AND (proposed_at, approval_id) < ($" + next + ", $" +
           std::to_string(values.size() + 2) + ") ";
    values.push_back(before->approval.proposed_at);
    values.push_back(Bytes(before->approval.id));
  }
  sql += "ORDER BY proposed_at DESC, approval_id DESC LIMIT $1";
  std::vector<ApprovalRow> rows;
  for (const store::Row& row : TRY(store::Query(transaction, sql, store::Parameters(values)))) {
    rows.push_back(TRY(ReadApproval(row)));
  }
  return rows;
}

Result<void> UpdateApproval(store::Transaction& transaction, ApprovalId id, ApprovalState state,
                            Timestamp until) {
  TRY(store::Execute(transaction,
                     "UPDATE access_approval SET state = $2, ends_at = $3 WHERE approval_id = $1",
                     {Bytes(id), ApprovalStateCode(state), until}));
  return {};
}

Result<bool> InsertVote(store::Transaction& transaction, ApprovalId id, vault::PersonId person,
                        Role role, Timestamp now) {
  return TRY(store::Execute(
             transaction,
             "INSERT INTO access_vote (approval_id, person_id, role, voted_at) "
             "VALUES ($1, $2, $3, $4) ON CONFLICT (approval_id, person_id) DO NOTHING",
             {Bytes(id), IdValue(person), RoleCode(role), now})) == 1;
}

Result<std::vector<vault::PersonId>> VotesOf(store::Transaction& transaction, ApprovalId id) {
  std::vector<vault::PersonId> votes;
  for (const store::Row& row : TRY(store::Query(
           transaction,
           "SELECT person_id FROM access_vote WHERE approval_id = $1 ORDER BY voted_at, person_id",
           {Bytes(id)}))) {
    votes.push_back(TRY(IdOf<vault::KeyKind::kPerson>(row, 0)));
  }
  return votes;
}

Result<std::int64_t> CountStandingVotes(store::Transaction& transaction, ApprovalId id) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT COUNT(*) FROM access_vote v JOIN access_person p ON p.person_id = v.person_id "
      "WHERE v.approval_id = $1 AND p.state = 'active' AND p.role = v.role",
      {Bytes(id)}));
  return row->Get<std::int64_t>(0);
}

}  // namespace jikimi::access
