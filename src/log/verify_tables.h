#ifndef JIKIMI_LOG_VERIFY_TABLES_H_
#define JIKIMI_LOG_VERIFY_TABLES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "log/entry.h"
#include "store/database.h"

// What VerifyLog() reads besides tree_tables.h and detail_tables.h; private to this room.
namespace jikimi::log {

struct StoredLeaf {
  std::uint64_t number = 0;
  std::optional<EntryDigest> digest;  // none: not 32 bytes
  bool details_gone = false;
  // Which copies there are: either the centre's, or a case's and the audit key's.
  bool has_case = false;
  bool has_audit = false;
  bool has_server = false;
};
// Those with numbers in [first, end), in order.
Result<std::vector<StoredLeaf>> LeavesBetween(store::Transaction& transaction, std::uint64_t first,
                                              std::uint64_t end);

struct NumberRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
// The numbers from `end` on that entries have; none: there are none.
Result<std::optional<NumberRange>> NumbersBehind(store::Transaction& transaction,
                                                 std::uint64_t end);

struct TileLength {
  int level = 0;
  std::uint64_t place = 0;
  std::uint64_t bytes = 0;
};
// Every tile's row, by level and place.
Result<void> ForEachTile(store::Transaction& transaction,
                         const std::function<Result<void>(const TileLength&)>& take);

struct DetailPlace {
  std::int64_t entry = 0;
  bool has_leaf = false;
};
// Copies of one kind with row numbers over `after`, in order.
Result<std::vector<DetailPlace>> DetailPlaces(store::Transaction& transaction, SealKind seal,
                                              std::int64_t after, std::int64_t limit);

Result<std::int64_t> CountGone(store::Transaction& transaction);
Result<std::int64_t> CountPins(store::Transaction& transaction);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_VERIFY_TABLES_H_
