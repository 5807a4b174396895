#ifndef JIKIMI_ACCESS_CASE_KEY_TABLES_H_
#define JIKIMI_ACCESS_CASE_KEY_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "access/case_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"

// The rows of cases' keyrings.
namespace jikimi::access {

struct TeamVersion {
  vault::TeamId team;
  std::uint32_t version = 0;
};

struct CaseKeyRow {
  vault::CaseId id;
  std::vector<std::byte> public_key;
  std::uint64_t revision = 0;
  std::uint32_t epoch = 0;
  std::uint32_t escrow_version = 0;
  std::optional<TeamVersion> intake;
  std::vector<std::byte> keyring;  // under the epoch layer
  bool has_former = false;         // reseal_since is set, or kept, exactly then
  bool rotation_due = false;       // read only: an update with another public half clears it
};

// Each writes only while the database knows no newer epoch than the row's; false: it does, or, for
// the update, the row isn't at `former_revision` any more. A taken id is kAlreadyExists.
Result<bool> InsertCaseKey(store::Transaction& transaction, const CaseKeyRow& row);
Result<bool> UpdateCaseKey(store::Transaction& transaction, const CaseKeyRow& row,
                           std::uint64_t former_revision, Timestamp now);
Result<bool> KnowsNewerEpoch(store::Transaction& transaction, std::uint32_t epoch);

Result<std::optional<CaseKeyRow>> FindCaseKeyRow(store::Transaction& transaction, vault::CaseId id);
Result<void> DeleteCaseKey(store::Transaction& transaction, vault::CaseId id);
Result<void> MarkRotationDue(store::Transaction& transaction, vault::CaseId id);

// For re-sealing under the current epoch: rows of older ones, after `after`, by id.
struct OldLayer {
  vault::CaseId id;
  std::uint64_t revision = 0;
  std::vector<std::byte> keyring;
};
Result<std::vector<OldLayer>> OlderLayers(store::Transaction& transaction, std::uint32_t epoch,
                                          const std::optional<vault::CaseId>& after, int limit);
Result<bool> HasOlderLayer(store::Transaction& transaction, std::uint32_t epoch);
struct NewLayer {
  vault::CaseId id;
  std::vector<std::byte> keyring;
};
Result<void> PutLayers(store::Transaction& transaction, std::uint32_t epoch,
                       std::span<const NewLayer> layers);

// Cases whose keyring is wrapped for this version of the escrow, after `after`, by id.
Result<std::vector<vault::CaseId>> CasesOfEscrow(store::Transaction& transaction,
                                                 std::uint32_t version,
                                                 const std::optional<vault::CaseId>& after,
                                                 int limit);
// Cases whose keyring is wrapped for an older key than `current` of a team, or of the escrow.
Result<std::vector<vault::CaseId>> CasesOfOlderTeam(store::Transaction& transaction,
                                                    const TeamVersion& current, int limit);
Result<std::int64_t> CountOfOlderEscrow(store::Transaction& transaction, std::uint32_t current);
Result<std::int64_t> CountOfOlderTeam(store::Transaction& transaction, const TeamVersion& current);

Result<void> InsertGrant(store::Transaction& transaction, vault::CaseId id, vault::PersonId person,
                         Timestamp now);
Result<void> DeleteGrant(store::Transaction& transaction, vault::CaseId id, vault::PersonId person);
Result<void> DeleteGrants(store::Transaction& transaction, vault::CaseId id);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_CASE_KEY_TABLES_H_
