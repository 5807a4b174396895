#include "http/server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "http/test_server.h"

namespace jikimi::http {
namespace {

using std::chrono::milliseconds;

TEST(ServerTest, AnswersAndKeepsTheConnection) {
  TestServer server;
  TestClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const TestAnswer answer = client.Ask(kHello);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "Hello, you!");
    EXPECT_FALSE(answer.headers.Has("Connection"));
  }
}

TEST(ServerTest, SendsTheHeadersOfSecurityAndNoNameOfItsOwn) {
  TestServer server;
  TestClient client(server.port());
  const TestAnswer answer = client.Ask(kHello);
  EXPECT_EQ(answer.headers.Find("Content-Security-Policy"),
            "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(answer.headers.Find("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.headers.Find("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(answer.headers.Find("Cache-Control"), "no-store");
  EXPECT_FALSE(answer.headers.Has("Strict-Transport-Security"));
  EXPECT_FALSE(answer.headers.Has("Server"));
}

struct RawCase {
  std::string name;
  std::string bytes;
  int status;
};
class RawRequestTest : public testing::TestWithParam<RawCase> {};

// Each is answered with its status, and then the connection is closed.
TEST_P(RawRequestTest, IsRefused) {
  TestServer server;
  TestClient client(server.port());
  client.Send(GetParam().bytes);
  const std::string all = client.ReceiveAll();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 " + std::to_string(GetParam().status) + " ")) << all;
  EXPECT_NE(all.find("Connection: close"), std::string::npos);
  EXPECT_EQ(all.find("HTTP/1.1", 5), std::string::npos) << "answered twice: " << all;
  EXPECT_EQ(server.notes_taken(), 0);
  // The server goes on.
  TestClient next(server.port());
  EXPECT_EQ(next.Ask(kHello).status, 200);
}

const std::string kSmuggled = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
INSTANTIATE_TEST_SUITE_P(
    , RawRequestTest,
    testing::Values(
        RawCase{
            "BothLengths",
            kPost + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kSmuggled,
            400},
        RawCase{"BothLengthsOtherOrder",
                kPost + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
        RawCase{"TwoLengths", kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
        RawCase{"ListOfLengths", kPost + "Content-Length: 2, 2\r\n\r\n{}", 400},
        RawCase{"SignedLength", kPost + "Content-Length: +2\r\n\r\n{}", 400},
        RawCase{"NegativeLength", kPost + "Content-Length: -2\r\n\r\n{}", 400},
        RawCase{"HexLength", kPost + "Content-Length: 0x2\r\n\r\n{}", 400},
        RawCase{"HugeLength", kPost + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        RawCase{"TwoEncodings",
                kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400},
        RawCase{"EncodingInDisguise", kPost + "Transfer-Encoding: xchunked\r\n\r\n", 501},
        RawCase{"EncodingTwice", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n", 501},
        RawCase{"GzipThenChunked", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        RawCase{"ChunkedInOldVersion",
                "POST /notes HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        RawCase{"SpaceBeforeColon", kPost + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
        RawCase{"FoldedLine", kPost + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n", 400},
        RawCase{"FoldedEncoding", kPost + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
        RawCase{"BareLf", "GET /hello HTTP/1.1\nHost: h\n\r\n\r\n", 400},
        RawCase{"BareCr", "GET /hello HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400},
        RawCase{"NulInValue", std::string("GET /hello HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 41),
                400},
        RawCase{"NoHost", "GET /hello HTTP/1.1\r\n\r\n", 400},
        RawCase{"TwoHosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        RawCase{"HostWithSpace", "GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        RawCase{"OtherHostInTarget", "GET http://x/hello HTTP/1.1\r\nHost: y\r\n\r\n", 400},
        RawCase{"NoFieldName", "GET /hello HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", 400},
        RawCase{"NoVersion", "GET /hello\r\n\r\n", 400},
        RawCase{"TwoSpaces", "GET  /hello HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        RawCase{"LowerCaseVersion", "GET /hello http/1.1\r\nHost: h\r\n\r\n", 400},
        RawCase{"HttpTwo", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        RawCase{"TlsGreeting", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
                400},
        RawCase{"UnknownMethod", "BREW /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                501},
        RawCase{"Trace", "TRACE /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 405},
        RawCase{"UnknownExpectation", kPost + "Expect: a-miracle\r\nContent-Length: 0\r\n\r\n",
                417},
        RawCase{"LongTarget", "GET /" + std::string(5'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
                414},
        RawCase{"EndlessFirstLine", "GET /" + std::string(40'000, 'a'), 414},
        RawCase{"LongHeader",
                "GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n",
                431},
        RawCase{"ManyFields",
                [] {
                  std::string text = "GET /hello HTTP/1.1\r\nHost: h\r\n";
                  for (int i = 0; i < 100; ++i) text += "X: y\r\n";
                  return text + "\r\n";
                }(),
                431},
        RawCase{"LongBody", kPost + "Content-Length: 100001\r\n\r\n{", 413},
        RawCase{"LongChunks",
                kPost + "Transfer-Encoding: chunked\r\n\r\n186a1\r\n" + std::string(100'001, 'a') +
                    "\r\n0\r\n\r\n",
                413},
        RawCase{"BadChunkSize", kPost + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
                400},
        RawCase{"NegativeChunk", kPost + "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
                400},
        RawCase{"HugeChunk",
                kPost + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
                400},
        RawCase{"ChunkWithoutEnd", kPost + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n\r\n",
                400},
        RawCase{"EndlessChunkExtension",
                kPost + "Transfer-Encoding: chunked\r\n\r\n2;" + std::string(20'000, 'x'), 400},
        RawCase{"MalformedCookie",
                "GET /hello HTTP/1.1\r\nHost: h\r\nCookie: a\r\nConnection: close\r\n\r\n", 400}),
    [](const auto& test) { return test.param.name; });

TEST(ServerTest, TellsMalformedTargetsUnknownPathsAndOtherMethods) {
  TestServer server;
  TestClient client(server.port());
  EXPECT_EQ(client.Ask("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n").status, 400);
  EXPECT_EQ(client.Ask("GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n").status, 400);
  EXPECT_EQ(client.Ask("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n").status, 404);
  const TestAnswer other = client.Ask("DELETE /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(other.status, 405);
  EXPECT_EQ(other.headers.Find("Allow"), "GET, HEAD");
  EXPECT_EQ(other.headers.Find("Content-Type"), "application/problem+json");
}

TEST(ServerTest, TakesTheAbsoluteFormForItsHost) {
  TestServer server;
  TestClient client(server.port());
  EXPECT_EQ(client.Ask("GET http://h/hello HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST(ServerTest, ValidatesParametersAndBodies) {
  TestServer server;
  TestClient client(server.port());
  EXPECT_EQ(client.Ask("GET /hello?name=%ED%95%9C%EA%B8%80 HTTP/1.1\r\nHost: h\r\n\r\n").body,
            "Hello, 한글!");
  const TestAnswer unknown = client.Ask("GET /hello?nam=a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.body.find("query/nam"), std::string::npos);
  EXPECT_EQ(client.Ask(PostNote(R"({"text":"a"})")).status, 201);
  const TestAnswer wrong = client.Ask(PostNote(R"({"text":5,"more":1})"));
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find("#/text"), std::string::npos);
  EXPECT_NE(wrong.body.find("#/more"), std::string::npos);
  EXPECT_EQ(client.Ask(PostNote(R"({"text")")).status, 400);
  EXPECT_EQ(client.Ask(PostNote(R"({"text":"a","text":"b"})")).status, 400);
}

TEST(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  TestServer server;
  TestClient client(server.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += "GET /hello?name=" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    all += PostNote(R"({"text":"a"})");
  }
  client.Send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.Receive().body, "Hello, " + std::to_string(i) + "!");
    EXPECT_EQ(client.Receive().status, 201);
  }
}

TEST(ServerTest, ReadsRequestsThatComeByteByByte) {
  TestServer server;
  TestClient client(server.port());
  const std::string request =
      kPost +
      "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\n{\"tex\r\n7\r\nt\":\"a\"}\r\n0\r\nT: x\r\n\r\n";
  for (const char c : request) client.Send({&c, 1});
  const TestAnswer answer = client.Receive();
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, R"({"bytes":12})");
}

TEST(ServerTest, HeadGivesTheHeadersOfGetAlone) {
  TestServer server;
  TestClient client(server.port());
  client.Send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  const TestAnswer answer = client.Receive(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.Find("Content-Length"), "11");
  EXPECT_EQ(client.Ask(kHello).body, "Hello, you!");
}

TEST(ServerTest, OldClientsAreAnsweredAndClosed) {
  TestServer server;
  TestClient client(server.port());
  client.Send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.ReceiveAll().ends_with("Hello, you!"));
}

TEST(ServerTest, SaysContinueBeforeItReadsABody) {
  TestServer server;
  TestClient client(server.port());
  const std::string body = R"({"text":"a"})";
  const std::string whole = PostNote(body, "Expect: 100-continue\r\n");
  client.Send(whole.substr(0, whole.size() - body.size()));
  EXPECT_EQ(client.ReceiveUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.Ask(body).status, 201);
  // And not before one that it refuses.
  TestClient refused(server.port());
  refused.Send(kPost + "Expect: 100-continue\r\nContent-Length: 200000\r\n\r\n");
  EXPECT_TRUE(refused.ReceiveAll().starts_with("HTTP/1.1 413 "));
}

TEST(ServerTest, ServesPartsOfAFile) {
  TestServer server;
  TestClient client(server.port());
  const auto get = [&](std::string_view range) {
    return client.Ask("GET /file HTTP/1.1\r\nHost: h\r\n" + std::string(range) + "\r\n");
  };
  const TestAnswer whole = get("");
  EXPECT_EQ(whole.status, 200);
  ASSERT_EQ(whole.body.size(), 1u << 20);
  const TestAnswer part = get("Range: bytes=262140-262149\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.headers.Find("Content-Range"), "bytes 262140-262149/1048576");
  EXPECT_EQ(part.body, whole.body.substr(262140, 10));
  const TestAnswer parts = get("Range: bytes=0-1, -2\r\n");
  EXPECT_EQ(parts.status, 206);
  EXPECT_NE(parts.body.find("Content-Range: bytes 1048574-1048575/1048576"), std::string::npos);
  EXPECT_EQ(get("Range: bytes=2000000-\r\n").status, 416);
  EXPECT_EQ(get("Range: bytes=0-1\r\nIf-Range: \"c1\"\r\n").status, 206);
  EXPECT_EQ(get("Range: bytes=0-1\r\nIf-Range: \"c2\"\r\n").status, 200);
  EXPECT_EQ(get("If-None-Match: \"c1\"\r\n").status, 304);
}

TEST(ServerTest, ABrokenFileEndsTheConnectionShort) {
  TestServer server;
  TestClient client(server.port());
  client.Send("GET /broken HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string all = client.ReceiveAll();
  EXPECT_LT(all.size(), std::size_t{1} << 20);
  EXPECT_GT(all.size(), std::size_t{256} << 10);
}

TEST(ServerTest, CompressesOnlyWhatMayBeCompressed) {
  TestServer server;
  TestClient client(server.port());
  const TestAnswer page =
      client.Ask("GET /page HTTP/1.1\r\nHost: h\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n");
  EXPECT_EQ(page.headers.Find("Content-Encoding"), "gzip");
  EXPECT_LT(page.body.size(), 200u);
  EXPECT_EQ(page.headers.Find("Vary"), "Accept-Encoding");
  const TestAnswer plain = client.Ask("GET /page HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(plain.body.size(), 5'000u);
  EXPECT_FALSE(client.Ask("GET /hello HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n")
                   .headers.Has("Content-Encoding"));
}

TEST(ServerTest, FailuresShowAReferenceAndNothingElse) {
  TestServer server;
  TestClient client(server.port());
  const TestAnswer answer = client.Ask("GET /fails HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret_table"), std::string::npos);
  EXPECT_NE(answer.body.find("\"reference\":\"" + server.log(1).at(0).reference + "\""),
            std::string::npos);
}

TEST(ServerTest, InternalOperationsAreThereOnInternalListenersOnly) {
  TestServer server;
  const std::string inside = "GET /inside HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(TestClient(server.port()).Ask(inside).status, 404);
  EXPECT_EQ(TestClient(server.internal_port()).Ask(inside).status, 200);
}

TEST(ServerTest, TheAccessLogNamesOperationsAndNobody) {
  TestServer server;
  TestClient client(server.port());
  client.Ask("GET /hello?name=Planted HTTP/1.1\r\nHost: h\r\n\r\n");
  client.Ask("GET /planted HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto log = server.log(2);
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].operation, "hello");
  EXPECT_EQ(log[0].status, 200);
  EXPECT_EQ(log[1].operation, "");
  const std::string metrics = server.metrics().ToText();
  EXPECT_NE(metrics.find("operation=\"hello\",method=\"GET\",status=\"200\""), std::string::npos);
  EXPECT_EQ(metrics.find("lanted"), std::string::npos);
}

TEST(ServerTest, EventsComeAsTheyHappenAndOnlyThoseAllowed) {
  TestServer server;
  TestClient client(server.port());
  client.Send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.Receive(true).headers.Find("Content-Type"), "text/event-stream");
  client.ReceiveUntil("retry: 3000\n\n");
  server.hub().Publish({1, "hidden", "aa", "\"r1\""});
  server.hub().Publish({2, "case", "bb", "\"r2\""});
  const std::string event = client.ReceiveUntil("\n\n");
  EXPECT_NE(event.find("id: 2\nevent: case\ndata: {\"id\":\"bb\",\"etag\":\"\\\"r2\\\"\"}"),
            std::string::npos)
      << event;
}

TEST(ServerTest, SilentEventStreamsHaveAHeartbeat) {
  TestServer server({.limits = {.heartbeat_time = milliseconds(100)}});
  TestClient client(server.port());
  client.Send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
  client.ReceiveUntil("retry: 3000\n\n");
  client.ReceiveUntil(":\n\n");
  client.ReceiveUntil(":\n\n");
}

TEST(ServerTest, SpeaksTlsAndSaysSo) {
  TestServer server({.tls = true});
  TestClient client(server.port(), true);
  for (int i = 0; i < 3; ++i) {
    const TestAnswer answer = client.Ask(kHello);
    EXPECT_EQ(answer.body, "Hello, you!");
    EXPECT_EQ(answer.headers.Find("Strict-Transport-Security"), "max-age=63072000");
  }
  EXPECT_EQ(client.Ask("GET /file HTTP/1.1\r\nHost: h\r\n\r\n").body.size(), 1u << 20);
}

TEST(ServerTest, PlainBytesAtATlsListenerAreClosed) {
  TestServer server({.limits = {.handshake_time = milliseconds(300)}, .tls = true});
  TestClient plain(server.port());
  plain.Send(kHello);
  EXPECT_TRUE(plain.Closed());
  TestClient silent(server.port());
  EXPECT_TRUE(silent.Closed());
}

TEST(ServerTest, ReloadedCertificatesAreForNewConnections) {
  TestServer server({.tls = true});
  TestClient before(server.port(), true);
  EXPECT_EQ(before.PeerName(), "first.example");
  server.MakeCertificate("second.example");
  Must(server.server().ReloadTls());
  EXPECT_EQ(TestClient(server.port(), true).PeerName(), "second.example");
  EXPECT_EQ(before.Ask(kHello).status, 200);
  std::filesystem::remove(server.tls_files().private_key);
  EXPECT_FALSE(server.server().ReloadTls().has_value());
  EXPECT_EQ(TestClient(server.port(), true).PeerName(), "second.example");
}

TEST(ServerTest, ATakenPortAndABadAddressAreErrors) {
  TestServer server;
  Api api(Must(OpenApi::Parse(R"({"openapi":"3.1.0","paths":{}})")), {});
  Must(api.Finish());
  SystemClock clock;
  Metrics metrics;
  Listener listener;
  listener.port = server.port();
  const auto taken = Server::Start(api, {.listeners = {listener}}, clock, metrics);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::kUnavailable);
  listener.address = "nowhere";
  const auto bad = Server::Start(api, {.listeners = {listener}}, clock, metrics);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace jikimi::http
