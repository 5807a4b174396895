#ifndef JIKIMI_HTTP_BASIC_ROUTES_H_
#define JIKIMI_HTTP_BASIC_ROUTES_H_

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/api.h"
#include "http/metrics.h"

namespace jikimi::http {

// Whether a part that requests need is there: the database, keys, disk.
struct ReadyCheck {
  std::string name;  // "database": shown
  std::function<Result<void>()>
      check;  // blocks for a second at most; its message goes to the failure log only
};

// Handlers of the operations that are not the product's: getHealth (/healthz: the process answers),
// getReadiness
// (/readyz: 503 when a check fails), getMetrics (/metrics, internal) and getDescription
// (/openapi.json). `metrics` outlives `api`.
void AddBasicRoutes(Api& api, const Metrics& metrics, std::vector<ReadyCheck> checks,
                    Api::FailureLog failure_log = nullptr);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_BASIC_ROUTES_H_
