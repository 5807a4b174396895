// What the server bears, how long it waits, and how it ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"
#include "http/test_server.h"

namespace jikimi::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(ServerTest, AHeaderThatDripsIsTimedOut) {
  TestServer server({.limits = {.header_time = milliseconds(300)}});
  TestClient client(server.port());
  const auto began = steady_clock::now();
  client.Send("GET /hello HTTP/1.1\r\n");
  for (int i = 0; i < 20 && client.Send("X: y\r\n"); ++i) {
    std::this_thread::sleep_for(milliseconds(50));
    if (steady_clock::now() - began > milliseconds(700)) break;
  }
  EXPECT_TRUE(client.ReceiveAll().starts_with("HTTP/1.1 408 "));
  EXPECT_LT(steady_clock::now() - began, seconds(10));
}

TEST(ServerTest, ABodyThatDripsIsTimedOut) {
  TestServer server({.limits = {.transfer_time = milliseconds(300)}});
  TestClient client(server.port());
  client.Send(kPost + "Content-Length: 50\r\n\r\n{");
  EXPECT_TRUE(client.ReceiveAll().starts_with("HTTP/1.1 408 "));
}

TEST(ServerTest, AClientThatTakesNothingIsClosed) {
  TestServer server({.limits = {.transfer_time = milliseconds(300), .bytes_a_second = 1 << 20}});
  TestClient client(server.port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += "GET /file HTTP/1.1\r\nHost: h\r\n\r\n";
  client.Send(all);
  const auto end = steady_clock::now() + seconds(20);
  while (server.server().connections() > 0 && steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(server.server().connections(), 0);
}

TEST(ServerTest, IdleConnectionsAreClosedInSilence) {
  TestServer server({.limits = {.idle_time = milliseconds(200)}});
  TestClient client(server.port());
  EXPECT_EQ(client.Ask(kHello).status, 200);
  EXPECT_EQ(client.ReceiveAll(), "");
}

TEST(ServerTest, AConnectionServesSoManyRequestsOnly) {
  TestServer server({.limits = {.requests_a_connection = 2}});
  TestClient client(server.port());
  EXPECT_EQ(client.Ask(kHello).status, 200);
  EXPECT_EQ(client.Ask(kHello).headers.Find("Connection"), "close");
  EXPECT_TRUE(client.Closed());
}

TEST(ServerTest, HalfClosedClientsGetTheirAnswer) {
  TestServer server;
  TestClient client(server.port());
  client.Send(kHello);
  client.HalfClose();
  EXPECT_TRUE(client.ReceiveAll().ends_with("Hello, you!"));
}

TEST(ServerTest, ConnectionsPerSourceAreBounded) {
  TestServer server({.limits = {.connections_a_source = 2}});
  TestClient first(server.port());
  TestClient second(server.port());
  EXPECT_EQ(first.Ask(kHello).status, 200);
  EXPECT_EQ(second.Ask(kHello).status, 200);
  TestClient third(server.port());
  EXPECT_TRUE(third.Closed());
  EXPECT_EQ(first.Ask(kHello).status, 200);
}

TEST(ServerTest, BusyWorkersAreSaidAndHealthStaysUp) {
  TestServer server({.limits = {.workers = 1, .waiting_requests = 1}});
  const std::string slow = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";
  std::vector<TestClient> clients;
  int busy = 0;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(server.port());
    clients.back().Send(slow);
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_EQ(
      TestClient(server.internal_port()).Ask("GET /inside HTTP/1.1\r\nHost: h\r\n\r\n").status,
      200);
  server.Release();
  for (TestClient& client : clients) {
    const TestAnswer answer = client.Receive();
    if (answer.status == 503) {
      ++busy;
      EXPECT_TRUE(answer.headers.Has("Retry-After"));
    } else {
      EXPECT_EQ(answer.status, 200);
    }
  }
  EXPECT_EQ(busy, 2);
}

TEST(ServerTest, BodiesTogetherAreBounded) {
  TestServer server({.limits = {.all_body_bytes = 1'000}});
  TestClient first(server.port());
  first.Send(kPost + "Content-Length: 5000\r\n\r\n" + std::string(900, ' '));
  std::this_thread::sleep_for(milliseconds(100));
  TestClient second(server.port());
  EXPECT_EQ(second.Ask(PostNote(std::string(500, ' '))).status, 503);
}

TEST(ServerTest, StoppingLetsRequestsEndAndClosesTheRest) {
  TestServer server;
  TestClient idle(server.port());
  EXPECT_EQ(idle.Ask(kHello).status, 200);
  TestClient events(server.port());
  events.Send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
  events.ReceiveUntil("retry: 3000\n\n");
  TestClient working(server.port());
  working.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(100));
  int cut_off = -1;
  std::thread stopping([&] { cut_off = server.server().Stop(seconds(20)); });
  EXPECT_TRUE(idle.Closed());
  EXPECT_TRUE(events.ReceiveAll().ends_with("0\r\n\r\n"));
  server.Release();
  const TestAnswer answer = working.Receive();
  EXPECT_EQ(answer.body, "late");
  EXPECT_EQ(answer.headers.Find("Connection"), "close");
  stopping.join();
  EXPECT_EQ(cut_off, 0);
  EXPECT_THROW(TestClient(server.port()), std::runtime_error);
}

TEST(ServerTest, StoppingWithoutGraceCutsOff) {
  TestServer server;
  TestClient half(server.port());
  half.Send("GET /hel");
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(server.server().Stop(milliseconds(50)), 1);
  EXPECT_TRUE(half.Closed());
}

TEST(ServerTest, HundredsOfIdleConnectionsHinderNobody) {
  TestServer server({.io_threads = 2});
  std::vector<TestClient> idle;
  for (int i = 0; i < 400; ++i) idle.emplace_back(server.port());
  for (int i = 0; i < 100; ++i) {
    idle.emplace_back(server.port());
    idle.back().Send("GET /hel");
  }
  TestClient client(server.port());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.Ask(kHello).status, 200);
  EXPECT_EQ(server.server().connections(), 501);
  for (TestClient& one : idle) one.HalfClose();
}

TEST(ServerTest, ManyThreadsOfClientsAreServed) {
  TestServer server({.io_threads = 2});
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      TestClient client(server.port());
      for (int j = 0; j < 100; ++j) {
        if (client.Ask(kHello).status == 200 &&
            client.Ask(PostNote(R"({"text":"a"})")).status == 201) {
          ++good;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 800);
}

}  // namespace
}  // namespace jikimi::http
