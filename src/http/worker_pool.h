#ifndef JIKIMI_HTTP_WORKER_POOL_H_
#define JIKIMI_HTTP_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jikimi::http {

// Threads that run what may block, with a bound on what waits for them. Thread-safe.
class WorkerPool {
 public:
  WorkerPool(int threads, int max_waiting);
  ~WorkerPool() { Stop(); }

  // False when as many wait as may: nothing was taken. Work that has begun, such as the next piece
  // of a body, passes the bound: `Urgency::kUnderWay`.
  enum class Urgency { kNew, kUnderWay };
  bool Run(std::function<void()> work, Urgency urgency);

  // Runs what waits, then ends the threads. Once.
  void Stop();
  int waiting() const;

 private:
  void Work();

  const std::size_t max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_WORKER_POOL_H_
