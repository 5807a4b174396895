#ifndef JIKIMI_HTTP_PROBLEM_H_
#define JIKIMI_HTTP_PROBLEM_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/response.h"

// Errors as clients see them: application/problem+json (RFC 9457).
namespace jikimi::http {

// Whose fault bytes and limits are, which the code alone doesn't tell: a picture that a client
// uploaded and that is broken is the request's, a row of ours that is broken is the server's.
enum class Origin { kRequest, kServer };

// The table of ErrorCode → status:
//   kInvalidArgument 422   well-formed HTTP and JSON, but refused; what is malformed never gets as
//                          far as a handler and is 400
//   kNotFound 404          kAlreadyExists 409       kStale 412
//   kPermissionDenied 403  kUnsupported 415
//   kCorrupt           422 of the request, 500 of the server
//   kResourceExhausted 413 of the request, 507 of the server (disk, time of a statement)
//   kUnavailable 503 and kInterrupted 503, with Retry-After; kInternal 500
// Floods are 429, which a route says itself (TooManyRequests).
int StatusOf(ErrorCode code, Origin origin);

// A part of a request that is wrong.
struct Invalid {
  std::string pointer;  // "#/items/0/url" in the body (RFC 6901), or "query/limit", "path/id",
                        // "header/If-Match"
  std::string detail;   // "is 300 characters long: at most 200 are allowed"

  friend bool operator==(const Invalid&, const Invalid&) = default;
};

struct Problem {
  int status = 500;
  // Which kind, stable for programs: "not_found". Becomes the type urn:jikimi:problem:not_found.
  std::string kind;
  std::string detail;  // a sentence for people
  std::vector<Invalid> errors;
  std::optional<std::chrono::seconds> retry_after;
  std::string reference;  // of the request, where the cause stands in the log only
};

Response ToResponse(const Problem& problem);

// What a handler's error becomes. From 500 upwards nothing of the message is shown: the problem
// holds `reference`, and whoever calls writes the message to the log under it.
Problem ProblemOf(const Error& error, Origin origin, std::string_view reference);

// For handlers, whose plain errors are taken as of kServer: the same error as the request's fault.
Response RequestFault(const Error& error);
// 422 with pointers.
Response Invalids(std::vector<Invalid> errors);
// 401; `detail` must not tell which part of the credentials was wrong.
Response Unauthorized(std::string_view detail);
// 429 with Retry-After.
Response TooManyRequests(std::string_view detail, std::chrono::seconds retry_after);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_PROBLEM_H_
