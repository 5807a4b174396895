#ifndef JIKIMI_HTTP_RESPONSE_H_
#define JIKIMI_HTTP_RESPONSE_H_

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/headers.h"

namespace jikimi::http {

class EventStream;

// A body that is read piece by piece while it is sent: a file, a sealed upload. Read on worker
// threads, by one at a time, in any order of offsets.
class Content {
 public:
  virtual ~Content() = default;

  virtual std::uint64_t size() const = 0;
  // Fills `into`, which lies within the size. An error ends the connection: what was promised by
  // the header can't be kept.
  virtual Result<void> Read(std::uint64_t offset, std::span<std::byte> into) = 0;
};

// Whether a body may be compressed. Compressing what holds a secret together with something that
// an attacker chose tells him the secret through the length (BREACH), so it is off unless a route
// says that its body is not both: pages, scripts, public lists.
enum class Compression { kNever, kAllowed };

// Whether parts of the body may be asked for (RFC 9110 section 14). Needs an `etag` for If-Range.
enum class Ranges { kNone, kBytes };

struct Response {
  int status = 200;
  // The server adds the rest: Content-Length, Date, Connection and the headers of security, where a
  // route has not set them itself:
  //   Cache-Control: no-store
  //   Content-Security-Policy: default-src 'none'; frame-ancestors 'none'
  //   Cross-Origin-Resource-Policy: same-origin
  //   Referrer-Policy: no-referrer
  //   X-Content-Type-Options: nosniff
  //   Strict-Transport-Security: max-age=63072000   (under TLS)
  Headers headers;
  std::string content_type;  // "application/json"; empty where there is no body
  std::string etag;          // quoted, as it stands in the header (http/etag.h); may be empty

  // The body: one of these. `events` (http/events.h) goes on until either side closes.
  std::string body;
  std::shared_ptr<Content> content;
  std::shared_ptr<EventStream> events;

  Compression compression = Compression::kNever;
  Ranges ranges = Ranges::kNone;
};

// "Not Found"; "Unknown" for a status that is not one of RFC 9110 or 6585.
std::string_view ReasonPhrase(int status);

Response JsonResponse(int status, const boost::json::value& value);
// 201 with where the new thing is: `location` is a path of ours, beginning with '/'.
Response CreatedResponse(std::string_view location, const boost::json::value& value);
Response NoContentResponse();  // 204
Response TextResponse(int status, std::string text);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_RESPONSE_H_
