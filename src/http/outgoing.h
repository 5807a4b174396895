#ifndef JIKIMI_HTTP_OUTGOING_H_
#define JIKIMI_HTTP_OUTGOING_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/request.h"
#include "http/response.h"

namespace jikimi::http {

// A part of a body: bytes, or a stretch of `content`.
struct Piece {
  std::string bytes;
  std::shared_ptr<Content> content;
  std::uint64_t offset = 0, size = 0;  // of the content
};

// A response as it goes over the wire.
struct Outgoing {
  int status = 0;
  std::string head;  // status line and fields, up to the empty line
  std::vector<Piece> pieces;
  std::shared_ptr<EventStream> events;
  bool chunked = false;  // events are sent as chunks
  std::uint64_t body_bytes = 0;
};

struct Wire {
  bool tls = false;
  bool version_1_0 = false;
  bool keep_alive = true;
  Timestamp now;
};

// Gives a response its final form: 304 where the client has it (If-None-Match), parts where it
// asked for some (Range, If-Range), gzip where both sides allow it, the headers of security, no
// body for HEAD. `request` is null where there was none that could be read.
Outgoing Compose(const Request* request, Response response, const Wire& wire);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string HttpDate(Timestamp time);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_OUTGOING_H_
