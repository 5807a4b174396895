// Loads a server with requests from many clients at once and prints the latencies.
//
//   http_load --port P --clients 16 --seconds 20 [--cookie NAME=VALUE] < requests
//
// A line of `requests` is "METHOD PATH [BODY]"; each client sends lines drawn at random, over one
// kept connection, the next when the answer is there. In path and body "%K" becomes 32 random hex
// digits. Requests that aren't GET carry an Idempotency-Key. Plain HTTP on 127.0.0.1.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/random.h"

namespace jikimi {
namespace {

using Steady = std::chrono::steady_clock;

struct Line {
  std::string method, path, body;
};

struct Options {
  int port = 0;
  int clients = 16;
  double seconds = 20;
  std::string cookie;
};

struct Counts {
  std::vector<double> milliseconds;
  std::map<int, int> statuses;
};

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "http_load: %s\n", what.c_str());
  std::exit(3);
}

std::string Filled(const std::string& text, SplitMix64& random) {
  std::string filled;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "%K") != 0) {
      filled += text[i];
      continue;
    }
    char digits[33];
    std::snprintf(digits, sizeof(digits), "%016llx%016llx",
                  static_cast<unsigned long long>(random.Next()),
                  static_cast<unsigned long long>(random.Next()));
    filled += digits;
    ++i;
  }
  return filled;
}

class Connection {
 public:
  explicit Connection(int port) : port_(port) {}
  ~Connection() { Close(); }

  // The answer's status. Dies when the server breaks off in the middle of one.
  int Ask(const std::string& request) {
    if (socket_ < 0) Open();
    Send(request);
    while (buffer_.find("\r\n\r\n") == std::string::npos) Receive();
    const std::size_t head = buffer_.find("\r\n\r\n") + 4;
    const int status = std::atoi(buffer_.c_str() + 9);
    const std::size_t field = buffer_.find("Content-Length: ");
    const std::size_t length =
        field < head ? static_cast<std::size_t>(std::atoll(buffer_.c_str() + field + 16)) : 0;
    const bool closes = buffer_.substr(0, head).find("Connection: close") != std::string::npos;
    while (buffer_.size() < head + length) Receive();
    buffer_.erase(0, head + length);
    if (closes) Close();
    return status;
  }

 private:
  void Open() {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    const int one = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      Die("can't connect");
    }
  }
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
    buffer_.clear();
  }
  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) Die("the server has closed");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void Receive() {
    char bytes[16384];
    const ssize_t got = recv(socket_, bytes, sizeof(bytes), 0);
    if (got <= 0) Die("the server has closed");
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }

  const int port_;
  int socket_ = -1;
  std::string buffer_;
};

std::string RequestText(const Line& line, const Options& options, SplitMix64& random) {
  const std::string body = Filled(line.body, random);
  std::string text = line.method + " " + Filled(line.path, random) +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) + "\r\n";
  if (!options.cookie.empty()) text += "Cookie: " + options.cookie + "\r\n";
  if (line.method != "GET") {
    text += "Origin: http://127.0.0.1:" + std::to_string(options.port) +
            "\r\nIdempotency-Key: " + Filled("%K", random) +
            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n";
  }
  return text + "\r\n" + body;
}

Counts RunClient(const Options& options, const std::vector<Line>& lines, std::uint64_t seed) {
  SplitMix64 random(seed);
  Connection connection(options.port);
  Counts counts;
  const auto end = Steady::now() + std::chrono::duration<double>(options.seconds);
  while (Steady::now() < end) {
    const Line& line = lines[random.Below(static_cast<std::uint32_t>(lines.size()))];
    const std::string request = RequestText(line, options, random);
    const auto begin = Steady::now();
    ++counts.statuses[connection.Ask(request)];
    counts.milliseconds.push_back(
        std::chrono::duration<double, std::milli>(Steady::now() - begin).count());
  }
  return counts;
}

std::vector<Line> ReadLines() {
  std::vector<Line> lines;
  for (std::string text; std::getline(std::cin, text);) {
    const std::size_t first = text.find(' ');
    if (first == std::string::npos) Die("a request is METHOD PATH [BODY]: " + text);
    const std::size_t second = text.find(' ', first + 1);
    lines.push_back({text.substr(0, first), text.substr(first + 1, second - first - 1),
                     second == std::string::npos ? "" : text.substr(second + 1)});
  }
  if (lines.empty()) Die("no requests on the standard input");
  return lines;
}

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--port") options.port = std::atoi(argv[i + 1]);
    if (name == "--clients") options.clients = std::atoi(argv[i + 1]);
    if (name == "--seconds") options.seconds = std::atof(argv[i + 1]);
    if (name == "--cookie") options.cookie = argv[i + 1];
  }
  if (options.port == 0) Die("--port is needed");
  const std::vector<Line> lines = ReadLines();
  std::vector<Counts> all(static_cast<std::size_t>(options.clients));
  std::vector<std::thread> threads;
  const auto begin = Steady::now();
  for (std::size_t i = 0; i < all.size(); ++i) {
    threads.emplace_back([&, i] { all[i] = RunClient(options, lines, i + 1); });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  std::vector<double> times;
  std::map<int, int> statuses;
  for (const Counts& counts : all) {
    times.insert(times.end(), counts.milliseconds.begin(), counts.milliseconds.end());
    for (const auto& [status, count] : counts.statuses) statuses[status] += count;
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[std::min(times.size() - 1,
                          static_cast<std::size_t>(share * static_cast<double>(times.size())))];
  };
  std::printf("%zu requests, %.0f a second; ms: median %.1f, p95 %.1f, p99 %.1f, most %.1f; status",
              times.size(), static_cast<double>(times.size()) / seconds, at(0.5), at(0.95),
              at(0.99), times.back());
  for (const auto& [status, count] : statuses) std::printf(" %d: %d", status, count);
  std::printf("\n");
  return 0;
}

}  // namespace
}  // namespace jikimi

int main(int argc, char** argv) { return jikimi::Main(argc, argv); }
