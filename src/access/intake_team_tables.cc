#include "access/intake_seals.h"
#include "access/row_ids.h"
#include "access/team_keys.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

#define JIKIMI_INTAKE_TEAM                                         \
  "SELECT t.team_id FROM access_team t WHERE EXISTS "              \
  "(SELECT 1 FROM access_team_key k WHERE k.team_id = t.team_id) " \
  "ORDER BY t.made_at, t.team_id LIMIT 1"

constexpr std::string_view kVersions =
    "SELECT (" JIKIMI_INTAKE_TEAM
    "), (SELECT MAX(version) FROM access_team_key WHERE team_id = $1), "
    "(SELECT MAX(version) FROM access_split_key WHERE kind = 'escrow'), "
    "(SELECT MAX(version) FROM access_split_key WHERE kind = 'audit')";

}  // namespace

Result<vault::TeamId> IntakeTeam(store::Transaction& transaction) {
  const auto row = TRY(store::QueryOne(transaction, JIKIMI_INTAKE_TEAM));
  if (!row) {
    return Error{ErrorCode::kUnavailable,
                 "no team takes reports in yet: a supervisor makes the first one"};
  }
  return TRY(IdOf<vault::KeyKind::kTeam>(*row, 0));
}

Result<bool> AreCurrent(store::Transaction& transaction, const IntakeSeals& seals) {
  const auto row = TRY(store::QueryOne(transaction, kVersions, {IdValue(seals.team)}));
  if (!row) return Error{ErrorCode::kInternal, "no row where one was expected"};
  if (!TRY(row->Get<std::optional<std::vector<std::byte>>>(0))) return false;
  const auto is = [&](std::size_t column, std::uint32_t version) -> Result<bool> {
    return TRY(row->Get<std::optional<std::int64_t>>(column)) == std::int64_t{version};
  };
  return TRY(IdOf<vault::KeyKind::kTeam>(*row, 0)) == seals.team &&
         TRY(is(1, seals.keys.team.key().name().version)) &&
         TRY(is(2, seals.keys.escrow.key().name().version)) &&
         TRY(is(3, seals.audit.name().version));
}

}  // namespace jikimi::access
