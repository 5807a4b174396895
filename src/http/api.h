#ifndef JIKIMI_HTTP_API_H_
#define JIKIMI_HTTP_API_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/openapi.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"

namespace jikimi::http {

// The handlers of the operations that api/openapi.yaml describes.
//
// How an operation is added: describe it in api/openapi.yaml with an operationId, all parameters,
// the request's schema and every status that it answers; then Handle("thatId", …). The server
// starts only when every described operation has a handler and every handler is described.
//
// A request passes, on a worker thread: CSRF rule (http/origin.h) → guard → parameters → body →
// handler. What fails on the way is a problem with pointers and never gets further.
class Api {
 public:
  using Handler = std::function<Result<Response>(const Request&)>;
  // Decides who acts, before anything of the request but its operation is looked at, and puts that
  // into `identity`. A response that it returns ends the request (Unauthorized()).
  using Guard = std::function<Result<std::optional<Response>>(Request&)>;
  // Told of each error whose message a client doesn't see.
  using FailureLog =
      std::function<void(std::string_view reference, std::string_view operation, const Error&)>;

  struct Options {
    // Where our pages live, "https://jikimi.example": what Origin must be on requests that change
    // something. Empty: the request's own Host.
    std::vector<std::string> origins;
    // Refuses responses that don't fit the description with 500: on in tests.
    bool check_responses = false;
    FailureLog failure_log;
    Guard guard;
  };

  Api(OpenApi description, Options options);
  Api(Api&&) noexcept = default;
  ~Api() = default;

  // Registers a handler; a second one for the same operation is a bug.
  void Handle(std::string_view operation_id, Handler handler);

  // Builds the routes. kInvalidArgument lists operations without a handler and handlers without
  // an operation. To be called once, after which nothing is added.
  Result<void> Finish();

  // Any thread, once finished. What a method and path name; cheap, for the threads that read.
  Router::Match Find(Method method, const Target& target) const;
  // Runs a whole request through; blocks as long as the handler does. `request.operation` and
  // `path_parameters` are from Find().
  Response Run(Request request,
               const std::vector<std::pair<std::string, std::string>>& path_parameters) const;

  const OpenApi& description() const { return description_; }

 private:
  Result<Response> RunCaught(
      Request& request,
      const std::vector<std::pair<std::string, std::string>>& path_parameters) const;
  Result<Response> RunChecked(
      Request& request,
      const std::vector<std::pair<std::string, std::string>>& path_parameters) const;

  OpenApi description_;
  Options options_;
  std::map<std::string, Handler, std::less<>> handlers_;
  Router router_;
  bool finished_ = false;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_API_H_
