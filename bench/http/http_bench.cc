// The server that bench/http/run.py measures: one small answer, made on a worker.
//   http_bench [CHAIN.pem KEY.pem]      prints its port; ends when its input does
#include <cstdio>
#include <string>

#include "http/server.h"

namespace {

constexpr char kDescription[] = R"({"openapi":"3.1.0","paths":{"/hello":{"get":{
  "operationId":"hello","responses":{"200":{"description":"","content":{"application/json":{}}}}}}}})";

}  // namespace

int main(int count, char** words) {
  using namespace jikimi;
  using namespace jikimi::http;
  auto description = OpenApi::Parse(kDescription);
  CHECK(description.has_value());
  Api api(*std::move(description), {});
  api.Handle("hello", [](const Request&) -> Result<Response> {
    return JsonResponse(200, {{"text", std::string(1'000, 'x')}});
  });
  CHECK(api.Finish().has_value());
  Listener listener;
  if (count == 3) listener.tls = TlsFiles{words[1], words[2]};
  ServerOptions options;
  options.listeners = {listener};
  // Slow clients are to stay for the length of the measurement.
  options.limits.header_time = std::chrono::minutes(10);
  options.limits.idle_time = std::chrono::minutes(10);
  options.limits.requests_a_connection = 1'000'000'000;
  SystemClock clock;
  Metrics metrics;
  auto server = Server::Start(api, options, clock, metrics);
  if (!server) {
    std::fprintf(stderr, "http_bench: %s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("%d\n", (*server)->ports()[0]);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
