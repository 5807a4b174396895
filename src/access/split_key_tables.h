#ifndef JIKIMI_ACCESS_SPLIT_KEY_TABLES_H_
#define JIKIMI_ACCESS_SPLIT_KEY_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"

// Rows of the escrow's and the audit key's records, and of what is wrapped for the escrow besides
// cases.
namespace jikimi::access {

inline constexpr std::string_view kEscrowKind = "escrow";
inline constexpr std::string_view kAuditKind = "audit";

struct SplitKeyRow {
  std::uint32_t version = 0;
  std::vector<std::byte> record;
};
Result<void> InsertSplitKey(store::Transaction& transaction, std::string_view kind,
                            const SplitKeyRow& row, Timestamp now);
// Newest first.
Result<std::vector<SplitKeyRow>> SplitKeys(store::Transaction& transaction, std::string_view kind);
Result<std::optional<SplitKeyRow>> FindSplitKey(store::Transaction& transaction,
                                                std::string_view kind, std::uint32_t version);
Result<std::optional<SplitKeyRow>> FindCurrentSplitKey(store::Transaction& transaction,
                                                       std::string_view kind);
Result<void> DeleteSplitKeysBefore(store::Transaction& transaction, std::string_view kind,
                                   std::uint32_t version);

// The server keys, sealed to a version of the escrow; replaces former ones.
Result<void> PutServerEscrow(store::Transaction& transaction, std::uint32_t escrow_version,
                             std::span<const std::byte> sealed);
Result<std::optional<std::vector<std::byte>>> FindServerEscrow(store::Transaction& transaction,
                                                               std::uint32_t escrow_version);

struct TeamEscrowWrap {
  vault::TeamId team;
  std::uint32_t version = 0;
  std::vector<std::byte> wrap;
};
Result<std::vector<TeamEscrowWrap>> TeamEscrowWraps(store::Transaction& transaction);
Result<void> PutTeamEscrowWrap(store::Transaction& transaction, const TeamEscrowWrap& wrap);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SPLIT_KEY_TABLES_H_
