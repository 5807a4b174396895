#include "log/verify_tables.h"

#include <algorithm>

#include "store/sql.h"

namespace jikimi::log {
namespace {

using store::Row;

Result<std::int64_t> Count(store::Transaction& transaction, std::string_view sql) {
  const auto row = TRY(store::QueryOne(transaction, sql));
  if (!row) return Error{ErrorCode::kInternal, "no count"};
  return row->Get<std::int64_t>(0);
}

}  // namespace

Result<std::vector<StoredLeaf>> LeavesBetween(store::Transaction& transaction, std::uint64_t first,
                                              std::uint64_t end) {
  std::vector<StoredLeaf> leaves;
  for (const Row& row :
       TRY(store::Query(transaction,
                        "SELECT l.number, l.digest, l.details_gone, c.entry, a.entry, s.entry "
                        "FROM log_leaf l "
                        "LEFT JOIN log_detail c ON c.seal = 'case' AND c.entry = l.id "
                        "LEFT JOIN log_detail a ON a.seal = 'audit' AND a.entry = l.id "
                        "LEFT JOIN log_detail s ON s.seal = 'server' AND s.entry = l.id "
                        "WHERE l.number >= $1 AND l.number < $2 ORDER BY l.number",
                        {static_cast<std::int64_t>(first), static_cast<std::int64_t>(end)}))) {
    StoredLeaf leaf;
    leaf.number = static_cast<std::uint64_t>(TRY(row.Get<std::int64_t>(0)));
    const auto digest = TRY(row.Get<std::vector<std::byte>>(1));
    if (digest.size() == EntryDigest::kBytes) {
      leaf.digest.emplace();
      std::copy(digest.begin(), digest.end(), leaf.digest->bytes.begin());
    }
    leaf.details_gone = TRY(row.Get<std::int64_t>(2)) != 0;
    leaf.has_case = TRY(row.Get<std::optional<std::int64_t>>(3)).has_value();
    leaf.has_audit = TRY(row.Get<std::optional<std::int64_t>>(4)).has_value();
    leaf.has_server = TRY(row.Get<std::optional<std::int64_t>>(5)).has_value();
    leaves.push_back(leaf);
  }
  return leaves;
}

Result<std::optional<NumberRange>> NumbersBehind(store::Transaction& transaction,
                                                 std::uint64_t end) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT MIN(number), MAX(number) FROM log_leaf WHERE number >= $1",
      {static_cast<std::int64_t>(end)}));
  const auto least = row ? TRY(row->Get<std::optional<std::int64_t>>(0)) : std::nullopt;
  if (!least) return std::optional<NumberRange>();
  const auto most = TRY(row->Get<std::int64_t>(1));
  return std::optional(
      NumberRange{static_cast<std::uint64_t>(*least), static_cast<std::uint64_t>(most)});
}

Result<void> ForEachTile(store::Transaction& transaction,
                         const std::function<Result<void>(const TileLength&)>& take) {
  return store::ForEach(transaction,
                        "SELECT level, place, LENGTH(hashes) FROM log_tile ORDER BY level, place",
                        {}, [&](const Row& row) -> Result<void> {
                          TileLength tile;
                          tile.level = static_cast<int>(TRY(row.Get<std::int64_t>(0)));
                          tile.place = static_cast<std::uint64_t>(TRY(row.Get<std::int64_t>(1)));
                          tile.bytes = static_cast<std::uint64_t>(TRY(row.Get<std::int64_t>(2)));
                          return take(tile);
                        });
}

Result<std::vector<DetailPlace>> DetailPlaces(store::Transaction& transaction, SealKind seal,
                                              std::int64_t after, std::int64_t limit) {
  std::vector<DetailPlace> places;
  for (const Row& row :
       TRY(store::Query(transaction,
                        "SELECT d.entry, l.id FROM log_detail d "
                        "LEFT JOIN log_leaf l ON l.id = d.entry "
                        "WHERE d.seal = $1 AND d.entry > $2 ORDER BY d.entry LIMIT $3",
                        {SealKindCode(seal), after, limit}))) {
    places.push_back(
        {TRY(row.Get<std::int64_t>(0)), TRY(row.Get<std::optional<std::int64_t>>(1)).has_value()});
  }
  return places;
}

Result<std::int64_t> CountGone(store::Transaction& transaction) {
  return Count(transaction, "SELECT COUNT(*) FROM log_leaf WHERE details_gone = 1");
}

Result<std::int64_t> CountPins(store::Transaction& transaction) {
  return Count(transaction, "SELECT COUNT(*) FROM log_pin");
}

}  // namespace jikimi::log
