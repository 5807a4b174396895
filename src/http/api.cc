#include "http/api.h"

#include <exception>

#include "base/check.h"
#include "http/origin.h"

namespace jikimi::http {
namespace {

std::string_view SentenceFor(int status) {
  if (status == 415) return "The body has a form that isn't taken here: see errors.";
  return "Something in the request doesn't fit: see errors.";
}

Response FaultsResponse(RequestFaults faults) {
  Problem problem;
  problem.status = faults.status;
  problem.kind = faults.status == 415 ? "unsupported" : "invalid_argument";
  problem.detail = SentenceFor(faults.status);
  problem.errors = std::move(faults.errors);
  return ToResponse(problem);
}

}  // namespace

Api::Api(OpenApi description, Options options)
    : description_(std::move(description)), options_(std::move(options)) {}

void Api::Handle(std::string_view operation_id, Handler handler) {
  CHECK(!finished_ && handler);
  CHECK(handlers_.try_emplace(std::string(operation_id), std::move(handler)).second);
}

Result<void> Api::Finish() {
  CHECK(!finished_);
  std::string missing;
  for (const auto& operation : description_.operations()) {
    if (!handlers_.contains(operation->id)) missing += " " + operation->id;
    TRY(router_.Add(operation->method, operation->path_template, operation.get()));
  }
  std::string unknown;
  for (const auto& [id, unused] : handlers_) {
    if (!description_.Find(id)) unknown += " " + id;
  }
  if (!missing.empty() || !unknown.empty()) {
    std::string message = "the API's description and its handlers differ:";
    if (!missing.empty()) message += " no handler for" + missing + ";";
    if (!unknown.empty()) message += " not described:" + unknown + ";";
    message.pop_back();
    return Error{ErrorCode::kInvalidArgument, message};
  }
  finished_ = true;
  return {};
}

Router::Match Api::Find(Method method, const Target& target) const {
  CHECK(finished_);
  return router_.Find(method, target.segments);
}

Response Api::Run(Request request,
                  const std::vector<std::pair<std::string, std::string>>& path_parameters) const {
  CHECK(finished_ && request.operation);
  const auto fail = [&](const Error& error) {
    const Problem problem = ProblemOf(error, Origin::kServer, request.reference);
    if (problem.status >= 500 && options_.failure_log) {
      options_.failure_log(request.reference, request.operation->id, error);
    }
    return ToResponse(problem);
  };
  Result<Response> result = RunCaught(request, path_parameters);
  Response response = result ? *std::move(result) : fail(result.error());
  if (!options_.check_responses) return response;
  const std::vector<Invalid> faults = CheckResponse(*request.operation, response);
  if (faults.empty()) return response;
  return fail({ErrorCode::kInternal,
               "the answer isn't as described: " + faults[0].pointer + " " + faults[0].detail});
}

// What a library throws in a handler ends that request, not the server for everybody.
Result<Response> Api::RunCaught(
    Request& request,
    const std::vector<std::pair<std::string, std::string>>& path_parameters) const {
  try {
    return RunChecked(request, path_parameters);
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, std::string("an exception in a handler: ") + error.what()};
  }
}

Result<Response> Api::RunChecked(
    Request& request,
    const std::vector<std::pair<std::string, std::string>>& path_parameters) const {
  TRY(CheckOrigin(request, options_.origins));
  if (options_.guard) {
    if (auto refusal = TRY(options_.guard(request))) return *std::move(refusal);
  }
  RequestFaults faults = CheckRequest(*request.operation, path_parameters, request);
  if (faults.status != 0) return FaultsResponse(std::move(faults));
  const auto handler = handlers_.find(request.operation->id);
  CHECK(handler != handlers_.end());
  return handler->second(request);
}

}  // namespace jikimi::http
