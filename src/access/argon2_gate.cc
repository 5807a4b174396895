#include "access/argon2_gate.h"

#include <algorithm>

namespace jikimi::access {
namespace {

Error Busy() {
  return {ErrorCode::kUnavailable, "too many sign in at once: try again in some seconds"};
}

}  // namespace

Result<Argon2Gate::Pass> Argon2Gate::Enter(const Source& source) {
  std::unique_lock lock(mutex_);
  if (inside_ < limits_.at_once && turns_.empty()) {
    ++inside_;
    return Pass(this);
  }
  const auto found = queues_.find(source);
  const bool is_new = found == queues_.end();
  if (waiting_ >= limits_.waiting ||
      (!is_new && found->second.size() >= static_cast<std::size_t>(limits_.waiting_of_a_source))) {
    return Busy();
  }
  Waiter waiter;
  queues_[source].push_back(&waiter);
  if (is_new) turns_.push_back(source);
  ++waiting_;
  waiter.ready.wait_for(lock, limits_.patience, [&] { return waiter.called; });
  if (waiter.called) return Pass(this);
  // Nobody called it, so it still stands in its queue.
  --waiting_;
  const auto queue = queues_.find(source);
  queue->second.erase(std::find(queue->second.begin(), queue->second.end(), &waiter));
  if (queue->second.empty()) {
    queues_.erase(queue);
    turns_.remove(source);
  }
  return Busy();
}

void Argon2Gate::Leave() {
  const std::lock_guard lock(mutex_);
  --inside_;
  CallNext();
}

void Argon2Gate::CallNext() {
  if (turns_.empty() || inside_ >= limits_.at_once) return;
  const auto queue = queues_.find(turns_.front());
  Waiter* const next = queue->second.front();
  queue->second.pop_front();
  if (queue->second.empty()) {
    queues_.erase(queue);
    turns_.pop_front();
  } else {
    turns_.splice(turns_.end(), turns_, turns_.begin());
  }
  --waiting_;
  ++inside_;
  next->called = true;
  next->ready.notify_one();
}

}  // namespace jikimi::access
