#include "http/worker_pool.h"

#include <utility>

#include "base/check.h"

namespace jikimi::http {

WorkerPool::WorkerPool(int threads, int max_waiting)
    : max_waiting_(static_cast<std::size_t>(max_waiting)) {
  CHECK(threads >= 1 && max_waiting >= 1);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

bool WorkerPool::Run(std::function<void()> work, Urgency urgency) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || (urgency == Urgency::kNew && waiting_.size() >= max_waiting_)) return false;
    if (urgency == Urgency::kNew) {
      waiting_.push_back(std::move(work));
    } else {
      waiting_.push_front(std::move(work));
    }
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

int WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(waiting_.size());
}

void WorkerPool::Work() {
  while (true) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace jikimi::http
