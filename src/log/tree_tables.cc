#include "log/tree_tables.h"

#include <algorithm>
#include <string>

#include "store/sql.h"

namespace jikimi::log {
namespace {

using store::Row;
using store::Value;

// A tree's numbers stay far under 2^62 (kMaxTreeSize).
std::int64_t Signed(std::uint64_t number) { return static_cast<std::int64_t>(number); }

Result<TreeState> StateFrom(const std::optional<Row>& row) {
  if (!row) return Error{ErrorCode::kCorrupt, "log_tree: its row is gone"};
  const auto size = TRY(row->Get<std::int64_t>(0));
  if (size < 0) return Error{ErrorCode::kCorrupt, "log_tree: has a size under 0"};
  return TreeState{static_cast<std::uint64_t>(size), TRY(row->Get<std::int64_t>(1))};
}

Result<EntryDigest> DigestFrom(const Row& row, std::size_t column, std::int64_t number) {
  const auto bytes = TRY(row.Get<std::vector<std::byte>>(column));
  EntryDigest digest;
  if (bytes.size() != digest.bytes.size()) {
    return Error{ErrorCode::kCorrupt, "log entry " + std::to_string(number) + ": has " +
                                          std::to_string(bytes.size()) + " bytes instead of 32"};
  }
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  return digest;
}

Result<Tree::Signed> SignedFrom(const Row& row) {
  Tree::Signed checkpoint;
  checkpoint.number = TRY(row.Get<std::int64_t>(0));
  checkpoint.size = static_cast<std::uint64_t>(TRY(row.Get<std::int64_t>(1)));
  checkpoint.at = TRY(row.Get<Timestamp>(2));
  checkpoint.note = TRY(row.Get<std::string>(3));
  return checkpoint;
}

Result<std::optional<Tree::Signed>> OneSigned(Result<std::optional<Row>> found) {
  const auto row = TRY(std::move(found));
  if (!row) return std::optional<Tree::Signed>();
  return std::optional(TRY(SignedFrom(*row)));
}

Error NoTile(const TileId& tile) {
  return {ErrorCode::kNotFound, tile.Path() + ": the log has not grown that far"};
}

Result<std::vector<std::byte>> ReadEntriesBundle(store::Transaction& transaction,
                                                 const TileId& tile) {
  const std::int64_t first = Signed(tile.index * kTileWidth);
  std::vector<std::vector<std::byte>> entries;
  for (const Row& row :
       TRY(store::Query(transaction,
                        "SELECT number, digest FROM log_leaf WHERE number >= $1 AND number < $2 "
                        "ORDER BY number",
                        {first, first + tile.width}))) {
    const auto number = TRY(row.Get<std::int64_t>(0));
    if (number != first + Signed(entries.size())) {
      return Error{ErrorCode::kCorrupt,
                   tile.Path() + ": an entry before number " + std::to_string(number) + " is gone"};
    }
    entries.push_back(TRY(DigestFrom(row, 1, number)).LeafEntry());
  }
  if (entries.size() < static_cast<std::size_t>(tile.width)) return NoTile(tile);
  return MakeBundle(entries);
}

}  // namespace

Result<TreeState> ReadState(store::Transaction& transaction) {
  return StateFrom(
      TRY(store::QueryOne(transaction, "SELECT size, checkpoints FROM log_tree WHERE id = 1")));
}

Result<std::optional<TreeState>> LockState(store::Transaction& transaction) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT size, checkpoints FROM log_tree WHERE id = 1 FOR UPDATE SKIP LOCKED"));
  if (!row) return std::optional<TreeState>();
  return std::optional(TRY(StateFrom(row)));
}

Result<void> WriteState(store::Transaction& transaction, const TreeState& state) {
  TRY(store::Execute(transaction, "UPDATE log_tree SET size = $1, checkpoints = $2 WHERE id = 1",
                     {Signed(state.size), state.checkpoints}));
  return {};
}

Result<bool> AnyPending(store::Transaction& transaction) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT id FROM log_leaf WHERE number IS NULL ORDER BY id LIMIT 1"));
  return row.has_value();
}

Result<std::int64_t> CountPending(store::Transaction& transaction) {
  const auto row =
      TRY(store::QueryOne(transaction, "SELECT COUNT(*) FROM log_leaf WHERE number IS NULL"));
  if (!row) return Error{ErrorCode::kInternal, "log_leaf: no count"};
  return row->Get<std::int64_t>(0);
}

Result<std::vector<EntryDigest>> NumberPending(store::Transaction& transaction, std::uint64_t first,
                                               std::int64_t most) {
  const auto rows = TRY(store::Query(
      transaction,
      "UPDATE log_leaf SET number = pending.number FROM ("
      "SELECT id, $1 - 1 + ROW_NUMBER() OVER (ORDER BY id) AS number FROM ("
      "SELECT id FROM log_leaf WHERE number IS NULL ORDER BY id LIMIT $2) AS first_ones"
      ") AS pending WHERE log_leaf.id = pending.id AND log_leaf.number IS NULL "
      "RETURNING log_leaf.number, log_leaf.digest",
      {Signed(first), most}));
  std::vector<std::optional<EntryDigest>> found(rows.size());
  for (const Row& row : rows) {
    const auto number = TRY(row.Get<std::int64_t>(0));
    const std::int64_t place = number - Signed(first);
    if (place < 0 || place >= Signed(found.size())) {
      return Error{ErrorCode::kInternal, "log_leaf: numbering left a gap"};
    }
    found[static_cast<std::size_t>(place)] = TRY(DigestFrom(row, 1, number));
  }
  std::vector<EntryDigest> digests;
  for (const auto& digest : found) {
    if (!digest) return Error{ErrorCode::kInternal, "log_leaf: numbering left a gap"};
    digests.push_back(*digest);
  }
  return digests;
}

Result<std::optional<std::vector<std::byte>>> ReadTileRow(store::Transaction& transaction,
                                                          int level, std::uint64_t place) {
  const auto row = TRY(
      store::QueryOne(transaction, "SELECT hashes FROM log_tile WHERE level = $1 AND place = $2",
                      {level, Signed(place)}));
  if (!row) return std::optional<std::vector<std::byte>>();
  return std::optional(TRY(row->Get<std::vector<std::byte>>(0)));
}

Result<void> WriteTileRows(store::Transaction& transaction, std::span<const TileRow> rows) {
  std::vector<std::vector<Value>> values;
  for (const auto& row : rows) values.push_back({row.level, Signed(row.place), row.hashes});
  TRY(store::ExecuteMany(transaction,
                         "INSERT INTO log_tile (level, place, hashes) VALUES ($1, $2, $3) "
                         "ON CONFLICT (level, place) DO UPDATE SET hashes = excluded.hashes",
                         values));
  return {};
}

Result<std::int64_t> CountTileRows(store::Transaction& transaction) {
  const auto row = TRY(store::QueryOne(transaction, "SELECT COUNT(*) FROM log_tile"));
  if (!row) return Error{ErrorCode::kInternal, "log_tile: no count"};
  return row->Get<std::int64_t>(0);
}

Result<std::vector<std::byte>> ReadTreeTile(store::Transaction& transaction, const TileId& tile) {
  if (tile.width < 1 || tile.width > kTileWidth || tile.index >= kMaxTreeSize / kTileWidth) {
    return Error{ErrorCode::kInvalidArgument, "a tile of an impossible width or place"};
  }
  if (tile.level == TileId::kEntries) return ReadEntriesBundle(transaction, tile);
  auto hashes = TRY(ReadTileRow(transaction, tile.level, tile.index));
  const std::size_t wanted = static_cast<std::size_t>(tile.width) * kHashBytes;
  if (!hashes || hashes->size() < wanted) return NoTile(tile);
  hashes->resize(wanted);
  return std::move(*hashes);
}

Result<std::optional<Tree::Signed>> LastSigned(store::Transaction& transaction) {
  return OneSigned(store::QueryOne(
      transaction,
      "SELECT number, size, signed_at, note FROM log_checkpoint ORDER BY number DESC LIMIT 1"));
}

Result<std::optional<Tree::Signed>> FirstSignedOver(store::Transaction& transaction,
                                                    std::uint64_t number) {
  return OneSigned(store::QueryOne(transaction,
                                   "SELECT number, size, signed_at, note FROM log_checkpoint "
                                   "WHERE size > $1 ORDER BY size, number LIMIT 1",
                                   {Signed(number)}));
}

Result<bool> HasSigned(store::Transaction& transaction, std::uint64_t size, std::string_view note) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT number FROM log_checkpoint WHERE size = $1 AND note = $2 LIMIT 1",
      {Signed(size), note}));
  return row.has_value();
}

Result<std::vector<Tree::Signed>> SignedAfter(store::Transaction& transaction, std::int64_t after,
                                              std::int64_t limit) {
  std::vector<Tree::Signed> checkpoints;
  for (const Row& row : TRY(store::Query(transaction,
                                         "SELECT number, size, signed_at, note FROM log_checkpoint "
                                         "WHERE number > $1 ORDER BY number LIMIT $2",
                                         {after, limit}))) {
    checkpoints.push_back(TRY(SignedFrom(row)));
  }
  return checkpoints;
}

Result<void> WriteSigned(store::Transaction& transaction, const Tree::Signed& checkpoint) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO log_checkpoint (number, size, signed_at, note) VALUES ($1, $2, $3, $4)",
      {checkpoint.number, Signed(checkpoint.size), checkpoint.at, checkpoint.note}));
  return {};
}

}  // namespace jikimi::log
