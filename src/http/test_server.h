#ifndef JIKIMI_HTTP_TEST_SERVER_H_
#define JIKIMI_HTTP_TEST_SERVER_H_

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "http/events.h"
#include "http/server.h"

// A server over a small API of its own, and a client that sends exactly the bytes it is told to.
namespace jikimi::http {

template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error("unexpected error: " + result.error().message);
  return std::move(result).value();
}
inline void Must(Result<void> result) {
  if (!result) throw std::runtime_error("unexpected error: " + result.error().message);
}

// The description that the test server serves.
std::string TestDescription();

struct TestOptions {
  Limits limits = {};
  bool tls = false;
  int io_threads = 1;
};

class TestServer {
 public:
  explicit TestServer(TestOptions options = {});
  ~TestServer();

  std::uint16_t port() const { return server_->ports()[0]; }
  std::uint16_t internal_port() const { return server_->ports()[1]; }
  Server& server() { return *server_; }
  EventHub& hub() { return hub_; }
  Metrics& metrics() { return metrics_; }
  const TlsFiles& tls_files() const { return tls_files_; }
  // The access log, once it has this many lines: they come after the answers.
  std::vector<Access> log(std::size_t lines);
  // How often the handler of POST /notes ran.
  int notes_taken() const { return notes_taken_; }
  // Makes a certificate for localhost anew in the files of the listener.
  void MakeCertificate(std::string_view name);

  // Handlers of GET /slow wait until this is called.
  void Release();

 private:
  void AddHandlers();

  std::filesystem::path folder_;
  TlsFiles tls_files_;
  SystemClock clock_;
  Metrics metrics_;
  EventHub hub_;
  Api api_;
  std::atomic<int> notes_taken_ = 0;
  std::mutex mutex_;
  std::condition_variable released_;
  std::condition_variable logged_;
  bool may_go_ = false;
  std::vector<Access> log_;
  std::unique_ptr<Server> server_;
};

struct TestAnswer {
  int status = 0;
  Headers headers;
  std::string body;
};

// A blocking connection, plain or TLS; each wait for the server is bounded.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, bool tls = false);
  TestClient(TestClient&&) noexcept;
  ~TestClient();

  // False when the server has closed.
  bool Send(std::string_view bytes);
  // Says that nothing more is sent.
  void HalfClose();
  // One answer with a Content-Length or chunks. Throws when the connection ends before it is whole.
  TestAnswer Receive(bool head_only = false);
  TestAnswer Ask(std::string_view bytes) {
    Send(bytes);
    return Receive();
  }
  // What comes until `text` is among it; throws when the connection ends before.
  std::string ReceiveUntil(std::string_view text);
  // All that comes until the server closes; throws when it doesn't in time.
  std::string ReceiveAll();
  bool Closed(std::chrono::milliseconds patience = std::chrono::seconds(20));
  // Subject of the server's certificate.
  std::string PeerName() const;

 private:
  bool More(std::chrono::milliseconds patience);

  FileDescriptor socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::string buffer_;
};

// Requests of the test server's operations.
inline constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
// One that a Content-Length or another header is to follow.
inline const std::string kPost =
    "POST /notes HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
std::string PostNote(std::string_view body, std::string_view more = "");

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_TEST_SERVER_H_
