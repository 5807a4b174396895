#ifndef JIKIMI_STORE_DATABASE_STATE_H_
#define JIKIMI_STORE_DATABASE_STATE_H_

#include <memory>
#include <string>

#include "store/connection.h"
#include "store/database.h"
#include "store/pool.h"

namespace jikimi::store {

// What stands behind a Database. `readers` is the same pool as `writers` on PostgreSQL; SQLite has
// one writer, for which the threads of this process queue up instead of polling the file's lock.
class DatabaseState {
 public:
  DatabaseState(Engine its_engine, std::string its_name, DatabaseOptions its_options)
      : engine(its_engine), name(std::move(its_name)), options(its_options) {}

  Result<void> Run(Beginning beginning, const std::function<Result<void>(Transaction&)>& work);

  const Engine engine;
  const std::string name;
  const DatabaseOptions options;
  std::string path;  // SQLite's file
  std::shared_ptr<Pool> writers;
  std::shared_ptr<Pool> readers;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_DATABASE_STATE_H_
