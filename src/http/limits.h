#ifndef JIKIMI_HTTP_LIMITS_H_
#define JIKIMI_HTTP_LIMITS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace jikimi::http {

// Bounds on what a client may ask of us; doc/http.md says how each is answered.
struct Limits {
  std::size_t header_bytes = 16 << 10;  // the request line too; then 431
  int header_fields = 64;               // then 431
  std::size_t target_bytes = 4 << 10;   // then 414
  std::uint64_t body_bytes = 1 << 20;   // where the operation has no x-max-body-bytes; then 413
  // All bodies under way together; then 503.
  std::uint64_t all_body_bytes = std::uint64_t{256} << 20;

  std::chrono::milliseconds handshake_time{10'000};  // of TLS; then closed
  // From a request's first byte to the end of its header; then 408.
  std::chrono::milliseconds header_time{10'000};
  std::chrono::milliseconds idle_time{75'000};  // between requests; then closed
  // A body, and each 256 KiB of a response, may take this long and a second more for each
  // `bytes_a_second`; then 408, or closed.
  std::chrono::milliseconds transfer_time{30'000};
  std::uint64_t bytes_a_second = 4 << 10;
  // An event stream lives this long; then the client comes back and is asked anew who it is.
  std::chrono::milliseconds stream_time{900'000};
  std::chrono::milliseconds heartbeat_time{15'000};  // a comment on an event stream that is silent

  int requests_a_connection = 1'000;  // then closed
  int connections = 12'000;           // then closed at once
  int connections_a_source = 12'000;  // IPv4 address or IPv6 /64; then closed at once

  int workers = 8;               // threads that run handlers
  int waiting_requests = 1'000;  // for a worker; then 503 with Retry-After
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_LIMITS_H_
