#include "store/migration_tables.h"

#include <algorithm>

#include "base/bytes.h"
#include "store/connection.h"
#include "store/dialect.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

// Written with the text, so that the text itself can be told from a damaged copy of it.
std::int64_t Checksum(std::string_view sql) { return Crc32c(AsBytes(sql)); }

std::string StepName(std::string_view room, std::size_t version, std::string_view name) {
  return "migration " + std::string(room) + " " + std::to_string(version) + " (" +
         std::string(name) + ")";
}

}  // namespace

Result<void> MakeLedger(Transaction& transaction) {
  TRY(Execute(transaction, R"(
      CREATE TABLE IF NOT EXISTS store_migration (
        room TEXT NOT NULL,
        version BIGINT NOT NULL,
        name TEXT NOT NULL,
        sql TEXT NOT NULL,
        checksum BIGINT NOT NULL,
        taken_at TIMESTAMPTZ NOT NULL,
        PRIMARY KEY (room, version)
      ))"));
  return {};
}

Result<std::vector<std::size_t>> ReadLedger(Transaction& transaction,
                                            std::span<const Schema> schemas) {
  std::vector<std::size_t> taken(schemas.size());
  const std::vector<std::string> tables = TRY(TransactionAccess::connection(transaction).Tables());
  if (std::find(tables.begin(), tables.end(), "store_migration") == tables.end()) return taken;
  const std::vector<Row> rows = TRY(Query(
      transaction,
      "SELECT room, version, name, sql, checksum FROM store_migration ORDER BY room, version"));
  for (const Row& row : rows) {
    const std::string room = TRY(row.Get<std::string>(0));
    const auto version = static_cast<std::size_t>(TRY(row.Get<std::int64_t>(1)));
    const std::string name = TRY(row.Get<std::string>(2));
    const std::string sql = TRY(row.Get<std::string>(3));
    const auto schema = std::find_if(schemas.begin(), schemas.end(),
                                     [&](const Schema& s) { return s.room == room; });
    if (schema == schemas.end() || version > schema->migrations.size()) {
      return Error{ErrorCode::kUnsupported,
                   StepName(room, version, name) + " was taken by a newer version of the program"};
    }
    std::size_t& count = taken[static_cast<std::size_t>(schema - schemas.begin())];
    if (version != count + 1) {
      return Error{ErrorCode::kCorrupt,
                   StepName(room, version, name) + " was taken without the step before it"};
    }
    if (Checksum(sql) != TRY(row.Get<std::int64_t>(4))) {
      return Error{ErrorCode::kCorrupt, StepName(room, version, name) + ": its record is damaged"};
    }
    if (sql != schema->migrations[version - 1].sql) {
      return Error{ErrorCode::kCorrupt, StepName(room, version, name) +
                                            ": the database was made with another text of it"};
    }
    ++count;
  }
  return taken;
}

Result<void> CheckComplete(std::span<const Schema> schemas, std::span<const std::size_t> taken) {
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    const std::size_t wanted = schemas[i].migrations.size();
    if (taken[i] == wanted) continue;
    return Error{ErrorCode::kUnavailable, "the tables of " + std::string(schemas[i].room) +
                                              " are at version " + std::to_string(taken[i]) +
                                              " of " + std::to_string(wanted) + ": migrate first"};
  }
  return {};
}

Result<void> TakeStep(Transaction& transaction, std::string_view room, std::size_t version,
                      const Migration& migration, Timestamp now) {
  const std::string where = StepName(room, version, migration.name);
  const auto statements = SplitStatements(migration.sql);
  if (!statements) return Prefixed(where, statements.error());
  for (const std::string_view statement : *statements) {
    if (auto done = Execute(transaction, statement); !done) return Prefixed(where, done.error());
  }
  TRY(Execute(transaction,
              "INSERT INTO store_migration (room, version, name, sql, checksum, taken_at) "
              "VALUES ($1, $2, $3, $4, $5, $6)",
              {room, static_cast<std::int64_t>(version), migration.name, migration.sql,
               Checksum(migration.sql), now}));
  return {};
}

}  // namespace jikimi::store
