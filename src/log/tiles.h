#ifndef JIKIMI_LOG_TILES_H_
#define JIKIMI_LOG_TILES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/merkle.h"

namespace jikimi::log {

// The tree as static files (C2SP tlog-tiles): each tile holds up to 256 hashes that stand side by
// side, at every eighth level; entries stand in bundles of up to 256.
inline constexpr int kTileHeight = 8;
inline constexpr int kTileWidth = 256;
inline constexpr std::size_t kHashBytes = 32;
inline constexpr std::size_t kMaxEntryBytes = 0xffff;

struct TileId {
  // Entries themselves stand beside level 0.
  static constexpr int kEntries = -1;

  int level = 0;            // 0 to 63, or kEntries
  std::uint64_t index = 0;  // under 2^54
  int width = kTileWidth;   // 1 to 255: a partial tile

  // "tile/0/x001/x234/067.p/8", "tile/entries/004".
  std::string Path() const;
  // The inverse of Path(), and of nothing else; kInvalidArgument otherwise.
  static Result<TileId> Parse(std::string_view path);

  friend bool operator==(const TileId&, const TileId&) = default;
};

// The tiles of hashes that a tree needs when it grows from `old_size` to `new_size`: from 0, all of
// them. Partial ones of the old size may be deleted once these are there.
std::vector<TileId> NewTiles(std::uint64_t old_size, std::uint64_t new_size);

// The tile that holds what a node's hash is made of, in a tree of `size` leaves of which the node
// is part.
TileId TileOfNode(const NodeId& node, std::uint64_t size);

using ReadTile = std::function<Result<std::vector<std::byte>>(const TileId&)>;

// The bytes of a tile of hashes.
Result<std::vector<std::byte>> MakeTile(const TileId& tile, const ReadNodes& read);

// Nodes out of the tiles of a tree of `size` leaves. Each tile is read once a call. A tile of the
// wrong length is kCorrupt and named.
ReadNodes NodesFromTiles(std::uint64_t size, ReadTile read);

// A bundle of entries, each under 65,536 bytes (otherwise kInvalidArgument with its place), and the
// entries of one. A bundle that is cut off or too long is kCorrupt and says at which byte.
Result<std::vector<std::byte>> MakeBundle(std::span<const std::vector<std::byte>> entries);
Result<std::vector<std::span<const std::byte>>> ReadBundle(std::span<const std::byte> bundle,
                                                           int width);

// Recomputes a whole tree from its files and compares it with the root that a checkpoint says. The
// first thing that does not fit is kCorrupt and named: the entry, the tile and place, or the root.
// `read` is asked for bundles too.
Result<void> CheckTree(std::uint64_t size, const TreeHash& root, const ReadTile& read);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_TILES_H_
