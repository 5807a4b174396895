#ifndef JIKIMI_HTTP_METRICS_H_
#define JIKIMI_HTTP_METRICS_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jikimi::http {

// Numbers for Prometheus (text format 0.0.4). Labels are operationIds, methods and statuses: words
// of ours, never something that a client sent. Thread-safe.
class Metrics {
 public:
  // A request was answered.
  void CountRequest(std::string_view operation, std::string_view method, int status,
                    std::chrono::microseconds took);
  // A connection or request that was refused before it was one: "too_many_connections",
  // "malformed", "header_time", ….
  void CountRefusal(std::string_view reason);

  // A number that is asked for when metrics are read: "jikimi_jobs_due". A bug when the name is no
  // metric's name or stands already.
  void AddGauge(std::string name, std::string help, std::function<double()> value);

  std::string ToText() const;

 private:
  static constexpr std::array<double, 14> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.06,
                                                     0.08,  0.125,  0.25,  0.5,  1,    2.5,  10};
  struct Series {
    std::array<std::uint64_t, kBounds.size() + 1> buckets = {};
    std::uint64_t count = 0;
    double seconds = 0;
  };
  struct Name {
    std::string operation, method;
    int status = 0;
    auto operator<=>(const Name&) const = default;
  };
  struct Gauge {
    std::string help;
    std::function<double()> value;
  };

  mutable std::mutex mutex_;
  std::map<Name, Series> requests_;
  std::map<std::string, std::uint64_t, std::less<>> refusals_;
  std::map<std::string, Gauge> gauges_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_METRICS_H_
