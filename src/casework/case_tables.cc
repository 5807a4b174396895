#include "casework/case_tables.h"

#include "casework/row_values.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

using vault::KeyKind;

constexpr std::string_view kSelect =
    "SELECT id, state, queue, urgency, due_at, assigned, team, minor, withdrawal, destroy_at, "
    "contact_unsafe, investigation, harms, neutral_text, opened_at, closed_at, revision "
    "FROM casework_case ";

template <KeyKind kKind>
Result<std::optional<vault::RecordId<kKind>>> OptionalId(const store::Row& row,
                                                         std::size_t column) {
  using Id = vault::RecordId<kKind>;
  if (!TRY(row.Get<std::optional<std::vector<std::byte>>>(column))) return std::optional<Id>();
  return std::optional<Id>(TRY(access::IdOf<kKind>(row, column)));
}

template <typename Id>
std::optional<std::span<const std::byte>> OptionalBytes(const std::optional<Id>& id) {
  if (!id) return std::nullopt;
  return std::span<const std::byte>(id->bytes());
}

Result<CaseRecord> ReadRow(const store::Row& row) {
  CaseRecord record;
  record.id = TRY(access::IdOf<KeyKind::kCase>(row, 0));
  record.state = TRY(GetNamed(row, 1, ParseCaseState));
  record.queue = TRY(row.Get<std::string>(2));
  record.urgency = static_cast<int>(TRY(row.Get<std::int64_t>(3)));
  record.due_at = TRY(row.Get<Timestamp>(4));
  record.assigned = TRY(OptionalId<KeyKind::kPerson>(row, 5));
  record.team = TRY(OptionalId<KeyKind::kTeam>(row, 6));
  record.minor = TRY(GetNamed(row, 7, ParseMinorState));
  record.withdrawal = TRY(GetNamed(row, 8, ParseWithdrawal));
  record.destroy_at = TRY(row.Get<std::optional<Timestamp>>(9));
  record.contact_unsafe = TRY(row.Get<std::int64_t>(10)) != 0;
  record.referred_to_investigators = TRY(row.Get<std::int64_t>(11)) != 0;
  record.harms = SplitCodes(TRY(row.Get<std::string>(12)));
  record.neutral_text = TRY(row.Get<std::string>(13));
  record.opened_at = TRY(row.Get<Timestamp>(14));
  record.closed_at = TRY(row.Get<std::optional<Timestamp>>(15));
  record.revision = TRY(row.Get<std::int64_t>(16));
  return record;
}

Result<std::vector<CaseRecord>> ReadRows(const std::vector<store::Row>& rows) {
  std::vector<CaseRecord> records;
  records.reserve(rows.size());
  for (const auto& row : rows) records.push_back(TRY(ReadRow(row)));
  return records;
}

bool Listed(const CaseRecord& record) {
  return record.state != CaseState::kClosed && record.withdrawal < Withdrawal::kWork;
}

}  // namespace

std::string JoinCodes(const std::vector<std::string>& codes) {
  std::string text;
  for (const std::string& code : codes) text += (text.empty() ? "" : ",") + code;
  return text;
}

std::vector<std::string> SplitCodes(std::string_view text) {
  std::vector<std::string> codes;
  while (!text.empty()) {
    const auto end = text.find(',');
    codes.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return codes;
}

Result<void> InsertCase(store::Transaction& transaction, const CaseRecord& record) {
  const std::string harms = JoinCodes(record.harms);
  TRY(store::ExecuteLater(
      transaction,
      "INSERT INTO casework_case (id, state, queue, urgency, due_at, assigned, team, minor, "
      "withdrawal, destroy_at, contact_unsafe, investigation, harms, neutral_text, opened_at, "
      "closed_at, listed, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
      "$13, $14, $15, $16, $17, $18)",
      {access::IdValue(record.id), CaseStateName(record.state), record.queue, record.urgency,
       record.due_at, OptionalBytes(record.assigned), OptionalBytes(record.team),
       MinorStateName(record.minor), WithdrawalName(record.withdrawal), record.destroy_at,
       record.contact_unsafe ? 1 : 0, record.referred_to_investigators ? 1 : 0, harms,
       record.neutral_text, record.opened_at, record.closed_at, Listed(record) ? 1 : 0,
       record.revision}));
  return {};
}

Result<CaseRecord> LoadCase(store::Transaction& transaction, vault::CaseId id) {
  const auto row = TRY(
      store::QueryOne(transaction, std::string(kSelect) + "WHERE id = $1", {access::IdValue(id)}));
  if (!row) return Error{ErrorCode::kNotFound, "no such case"};
  return ReadRow(*row);
}

Result<void> SaveCase(store::Transaction& transaction, CaseRecord& record) {
  const std::string harms = JoinCodes(record.harms);
  const std::int64_t changed = TRY(store::Execute(
      transaction,
      "UPDATE casework_case SET state = $2, queue = $3, urgency = $4, due_at = $5, assigned = $6, "
      "team = $7, minor = $8, withdrawal = $9, destroy_at = $10, contact_unsafe = $11, "
      "investigation = $12, harms = $13, neutral_text = $14, closed_at = $15, listed = $16, "
      "revision = revision + 1 WHERE id = $1 AND revision = $17",
      {access::IdValue(record.id), CaseStateName(record.state), record.queue, record.urgency,
       record.due_at, OptionalBytes(record.assigned), OptionalBytes(record.team),
       MinorStateName(record.minor), WithdrawalName(record.withdrawal), record.destroy_at,
       record.contact_unsafe ? 1 : 0, record.referred_to_investigators ? 1 : 0, harms,
       record.neutral_text, record.closed_at, Listed(record) ? 1 : 0, record.revision}));
  if (changed != 1) {
    return Error{ErrorCode::kStale, "somebody else changed the case: read it again"};
  }
  ++record.revision;
  return {};
}

Result<std::vector<CaseRecord>> QueryCases(store::Transaction& transaction, CaseOrder order,
                                           std::string_view queue, const ListScope& scope,
                                           Timestamp now, const std::optional<CasePosition>& after,
                                           int limit) {
  // The first position is before all others: no urgency is negative.
  const CasePosition from = after.value_or(
      CasePosition{-1, Timestamp(std::chrono::sys_days(std::chrono::year(1) / 1 / 1)), {}});
  std::string sql(kSelect);
  std::vector<store::Value> parameters;
  const auto add = [&](const store::Value& value) {
    parameters.push_back(value);
    return "$" + std::to_string(parameters.size());
  };
  sql += "WHERE listed = 1";
  if (order == CaseOrder::kQueue) sql += " AND queue = " + add(queue);
  if (scope.person) sql += " AND assigned = " + add(access::IdValue(*scope.person));
  if (scope.team) sql += " AND team = " + add(access::IdValue(*scope.team));
  const auto id = access::IdValue(from.id);
  if (order == CaseOrder::kDue) {
    sql += " AND due_at < " + add(now);
    const std::string due = add(from.due_at);
    sql += " AND (due_at, id) > (" + due + ", " + add(id) + ") ORDER BY due_at, id";
  } else {
    const std::string urgency = add(from.urgency);
    const std::string due = add(from.due_at);
    sql += " AND (urgency, due_at, id) > (" + urgency + ", " + due + ", " + add(id) +
           ") ORDER BY urgency, due_at, id";
  }
  sql += " LIMIT " + add(limit);
  return ReadRows(TRY(store::Query(transaction, sql, store::Parameters(parameters))));
}

Result<std::vector<vault::CaseId>> CasesAssignedTo(store::Transaction& transaction,
                                                   vault::PersonId person) {
  std::vector<vault::CaseId> ids;
  for (const auto& row : TRY(store::Query(transaction,
                                          "SELECT id FROM casework_case WHERE assigned = $1 AND "
                                          "listed = 1 ORDER BY urgency, due_at, id",
                                          {access::IdValue(person)}))) {
    ids.push_back(TRY(access::IdOf<KeyKind::kCase>(row, 0)));
  }
  return ids;
}

Result<std::vector<CaseRecord>> QueryDestroyDue(store::Transaction& transaction, Timestamp now,
                                                int limit) {
  return ReadRows(TRY(store::Query(transaction,
                                   std::string(kSelect) +
                                       "WHERE destroy_at <= $1 AND NOT EXISTS (SELECT 1 FROM "
                                       "casework_hold WHERE case_id = casework_case.id AND "
                                       "starts_at <= $1 AND ends_at > $1 AND ended_at IS NULL) "
                                       "ORDER BY destroy_at, id LIMIT $2",
                                   {now, limit})));
}

Result<std::vector<CaseRecord>> QueryClosedBefore(store::Transaction& transaction, Timestamp before,
                                                  const std::optional<CasePosition>& after,
                                                  int limit) {
  const CasePosition from = after.value_or(
      CasePosition{0, Timestamp(std::chrono::sys_days(std::chrono::year(1) / 1 / 1)), {}});
  return ReadRows(TRY(store::Query(
      transaction,
      std::string(kSelect) +
          "WHERE closed_at <= $1 AND (closed_at, id) > ($2, $3) ORDER BY closed_at, id LIMIT $4",
      {before, from.due_at, access::IdValue(from.id), limit})));
}

}  // namespace jikimi::casework
