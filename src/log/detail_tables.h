#ifndef JIKIMI_LOG_DETAIL_TABLES_H_
#define JIKIMI_LOG_DETAIL_TABLES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "log/entry.h"
#include "store/database.h"

// The rows of entries and their sealed details; private to this room.
namespace jikimi::log {

// As Append(); the entry's row.
Result<std::int64_t> InsertEntry(store::Transaction& transaction, const SealedEntry& entry);

// A sealed copy, and what the tree knows of its entry.
struct StoredDetail {
  std::int64_t entry = 0;
  std::optional<vault::CaseId> case_id;
  std::uint32_t key_version = 0;
  std::vector<std::byte> sealed;
  std::optional<EntryDigest> digest;    // none: the leaf is gone, or isn't one
  std::optional<std::uint64_t> number;  // once it is in the tree
  std::optional<TreeHash> tile_hash;    // what stands there in its tile; none: the tile is gone
};

// Copies of one kind with row numbers under `before`, the last first.
Result<std::vector<StoredDetail>> DetailsBefore(store::Transaction& transaction, SealKind seal,
                                                const std::optional<vault::CaseId>& case_id,
                                                std::int64_t before, std::int64_t limit);
// Those over `after`, the first first.
Result<std::vector<StoredDetail>> DetailsAfter(store::Transaction& transaction, SealKind seal,
                                               std::int64_t after, std::int64_t limit);

// Copies (of a case, or the centre's) sealed under versions before `version`.
Result<std::vector<StoredDetail>> FormerDetails(store::Transaction& transaction,
                                                const std::optional<vault::CaseId>& case_id,
                                                std::uint32_t version, std::int64_t limit);

struct ResealedDetail {
  std::int64_t entry = 0;
  std::uint32_t key_version = 0;
  std::vector<std::byte> sealed;
};
Result<void> ReplaceDetails(store::Transaction& transaction, SealKind seal,
                            std::span<const ResealedDetail> details);

// Deletes all copies of a case and marks their leaves; how many leaves.
Result<std::int64_t> DeleteDetails(store::Transaction& transaction, vault::CaseId case_id);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_DETAIL_TABLES_H_
