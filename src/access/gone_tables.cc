#include "access/gone_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

Result<std::vector<JournalEntry>> ToEntries(const std::vector<store::Row>& rows) {
  std::vector<JournalEntry> entries;
  entries.reserve(rows.size());
  for (const auto& row : rows) {
    JournalEntry entry;
    entry.id = TRY(Bytes16(row, 0));
    const auto kind = TRY(row.Get<std::string>(1));
    entry.gone.kind = TRY(ParseGoneKind(kind));
    entry.gone.subject = TRY(Bytes16(row, 2));
    entry.gone.of = TRY(Bytes16(row, 3));
    entry.gone.at = TRY(row.Get<Timestamp>(4));
    entries.push_back(entry);
  }
  return entries;
}

std::span<const std::byte> View(const std::array<std::byte, 16>& bytes) { return bytes; }

}  // namespace

Result<void> InsertGone(store::Transaction& transaction, const JournalEntry& entry,
                        Journaled journaled) {
  TRY(store::Execute(transaction,
                     "INSERT INTO access_gone (gone_id, kind, subject, belongs_to, at, journaled) "
                     "VALUES ($1, $2, $3, $4, $5, $6)",
                     {View(entry.id), GoneKindCode(entry.gone.kind), View(entry.gone.subject),
                      View(entry.gone.of), entry.gone.at, journaled == Journaled::kYes ? 1 : 0}));
  return {};
}

Result<std::vector<JournalEntry>> GoneWaiting(store::Transaction& transaction, int limit) {
  return ToEntries(
      TRY(store::Query(transaction,
                       "SELECT gone_id, kind, subject, belongs_to, at FROM access_gone "
                       "WHERE journaled = 0 ORDER BY at, gone_id LIMIT $1",
                       {limit})));
}

Result<void> MarkJournaled(store::Transaction& transaction, std::span<const JournalEntry> entries) {
  std::vector<std::vector<store::Value>> rows;
  for (const auto& entry : entries) rows.push_back({View(entry.id)});
  TRY(store::ExecuteMany(transaction, "UPDATE access_gone SET journaled = 1 WHERE gone_id = $1",
                         rows));
  return {};
}

Result<std::vector<JournalEntry>> AllGone(store::Transaction& transaction) {
  return ToEntries(
      TRY(store::Query(transaction,
                       "SELECT gone_id, kind, subject, belongs_to, at FROM access_gone "
                       "ORDER BY at, gone_id")));
}

Result<bool> KnowsGone(store::Transaction& transaction, const std::array<std::byte, 16>& id) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT journaled FROM access_gone WHERE gone_id = $1", {View(id)}));
  return row.has_value();
}

}  // namespace jikimi::access
