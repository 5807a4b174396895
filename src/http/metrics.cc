#include "http/metrics.h"

#include <algorithm>
#include <cstdio>

#include "base/check.h"
#include "http/characters.h"

namespace jikimi::http {
namespace {

// The shortest text that a double is read back from.
std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.15g", value);
  return text;
}

bool IsMetricName(std::string_view name) {
  return !name.empty() && !IsDigit(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlpha(c) || IsDigit(c) || c == '_'; });
}

}  // namespace

void Metrics::CountRequest(std::string_view operation, std::string_view method, int status,
                           std::chrono::microseconds took) {
  const double seconds = static_cast<double>(took.count()) / 1e6;
  const std::size_t bucket = static_cast<std::size_t>(
      std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  const std::lock_guard lock(mutex_);
  Series& series = requests_[Name{std::string(operation), std::string(method), status}];
  ++series.buckets[bucket];
  ++series.count;
  series.seconds += seconds;
}

void Metrics::CountRefusal(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  const auto found = refusals_.find(reason);
  if (found == refusals_.end()) {
    refusals_.emplace(reason, 1);
  } else {
    ++found->second;
  }
}

void Metrics::AddGauge(std::string name, std::string help, std::function<double()> value) {
  CHECK(IsMetricName(name));
  const std::lock_guard lock(mutex_);
  CHECK(gauges_.try_emplace(std::move(name), Gauge{std::move(help), std::move(value)}).second);
}

std::string Metrics::ToText() const {
  std::map<Name, Series> requests;
  std::map<std::string, std::uint64_t, std::less<>> refusals;
  std::map<std::string, Gauge> gauges;
  {
    // Gauges may take locks of others: none is asked under ours.
    const std::lock_guard lock(mutex_);
    requests = requests_;
    refusals = refusals_;
    gauges = gauges_;
  }
  std::string text =
      "# HELP jikimi_http_request_duration_seconds From a request's first byte to its answer's "
      "last.\n# TYPE jikimi_http_request_duration_seconds histogram\n";
  for (const auto& [name, series] : requests) {
    const std::string labels = "operation=\"" + name.operation + "\",method=\"" + name.method +
                               "\",status=\"" + std::to_string(name.status) + "\"";
    const std::string metric = "jikimi_http_request_duration_seconds";
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      below += series.buckets[i];
      text += metric + "_bucket{" + labels + ",le=\"" + Number(kBounds[i]) + "\"} " +
              std::to_string(below) + "\n";
    }
    text += metric + "_bucket{" + labels + ",le=\"+Inf\"} " + std::to_string(series.count) + "\n" +
            metric + "_sum{" + labels + "} " + Number(series.seconds) + "\n" + metric + "_count{" +
            labels + "} " + std::to_string(series.count) + "\n";
  }
  text +=
      "# HELP jikimi_http_refusals_total Connections and requests refused before they were "
      "requests.\n# TYPE jikimi_http_refusals_total counter\n";
  for (const auto& [reason, count] : refusals) {
    text += "jikimi_http_refusals_total{reason=\"" + reason + "\"} " + std::to_string(count) + "\n";
  }
  for (const auto& [name, gauge] : gauges) {
    text += "# HELP " + name + " " + gauge.help + "\n# TYPE " + name + " gauge\n" + name + " " +
            Number(gauge.value()) + "\n";
  }
  return text;
}

}  // namespace jikimi::http
