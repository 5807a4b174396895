#ifndef JIKIMI_LOG_TREE_TABLES_H_
#define JIKIMI_LOG_TREE_TABLES_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/entry.h"
#include "log/tiles.h"
#include "log/tree.h"
#include "store/database.h"

// The stored tree; private to this room. A tile's row holds as many hashes as the tree has there,
// so that it also serves every partial tile of smaller trees.
namespace jikimi::log {

struct TreeState {
  std::uint64_t size = 0;
  std::int64_t checkpoints = 0;
};
Result<TreeState> ReadState(store::Transaction& transaction);
// For who will extend it; none: somebody else is at it.
Result<std::optional<TreeState>> LockState(store::Transaction& transaction);
Result<void> WriteState(store::Transaction& transaction, const TreeState& state);

Result<bool> AnyPending(store::Transaction& transaction);
Result<std::int64_t> CountPending(store::Transaction& transaction);
// Gives up to `most` pending entries the numbers from `first` on; their digests in this order.
Result<std::vector<EntryDigest>> NumberPending(store::Transaction& transaction, std::uint64_t first,
                                               std::int64_t most);

// A tile's row, as long as it is; none: there is no such row.
Result<std::optional<std::vector<std::byte>>> ReadTileRow(store::Transaction& transaction,
                                                          int level, std::uint64_t place);
struct TileRow {
  int level = 0;
  std::uint64_t place = 0;
  std::vector<std::byte> hashes;
};
Result<void> WriteTileRows(store::Transaction& transaction, std::span<const TileRow> rows);
Result<std::int64_t> CountTileRows(store::Transaction& transaction);

// A tile or bundle of the tree. Too short a row is kCorrupt, none kNotFound.
Result<std::vector<std::byte>> ReadTreeTile(store::Transaction& transaction, const TileId& tile);

Result<std::optional<Tree::Signed>> LastSigned(store::Transaction& transaction);
Result<std::optional<Tree::Signed>> FirstSignedOver(store::Transaction& transaction,
                                                    std::uint64_t number);
Result<bool> HasSigned(store::Transaction& transaction, std::uint64_t size, std::string_view note);
Result<std::vector<Tree::Signed>> SignedAfter(store::Transaction& transaction, std::int64_t after,
                                              std::int64_t limit);
Result<void> WriteSigned(store::Transaction& transaction, const Tree::Signed& checkpoint);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_TREE_TABLES_H_
