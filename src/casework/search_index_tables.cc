#include <set>

#include "access/team_keys.h"
#include "casework/row_values.h"
#include "casework/search_index.h"
#include "store/sql.h"
#include "vault/normal_text.h"

namespace jikimi::casework {
namespace {

constexpr std::string_view FieldOf(SearchKind kind) {
  return kind == SearchKind::kName ? "name" : "telephone";
}

}  // namespace

Result<vault::IndexToken> TokenOf(const vault::IndexKey& key, SearchKind kind,
                                  std::string_view text) {
  return kind == SearchKind::kName
             ? vault::NameToken(key, FieldOf(kind), text)
             : vault::TelephoneToken(key, FieldOf(kind), text, kCountryPrefix);
}

bool SameText(SearchKind kind, std::string_view stored, std::string_view searched) {
  const auto normal = [&](std::string_view text) {
    return kind == SearchKind::kName ? vault::NormalName(text)
                                     : vault::NormalTelephone(text, kCountryPrefix);
  };
  const auto a = normal(stored);
  const auto b = normal(searched);
  return a && b && *a == *b;
}

Result<void> IndexSheet(store::Transaction& transaction, const Desk& desk, const CaseRecord& record,
                        const vault::RecordReference& of_record, SheetKind kind,
                        const Sheet& sheet) {
  TRY(DropTokens(transaction, record.id, of_record));
  std::set<vault::TeamId> teams;
  if (record.team) teams.insert(*record.team);
  if (const auto* staff = desk.who.staff(); staff && staff->team) teams.insert(*staff->team);
  if (!desk.who.staff()) return {};
  std::vector<std::pair<std::string_view, SearchKind>> texts;
  for (const FieldTable::Field* field : desk.rules.fields.FieldsOf(kind)) {
    const std::string& text = sheet.Get(field->label.code);
    if (!field->search || text.empty()) continue;
    texts.emplace_back(text, field->kind == FieldTable::TextKind::kName ? SearchKind::kName
                                                                        : SearchKind::kTelephone);
  }
  if (texts.empty()) return {};
  for (const vault::TeamId team : teams) {
    const auto key = access::OpenIndexKey(transaction, desk.who, team);
    if (!key) {
      const ErrorCode code = key.error().code;
      if (code == ErrorCode::kPermissionDenied || code == ErrorCode::kNotFound) continue;
      return key.error();
    }
    for (const auto& [text, search] : texts) {
      const vault::IndexToken token = TRY(TokenOf(*key, search, text));
      TRY(store::Execute(
          transaction,
          "INSERT INTO casework_token (team, field, token, case_id, kind, record) "
          "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
          {IdBytes(team), FieldOf(search), std::int64_t{token.value()}, IdBytes(record.id),
           std::int64_t{of_record.kind}, std::span<const std::byte>(of_record.id)}));
    }
  }
  return {};
}

Result<void> DropTokens(store::Transaction& transaction, vault::CaseId of,
                        const vault::RecordReference& of_record) {
  TRY(store::Execute(
      transaction, "DELETE FROM casework_token WHERE case_id = $1 AND kind = $2 AND record = $3",
      {IdBytes(of), std::int64_t{of_record.kind}, std::span<const std::byte>(of_record.id)}));
  return {};
}

Result<std::vector<TokenHit>> FindTokens(store::Transaction& transaction, vault::TeamId team,
                                         SearchKind kind, vault::IndexToken token, int limit) {
  std::vector<TokenHit> hits;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT case_id, kind, record FROM casework_token WHERE team = $1 AND field = $2 AND "
           "token = $3 ORDER BY case_id, record LIMIT $4",
           {IdBytes(team), FieldOf(kind), std::int64_t{token.value()}, limit}))) {
    TokenHit hit;
    hit.of = TRY(GetId<vault::CaseId>(row, 0));
    hit.record.kind = static_cast<std::uint8_t>(TRY(row.Get<std::int64_t>(1)));
    hit.record.id = TRY(access::Bytes16(row, 2));
    hits.push_back(hit);
  }
  return hits;
}

}  // namespace jikimi::casework
