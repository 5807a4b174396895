#include "http/basic_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "base/bytes.h"
#include "http/etag.h"

namespace jikimi::http {

void AddBasicRoutes(Api& api, const Metrics& metrics, std::vector<ReadyCheck> checks,
                    Api::FailureLog failure_log) {
  api.Handle("getHealth", [](const Request&) -> Result<Response> {
    return JsonResponse(200, {{"status", "ok"}});
  });
  api.Handle("getReadiness",
             [checks = std::move(checks),
              failure_log = std::move(failure_log)](const Request& request) -> Result<Response> {
               bool all = true;
               boost::json::array list;
               for (const ReadyCheck& check : checks) {
                 const auto result = check.check();
                 if (!result && failure_log) {
                   failure_log(request.reference, request.operation->id,
                               Prefixed(check.name, result.error()));
                 }
                 list.push_back({{"name", check.name}, {"ready", result.has_value()}});
                 all = all && result.has_value();
               }
               return JsonResponse(all ? 200 : 503, {{"ready", all}, {"checks", std::move(list)}});
             });
  api.Handle("getMetrics", [&metrics](const Request&) -> Result<Response> {
    Response response = TextResponse(200, metrics.ToText());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.compression = Compression::kAllowed;
    return response;
  });
  const auto text = std::make_shared<const std::string>(api.description().text());
  const std::string etag = ContentTag(AsBytes(*text));
  api.Handle("getDescription", [text, etag](const Request&) -> Result<Response> {
    Response response;
    response.content_type = "application/json";
    response.body = *text;
    response.etag = etag;
    response.compression = Compression::kAllowed;
    response.ranges = Ranges::kBytes;
    return response;
  });
}

}  // namespace jikimi::http
