#ifndef JIKIMI_STORE_DATABASE_H_
#define JIKIMI_STORE_DATABASE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"

// The database of a centre, for everybody who needs a transaction. What is done in one is SQL,
// which stands in the rooms' *_tables.cc alone: they include store/sql.h.
namespace jikimi::store {

class Connection;
class DatabaseState;
struct TransactionAccess;

enum class Engine { kSqlite, kPostgresql };

// SQLite: what is done where there is no file.
enum class MissingFile { kIsMade, kIsRefused };

struct DatabaseOptions {
  // Connections at most. SQLite has one writer whatever this says; the rest are readers.
  int max_connections = 8;
  // How long a transaction waits for its turn: for a free connection, for another writer, and,
  // all tries together, for transactions that it is in conflict with. Then kUnavailable.
  std::chrono::milliseconds patience{10'000};
  // How long one statement may run; then kResourceExhausted. Zero: for ever.
  std::chrono::milliseconds statement_timeout{30'000};
  // SQLite: how large the file may grow; then kResourceExhausted. Zero: as the disk allows.
  std::int64_t max_bytes = 0;
  MissingFile missing_file = MissingFile::kIsMade;
};

enum class Access {
  kRead,     // one unchanging view of committed data; a write is kInternal: our bug
  kWrite,    // serializable: as if all such transactions ran one after the other
  kLocking,  // read committed, for code that locks the rows it reads (FOR UPDATE)
};

// A transaction under way; lives as long as the call that was given it. One thread at a time.
// After a statement has failed nothing but the end is possible: further statements give the same
// error and the transaction is rolled back, whatever its work returns.
class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

 private:
  friend struct TransactionAccess;
  explicit Transaction(Connection& connection) : connection_(connection) {}

  Connection& connection_;
  std::optional<Error> failure_;
  bool streaming_ = false;
};

// One SQLite file or one PostgreSQL database, with its connections. Thread-safe. Movable; not to
// be moved or destroyed while a transaction is under way.
class Database {
 public:
  // Opens, and connects once, so that what is wrong with `url` shows here:
  //   sqlite:PATH                   the file is made (for its owner only) when it is missing, or
  //                                 that is kNotFound, as a missing PostgreSQL database always is
  //   postgresql://USER@HOST/NAME   also postgres://, all that libpq takes; user names and
  //                                 passwords percent-encoded
  // No error or log of this room holds a password, or a value that a statement was given.
  static Result<Database> Open(std::string_view url, DatabaseOptions options = {});

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Engine engine() const;
  // "sqlite:PATH" or "postgresql://HOST:PORT/NAME": for messages, without user and password.
  const std::string& name() const;

  // Runs `work` (callable as Result<T>(Transaction&)) in a transaction and commits when it
  // succeeds, before returning: a success is durable. On any error nothing of it remains.
  // In conflict with others (serialization failure, deadlock, busy file) it is rolled back and
  // `work` is called again, up to 20 times within `patience`: apart from its statements `work`
  // must have no effects that hurt when repeated. A connection that breaks on the way is
  // kUnavailable; if it broke during the commit, the message says that the outcome is unknown.
  // The next transaction connects anew.
  template <typename Work>
  auto Read(Work&& work) {
    return Run(Access::kRead, work);
  }
  template <typename Work>
  auto Write(Work&& work) {
    return Run(Access::kWrite, work);
  }
  // SQLite runs this as Write(). See Access::kLocking.
  template <typename Work>
  auto WriteLocking(Work&& work) {
    return Run(Access::kLocking, work);
  }

 private:
  friend struct TransactionAccess;
  explicit Database(std::unique_ptr<DatabaseState> state);

  Result<void> RunErased(Access access, const std::function<Result<void>(Transaction&)>& work);

  template <typename Work>
  auto Run(Access access, Work& work) -> std::invoke_result_t<Work&, Transaction&> {
    using Value = typename std::invoke_result_t<Work&, Transaction&>::value_type;
    if constexpr (std::is_void_v<Value>) {
      return RunErased(access, [&](Transaction& transaction) { return work(transaction); });
    } else {
      std::optional<Value> value;
      const auto keep = [&](Transaction& transaction) -> Result<void> {
        value.reset();
        value.emplace(TRY(work(transaction)));
        return {};
      };
      TRY(RunErased(access, keep));
      return std::move(*value);
    }
  }

  std::unique_ptr<DatabaseState> state_;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_DATABASE_H_
