#ifndef JIKIMI_JIKIMI_IN_ORDER_H_
#define JIKIMI_JIKIMI_IN_ORDER_H_

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace jikimi {

// Does `work(i)` for i in [0, count) on `threads` threads and hands each result to `take(i,
// result)` on the calling thread, in order. Work runs at most `2 * threads` results ahead of what
// was taken, so memory stays bounded. Stops early once `stop()` is true: what was being worked on
// is finished, what is next in order is taken. Returns how many were taken.
template <typename Work, typename Take, typename Stop>
std::size_t InOrder(std::size_t count, int threads, const Work& work, const Take& take,
                    const Stop& stop) {
  using Value = decltype(work(std::size_t{0}));
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Value> ready;
  std::size_t next = 0, taken = 0;
  const std::size_t ahead = 2 * static_cast<std::size_t>(threads);
  int running = threads;

  const auto run = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return next >= count || next < taken + ahead || stop(); });
      if (next >= count || stop()) break;
      const std::size_t mine = next++;
      lock.unlock();
      Value value = work(mine);
      lock.lock();
      ready.emplace(mine, std::move(value));
      changed.notify_all();
    }
    --running;
    changed.notify_all();
  };

  std::vector<std::jthread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(run);
  std::unique_lock lock(mutex);
  while (taken < count) {
    changed.wait(lock, [&] { return ready.contains(taken) || running == 0; });
    auto node = ready.extract(taken);
    if (node.empty()) break;
    lock.unlock();
    take(taken, std::move(node.mapped()));
    lock.lock();
    ++taken;
    changed.notify_all();
  }
  return taken;
}

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_IN_ORDER_H_
