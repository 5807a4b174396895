#include "http/outgoing.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/check.h"
#include "http/encoding.h"
#include "http/etag.h"
#include "http/problem.h"
#include "http/range.h"

namespace jikimi::http {
namespace {

constexpr std::size_t kMinCompressedBytes = 512;  // under this gzip's frame eats the gain
constexpr std::size_t kMaxCompressedBytes = 8 << 20;

bool HasNoBody(int status) { return status == 204 || status == 304 || status < 200; }

std::uint64_t BodySize(const Response& response) {
  return response.content ? response.content->size() : response.body.size();
}

void SetUnlessThere(Headers& headers, std::string_view name, std::string_view value) {
  if (!headers.Has(name)) headers.Add(name, value);
}

void AddSecurityHeaders(Headers& headers, bool tls) {
  SetUnlessThere(headers, "Cache-Control", "no-store");
  SetUnlessThere(headers, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  SetUnlessThere(headers, "Cross-Origin-Resource-Policy", "same-origin");
  SetUnlessThere(headers, "Referrer-Policy", "no-referrer");
  SetUnlessThere(headers, "X-Content-Type-Options", "nosniff");
  if (tls) SetUnlessThere(headers, "Strict-Transport-Security", "max-age=63072000");
}

Piece PartOf(Response& response, const ByteRange& range) {
  if (response.content) return {{}, response.content, range.first, range.size()};
  return {response.body.substr(range.first, range.size()), nullptr, 0, 0};
}

std::string ContentRange(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" +
         std::to_string(size);
}

// multipart/byteranges (RFC 9110 section 14.6). The boundary needs no secret, only to be rare.
void AddParts(Response& response, const RangeRequest& ranges, std::uint64_t size,
              std::string_view reference, std::vector<Piece>& pieces) {
  const std::string boundary = "part-" + std::string(reference);
  for (const ByteRange& range : ranges.parts) {
    pieces.push_back({"\r\n--" + boundary + "\r\nContent-Type: " + response.content_type +
                          "\r\nContent-Range: " + ContentRange(range, size) + "\r\n\r\n",
                      nullptr, 0, 0});
    pieces.push_back(PartOf(response, range));
  }
  pieces.push_back({"\r\n--" + boundary + "--\r\n", nullptr, 0, 0});
  response.content_type = "multipart/byteranges; boundary=" + boundary;
}

// The body's pieces, by what the client asked for. May change status and headers.
void CutBody(const Request* request, Response& response, std::vector<Piece>& pieces) {
  const std::uint64_t size = BodySize(response);
  const bool may_cut = response.ranges == Ranges::kBytes && response.status == 200;
  if (may_cut) response.headers.Set("Accept-Ranges", "bytes");
  RangeRequest ranges;
  if (may_cut && request && request->method == Method::kGet &&
      request->headers.Count("Range") == 1 && IfRangeHolds(request->headers, response.etag)) {
    ranges = ParseRange(*request->headers.Find("Range"), size);
  }
  if (ranges.kind == RangeRequest::Kind::kUnsatisfiable) {
    const std::string etag = response.etag;
    response = ToResponse({.status = 416,
                           .kind = "range_not_satisfiable",
                           .detail = "There are " + std::to_string(size) + " bytes.",
                           .errors = {},
                           .retry_after = {},
                           .reference = {}});
    response.headers.Set("Content-Range", "bytes */" + std::to_string(size));
    pieces.push_back({response.body, nullptr, 0, 0});
  } else if (ranges.kind == RangeRequest::Kind::kParts) {
    response.status = 206;
    if (ranges.parts.size() == 1) {
      response.headers.Set("Content-Range", ContentRange(ranges.parts[0], size));
      pieces.push_back(PartOf(response, ranges.parts[0]));
    } else {
      AddParts(response, ranges, size, request->reference, pieces);
    }
  } else if (size > 0) {
    if (response.content) {
      pieces.push_back({{}, response.content, 0, size});
    } else {
      pieces.push_back({std::move(response.body), nullptr, 0, 0});
    }
  }
}

void CompressBody(const Request* request, Response& response) {
  if (response.compression == Compression::kNever || response.content || response.events) return;
  if (response.body.size() < kMinCompressedBytes || response.body.size() > kMaxCompressedBytes) {
    return;
  }
  response.headers.Add("Vary", "Accept-Encoding");
  // Parts are parts of what has not been compressed.
  if (!request || request->headers.Has("Range")) return;
  if (!AcceptsGzip(request->headers.Joined("Accept-Encoding").value_or(""))) return;
  response.body = Gzip(response.body);
  response.headers.Set("Content-Encoding", "gzip");
  response.ranges = Ranges::kNone;
  // Other bytes have another strong tag; If-None-Match compares weakly.
  if (!response.etag.empty() && !response.etag.starts_with("W/")) {
    response.etag.insert(0, "W/");
  }
}

std::string HeadText(const Response& response, const Wire& wire) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(ReasonPhrase(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers.fields()) {
    head += name + ": " + value + "\r\n";
  }
  head += "Date: " + HttpDate(wire.now) + "\r\n";
  if (!wire.keep_alive) {
    head += "Connection: close\r\n";
  } else if (wire.version_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  return head + "\r\n";
}

}  // namespace

Outgoing Compose(const Request* request, Response response, const Wire& wire) {
  Outgoing out;
  const bool safe =
      request && (request->method == Method::kGet || request->method == Method::kHead);
  if (safe && response.status == 200 && NoneMatchNames(*request, response.etag)) {
    response.status = 304;
    response.body.clear();
    response.content.reset();
    response.content_type.clear();
  }
  CompressBody(request, response);
  if (response.events) {
    out.events = std::move(response.events);
    out.chunked = !wire.version_1_0;
    if (out.chunked) response.headers.Set("Transfer-Encoding", "chunked");
  } else {
    CutBody(request, response, out.pieces);
    for (const Piece& piece : out.pieces) {
      out.body_bytes += piece.content ? piece.size : piece.bytes.size();
    }
    if (!HasNoBody(response.status)) {
      response.headers.Set("Content-Length", std::to_string(out.body_bytes));
    }
  }
  if (!response.content_type.empty()) response.headers.Set("Content-Type", response.content_type);
  if (!response.etag.empty()) response.headers.Set("ETag", response.etag);
  AddSecurityHeaders(response.headers, wire.tls);
  out.status = response.status;
  out.head = HeadText(response, wire);
  if ((request && request->method == Method::kHead) || HasNoBody(response.status)) {
    out.pieces.clear();
    out.events.reset();
    out.body_bytes = 0;
  }
  return out;
}

std::string HttpDate(Timestamp time) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  char text[64];
  std::snprintf(text, sizeof(text), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace jikimi::http
