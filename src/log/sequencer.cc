#include "log/sequencer.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "base/check.h"
#include "log/note_checkpoint.h"
#include "log/tree_tables.h"

namespace jikimi::log {
namespace {

constexpr std::chrono::milliseconds kLongestPause{5000};

// A tree that grows within a transaction: its right edge, and the tiles that it touches.
class GrowingTree {
 public:
  static Result<GrowingTree> Load(store::Transaction& transaction, std::uint64_t size) {
    GrowingTree tree;
    const auto read = [&](const TileId& tile) -> Result<std::vector<std::byte>> {
      auto hashes = ReadTreeTile(transaction, tile);
      if (!hashes && hashes.error().code == ErrorCode::kNotFound) {
        return Error{
            ErrorCode::kCorrupt,
            "the log's " + tile.Path() + " is gone or cut off: nothing is signed on top of it"};
      }
      if (!hashes) return hashes;
      if (tile.width < kTileWidth) tree.rows_[{tile.level, tile.index}] = *hashes;
      return hashes;
    };
    tree.edge_ = TRY(TreeEdge::Resume(size, NodesFromTiles(size, read)));
    return tree;
  }

  void Append(const TreeHash& leaf) {
    std::vector<Node> completed;
    edge_.Append(leaf, completed);
    for (const auto& node : completed) {
      if (node.id.level % kTileHeight != 0) continue;
      const std::pair key{node.id.level / kTileHeight, node.id.index / kTileWidth};
      auto& hashes = rows_[key];
      CHECK(hashes.size() == node.id.index % kTileWidth * kHashBytes);
      hashes.insert(hashes.end(), node.hash.bytes.begin(), node.hash.bytes.end());
    }
  }

  std::vector<TileRow> Rows() const {
    std::vector<TileRow> rows;
    for (const auto& [key, hashes] : rows_) rows.push_back({key.first, key.second, hashes});
    return rows;
  }
  const TreeEdge& edge() const { return edge_; }

 private:
  TreeEdge edge_;
  std::map<std::pair<int, std::uint64_t>, std::vector<std::byte>> rows_;
};

// Refuses a tree that isn't the one that was signed last: signing what grew on it would make the
// change good.
Result<void> CheckLast(store::Transaction& transaction, const TreeState& state,
                       const TreeEdge& edge, std::span<const NoteVerifier> keys) {
  const auto last = TRY(LastSigned(transaction));
  const auto refuse = [&](const std::string& problem) {
    return Error{ErrorCode::kCorrupt, "the log's tree of " + std::to_string(state.size) +
                                          " entries " + problem +
                                          ": nothing is signed on top of it"};
  };
  if (!last) {
    if (state.checkpoints == 0 && state.size == 0) return {};
    return refuse("has lost its checkpoints");
  }
  const auto opened = OpenCheckpoint(last->note, keys);
  if (!opened && opened.error().code == ErrorCode::kPermissionDenied) {
    return refuse(
        "was last signed by a key that is not known here: the log's key was replaced, "
        "and this program must be started anew");
  }
  if (!opened) return refuse("has a broken checkpoint (" + opened.error().message + ")");
  const Checkpoint& checkpoint = opened->checkpoint;
  if (last->number != state.checkpoints || checkpoint.size != state.size ||
      checkpoint.root != edge.Root()) {
    return refuse("is not the one that was signed last");
  }
  return {};
}

Result<bool> IsNeeded(store::Transaction& transaction) {
  if (TRY(AnyPending(transaction))) return true;
  return TRY(ReadState(transaction)).checkpoints == 0;
}

// All that may have signed the last checkpoint, the present key first.
std::vector<NoteVerifier> KeysOf(const NoteSigner& signer, std::span<const NoteVerifier> former) {
  std::vector<NoteVerifier> keys = {signer.verifier()};
  keys.insert(keys.end(), former.begin(), former.end());
  return keys;
}

// Signs the tree as it now is.
Result<void> SignTree(store::Transaction& transaction, const NoteSigner& signer, TreeState state,
                      const TreeHash& root, Timestamp now) {
  ++state.checkpoints;
  const auto note = TRY((Checkpoint{signer.verifier().name(), state.size, root}.Sign(signer)));
  TRY(WriteSigned(transaction, {state.checkpoints, state.size, now, note}));
  return WriteState(transaction, state);
}

Result<std::int64_t> Round(store::Transaction& transaction, const NoteSigner& signer, Timestamp now,
                           const Sequencer::Options& options) {
  // The lock comes in a statement of its own: read committed takes the next one's view after it,
  // when all that others numbered before is visible.
  const auto locked = TRY(LockState(transaction));
  if (!locked) return 0;
  TreeState state = *locked;
  auto tree = TRY(GrowingTree::Load(transaction, state.size));
  TRY(CheckLast(transaction, state, tree.edge(), KeysOf(signer, options.former)));
  const auto digests = TRY(NumberPending(transaction, state.size, options.most));
  if (digests.empty() && state.checkpoints > 0) return 0;
  for (const auto& digest : digests) tree.Append(digest.Leaf());
  TRY(WriteTileRows(transaction, tree.Rows()));
  state.size += digests.size();
  TRY(SignTree(transaction, signer, state, tree.edge().Root(), now));
  return static_cast<std::int64_t>(digests.size());
}

}  // namespace

Sequencer::Sequencer(store::Database& database, const NoteSigner& signer, const Clock& clock,
                     Options options)
    : database_(database), signer_(signer), clock_(clock), options_(std::move(options)) {
  CHECK(options_.interval.count() > 0 && options_.most >= 1);
}

Result<std::int64_t> Sequencer::RunOnce() {
  // Most rounds find nothing to do and shouldn't wait for a writer's turn.
  const bool needed = TRY(database_.Read(IsNeeded));
  if (!needed) return 0;
  return database_.WriteLocking([&](store::Transaction& transaction) {
    return Round(transaction, signer_, clock_.Now(), options_);
  });
}

void Sequencer::Start() {
  Stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this] { Run(); });
}

void Sequencer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Sequencer::Status Sequencer::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Sequencer::Run() {
  std::chrono::milliseconds pause = options_.interval;
  while (true) {
    const auto numbered = RunOnce();
    std::unique_lock lock(mutex_);
    ++status_.rounds;
    status_.error.reset();
    if (numbered) {
      status_.numbered += *numbered;
      pause = options_.interval;
    } else {
      status_.error = numbered.error();
      pause = std::min(pause * 2, std::max(kLongestPause, options_.interval));
    }
    const bool more = numbered && *numbered == options_.most;
    if (!more) wake_.wait_for(lock, pause, [&] { return stopping_; });
    if (stopping_) return;
  }
}

Result<Succession> HandOver(store::Database& database, const NoteSigner& former,
                            const NoteSigner& next, std::span<const NoteVerifier> earlier,
                            Timestamp now, const KeepSuccession& keep) {
  return database.WriteLocking([&](store::Transaction& transaction) -> Result<Succession> {
    const auto state = TRY(LockState(transaction));
    if (!state) {
      return Error{ErrorCode::kUnavailable,
                   "the log is being written: stop the centre's servers first"};
    }
    const auto tree = TRY(GrowingTree::Load(transaction, state->size));
    TRY(CheckLast(transaction, *state, tree.edge(), KeysOf(former, earlier)));
    const TreeHash root = tree.edge().Root();
    const Succession succession{former.verifier(), next.verifier(), state->size, root,
                                std::chrono::floor<std::chrono::seconds>(now)};
    const auto note = TRY(succession.Sign(former, next));
    TRY(keep(transaction, succession, note));
    TRY(SignTree(transaction, next, *state, root, now));
    return succession;
  });
}

Result<std::optional<std::size_t>> LastSigner(store::Database& database,
                                              std::span<const NoteVerifier> keys) {
  const auto last = TRY(database.Read(LastSigned));
  if (!last) return std::optional<std::size_t>();
  return std::optional(TRY(OpenCheckpoint(last->note, keys)).key);
}

}  // namespace jikimi::log
