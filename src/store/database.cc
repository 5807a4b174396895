#include "store/database.h"

#include <algorithm>
#include <exception>
#include <random>
#include <thread>

#include "base/check.h"
#include "store/database_state.h"
#include "store/postgresql_connection.h"
#include "store/postgresql_url.h"
#include "store/sqlite_connection.h"

namespace jikimi::store {
namespace {

constexpr int kMaxTries = 20;
constexpr std::string_view kSqliteScheme = "sqlite:";

using SteadyClock = std::chrono::steady_clock;

// Waits longer from try to try, by chance, so that those in conflict don't meet again.
void BackOff(int tries_so_far) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int most = 1000 << std::min(tries_so_far, 6);
  std::this_thread::sleep_for(
      std::chrono::microseconds(std::uniform_int_distribution<int>(0, most)(random)));
}

// A connection goes back to its pool without a transaction, also when work throws.
class RollbackOnException {
 public:
  explicit RollbackOnException(Connection& connection) : connection_(connection) {}
  ~RollbackOnException() {
    if (std::uncaught_exceptions() > exceptions_) connection_.Rollback();
  }
  RollbackOnException(const RollbackOnException&) = delete;
  RollbackOnException& operator=(const RollbackOnException&) = delete;

 private:
  Connection& connection_;
  const int exceptions_ = std::uncaught_exceptions();
};

Result<std::unique_ptr<DatabaseState>> OpenSqlite(std::string_view path, DatabaseOptions options) {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, "sqlite: a path must follow the colon"};
  }
  auto state = std::make_unique<DatabaseState>(
      Engine::kSqlite, std::string(kSqliteScheme) + std::string(path), options);
  state->path = path;
  const auto opener = [file = state->path, options]() -> Result<std::unique_ptr<Connection>> {
    return SqliteConnection::Open(file, options);
  };
  state->writers = std::make_shared<Pool>(opener, 1);
  state->readers = std::make_shared<Pool>(opener, std::max(1, options.max_connections - 1));
  return state;
}

Result<std::unique_ptr<DatabaseState>> OpenPostgresql(std::string_view url,
                                                      DatabaseOptions options) {
  PostgresqlUrl parsed = TRY(PostgresqlUrl::Parse(url));
  auto state = std::make_unique<DatabaseState>(Engine::kPostgresql, parsed.name(), options);
  state->writers = std::make_shared<Pool>(
      [parsed = std::move(parsed), options]() -> Result<std::unique_ptr<Connection>> {
        return PostgresqlConnection::Open(parsed, options);
      },
      options.max_connections);
  state->readers = state->writers;
  return state;
}

}  // namespace

Database::Database(std::unique_ptr<DatabaseState> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Engine Database::engine() const { return state_->engine; }
const std::string& Database::name() const { return state_->name; }

Result<Database> Database::Open(std::string_view url, DatabaseOptions options) {
  CHECK(options.max_connections >= 1 && options.patience.count() >= 0 &&
        options.statement_timeout.count() >= 0 && options.max_bytes >= 0);
  std::unique_ptr<DatabaseState> state;
  if (url.starts_with(kSqliteScheme)) {
    state = TRY(OpenSqlite(url.substr(kSqliteScheme.size()), options));
  } else if (PostgresqlUrl::Matches(url)) {
    state = TRY(OpenPostgresql(url, options));
  } else {
    return Error{ErrorCode::kInvalidArgument,
                 "a database's URL begins with sqlite: or postgresql://"};
  }
  TRY(state->writers->Acquire(SteadyClock::now() + options.patience));
  return Database(std::move(state));
}

Result<void> Database::RunErased(Access access,
                                 const std::function<Result<void>(Transaction&)>& work) {
  const Beginning beginning = access == Access::kRead    ? Beginning::kRead
                              : access == Access::kWrite ? Beginning::kWrite
                                                         : Beginning::kLocking;
  return state_->Run(beginning, work);
}

Result<void> TransactionAccess::Migrate(Database& database,
                                        const std::function<Result<void>(Transaction&)>& work) {
  return database.state_->Run(Beginning::kMigration, work);
}

Result<void> TransactionAccess::RunOnce(Connection& connection, Beginning beginning,
                                        const std::function<Result<void>(Transaction&)>& work) {
  TRY(connection.Begin(beginning));
  Transaction transaction(connection);
  auto done = [&] {
    const RollbackOnException guard(connection);
    return work(transaction);
  }();
  // Work that goes on after a failed statement doesn't get half of itself committed.
  if (done && transaction.failure_) done = *transaction.failure_;
  if (done) done = connection.Flush();
  if (!done) {
    connection.Rollback();
    return done;
  }
  return connection.Commit();
}

Result<void> DatabaseState::Run(Beginning beginning,
                                const std::function<Result<void>(Transaction&)>& work) {
  Pool& pool = beginning == Beginning::kRead ? *readers : *writers;
  const auto deadline = SteadyClock::now() + options.patience;
  bool reconnected = false;
  for (int tries = 1;; ++tries) {
    bool begun = false;
    bool conflict = false;
    bool lost = false;
    bool refused_by_work = false;
    const auto noticing = [&](Transaction& transaction) {
      begun = true;
      auto result = work(transaction);
      refused_by_work = !result.has_value();
      return result;
    };
    auto done = [&]() -> Result<void> {
      Pool::Loan loan = TRY(pool.Acquire(deadline));
      auto result = TransactionAccess::RunOnce(*loan, beginning, noticing);
      conflict = (*loan).conflict();
      lost = (*loan).lost();
      return result;
    }();
    if (done) return done;
    if (lost) pool.DropIdle();
    // A connection that died while it lay idle has begun nothing: a new one costs nobody anything.
    if (lost && !begun && !reconnected) {
      reconnected = true;
      continue;
    }
    if (!conflict || lost) {
      // What the work says comes back as it is; only failures around it need to say where.
      if (refused_by_work || done.error().message.starts_with(name)) return done;
      return Prefixed(name, std::move(done).error());
    }
    if (tries >= kMaxTries || SteadyClock::now() >= deadline) {
      return Error{ErrorCode::kUnavailable, name + ": gave up after " + std::to_string(tries) +
                                                " tries in conflict with other transactions (" +
                                                std::move(done).error().message + ")"};
    }
    BackOff(tries);
  }
}

}  // namespace jikimi::store
