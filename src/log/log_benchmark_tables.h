#ifndef JIKIMI_LOG_LOG_BENCHMARK_TABLES_H_
#define JIKIMI_LOG_LOG_BENCHMARK_TABLES_H_

#include "base/result.h"
#include "store/database.h"

namespace jikimi::log {

// Drops what an earlier benchmark left on the server.
Result<void> DropTables(store::Database& database);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_LOG_BENCHMARK_TABLES_H_
