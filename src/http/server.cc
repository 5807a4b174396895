#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

#include "base/check.h"
#include "base/file.h"
#include "http/connection.h"

namespace jikimi::http {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSweepTime{100};
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr int kBacklog = 1024;

union Address {
  sockaddr_storage storage;
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

std::string TextOf(int family, const void* address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, address, text, sizeof(text));
  return text;
}

// What counts as one source: an IPv4 address, or the /64 that one household has of IPv6.
std::string SourceOf(const Address& peer) {
  if (peer.any.sa_family == AF_INET) return TextOf(AF_INET, &peer.v4.sin_addr);
  in6_addr address = peer.v6.sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return TextOf(AF_INET, &address.s6_addr[12]);
  std::memset(&address.s6_addr[8], 0, 8);
  return TextOf(AF_INET6, &address);
}

Error ListenError(const Listener& listener, std::string_view doing) {
  const int error = errno;
  const bool taken = error == EADDRINUSE || error == EADDRNOTAVAIL || error == EACCES;
  return {taken ? ErrorCode::kUnavailable : ErrorCode::kInternal,
          "listening at " + listener.address + " port " + std::to_string(listener.port) + ", " +
              std::string(doing) + ": " + std::strerror(error)};
}

struct OpenListener {
  Listener wanted;
  FileDescriptor socket;
  std::uint16_t port = 0;
};

Result<OpenListener> Open(const Listener& listener) {
  Address address{};
  socklen_t size = sizeof(address.v4);
  if (inet_pton(AF_INET, listener.address.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(listener.port);
  } else if (inet_pton(AF_INET6, listener.address.c_str(), &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(listener.port);
    size = sizeof(address.v6);
  } else {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + listener.address + "' is no IPv4 or IPv6 address to listen at"};
  }
  OpenListener open{
      listener,
      FileDescriptor(socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      0};
  if (!open.socket.valid()) return ListenError(listener, "making a socket");
  const int on = 1;
  setsockopt(open.socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(open.socket.get(), &address.any, size) != 0) return ListenError(listener, "binding");
  if (listen(open.socket.get(), kBacklog) != 0) return ListenError(listener, "listening");
  socklen_t length = sizeof(address);
  if (getsockname(open.socket.get(), &address.any, &length) != 0) {
    return ListenError(listener, "asking for the port");
  }
  open.port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
  return open;
}

class AsioServer : public Server {
 public:
  AsioServer(const Api& api, ServerOptions options, const Clock& clock, Metrics& metrics)
      : shared_(api, options, clock, metrics) {}
  ~AsioServer() override { Stop(std::chrono::milliseconds(0)); }

  Result<void> Begin();

  std::vector<std::uint16_t> ports() const override;
  Result<void> ReloadTls() override;
  int Stop(std::chrono::milliseconds grace) override;
  int connections() const override { return shared_.connections(); }

 private:
  struct Door {
    Door(OpenListener open, asio::io_context& context)
        : wanted(std::move(open.wanted)), port(open.port), socket(context, open.socket.Release()) {}

    const Listener wanted;
    const std::uint16_t port;
    asio::posix::stream_descriptor socket;
    std::mutex mutex;  // of `tls`, which ReloadTls() changes
    std::shared_ptr<const TlsContext> tls;
  };
  using Guard = asio::executor_work_guard<asio::io_context::executor_type>;

  asio::awaitable<void> Accept(Door& door);
  bool AcceptOne(Door& door);
  asio::awaitable<void> Sweep(Loop& loop);
  Loop& NextLoop();
  // Runs `what` in each loop's thread and waits for it.
  void InEachLoop(const std::function<void(Loop&)>& what);

  Shared shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
  std::size_t next_loop_ = 0;
  std::mutex stopping_;
  bool stopped_ = false;
};

Result<void> AsioServer::Begin() {
  const int io_threads = std::max(1, shared_.options.io_threads);
  for (int i = 0; i < io_threads; ++i) loops_.push_back(std::make_unique<Loop>());
  for (const Listener& listener : shared_.options.listeners) {
    std::shared_ptr<const TlsContext> tls;
    if (listener.tls) tls = TRY(TlsContext::Load(*listener.tls));
    doors_.push_back(std::make_unique<Door>(TRY(Open(listener)), loops_[0]->context));
    doors_.back()->tls = std::move(tls);
  }
  for (const auto& loop : loops_) {
    guards_.push_back(asio::make_work_guard(loop->context));
    asio::co_spawn(loop->context, Sweep(*loop), asio::detached);
  }
  for (const auto& door : doors_) {
    asio::co_spawn(loops_[0]->context, Accept(*door), asio::detached);
  }
  for (const auto& loop : loops_) {
    threads_.emplace_back([&context = loop->context] { context.run(); });
  }
  return {};
}

std::vector<std::uint16_t> AsioServer::ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& door : doors_) ports.push_back(door->port);
  return ports;
}

Result<void> AsioServer::ReloadTls() {
  std::vector<std::shared_ptr<const TlsContext>> loaded;
  for (const auto& door : doors_) {
    loaded.push_back(door->wanted.tls ? TRY(TlsContext::Load(*door->wanted.tls)) : nullptr);
  }
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    const std::lock_guard lock(doors_[i]->mutex);
    doors_[i]->tls = std::move(loaded[i]);
  }
  return {};
}

Loop& AsioServer::NextLoop() {
  next_loop_ = (next_loop_ + 1) % loops_.size();
  return *loops_[next_loop_];
}

// False: nobody waits at the door, or we can't take anybody for now.
bool AsioServer::AcceptOne(Door& door) {
  Address peer{};
  socklen_t size = sizeof(peer);
  FileDescriptor socket(
      accept4(door.socket.native_handle(), &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.valid()) return errno == ECONNABORTED || errno == EINTR;
  std::string source = SourceOf(peer);
  if (shared_.draining || !shared_.Enter(source)) {
    shared_.metrics.CountRefusal("too_many_connections");
    return true;
  }
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::shared_ptr<const TlsContext> tls;
  {
    const std::lock_guard lock(door.mutex);
    tls = door.tls;
  }
  Loop& loop = NextLoop();
  // Made in the loop's own thread, which its set of connections belongs to.
  const auto held = std::make_shared<FileDescriptor>(std::move(socket));
  asio::post(loop.context, [this, &loop, held, source = std::move(source), tls = std::move(tls),
                            internal = door.wanted.internal]() mutable {
    auto connection = std::make_shared<Connection>(shared_, loop, std::move(*held),
                                                   std::move(source), std::move(tls), internal);
    if (shared_.draining) connection->Drain();
    asio::co_spawn(loop.context, Connection::Serve(std::move(connection)), asio::detached);
  });
  return true;
}

asio::awaitable<void> AsioServer::Accept(Door& door) {
  asio::steady_timer pause(loops_[0]->context);
  while (!shared_.draining) {
    boost::system::error_code error;
    co_await door.socket.async_wait(asio::posix::stream_descriptor::wait_read,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    while (AcceptOne(door)) {
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) continue;
    // Out of descriptors or memory: those who wait at the door wait on.
    shared_.metrics.CountRefusal("no_descriptors");
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

// Looks at the deadlines of a loop's connections: cheaper than a timer for each.
asio::awaitable<void> AsioServer::Sweep(Loop& loop) {
  asio::steady_timer timer(loop.context);
  while (true) {
    timer.expires_after(kSweepTime);
    boost::system::error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    const auto now = steady_clock::now();
    for (Connection* connection : loop.connections) connection->CheckDeadline(now);
  }
}

void AsioServer::InEachLoop(const std::function<void(Loop&)>& what) {
  for (const auto& loop : loops_) {
    std::promise<void> done;
    asio::post(loop->context, [&] {
      what(*loop);
      done.set_value();
    });
    done.get_future().wait();
  }
}

int AsioServer::Stop(std::chrono::milliseconds grace) {
  const std::lock_guard lock(stopping_);
  if (stopped_) return 0;
  stopped_ = true;
  int cut_off = 0;
  if (!threads_.empty()) {
    shared_.draining = true;
    InEachLoop([&](Loop& loop) {
      if (&loop == loops_[0].get()) {
        boost::system::error_code ignored;
        for (const auto& door : doors_) door->socket.close(ignored);
      }
      for (Connection* connection : loop.connections) connection->Drain();
    });
    if (!shared_.AwaitEmpty(grace)) {
      cut_off = shared_.connections();
      InEachLoop([](Loop& loop) {
        for (Connection* connection : loop.connections) connection->Abort();
      });
    }
  }
  // Handlers that still run end here; their connections then end by themselves.
  shared_.workers.Stop();
  while (!threads_.empty() && !shared_.AwaitEmpty(std::chrono::milliseconds(100))) {
    InEachLoop([](Loop& loop) {
      for (Connection* connection : loop.connections) connection->Abort();
    });
  }
  for (const auto& loop : loops_) loop->context.stop();
  for (std::thread& thread : threads_) thread.join();
  return cut_off;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const Api& api, ServerOptions options,
                                              const Clock& clock, Metrics& metrics) {
  auto server = std::make_unique<AsioServer>(api, std::move(options), clock, metrics);
  TRY(server->Begin());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace jikimi::http
