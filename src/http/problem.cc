#include "http/problem.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace jikimi::http {
namespace {

std::string_view PublicSentence(int status) {
  switch (status) {
    case 503:
      return "This can't be done at the moment. Try again later.";
    case 507:
      return "There is no room or time for this at the moment.";
    default:
      return "Something went wrong on our side. The reference finds it in the server's log.";
  }
}

}  // namespace

int StatusOf(ErrorCode code, Origin origin) {
  const bool of_request = origin == Origin::kRequest;
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 422;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
      return 409;
    case ErrorCode::kStale:
      return 412;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kUnsupported:
      return 415;
    case ErrorCode::kCorrupt:
      return of_request ? 422 : 500;
    case ErrorCode::kResourceExhausted:
      return of_request ? 413 : 507;
    case ErrorCode::kUnavailable:
    case ErrorCode::kInterrupted:
      return 503;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Response ToResponse(const Problem& problem) {
  boost::json::object body;
  body["type"] = "urn:jikimi:problem:" + problem.kind;
  body["title"] = ReasonPhrase(problem.status);
  body["status"] = problem.status;
  body["detail"] = problem.detail;
  if (!problem.errors.empty()) {
    boost::json::array& errors = body["errors"].emplace_array();
    for (const Invalid& invalid : problem.errors) {
      errors.push_back({{"pointer", invalid.pointer}, {"detail", invalid.detail}});
    }
  }
  if (!problem.reference.empty()) body["reference"] = problem.reference;
  Response response = JsonResponse(problem.status, body);
  response.content_type = "application/problem+json";
  if (problem.retry_after) {
    response.headers.Set("Retry-After", std::to_string(problem.retry_after->count()));
  }
  return response;
}

Problem ProblemOf(const Error& error, Origin origin, std::string_view reference) {
  Problem problem;
  problem.status = StatusOf(error.code, origin);
  problem.kind = ErrorCodeName(error.code);
  if (problem.status < 500) {
    problem.detail = error.message;
    return problem;
  }
  problem.detail = PublicSentence(problem.status);
  problem.reference = reference;
  if (problem.status == 503) problem.retry_after = std::chrono::seconds(5);
  return problem;
}

Response RequestFault(const Error& error) {
  return ToResponse(ProblemOf(error, Origin::kRequest, ""));
}

Response Invalids(std::vector<Invalid> errors) {
  Problem problem;
  problem.status = 422;
  problem.kind = ErrorCodeName(ErrorCode::kInvalidArgument);
  problem.detail = "Something in the request doesn't fit: see errors.";
  problem.errors = std::move(errors);
  return ToResponse(problem);
}

Response Unauthorized(std::string_view detail) {
  Problem problem;
  problem.status = 401;
  problem.kind = "unauthorized";
  problem.detail = detail;
  Response response = ToResponse(problem);
  // RFC 9110 asks for a challenge; there is none that a browser could answer by itself.
  response.headers.Set("WWW-Authenticate", "Session");
  return response;
}

Response TooManyRequests(std::string_view detail, std::chrono::seconds retry_after) {
  Problem problem;
  problem.status = 429;
  problem.kind = "too_many_requests";
  problem.detail = detail;
  problem.retry_after = retry_after;
  return ToResponse(problem);
}

}  // namespace jikimi::http
