#ifndef JIKIMI_HTTP_SERVER_H_
#define JIKIMI_HTTP_SERVER_H_

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/api.h"
#include "http/limits.h"
#include "http/metrics.h"

namespace jikimi::http {

struct TlsFiles {
  std::filesystem::path certificate_chain;  // PEM, the server's first
  std::filesystem::path private_key;        // PEM, without a password
};

struct Listener {
  std::string address = "127.0.0.1";  // or "::1", "0.0.0.0", "::"
  std::uint16_t port = 0;             // 0: any free one
  std::optional<TlsFiles> tls;        // TLS 1.2 and 1.3
  // Whether operations marked `x-internal: true` (metrics) are served here; elsewhere they are 404.
  bool internal = false;
};

// A line of the access log: nothing in it is of a person. No address, path, query, header or body.
struct Access {
  Timestamp at;
  std::string reference;
  std::string_view operation;  // operationId; "" when none was found
  std::string_view method;     // "" when the request was malformed
  int status = 0;
  std::uint64_t request_bytes = 0;   // of the body
  std::uint64_t response_bytes = 0;  // of the body
  std::chrono::microseconds took{0};
};

struct ServerOptions {
  std::vector<Listener> listeners = {};
  Limits limits = {};
  int io_threads = 1;
  // Called from the threads that read and write: must be quick and thread-safe.
  std::function<void(const Access&)> access_log = nullptr;
};

// Serves an Api over HTTP/1.1. A few threads read and write for all connections, and never wait for
// one; handlers run on workers. Thread-safe.
class Server {
 public:
  // Listens, and serves from now on. `api` is finished; it, `clock` and `metrics` outlive the
  // server. kUnavailable: an address is in use; kInvalidArgument: address, certificate or key.
  static Result<std::unique_ptr<Server>> Start(const Api& api, ServerOptions options,
                                               const Clock& clock, Metrics& metrics);
  virtual ~Server() = default;  // Stop() without grace

  // The port of each listener.
  virtual std::vector<std::uint16_t> ports() const = 0;

  // Reads the certificates anew, for connections from now on. On an error the former ones stay.
  virtual Result<void> ReloadTls() = 0;

  // Takes no more connections, closes idle ones, ends event streams, and gives requests under way
  // `grace` to end; then closes what is left. Returns when nothing runs any more; how many were cut
  // off.
  virtual int Stop(std::chrono::milliseconds grace) = 0;

  // Connections that are open.
  virtual int connections() const = 0;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_SERVER_H_
