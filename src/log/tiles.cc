#include "log/tiles.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace jikimi::log {
namespace {

constexpr std::uint64_t kMaxTileIndex = kMaxTreeSize / kTileWidth;
constexpr int kMaxTileLevel = 63;
constexpr std::string_view kRoot = "tile/";
constexpr std::string_view kEntriesName = "entries";

// How many complete hashes a tree has at a tile level.
std::uint64_t HashesAt(int tile_level, std::uint64_t size) {
  return tile_level * kTileHeight >= 64 ? 0 : size >> (tile_level * kTileHeight);
}

// Width of a tile in a tree that has `hashes` at its level.
int WidthOf(std::uint64_t index, std::uint64_t hashes) {
  return static_cast<int>(std::min<std::uint64_t>(kTileWidth, hashes - index * kTileWidth));
}

Error BadPath(std::string_view path, std::string_view problem) {
  return {ErrorCode::kInvalidArgument,
          "tile path of " + std::to_string(path.size()) + " bytes: " + std::string(problem)};
}

// A decimal number without leading zeros, at most `limit`.
std::optional<int> ReadDecimal(std::string_view text, int limit) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_plain =
      !text.empty() && text[0] >= '0' && text[0] <= '9' && (text[0] != '0' || text.size() == 1);
  if (error != std::errc() || end != text.data() + text.size() || !is_plain || number > limit) {
    return std::nullopt;
  }
  return number;
}

// "x001/x234/067": groups of three digits, all but the last behind an x, no leading zero group.
std::string IndexPath(std::uint64_t index) {
  std::string path;
  bool last = true;
  do {
    const auto digits = std::to_string(1000 + index % 1000).substr(1);
    path = last ? digits : "x" + digits + "/" + path;
    index /= 1000;
    last = false;
  } while (index > 0);
  return path;
}

std::optional<std::uint64_t> ReadIndex(std::string_view text) {
  std::uint64_t index = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const bool last = rest[0] != 'x';
    if (!last) rest.remove_prefix(1);
    if (rest.size() < 3) return std::nullopt;
    for (const char c : rest.substr(0, 3)) {
      if (c < '0' || c > '9' || index > kMaxTileIndex) return std::nullopt;
      index = index * 10 + static_cast<std::uint64_t>(c - '0');
    }
    rest.remove_prefix(3);
    if (last != rest.empty() || (!last && !rest.starts_with('/'))) return std::nullopt;
    if (!last) rest.remove_prefix(1);
    if (!last && rest.empty()) return std::nullopt;
  }
  return text == IndexPath(index) && index < kMaxTileIndex ? std::optional(index) : std::nullopt;
}

TreeHash HashAt(std::span<const std::byte> tile, std::size_t place) {
  TreeHash hash;
  std::copy_n(tile.begin() + static_cast<std::ptrdiff_t>(place * kHashBytes), kHashBytes,
              hash.bytes.begin());
  return hash;
}

// The hash of the complete subtree over `count` (a power of two) hashes of a tile.
TreeHash HashOfPart(std::span<const std::byte> tile, std::size_t first, std::size_t count) {
  if (count == 1) return HashAt(tile, first);
  return NodeHash(HashOfPart(tile, first, count / 2),
                  HashOfPart(tile, first + count / 2, count / 2));
}

Result<std::vector<std::byte>> ReadWhole(const TileId& tile, const ReadTile& read) {
  auto bytes = TRY(read(tile));
  const std::size_t expected = static_cast<std::size_t>(tile.width) * kHashBytes;
  if (bytes.size() != expected) {
    return Error{ErrorCode::kCorrupt, tile.Path() + ": has " + std::to_string(bytes.size()) +
                                          " bytes instead of " + std::to_string(expected)};
  }
  return bytes;
}

// Compares a bundle with the leaf hashes of its tile.
Result<void> CheckEntries(const TileId& tile, std::span<const std::byte> hashes,
                          const ReadTile& read) {
  const TileId bundle_id{TileId::kEntries, tile.index, tile.width};
  const auto bundle = TRY(read(bundle_id));
  const auto entries = ReadBundle(bundle, tile.width);
  if (!entries) return Prefixed(bundle_id.Path(), entries.error());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if (LeafHash((*entries)[i]) != HashAt(hashes, i)) {
      return Error{ErrorCode::kCorrupt,
                   "entry " + std::to_string(tile.index * kTileWidth + i) + " of " +
                       bundle_id.Path() + ": does not have the hash that stands in " + tile.Path()};
    }
  }
  return {};
}

}  // namespace

std::string TileId::Path() const {
  std::string path(kRoot);
  path += level == kEntries ? std::string(kEntriesName) : std::to_string(level);
  path += "/" + IndexPath(index);
  if (width < kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

Result<TileId> TileId::Parse(std::string_view path) {
  std::string_view rest = path;
  if (!rest.starts_with(kRoot)) return BadPath(path, "does not begin with 'tile/'");
  rest.remove_prefix(kRoot.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return BadPath(path, "has no index");
  const auto level_text = rest.substr(0, slash);
  TileId tile;
  if (level_text == kEntriesName) {
    tile.level = kEntries;
  } else if (const auto level = ReadDecimal(level_text, kMaxTileLevel); level) {
    tile.level = *level;
  } else {
    return BadPath(path, "its level is neither 'entries' nor 0 to 63");
  }
  rest.remove_prefix(slash + 1);
  if (const auto partial = rest.find(".p/"); partial != std::string_view::npos) {
    const auto width = ReadDecimal(rest.substr(partial + 3), kTileWidth - 1);
    if (!width || *width == 0) return BadPath(path, "its width is not 1 to 255");
    tile.width = *width;
    rest = rest.substr(0, partial);
  }
  const auto index = ReadIndex(rest);
  if (!index) return BadPath(path, "its index is not in groups of three digits");
  tile.index = *index;
  return tile;
}

std::vector<TileId> NewTiles(std::uint64_t old_size, std::uint64_t new_size) {
  CHECK(old_size <= new_size && new_size <= kMaxTreeSize);
  std::vector<TileId> tiles;
  for (int level = 0; HashesAt(level, new_size) > 0; ++level) {
    const std::uint64_t before = HashesAt(level, old_size);
    const std::uint64_t hashes = HashesAt(level, new_size);
    if (before == hashes) break;  // so are all levels above
    for (std::uint64_t index = before / kTileWidth; index * kTileWidth < hashes; ++index) {
      tiles.push_back({level, index, WidthOf(index, hashes)});
    }
  }
  return tiles;
}

TileId TileOfNode(const NodeId& node, std::uint64_t size) {
  const int level = node.level / kTileHeight;
  const std::uint64_t first = node.index << (node.level % kTileHeight);
  const std::uint64_t index = first / kTileWidth;
  return {level, index, WidthOf(index, HashesAt(level, size))};
}

Result<std::vector<std::byte>> MakeTile(const TileId& tile, const ReadNodes& read) {
  CHECK(tile.level != TileId::kEntries);
  std::vector<NodeId> nodes;
  for (int i = 0; i < tile.width; ++i) {
    nodes.push_back(
        {tile.level * kTileHeight, tile.index * kTileWidth + static_cast<std::uint64_t>(i)});
  }
  std::vector<std::byte> bytes;
  for (const auto& hash : TRY(read(nodes))) {
    bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  }
  return bytes;
}

ReadNodes NodesFromTiles(std::uint64_t size, ReadTile read) {
  return [size,
          read = std::move(read)](std::span<const NodeId> nodes) -> Result<std::vector<TreeHash>> {
    std::map<std::pair<int, std::uint64_t>, std::vector<std::byte>> tiles;
    std::vector<TreeHash> hashes;
    for (const auto& node : nodes) {
      const auto tile = TileOfNode(node, size);
      const std::pair key{tile.level, tile.index};
      auto found = tiles.find(key);
      if (found == tiles.end()) found = tiles.emplace(key, TRY(ReadWhole(tile, read))).first;
      const int height = node.level % kTileHeight;
      hashes.push_back(HashOfPart(found->second,
                                  static_cast<std::size_t>(node.index << height) % kTileWidth,
                                  std::size_t{1} << height));
    }
    return hashes;
  };
}

Result<std::vector<std::byte>> MakeBundle(std::span<const std::vector<std::byte>> entries) {
  std::vector<std::byte> bundle;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t size = entries[i].size();
    if (size > kMaxEntryBytes) {
      return Error{ErrorCode::kInvalidArgument, "bundle: entry " + std::to_string(i) + " has " +
                                                    std::to_string(size) +
                                                    " bytes, more than 65535"};
    }
    bundle.push_back(static_cast<std::byte>(size >> 8));
    bundle.push_back(static_cast<std::byte>(size & 255));
    bundle.insert(bundle.end(), entries[i].begin(), entries[i].end());
  }
  return bundle;
}

Result<std::vector<std::span<const std::byte>>> ReadBundle(std::span<const std::byte> bundle,
                                                           int width) {
  std::vector<std::span<const std::byte>> entries;
  std::size_t at = 0;
  for (int i = 0; i < width; ++i) {
    const std::size_t left = bundle.size() - at;
    const std::size_t size = left < 2 ? 0
                                      : std::to_integer<std::size_t>(bundle[at]) << 8 |
                                            std::to_integer<std::size_t>(bundle[at + 1]);
    if (left < 2 || left - 2 < size) {
      return Error{ErrorCode::kCorrupt, "cut off: entry " + std::to_string(i) + " of " +
                                            std::to_string(width) + " begins at byte " +
                                            std::to_string(at) + " of " +
                                            std::to_string(bundle.size())};
    }
    entries.push_back(bundle.subspan(at + 2, size));
    at += 2 + size;
  }
  if (at != bundle.size()) {
    return Error{ErrorCode::kCorrupt, std::to_string(bundle.size() - at) +
                                          " bytes too many, from byte " + std::to_string(at)};
  }
  return entries;
}

Result<void> CheckTree(std::uint64_t size, const TreeHash& root, const ReadTile& read) {
  if (size > kMaxTreeSize) {
    return Error{ErrorCode::kInvalidArgument, "tree: of an impossible size"};
  }
  for (const auto& tile : NewTiles(0, size)) {
    const auto hashes = TRY(ReadWhole(tile, read));
    if (tile.level == 0) TRY(CheckEntries(tile, hashes, read));
    if (tile.width < kTileWidth) continue;  // hashed into nothing but the root
    const NodeId above{(tile.level + 1) * kTileHeight, tile.index};
    const auto parent = TileOfNode(above, size);
    const auto parent_hashes = TRY(ReadWhole(parent, read));
    const std::size_t place = tile.index % kTileWidth;
    if (HashOfPart(hashes, 0, kTileWidth) != HashAt(parent_hashes, place)) {
      return Error{ErrorCode::kCorrupt, tile.Path() + ": does not have the hash that stands at " +
                                            std::to_string(place) + " of " + parent.Path()};
    }
  }
  if (TRY(RootAt(size, NodesFromTiles(size, read))) != root) {
    return Error{ErrorCode::kCorrupt, "tree of " + std::to_string(size) +
                                          " entries: fits together, and has another root than "
                                          "the checkpoint says"};
  }
  return {};
}

}  // namespace jikimi::log
