#ifndef JIKIMI_STORE_POOL_H_
#define JIKIMI_STORE_POOL_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "store/connection.h"

namespace jikimi::store {

// Lends connections, at most `limit` at a time, to whoever has waited longest. Thread-safe.
class Pool {
 public:
  using Opener = std::function<Result<std::unique_ptr<Connection>>()>;

  Pool(Opener open, int limit) : open_(std::move(open)), limit_(limit) {}
  ~Pool();

  // Owns a connection while it is lent; gives it back when destroyed, unless it is lost().
  class Loan {
   public:
    Loan(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Loan(Loan&& other) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (connection_) pool_->GiveBack(std::move(connection_));
    }
    Connection& operator*() { return *connection_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // An idle connection or a new one. None free before `deadline`: kUnavailable.
  Result<Loan> Acquire(std::chrono::steady_clock::time_point deadline);

  // Closes idle connections: the server behind them has gone.
  void DropIdle();

 private:
  struct Waiter {
    std::condition_variable ready;
  };
  bool Free() const { return !idle_.empty() || lent_ < limit_; }
  void GiveBack(std::unique_ptr<Connection> connection);
  void WakeFirst();

  const Opener open_;
  const int limit_;
  std::mutex mutex_;
  std::list<Waiter> waiters_;  // first come, first served
  std::vector<std::unique_ptr<Connection>> idle_;
  int lent_ = 0;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_POOL_H_
