#include "log/log_benchmark_tables.h"

#include <string>

#include "store/sql.h"

namespace jikimi::log {

Result<void> DropTables(store::Database& database) {
  return database.WriteLocking([](store::Transaction& transaction) -> Result<void> {
    for (const std::string_view table : {"log_leaf", "log_detail", "log_pin", "log_tree",
                                         "log_tile", "log_checkpoint", "store_migration"}) {
      TRY(store::Execute(transaction, "DROP TABLE IF EXISTS " + std::string(table)));
    }
    return {};
  });
}

}  // namespace jikimi::log
