#ifndef JIKIMI_HTTP_CONNECTION_H_
#define JIKIMI_HTTP_CONNECTION_H_

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "http/message_reader.h"
#include "http/outgoing.h"
#include "http/shared.h"
#include "http/stream.h"

// The inside of the server. Asio is used here, in connection.cc and in server.cc only.
namespace jikimi::http {

class Connection;

// One thread that reads and writes for many connections. All but `context` is that thread's own.
struct Loop {
  boost::asio::io_context context{1};
  std::unordered_set<Connection*> connections;
  std::array<char, 16 << 10> scratch;  // bytes just read, before a connection keeps them
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, Loop& loop, FileDescriptor socket, std::string source,
             std::shared_ptr<const TlsContext> tls, bool internal);
  ~Connection();

  // Serves until the connection ends. Keeps `self` alive.
  static boost::asio::awaitable<void> Serve(std::shared_ptr<Connection> self);

  // From the loop's thread:
  void CheckDeadline(std::chrono::steady_clock::time_point now);
  void Drain();  // ends it where it is idle or streams events
  void Abort();  // closes it whatever it does

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  // A request as it is being answered.
  struct Exchange;

  Awaitable<bool> Wait(Transfer::State need, Deadline deadline);
  Awaitable<bool> ReadMore(Deadline deadline);
  Awaitable<bool> WriteAll(std::string_view bytes);
  Awaitable<bool> OnWorkers(std::function<void()> work, WorkerPool::Urgency urgency);

  Awaitable<bool> ShakeHands();
  Awaitable<void> ServeRequests();
  Awaitable<bool> ServeOne();
  Awaitable<bool> ReadHead(Exchange& exchange);
  bool Prepare(Exchange& exchange);
  Awaitable<bool> ReadBody(Exchange& exchange);
  Awaitable<void> Handle(Exchange& exchange);
  Awaitable<bool> Answer(Exchange& exchange);
  Awaitable<bool> SendPieces(Outgoing& out);
  Awaitable<bool> SendContent(const Piece& piece);
  Awaitable<void> SendEvents(Outgoing& out);
  Awaitable<void> Linger();

  void RefuseWith(Exchange& exchange, const Refusal& refusal);
  void Record(const Exchange& exchange, int status, std::uint64_t response_bytes);

  Shared& shared_;
  Loop& loop_;
  const std::string source_;
  const bool tls_;
  const bool internal_;
  boost::asio::posix::stream_descriptor socket_;
  std::unique_ptr<Stream> stream_;
  std::string input_;  // read, and not used yet
  std::shared_ptr<EventStream> events_;
  Deadline deadline_ = Deadline::max();
  bool idle_ = true;      // between requests
  bool expired_ = false;  // the deadline has passed
  bool ending_ = false;   // nothing more is to be served
  bool aborted_ = false;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_CONNECTION_H_
