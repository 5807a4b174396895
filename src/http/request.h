#ifndef JIKIMI_HTTP_REQUEST_H_
#define JIKIMI_HTTP_REQUEST_H_

#include <any>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/cookie.h"
#include "http/headers.h"
#include "http/target.h"

namespace jikimi::http {

struct Operation;

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kTrace };

// "GET", "HEAD", …; and back, nullopt for a method that is none of these. Case matters.
std::string_view MethodName(Method method);
std::optional<Method> ParseMethod(std::string_view text);
// Whether the method changes nothing (RFC 9110 section 9.2.1).
bool IsSafe(Method method);

// A whole request, as a handler gets it: on a worker thread, which it may block, after everything
// in it has been checked against the operation's description in api/openapi.yaml.
struct Request {
  Method method = Method::kGet;  // kHead comes to the handler of GET, whose body is not sent
  Target target;                 // path and query, percent-decoded
  Headers headers;
  Cookies cookies;
  std::string body;

  bool tls = false;
  // Where it came from, "192.0.2.1" or "2001:db8::": IPv4 whole, IPv6 cut to its /64. For quotas in
  // memory; never for the database or a log.
  std::string source;
  // 16 hex digits that name this request in the log and in a problem that we can't explain.
  std::string reference;

  // Set once the operation is known. Lives as long as the server.
  const Operation* operation = nullptr;
  // Parameters of the operation that the request gives, or that have a default, in the type that
  // the description gives them: path, query, header and cookie, by name.
  std::vector<std::pair<std::string, boost::json::value>> parameters;
  // The body, where the operation takes application/json; else null.
  boost::json::value json;
  // Who acts: set by the guard (http/api.h), read by handlers with std::any_cast.
  std::any identity;

  // The parameter; nullptr when it was not given and has no default.
  const boost::json::value* Find(std::string_view name) const;
  // A parameter that is described as a required string or integer, or as one with a default;
  // another type, or none, is a bug of the route.
  std::string_view Text(std::string_view name) const;
  std::int64_t Integer(std::string_view name) const;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_REQUEST_H_
