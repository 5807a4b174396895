#include "store/migration.h"

#include "base/check.h"
#include "store/connection.h"
#include "store/migration_tables.h"

namespace jikimi::store {
namespace {

// The next step that is missing, taken; false when there is none. Looks at the ledger inside the
// step's own transaction, behind the lock that shuts out others.
Result<bool> TakeNextStep(Database& database, std::span<const Schema> schemas, const Clock& clock) {
  bool took = false;
  const auto take = [&](Transaction& transaction) -> Result<void> {
    took = false;
    const std::vector<std::size_t> taken = TRY(ReadLedger(transaction, schemas));
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      if (taken[i] == schemas[i].migrations.size()) continue;
      TRY(TakeStep(transaction, schemas[i].room, taken[i] + 1, schemas[i].migrations[taken[i]],
                   clock.Now()));
      took = true;
      break;
    }
    return {};
  };
  TRY(TransactionAccess::Migrate(database, take));
  return took;
}

}  // namespace

Result<int> Migrate(Database& database, std::span<const Schema> schemas, const Clock& clock) {
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) CHECK(schemas[i].room != schemas[k].room);
  }
  TRY(TransactionAccess::Migrate(database, MakeLedger));
  int steps = 0;
  while (TRY(TakeNextStep(database, schemas, clock))) ++steps;
  return steps;
}

Result<void> CheckSchema(Database& database, std::span<const Schema> schemas) {
  const std::vector<std::size_t> taken = TRY(
      database.Read([&](Transaction& transaction) { return ReadLedger(transaction, schemas); }));
  if (auto complete = CheckComplete(schemas, taken); !complete) {
    return Prefixed(database.name(), std::move(complete).error());
  }
  return {};
}

}  // namespace jikimi::store
