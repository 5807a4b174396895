#include "http/outgoing.h"

#include <gtest/gtest.h>

#include <string>

#include "http/etag.h"
#include "http/problem.h"

namespace jikimi::http {
namespace {

constexpr Timestamp kNow{std::chrono::microseconds(784'111'777'000'000)};

Response Page(std::size_t bytes) {
  Response response = TextResponse(200, std::string(bytes, 'x'));
  response.compression = Compression::kAllowed;
  response.ranges = Ranges::kBytes;
  response.etag = "\"a\"";
  return response;
}

Outgoing Make(Response response, std::vector<std::pair<std::string, std::string>> headers = {},
              Method method = Method::kGet) {
  Request request;
  request.method = method;
  request.reference = "ref";
  for (const auto& [name, value] : headers) request.headers.AddReceived(name, value);
  return Compose(&request, std::move(response), {.now = kNow});
}

bool Has(const Outgoing& out, std::string_view line) {
  return out.head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
}

TEST(HttpDateTest, IsTheOneOfTheSpecification) {
  EXPECT_EQ(HttpDate(kNow), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(HttpDate(Timestamp(std::chrono::microseconds(-1))), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(ComposeTest, WhatTheClientHasIsNotSentAgain) {
  const Outgoing out = Make(Page(5'000), {{"If-None-Match", "W/\"a\""}});
  EXPECT_EQ(out.status, 304);
  EXPECT_TRUE(out.pieces.empty());
  EXPECT_TRUE(Has(out, "ETag: \"a\""));
  EXPECT_EQ(out.head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(out.head.find("\r\nContent-Type"), std::string::npos);
  // A compressed body's weak tag comes back the same way.
  const Outgoing packed = Make(Page(5'000), {{"Accept-Encoding", "gzip"}});
  EXPECT_TRUE(Has(packed, "ETag: W/\"a\""));
  EXPECT_EQ(Make(Page(5'000), {{"Accept-Encoding", "gzip"}, {"If-None-Match", "W/\"a\""}}).status,
            304);
  // Of a change there is nothing that the client could have.
  EXPECT_EQ(Make(Page(5), {{"If-None-Match", "\"a\""}}, Method::kPut).status, 200);
}

TEST(ComposeTest, NothingIsCompressedThatMustNotBe) {
  Response secret = Page(5'000);
  secret.compression = Compression::kNever;
  EXPECT_FALSE(
      Has(Make(std::move(secret), {{"Accept-Encoding", "gzip"}}), "Content-Encoding: gzip"));
  EXPECT_FALSE(Has(Make(Page(100), {{"Accept-Encoding", "gzip"}}), "Content-Encoding: gzip"));
  const Outgoing part = Make(Page(5'000), {{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-9"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_FALSE(Has(part, "Content-Encoding: gzip"));
  EXPECT_EQ(part.body_bytes, 10u);
}

TEST(ComposeTest, PartsStandBetweenBoundaries) {
  const Outgoing out = Make(Page(100), {{"Range", "bytes=0-1,98-"}});
  std::string body;
  for (const Piece& piece : out.pieces) body += piece.bytes;
  EXPECT_EQ(body,
            "\r\n--part-ref\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes "
            "0-1/100\r\n\r\nxx\r\n--part-ref\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Range: bytes 98-99/100\r\n\r\nxx\r\n--part-ref--\r\n");
  EXPECT_TRUE(Has(out, "Content-Length: " + std::to_string(body.size())));
  EXPECT_TRUE(Has(out, "Content-Type: multipart/byteranges; boundary=part-ref"));
}

TEST(ComposeTest, RangesOfErrorsAndOfHeadAreLeftAlone) {
  EXPECT_EQ(Make(RequestFault({ErrorCode::kNotFound, "no"}), {{"Range", "bytes=0-1"}}).status, 404);
  const Outgoing head = Make(Page(100), {{"Range", "bytes=0-1"}}, Method::kHead);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(Has(head, "Content-Length: 100"));
  EXPECT_TRUE(head.pieces.empty());
}

TEST(ComposeTest, RoutesMaySayMoreThanTheDefault) {
  Response page = Page(5);
  page.headers.Add("Content-Security-Policy", "default-src 'self'");
  page.headers.Add("Cache-Control", "public, max-age=60");
  const Outgoing out = Make(std::move(page));
  EXPECT_TRUE(Has(out, "Content-Security-Policy: default-src 'self'"));
  EXPECT_EQ(out.head.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(out.head.find("no-store"), std::string::npos);
}

TEST(HeadersDeathTest, ALineEndInAHeaderIsABug) {
  Headers headers;
  EXPECT_DEATH(headers.Add("X", "a\r\nSet-Cookie: b"), "CHECK");
  EXPECT_DEATH(headers.Add("X Y", "a"), "CHECK");
}

}  // namespace
}  // namespace jikimi::http
