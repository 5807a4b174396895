#ifndef JIKIMI_ACCESS_TEAM_KEY_TABLES_H_
#define JIKIMI_ACCESS_TEAM_KEY_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "access/team_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// Rows of teams' pairs: one for each version that is still needed, and for each member's wrap.
namespace jikimi::access {

struct TeamKeyRow {
  vault::TeamId team;
  std::uint32_t version = 0;
  std::vector<std::byte> public_key;
  std::vector<std::byte> index_key;    // wrapped to this version
  std::vector<std::byte> escrow_wrap;  // the pair
  Timestamp made_at;
};
Result<void> InsertTeamKey(store::Transaction& transaction, const TeamKeyRow& row);
// Of `version`, or the current one.
Result<std::optional<TeamKeyRow>> FindTeamKeyRow(store::Transaction& transaction,
                                                 vault::TeamId team,
                                                 std::optional<std::uint32_t> version);
Result<bool> HasFormerTeamKey(store::Transaction& transaction, vault::TeamId team);
Result<void> DeleteTeamKeysBefore(store::Transaction& transaction, vault::TeamId team,
                                  std::uint32_t version);

struct TeamWrap {
  vault::TeamId team;
  std::uint32_t version = 0;
  vault::PersonId person;
  std::vector<std::byte> wrap;
  Timestamp since;
};
// kAlreadyExists when the person has this version.
Result<void> InsertTeamWrap(store::Transaction& transaction, const TeamWrap& wrap);
Result<std::optional<std::vector<std::byte>>> FindTeamWrap(store::Transaction& transaction,
                                                           vault::TeamId team,
                                                           std::uint32_t version,
                                                           vault::PersonId person);
Result<std::vector<std::uint32_t>> TeamVersionsOf(store::Transaction& transaction,
                                                  vault::TeamId team, vault::PersonId person);
Result<std::int64_t> DeleteTeamWraps(store::Transaction& transaction, vault::TeamId team,
                                     vault::PersonId person);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_TEAM_KEY_TABLES_H_
