#include "store/pool.h"

#include <utility>

#include "base/check.h"

namespace jikimi::store {

Pool::~Pool() { CHECK(lent_ == 0 && waiters_.empty()); }

Result<Pool::Loan> Pool::Acquire(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (!waiters_.empty() || !Free()) {
    const auto me = waiters_.emplace(waiters_.end());
    const bool mine =
        me->ready.wait_until(lock, deadline, [&] { return me == waiters_.begin() && Free(); });
    waiters_.erase(me);
    if (!mine) {
      WakeFirst();
      return Error{ErrorCode::kUnavailable, "no database connection came free in time"};
    }
  }
  ++lent_;
  WakeFirst();
  if (!idle_.empty()) {
    Loan loan(*this, std::move(idle_.back()));
    idle_.pop_back();
    return loan;
  }
  lock.unlock();
  auto opened = open_();
  if (opened) return Loan(*this, std::move(opened).value());
  lock.lock();
  --lent_;
  WakeFirst();
  return std::move(opened).error();
}

void Pool::DropIdle() {
  std::vector<std::unique_ptr<Connection>> closing;
  const std::lock_guard lock(mutex_);
  closing.swap(idle_);
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  --lent_;
  if (!connection->lost()) idle_.push_back(std::move(connection));
  WakeFirst();
}

void Pool::WakeFirst() {
  if (!waiters_.empty() && Free()) waiters_.front().ready.notify_one();
}

}  // namespace jikimi::store
