#include "access/row_ids.h"
#include "access/team_keys.h"
#include "store/sql.h"

namespace jikimi::access {

Result<vault::TeamId> IntakeTeam(store::Transaction& transaction) {
  const auto row =
      TRY(store::QueryOne(transaction,
                          "SELECT t.team_id FROM access_team t WHERE EXISTS "
                          "(SELECT 1 FROM access_team_key k WHERE k.team_id = t.team_id) "
                          "ORDER BY t.made_at, t.team_id LIMIT 1"));
  if (!row) {
    return Error{ErrorCode::kUnavailable,
                 "no team takes reports in yet: a supervisor makes the first one"};
  }
  return TRY(IdOf<vault::KeyKind::kTeam>(*row, 0));
}

}  // namespace jikimi::access
