#include "log/verify_walk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "log/tiles.h"
#include "log/tree_tables.h"

namespace jikimi::log {
namespace {

using Kind = LogBreach::Kind;

constexpr std::uint64_t kPageTiles = 64;
constexpr std::uint64_t kPageEntries = kPageTiles * kTileWidth;
constexpr std::int64_t kCheckpointsAtOnce = 512;
// Up to so many differences in one tile every choice between entry and tile is tried.
constexpr std::size_t kMaxChoices = 8;
constexpr std::size_t kMaxDifferences = 100'000;

std::optional<TreeHash> HashAt(std::span<const std::byte> tile, std::uint64_t place) {
  const std::size_t begin = static_cast<std::size_t>(place) * kHashBytes;
  if (tile.size() < begin + kHashBytes) return std::nullopt;
  TreeHash hash;
  std::copy_n(tile.begin() + static_cast<std::ptrdiff_t>(begin), kHashBytes, hash.bytes.begin());
  return hash;
}

std::string Numbers(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "entry " + std::to_string(first);
  return "entries " + std::to_string(first) + " to " + std::to_string(last);
}

// Entries before checkpoints, each in their order.
int Group(Kind kind) {
  switch (kind) {
    case Kind::kTileChanged:
      return 1;
    case Kind::kCheckpointChanged:
    case Kind::kCheckpointRemoved:
      return 2;
    case Kind::kDetailRemoved:
    case Kind::kDetailChanged:
    case Kind::kPinChanged:
      return 3;
    default:
      return 0;
  }
}

}  // namespace

void Breaches::Add(Kind kind, std::uint64_t first, std::uint64_t last, std::string text) {
  ++count_;
  if (breaches_.size() < kMaxBreaches) breaches_.push_back({kind, first, last, std::move(text)});
}

std::vector<LogBreach> Breaches::Take(std::int64_t& count) && {
  count = count_;
  std::stable_sort(breaches_.begin(), breaches_.end(), [](const LogBreach& a, const LogBreach& b) {
    return std::pair(Group(a.kind), a.first) < std::pair(Group(b.kind), b.first);
  });
  return std::move(breaches_);
}

Result<void> TreeWalk::Run() {
  TRY(database_.Read([&](store::Transaction& transaction) { return ReadHead(transaction); }));
  for (std::uint64_t first = 0; first < end_; first += kPageEntries) {
    TRY(database_.Read(
        [&](store::Transaction& transaction) { return WalkPage(transaction, first); }));
  }
  TRY(database_.Read([&](store::Transaction& transaction) { return CheckRoots(transaction); }));
  Finish();
  return {};
}

// One moment of the log, which may grow from here on: its size, and what stands beyond it.
Result<void> TreeWalk::ReadHead(store::Transaction& transaction) {
  const auto read = ReadState(transaction);
  if (!read && read.error().code != ErrorCode::kCorrupt) return read.error();
  const auto last = TRY(LastSigned(transaction));
  TreeState state = read ? *read : TreeState{};
  if (last) {
    last_number_ = last->number;
    if (const auto opened = OpenCheckpoint(last->note, keys_); opened) last_ = opened->checkpoint;
  }
  if (!read) {
    breaches_.Add(Kind::kCheckpointChanged, 0, 0, read.error().message);
  } else if (last_number_ < state.checkpoints) {
    breaches_.Add(Kind::kCheckpointRemoved, static_cast<std::uint64_t>(last_number_ + 1),
                  static_cast<std::uint64_t>(state.checkpoints),
                  "checkpoint " + std::to_string(state.checkpoints) + ", the last, is gone");
  } else if (last_number_ > state.checkpoints || (last_ && last_->size != state.size)) {
    breaches_.Add(Kind::kCheckpointChanged, static_cast<std::uint64_t>(last_number_),
                  static_cast<std::uint64_t>(last_number_),
                  "the tree's row says " + std::to_string(state.checkpoints) + " checkpoints and " +
                      std::to_string(state.size) +
                      " entries, and not what the last checkpoint says");
  }
  end_ = state.size;
  if (last_ && (!read || last_->size > end_ || last_number_ >= state.checkpoints)) {
    end_ = last_->size;
  }
  if (const auto behind = TRY(NumbersBehind(transaction, end_)); behind) {
    breaches_.Add(Kind::kEntryAdded, behind->first, behind->last,
                  Numbers(behind->first, behind->last) + ": behind the last checkpoint, of " +
                      std::to_string(end_) + " entries: added, or a checkpoint was taken away");
  }
  for (const auto& known : known_) {
    if (known.size <= end_) continue;
    breaches_.Add(Kind::kCutOff, end_, known.size - 1,
                  Numbers(end_, known.size - 1) + ": cut off: " + known.which + " is of " +
                      std::to_string(known.size) + " entries, the log has " + std::to_string(end_));
  }
  return CheckTileLengths(transaction);
}

Result<void> TreeWalk::CheckTileLengths(store::Transaction& transaction) {
  const auto expected = NewTiles(0, end_);
  std::size_t next = 0;
  const auto is_gone = [&](const TileId& tile) {
    breaches_.Add(Kind::kTileChanged, tile.index, tile.index,
                  tile.Path() + ": is gone from the stored tree");
  };
  const auto key = [](const TileId& tile) { return std::pair(tile.level, tile.index); };
  TRY(ForEachTile(transaction, [&](const TileLength& found) -> Result<void> {
    const std::pair here(found.level, found.place);
    while (next < expected.size() && key(expected[next]) < here) is_gone(expected[next++]);
    if (next == expected.size() || key(expected[next]) != here) {
      breaches_.Add(Kind::kTileChanged, found.place, found.place,
                    "tile " + std::to_string(found.place) + " at level " +
                        std::to_string(found.level) + ": the tree has none there");
      return {};
    }
    const TileId& tile = expected[next++];
    const auto bytes = static_cast<std::uint64_t>(tile.width) * kHashBytes;
    if (found.bytes != bytes) {
      breaches_.Add(Kind::kTileChanged, tile.index, tile.index,
                    tile.Path() + ": has " + std::to_string(found.bytes) + " bytes instead of " +
                        std::to_string(bytes));
    }
    return {};
  }));
  while (next < expected.size()) is_gone(expected[next++]);
  return {};
}

Result<void> TreeWalk::WalkPage(store::Transaction& transaction, std::uint64_t first) {
  const std::uint64_t end = std::min(end_, first + kPageEntries);
  const auto stored = TRY(LeavesBetween(transaction, first, end));
  auto leaf = stored.begin();
  upper_tiles_.clear();  // as this transaction sees them
  for (std::uint64_t begin = first; begin < end; begin += kTileWidth) {
    Hashes leaves(static_cast<std::size_t>(std::min<std::uint64_t>(kTileWidth, end - begin)));
    for (; leaf != stored.end() && leaf->number < begin + leaves.size(); ++leaf) {
      // A digest of another length gives a hash that fits nothing.
      leaves[leaf->number - begin] = leaf->digest ? leaf->digest->Leaf() : TreeHash{};
      CheckDetails(*leaf);
    }
    TRY(WalkBlock(transaction, begin / kTileWidth, leaves));
  }
  return {};
}

void TreeWalk::CheckDetails(const StoredLeaf& leaf) {
  const auto add = [&](Kind kind, std::string_view problem) {
    breaches_.Add(kind, leaf.number, leaf.number,
                  "entry " + std::to_string(leaf.number) + ": " + std::string(problem));
  };
  const bool any = leaf.has_case || leaf.has_audit || leaf.has_server;
  if (leaf.details_gone) {
    if (any) add(Kind::kDetailChanged, "has a detail, which is marked as destroyed");
  } else if (!any) {
    add(Kind::kDetailRemoved, "its detail is gone, and wasn't destroyed with a case");
  } else if (leaf.has_server && (leaf.has_case || leaf.has_audit)) {
    add(Kind::kDetailChanged, "has a second detail");
  } else if (leaf.has_case != leaf.has_audit) {
    add(Kind::kDetailRemoved,
        leaf.has_case ? "the copy for the audit key is gone" : "the copy for its case is gone");
  }
}

Result<void> TreeWalk::WalkBlock(store::Transaction& transaction, std::uint64_t place,
                                 const Hashes& leaves) {
  const auto row = TRY(ReadTileRow(transaction, 0, place)).value_or(std::vector<std::byte>());
  Hashes tile(leaves.size());
  for (std::size_t i = 0; i < tile.size(); ++i) tile[i] = HashAt(row, i);
  std::optional<TreeHash> parent;
  if (leaves.size() == kTileWidth) {
    parent = TRY(StoredHash(transaction, {kTileHeight, place}));
  }
  std::vector<Node> completed;
  const bool all_there = std::all_of(leaves.begin(), leaves.end(), [](const auto& h) { return h; });
  const Hashes trusted =
      all_there && leaves == tile ? leaves : Trusted(place, leaves, tile, parent);
  for (const auto& hash : trusted) {
    TRY(CheckRoots(transaction));
    lost_ = lost_ || !hash;
    edge_.Append(hash.value_or(TreeHash{}), completed);
  }
  return CheckNodes(transaction, completed);
}

// Whether these are the hashes of a tile, as far as the tile above, or the last checkpoint, tells.
bool TreeWalk::Fits(std::span<const std::optional<TreeHash>> hashes,
                    const std::optional<TreeHash>& parent) const {
  TreeEdge edge = hashes.size() == kTileWidth ? TreeEdge() : edge_;
  std::vector<Node> completed;
  for (const auto& hash : hashes) {
    if (!hash) return false;
    edge.Append(*hash, completed);
  }
  if (hashes.size() == kTileWidth) return edge.Root() == parent;
  return last_ && last_->size == edge.size() && last_->root == edge.Root();
}

TreeWalk::Hashes TreeWalk::Trusted(std::uint64_t place, const Hashes& leaves, const Hashes& tile,
                                   const std::optional<TreeHash>& parent) {
  std::vector<std::size_t> differing;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!leaves[i] || leaves[i] != tile[i]) differing.push_back(i);
  }
  // What isn't there can't be chosen.
  Hashes chosen = tile;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!chosen[i]) chosen[i] = leaves[i];
  }
  if (!Fits(chosen, parent)) {
    Hashes other = leaves;
    for (std::size_t i = 0; i < other.size(); ++i) {
      if (!other[i]) other[i] = tile[i];
    }
    if (Fits(other, parent)) {
      chosen = other;
    } else if (differing.size() <= kMaxChoices) {
      for (std::uint32_t choice = 1; choice + 1 < 1U << differing.size(); ++choice) {
        Hashes mixed = chosen;
        for (std::size_t bit = 0; bit < differing.size(); ++bit) {
          if ((choice >> bit & 1) != 0) mixed[differing[bit]] = other[differing[bit]];
        }
        if (Fits(mixed, parent)) {
          chosen = mixed;
          break;
        }
      }
    }
  }
  for (const auto i : differing) {
    const std::uint64_t number = place * kTileWidth + i;
    if (!leaves[i]) {
      Differs(number, leaves[i], tile[i]);
    } else if (!tile[i]) {
      continue;  // the tile has been named already
    } else if (chosen[i] == leaves[i]) {
      TileDiffers({0, number});
    } else {
      Differs(number, leaves[i], tile[i]);
    }
  }
  return chosen;
}

void TreeWalk::Differs(std::uint64_t number, const std::optional<TreeHash>& leaf,
                       const std::optional<TreeHash>& tile) {
  if (!leaf) {
    if (missing_ && missing_->last + 1 == number) {
      missing_->last = number;
    } else {
      if (missing_) {
        breaches_.Add(Kind::kEntryRemoved, missing_->first, missing_->last,
                      Numbers(missing_->first, missing_->last) + ": removed");
      }
      missing_ = NumberRange{number, number};
    }
  }
  if (differences_.size() < kMaxDifferences) {
    differences_.push_back({number, leaf, tile});
  } else if (leaf) {
    breaches_.Add(Kind::kEntryChanged, number, number,
                  "entry " + std::to_string(number) + ": changed");
  }
}

void TreeWalk::TileDiffers(const NodeId& node) {
  const TileId tile{node.level / kTileHeight, node.index / kTileWidth, kTileWidth};
  breaches_.Add(Kind::kTileChanged, tile.index, tile.index,
                tile.Path() + ": hash " + std::to_string(node.index % kTileWidth) +
                    " was changed in the stored tree");
}

Result<std::optional<TreeHash>> TreeWalk::StoredHash(store::Transaction& transaction,
                                                     const NodeId& node) {
  const int level = node.level / kTileHeight;
  const std::uint64_t place = node.index / kTileWidth;
  auto found = upper_tiles_.find(level);
  if (found == upper_tiles_.end() || found->second.first != place) {
    auto row = TRY(ReadTileRow(transaction, level, place)).value_or(std::vector<std::byte>());
    found = upper_tiles_.insert_or_assign(level, std::pair(place, std::move(row))).first;
  }
  return HashAt(found->second.second, node.index % kTileWidth);
}

Result<void> TreeWalk::CheckNodes(store::Transaction& transaction,
                                  std::span<const Node> completed) {
  for (const auto& node : completed) {
    if (node.id.level == 0 || node.id.level % kTileHeight != 0) continue;
    const auto stored = TRY(StoredHash(transaction, node.id));
    if (stored && *stored != node.hash) suspects_.push_back(node.id);
  }
  return {};
}

// Reads checkpoints until one is beyond where the walk stands.
Result<void> TreeWalk::ReadCheckpoints(store::Transaction& transaction) {
  while (read_number_ < last_number_ &&
         (ahead_.empty() || ahead_.back().second.size <= edge_.size())) {
    const auto found = TRY(SignedAfter(transaction, read_number_, kCheckpointsAtOnce));
    if (found.empty()) break;
    for (const auto& checkpoint : found) {
      if (checkpoint.number > last_number_) return {};
      const auto number = static_cast<std::uint64_t>(checkpoint.number);
      const std::string name = "checkpoint " + std::to_string(number);
      if (checkpoint.number != read_number_ + 1) {
        breaches_.Add(Kind::kCheckpointRemoved, static_cast<std::uint64_t>(read_number_ + 1),
                      number - 1,
                      "checkpoints before number " + std::to_string(number) + ", from " +
                          std::to_string(read_number_ + 1) + " on, are gone");
      }
      read_number_ = checkpoint.number;
      const auto result = OpenCheckpoint(checkpoint.note, keys_);
      const auto* opened = result ? &result->checkpoint : nullptr;
      if (opened == nullptr) {
        breaches_.Add(Kind::kCheckpointChanged, number, number,
                      name + ": " + result.error().message);
      } else if (opened->size != checkpoint.size) {
        breaches_.Add(Kind::kCheckpointChanged, number, number,
                      name + ": its row says " + std::to_string(checkpoint.size) +
                          " entries, what was signed " + std::to_string(opened->size));
      } else if (opened->size < read_size_ || opened->size > end_) {
        breaches_.Add(Kind::kCheckpointChanged, number, number,
                      name + ": of " + std::to_string(opened->size) +
                          " entries, stands where one of " + std::to_string(read_size_) + " to " +
                          std::to_string(end_) + " should");
      } else {
        read_size_ = opened->size;
        ahead_.emplace_back(checkpoint.number, *opened);
        keys_ = keys_.first(result->key + 1);
      }
    }
  }
  return {};
}

// Compares the tree as far as it has been walked with the checkpoints of this size.
Result<void> TreeWalk::CheckRoots(store::Transaction& transaction) {
  TRY(ReadCheckpoints(transaction));
  std::optional<TreeHash> root;
  const auto root_is = [&](const TreeHash& expected) {
    if (!root) root = edge_.Root();
    return *root == expected;
  };
  while (!ahead_.empty() && ahead_.front().second.size <= edge_.size()) {
    const auto [number, checkpoint] = ahead_.front();
    ahead_.pop_front();
    if (checkpoint.size != edge_.size()) continue;
    const std::string name = "checkpoint " + std::to_string(number);
    if (root_is(checkpoint.root)) {
      // Only a checkpoint of another tree is followed by one that fits.
      if (diverged_ && diverged_->number > 0) {
        breaches_.Add(Kind::kCheckpointChanged, static_cast<std::uint64_t>(diverged_->number),
                      static_cast<std::uint64_t>(diverged_->number),
                      diverged_->which + ": is signed, and of another log");
        diverged_.reset();
      }
      RootFits();
    } else if (!diverged_ && !lost_) {
      diverged_ = Divergence{good_size_, edge_.size(), name, number};
    }
  }
  for (const auto& known : known_) {
    if (known.size != edge_.size() || diverged_ || lost_ || root_is(known.root)) continue;
    diverged_ = Divergence{0, edge_.size(), known.which, 0};
  }
  return {};
}

void TreeWalk::RootFits() {
  good_size_ = edge_.size();
  for (const auto& node : suspects_) TileDiffers(node);
  suspects_.clear();
}

void TreeWalk::Finish() {
  if (missing_) {
    const bool at_end = missing_->last + 1 == end_;
    breaches_.Add(at_end ? Kind::kCutOff : Kind::kEntryRemoved, missing_->first, missing_->last,
                  Numbers(missing_->first, missing_->last) + (at_end ? ": cut off" : ": removed"));
  }
  std::map<std::array<std::byte, 32>, std::uint64_t> belongs;
  for (const auto& difference : differences_) {
    if (difference.tile) belongs.emplace(difference.tile->bytes, difference.number);
  }
  for (const auto& [number, leaf, tile] : differences_) {
    if (!leaf) continue;
    const auto found = belongs.find(leaf->bytes);
    const std::string name = "entry " + std::to_string(number) + ": ";
    if (found == belongs.end()) {
      breaches_.Add(Kind::kEntryChanged, number, number, name + "changed");
    } else {
      breaches_.Add(
          Kind::kEntryReordered, number, number,
          name + "the entry that belongs at " + std::to_string(found->second) + " stands here");
    }
  }
  if (!diverged_) {
    for (const auto& node : suspects_) TileDiffers(node);
    return;
  }
  // The smallest stretches that don't fit what stands above them, or else all that is in question.
  bool narrowed = false;
  const auto add = [&](std::uint64_t first, std::uint64_t last) {
    breaches_.Add(Kind::kRewritten, first, last,
                  Numbers(first, last) + ": rewritten, together with the stored tree: " +
                      diverged_->which + " says otherwise");
  };
  for (const auto& node : suspects_) {
    if (node.level != kTileHeight) continue;
    const std::uint64_t first = std::max(node.index * kTileWidth, diverged_->good_size);
    const std::uint64_t end = std::min((node.index + 1) * kTileWidth, diverged_->bad_size);
    if (first >= end) continue;
    add(first, end - 1);
    narrowed = true;
  }
  if (!narrowed && diverged_->bad_size > 0) add(diverged_->good_size, diverged_->bad_size - 1);
}

}  // namespace jikimi::log
