#ifndef JIKIMI_STORE_CONNECTION_H_
#define JIKIMI_STORE_CONNECTION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/sql.h"

// What a database must be able to do; private to this room.
namespace jikimi::store {

using TakeRow = std::function<Result<void>(Row)>;
using NextRow = std::function<bool(std::vector<Value>&)>;

enum class Wanted { kAllRows, kRowByRow };

// How a transaction begins: what callers can ask for, and a migration's, which shuts out other
// migrations, isn't limited in time, and checks foreign keys at its end.
enum class Beginning { kRead, kWrite, kLocking, kMigration };

// One connection, used by one thread at a time. Statements come in the common language
// (dialect.h). A failed statement leaves a transaction that can only be rolled back.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual Result<void> Begin(Beginning beginning) = 0;
  virtual Result<void> Commit() = 0;
  // Always ends the transaction; a connection on which that fails is lost().
  virtual void Rollback() = 0;

  // Runs one statement, handing its rows to `take` (null: drops them); the number of rows changed.
  // kRowByRow holds one row at a time. `parameters` have passed CheckParameters().
  virtual Result<std::int64_t> Run(std::string_view sql, Parameters parameters, Wanted wanted,
                                   const TakeRow* take) = 0;
  // Runs it now, or with the next statement, with Flush() or before the commit; copies what it is
  // given.
  virtual Result<void> RunLater(std::string_view sql, Parameters parameters) {
    TRY(Run(sql, parameters, Wanted::kAllRows, nullptr));
    return {};
  }
  virtual Result<void> Flush() { return {}; }
  virtual Result<std::int64_t> RunMany(std::string_view sql,
                                       std::span<const std::vector<Value>> rows) = 0;
  virtual Result<std::int64_t> CopyIn(std::string_view table,
                                      std::span<const std::string_view> columns,
                                      const NextRow& next) = 0;

  // The tables by name, without those of the database itself.
  virtual Result<std::vector<std::string>> Tables() = 0;
  // What the database can check of itself within a transaction; kCorrupt says what is wrong.
  virtual Result<void> CheckIntegrity() = 0;

  // Whether the transaction failed because of others, so that it is worth trying again.
  bool conflict() const { return conflict_; }
  // Whether the connection can't be used any more.
  bool lost() const { return lost_; }

 protected:
  bool conflict_ = false;
  bool lost_ = false;
};

// The first column of a statement's rows, which is text.
Result<std::vector<std::string>> TextColumn(Connection& connection, std::string_view sql);

// Refuses what one of the databases couldn't keep as it is.
Result<void> CheckParameters(std::string_view sql, Parameters parameters);

// The start of a statement on one line, for messages.
std::string Excerpt(std::string_view sql);

// The room's own way past the public face of Database and Transaction.
struct TransactionAccess {
  static Connection& connection(Transaction& transaction) { return transaction.connection_; }

  // Runs `call` unless the transaction has failed or is streaming, and remembers its failure.
  template <typename Call>
  static auto Statement(Transaction& transaction, Call&& call) -> std::invoke_result_t<Call&> {
    if (transaction.failure_) return *transaction.failure_;
    if (transaction.streaming_) {
      return Error{ErrorCode::kInternal, "a statement was run while rows of another one arrive"};
    }
    auto result = call();
    if (!result) transaction.failure_ = result.error();
    return result;
  }
  // Runs what ExecuteLater() has left.
  static Result<void> Flush(Transaction& transaction);
  static void SetStreaming(Transaction& transaction, bool on) { transaction.streaming_ = on; }

  // One transaction on a connection: begins, runs, commits or rolls back; no second try.
  static Result<void> RunOnce(Connection& connection, Beginning beginning,
                              const std::function<Result<void>(Transaction&)>& work);

  // As Database::Write(), for a migration.
  static Result<void> Migrate(Database& database,
                              const std::function<Result<void>(Transaction&)>& work);

  static DatabaseState& state(Database& database) { return *database.state_; }
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_CONNECTION_H_
