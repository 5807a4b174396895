#ifndef JIKIMI_HTTP_SHARED_H_
#define JIKIMI_HTTP_SHARED_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "http/server.h"
#include "http/worker_pool.h"

namespace jikimi::http {

// What all connections share. Outlives them.
struct Shared {
  Shared(const Api& the_api, const ServerOptions& the_options, const Clock& the_clock,
         Metrics& the_metrics)
      : api(the_api),
        options(the_options),
        clock(the_clock),
        metrics(the_metrics),
        workers(the_options.limits.workers, the_options.limits.waiting_requests) {}

  const Api& api;
  const ServerOptions options;
  const Clock& clock;
  Metrics& metrics;
  WorkerPool workers;
  std::atomic<bool> draining = false;
  std::atomic<std::uint64_t> body_bytes = 0;  // of bodies under way

  // Counts a connection in, or says no.
  bool Enter(const std::string& source);
  void Leave(const std::string& source);
  int connections() const;
  // Waits until all have left; false: not in time.
  bool AwaitEmpty(std::chrono::milliseconds patience);

 private:
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  int connections_ = 0;
  std::map<std::string, int> by_source_;
};

// Bytes of a body that count against the bound on all of them, as long as this lives.
class BodyAllowance {
 public:
  explicit BodyAllowance(Shared& shared) : shared_(shared) {}
  BodyAllowance(const BodyAllowance&) = delete;
  BodyAllowance& operator=(const BodyAllowance&) = delete;
  ~BodyAllowance() { shared_.body_bytes -= held_; }

  // Whether the bound still holds with `bytes` in all.
  bool GrowTo(std::uint64_t bytes) {
    shared_.body_bytes += bytes - held_;
    held_ = bytes;
    return shared_.body_bytes <= shared_.options.limits.all_body_bytes;
  }

 private:
  Shared& shared_;
  std::uint64_t held_ = 0;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_SHARED_H_
