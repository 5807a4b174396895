#ifndef JIKIMI_STORE_MIGRATION_TABLES_H_
#define JIKIMI_STORE_MIGRATION_TABLES_H_

#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "store/migration.h"

// The ledger of migrations; private to this room.
namespace jikimi::store {

// Makes the ledger's table unless it is there.
Result<void> MakeLedger(Transaction& transaction);

// How many steps of each schema the database has taken, in the order of `schemas`; none without a
// ledger. Refuses as Migrate() says.
Result<std::vector<std::size_t>> ReadLedger(Transaction& transaction,
                                            std::span<const Schema> schemas);

// kUnavailable when `taken` is short of `schemas`, naming the room.
Result<void> CheckComplete(std::span<const Schema> schemas, std::span<const std::size_t> taken);

// Runs a step's statements and records it as version `version` of `room`.
Result<void> TakeStep(Transaction& transaction, std::string_view room, std::size_t version,
                      const Migration& migration, Timestamp now);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_MIGRATION_TABLES_H_
