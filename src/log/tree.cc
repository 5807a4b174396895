#include "log/tree.h"

#include <string>
#include <system_error>

#include "base/bytes.h"
#include "base/file.h"
#include "log/succession.h"
#include "log/tree_tables.h"

namespace jikimi::log {
namespace {

Error NoCheckpoint() {
  return {ErrorCode::kNotFound, "the log has no checkpoint that covers this yet"};
}

Result<void> CheckSize(std::uint64_t size, std::uint64_t whole) {
  if (size <= whole) return {};
  return Error{ErrorCode::kInvalidArgument,
               "the log has " + std::to_string(whole) + " entries, not " + std::to_string(size)};
}

// Tiles of one tree within one transaction: a tile that isn't there is damage.
ReadNodes NodesOf(store::Transaction& transaction, std::uint64_t size) {
  return NodesFromTiles(size, [&transaction](const TileId& tile) -> Result<std::vector<std::byte>> {
    auto bytes = ReadTreeTile(transaction, tile);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) {
      return Error{ErrorCode::kCorrupt, tile.Path() + ": is not there"};
    }
    return bytes;
  });
}

Result<void> WriteFileIn(const std::filesystem::path& folder, const std::string& name,
                         std::span<const std::byte> bytes) {
  const auto path = folder / name;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return FileError(path.parent_path(), "make the folder", error.value());
  return WriteFileAtomically(path, bytes);
}

bool IsThere(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

}  // namespace

Result<std::string> Tree::Checkpoint() const { return TRY(LastCheckpoint()).note; }

Result<Tree::Signed> Tree::LastCheckpoint() const {
  return database_.Read([](store::Transaction& transaction) -> Result<Signed> {
    auto last = TRY(LastSigned(transaction));
    if (!last) return NoCheckpoint();
    return std::move(*last);
  });
}

Result<Tree::Signed> Tree::CheckpointCovering(std::uint64_t number) const {
  if (number >= kMaxTreeSize) return NoCheckpoint();
  return database_.Read([&](store::Transaction& transaction) -> Result<Signed> {
    auto first = TRY(FirstSignedOver(transaction, number));
    if (!first) return NoCheckpoint();
    return std::move(*first);
  });
}

Result<bool> Tree::Has(std::uint64_t size, std::string_view note) const {
  return database_.Read(
      [&](store::Transaction& transaction) { return HasSigned(transaction, size, note); });
}

Result<std::vector<std::byte>> Tree::Tile(const TileId& tile) const {
  return database_.Read(
      [&](store::Transaction& transaction) { return ReadTreeTile(transaction, tile); });
}

Result<std::vector<TreeHash>> Tree::Inclusion(std::uint64_t number, std::uint64_t size) const {
  return database_.Read([&](store::Transaction& transaction) -> Result<std::vector<TreeHash>> {
    const auto state = TRY(ReadState(transaction));
    TRY(CheckSize(size, state.size));
    return InclusionProof(number, size, NodesOf(transaction, size));
  });
}

Result<std::vector<TreeHash>> Tree::Consistency(std::uint64_t old_size,
                                                std::uint64_t new_size) const {
  return database_.Read([&](store::Transaction& transaction) -> Result<std::vector<TreeHash>> {
    const auto state = TRY(ReadState(transaction));
    TRY(CheckSize(new_size, state.size));
    return ConsistencyProof(old_size, new_size, NodesOf(transaction, new_size));
  });
}

Result<TlogProof> Tree::Prove(std::uint64_t number) const {
  return database_.Read([&](store::Transaction& transaction) -> Result<TlogProof> {
    const auto last = TRY(LastSigned(transaction));
    if (!last || number >= last->size) return NoCheckpoint();
    TlogProof proof;
    proof.index = number;
    proof.hashes = TRY(InclusionProof(number, last->size, NodesOf(transaction, last->size)));
    proof.checkpoint = last->note;
    return proof;
  });
}

Result<std::int64_t> Tree::Pending() const { return database_.Read(CountPending); }

Result<std::uint64_t> Tree::Export(const std::filesystem::path& folder, const NoteVerifier& log,
                                   std::string_view successions) const {
  const Signed last = TRY(LastCheckpoint());
  const auto checkpoint = TRY(log::Checkpoint::Open(last.note, log));
  TRY(WriteFileIn(folder, "key", AsBytes(log.ToText() + "\n")));
  int number = 0;
  for (const auto& note : SplitSuccessions(successions)) {
    TRY(WriteFileIn(folder, "successions/" + std::to_string(++number), AsBytes(note)));
  }
  const auto write_tile = [&](const TileId& tile) -> Result<void> {
    const auto name = tile.Path();
    if (tile.width == kTileWidth && IsThere(folder / name)) return {};
    const auto bytes = TRY(Tile(tile));
    return WriteFileIn(folder, name, bytes);
  };
  for (const auto& tile : NewTiles(0, checkpoint.size)) {
    TRY(write_tile(tile));
    if (tile.level == 0) TRY(write_tile({TileId::kEntries, tile.index, tile.width}));
  }
  TRY(WriteFileIn(folder, "checkpoint", AsBytes(last.note)));
  return checkpoint.size;
}

}  // namespace jikimi::log
