#include "http/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>

#include "base/bytes.h"
#include "base/check.h"
#include "http/events.h"
#include "vault/secret_bytes.h"

namespace jikimi::http {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::size_t kSliceBytes = 256 << 10;
constexpr std::size_t kJoinedBytes = 32 << 10;  // head and body up to this go out in one write
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytes = 1 << 20;

std::string NewReference() { return ToHex(vault::RandomArray<8>()); }

Response ProblemResponse(int status, std::string_view kind, std::string detail,
                         std::string_view reference) {
  Problem problem;
  problem.status = status;
  problem.kind = kind;
  problem.detail = std::move(detail);
  problem.reference = reference;
  if (status == 503) problem.retry_after = std::chrono::seconds(1);
  return ToResponse(problem);
}

}  // namespace

struct Connection::Exchange {
  explicit Exchange(Shared& shared) : reader(shared.options.limits), allowance(shared) {}

  MessageReader reader;
  BodyAllowance allowance;
  Request request;
  std::vector<std::pair<std::string, std::string>> path_parameters;
  Response response;
  std::uint64_t max_body_bytes = 0;
  std::uint64_t request_bytes = 0;
  steady_clock::time_point began;
  bool readable = false;  // there is a request, not just bytes
  bool version_1_0 = false;
  bool keep_alive = false;
  bool answered = false;  // `response` stands: the handler is not asked
};

Connection::Connection(Shared& shared, Loop& loop, FileDescriptor socket, std::string source,
                       std::shared_ptr<const TlsContext> tls, bool internal)
    : shared_(shared),
      loop_(loop),
      source_(std::move(source)),
      tls_(tls != nullptr),
      internal_(internal),
      socket_(loop.context, socket.get()),
      stream_(MakeStream(socket.get(), std::move(tls))) {
  socket.Release();
  loop_.connections.insert(this);
}

Connection::~Connection() {
  loop_.connections.erase(this);
  stream_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  shared_.Leave(source_);
}

asio::awaitable<void> Connection::Serve(std::shared_ptr<Connection> self) {
  const bool shaken = co_await self->ShakeHands();
  if (shaken) co_await self->ServeRequests();
}

void Connection::CheckDeadline(Deadline now) {
  if (now < deadline_) return;
  deadline_ = Deadline::max();
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::Drain() {
  ending_ = true;
  if (events_) events_->End();
  boost::system::error_code ignored;
  if (idle_) socket_.cancel(ignored);
}

void Connection::Abort() {
  aborted_ = true;
  ending_ = true;
  if (events_) events_->End();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

// Until the socket is ready. False: the deadline has passed, or the connection is to end.
asio::awaitable<bool> Connection::Wait(Transfer::State need, Deadline deadline) {
  if (aborted_ || need == Transfer::State::kFailed) co_return false;
  expired_ = false;
  deadline_ = deadline;
  const auto type = need == Transfer::State::kNeedWrite ? asio::posix::stream_descriptor::wait_write
                                                        : asio::posix::stream_descriptor::wait_read;
  boost::system::error_code error;
  co_await socket_.async_wait(type, asio::redirect_error(asio::use_awaitable, error));
  deadline_ = Deadline::max();
  co_return !error && !aborted_;
}

// Adds what has come to `input_`. False: the end, a failure, or the deadline (`expired_`).
asio::awaitable<bool> Connection::ReadMore(Deadline deadline) {
  while (true) {
    const Transfer got = stream_->Read(loop_.scratch);
    if (got.state == Transfer::State::kDone) {
      input_.append(loop_.scratch.data(), got.bytes);
      co_return got.bytes > 0;
    }
    const bool ready = co_await Wait(got.state, deadline);
    if (!ready) co_return false;
  }
}

asio::awaitable<bool> Connection::WriteAll(std::string_view bytes) {
  const Limits& limits = shared_.options.limits;
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kSliceBytes);
    const Deadline deadline = steady_clock::now() + limits.transfer_time +
                              std::chrono::seconds(slice.size() / limits.bytes_a_second);
    std::size_t done = 0;
    while (done < slice.size()) {
      const Transfer put = stream_->Write(slice.substr(done));
      if (put.state == Transfer::State::kDone) {
        done += put.bytes;
        continue;
      }
      const bool ready = co_await Wait(put.state, deadline);
      if (!ready) co_return false;
    }
    bytes.remove_prefix(slice.size());
  }
  co_return true;
}

// Runs `work` on a worker while this connection waits. False: no worker takes it.
asio::awaitable<bool> Connection::OnWorkers(std::function<void()> work,
                                            WorkerPool::Urgency urgency) {
  auto start = [this, urgency](auto handler, std::function<void()> job) {
    const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    const auto finish = [this, shared](bool done) {
      asio::post(loop_.context, [shared, done] { std::move (*shared)(done); });
    };
    const bool taken = shared_.workers.Run(
        [finish, job = std::move(job)] {
          job();
          finish(true);
        },
        urgency);
    if (!taken) finish(false);
  };
  const bool done = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
      std::move(start), asio::use_awaitable, std::move(work));
  co_return done;
}

asio::awaitable<bool> Connection::ShakeHands() {
  const Deadline deadline = steady_clock::now() + shared_.options.limits.handshake_time;
  while (true) {
    const Transfer step = stream_->Handshake();
    if (step.state == Transfer::State::kDone) co_return true;
    const bool ready = co_await Wait(step.state, deadline);
    if (!ready) {
      shared_.metrics.CountRefusal("handshake");
      co_return false;
    }
  }
}

asio::awaitable<void> Connection::ServeRequests() {
  for (int served = 0; !ending_ && !shared_.draining; ++served) {
    if (served + 1 >= shared_.options.limits.requests_a_connection) ending_ = true;
    const bool more = co_await ServeOne();
    if (!more) break;
  }
  if (!aborted_) stream_->ShutDown();
}

// One request and its answer. False: the connection ends.
asio::awaitable<bool> Connection::ServeOne() {
  idle_ = true;
  if (input_.empty()) {
    std::string().swap(input_);
    const bool came = co_await ReadMore(steady_clock::now() + shared_.options.limits.idle_time);
    if (!came) co_return false;
  }
  idle_ = false;
  // On the heap, and not in the coroutine's frame, which idle connections keep.
  const auto exchange = std::make_unique<Exchange>(shared_);
  exchange->began = steady_clock::now();
  exchange->request.reference = NewReference();
  const bool read = co_await ReadHead(*exchange);
  if (!read && !exchange->answered) co_return false;
  if (read && Prepare(*exchange)) {
    const bool whole = co_await ReadBody(*exchange);
    if (!whole && !exchange->answered) co_return false;
  }
  if (!exchange->answered) co_await Handle(*exchange);
  const bool more = co_await Answer(*exchange);
  co_return more;
}

void Connection::RefuseWith(Exchange& exchange, const Refusal& refusal) {
  shared_.metrics.CountRefusal(refusal.reason);
  exchange.response = ProblemResponse(refusal.status, refusal.reason, refusal.detail, "");
  exchange.answered = true;
  exchange.keep_alive = false;
}

// False: nothing to serve; where `answered`, there is a reason to send.
asio::awaitable<bool> Connection::ReadHead(Exchange& exchange) {
  const Deadline deadline = exchange.began + shared_.options.limits.header_time;
  while (true) {
    const MessageReader::Progress progress = exchange.reader.ReadHead(input_);
    if (progress == MessageReader::Progress::kDone) co_return true;
    if (progress == MessageReader::Progress::kRefused) {
      RefuseWith(exchange, exchange.reader.refusal());
      co_return false;
    }
    const bool more = co_await ReadMore(deadline);
    if (!more) {
      if (expired_ && !aborted_) {
        RefuseWith(exchange, {408, "header_time", "The header took too long to come."});
      }
      co_return false;
    }
  }
}

// Makes the request of its head. False: `response` says why it is not one that we serve.
bool Connection::Prepare(Exchange& exchange) {
  MessageHead head = exchange.reader.TakeHead();
  exchange.version_1_0 = head.version_1_0;
  Request& request = exchange.request;
  request.tls = tls_;
  request.source = source_;
  const auto refuse = [&](int status, std::string_view kind, std::string detail) {
    exchange.response = ProblemResponse(status, kind, std::move(detail), "");
    exchange.answered = true;
    return false;
  };
  // Until its body has been read, nothing may follow on this connection.
  exchange.keep_alive = false;
  const bool has_body = head.chunked || head.content_length > 0;
  const bool may_keep = head.keep_alive && !ending_ && !shared_.draining;
  const auto method = ParseMethod(head.method);
  if (!method) return refuse(501, "unsupported", "The method is not known.");
  request.method = *method;
  exchange.readable = true;
  if (!has_body) exchange.keep_alive = may_keep;
  auto target = Target::Parse(head.target);
  if (!target) return refuse(400, "invalid_argument", target.error().message + ".");
  request.target = *std::move(target);
  if (const auto cookies = head.headers.Joined("Cookie")) {
    // Browsers send one; several would have to be joined by "; ".
    auto parsed = head.headers.Count("Cookie") == 1
                      ? Cookies::Parse(*cookies)
                      : Error{ErrorCode::kInvalidArgument, "Cookie header: there are several"};
    if (!parsed) return refuse(400, "invalid_argument", parsed.error().message + ".");
    request.cookies = *std::move(parsed);
  }
  request.headers = std::move(head.headers);
  Router::Match match = shared_.api.Find(request.method, request.target);
  if (match.operation && match.operation->internal && !internal_) match = {};
  if (!match.operation) {
    if (match.allowed.empty()) return refuse(404, "not_found", "There is nothing at this path.");
    refuse(405, "method_not_allowed", "This path takes " + match.allowed + ".");
    exchange.response.headers.Set("Allow", match.allowed);
    return false;
  }
  request.operation = match.operation;
  exchange.path_parameters = std::move(match.parameters);
  exchange.max_body_bytes =
      match.operation->max_body_bytes.value_or(shared_.options.limits.body_bytes);
  exchange.keep_alive = may_keep;
  return true;
}

asio::awaitable<bool> Connection::ReadBody(Exchange& exchange) {
  const Limits& limits = shared_.options.limits;
  const Deadline began = steady_clock::now();
  bool told = !exchange.reader.head().expects_continue;
  while (true) {
    const MessageReader::Progress progress =
        exchange.reader.ReadBody(input_, exchange.max_body_bytes);
    if (progress == MessageReader::Progress::kRefused) {
      RefuseWith(exchange, exchange.reader.refusal());
      co_return false;
    }
    if (!exchange.allowance.GrowTo(exchange.reader.body_bytes())) {
      RefuseWith(exchange, {503, "all_bodies", "Too many bodies are coming in at the moment."});
      co_return false;
    }
    if (progress == MessageReader::Progress::kDone) break;
    if (!told) {
      told = true;
      const bool sent = co_await WriteAll("HTTP/1.1 100 Continue\r\n\r\n");
      if (!sent) co_return false;
    }
    const bool more = co_await ReadMore(
        began + limits.transfer_time +
        std::chrono::seconds(exchange.reader.body_bytes() / limits.bytes_a_second));
    if (!more) {
      if (expired_ && !aborted_) {
        RefuseWith(exchange, {408, "body_time", "The body took too long to come."});
      }
      co_return false;
    }
  }
  exchange.request.body = exchange.reader.TakeBody();
  co_return true;
}

asio::awaitable<void> Connection::Handle(Exchange& exchange) {
  std::function<void()> run = [this, &exchange] {
    exchange.response = shared_.api.Run(std::move(exchange.request), exchange.path_parameters);
  };
  // Run() takes the request; what the answer needs of it is kept.
  Request kept;
  kept.method = exchange.request.method;
  kept.headers = exchange.request.headers;
  kept.reference = exchange.request.reference;
  kept.operation = exchange.request.operation;
  const std::uint64_t body_bytes = exchange.request.body.size();
  if (exchange.request.operation->runs_inline) {
    run();
  } else {
    const bool taken = co_await OnWorkers(std::move(run), WorkerPool::Urgency::kNew);
    if (!taken) {
      shared_.metrics.CountRefusal("workers_busy");
      exchange.response = ProblemResponse(
          503, "unavailable", "Too many requests are waiting. Try again in a moment.", "");
    }
  }
  exchange.request = std::move(kept);
  exchange.allowance.GrowTo(0);
  exchange.request_bytes = body_bytes;
}

asio::awaitable<bool> Connection::Answer(Exchange& exchange) {
  if (ending_ || shared_.draining) exchange.keep_alive = false;
  // Events end with the connection where there are no chunks to end them with.
  if (exchange.version_1_0 && exchange.response.events) exchange.keep_alive = false;
  const bool unread = !exchange.keep_alive;
  Outgoing out =
      Compose(exchange.readable ? &exchange.request : nullptr, std::move(exchange.response),
              {.tls = tls_,
               .version_1_0 = exchange.version_1_0,
               .keep_alive = exchange.keep_alive,
               .now = shared_.clock.Now()});
  // A first piece that is small goes out with the head.
  if (!out.pieces.empty() && !out.pieces[0].content && out.pieces[0].bytes.size() <= kJoinedBytes) {
    out.head += out.pieces[0].bytes;
    out.pieces.erase(out.pieces.begin());
  }
  bool sent = co_await WriteAll(out.head);
  if (sent && out.events) {
    co_await SendEvents(out);
    sent = out.chunked && !aborted_ && !ending_;
  } else if (sent) {
    sent = co_await SendPieces(out);
  }
  Record(exchange, out.status, out.body_bytes);
  if (sent && unread) co_await Linger();
  co_return sent&& exchange.keep_alive;
}

asio::awaitable<bool> Connection::SendPieces(Outgoing& out) {
  for (const Piece& piece : out.pieces) {
    bool sent = false;
    if (piece.content) {
      sent = co_await SendContent(piece);
    } else {
      sent = co_await WriteAll(piece.bytes);
    }
    if (!sent) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> Connection::SendContent(const Piece& piece) {
  std::string slice;
  for (std::uint64_t done = 0; done < piece.size; done += slice.size()) {
    slice.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kSliceBytes, piece.size - done)));
    bool good = false;
    std::function<void()> read = [&] {
      good = piece.content
                 ->Read(piece.offset + done,
                        std::as_writable_bytes(std::span(slice.data(), slice.size())))
                 .has_value();
    };
    const bool taken = co_await OnWorkers(std::move(read), WorkerPool::Urgency::kUnderWay);
    if (!taken || !good) {
      shared_.metrics.CountRefusal("content");
      co_return false;
    }
    const bool sent = co_await WriteAll(slice);
    if (!sent) co_return false;
  }
  co_return true;
}

asio::awaitable<void> Connection::SendEvents(Outgoing& out) {
  const Limits& limits = shared_.options.limits;
  events_ = out.events;
  const auto timer = std::make_shared<asio::steady_timer>(loop_.context);
  const Deadline end = steady_clock::now() + limits.stream_time;
  while (!aborted_) {
    std::string bytes = events_->Take();
    if (bytes.empty() && (events_->ended() || steady_clock::now() >= end)) break;
    if (bytes.empty()) {
      timer->expires_after(limits.heartbeat_time);
      auto& context = loop_.context;
      events_->WhenReady([timer, &context] { asio::post(context, [timer] { timer->cancel(); }); });
      boost::system::error_code woken;
      co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
      if (woken) continue;
      bytes = ":\n\n";
    }
    if (out.chunked) {
      char size[20];
      std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
      bytes = size + bytes + "\r\n";
    }
    out.body_bytes += bytes.size();
    const bool sent = co_await WriteAll(bytes);
    if (!sent) aborted_ = true;
  }
  events_->End();
  events_.reset();
  if (out.chunked && !aborted_) {
    const bool sent = co_await WriteAll("0\r\n\r\n");
    if (!sent) aborted_ = true;
  }
}

// Reads what the client is still sending, for a while: closing on unread bytes would reset the
// connection and could take the answer with it.
asio::awaitable<void> Connection::Linger() {
  stream_->ShutDown();
  const Deadline deadline = steady_clock::now() + kLingerTime;
  for (std::size_t dropped = 0; dropped < kLingerBytes; dropped += input_.size()) {
    input_.clear();
    const bool more = co_await ReadMore(deadline);
    if (!more) break;
  }
  input_.clear();
}

void Connection::Record(const Exchange& exchange, int status, std::uint64_t response_bytes) {
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - exchange.began);
  const Operation* operation = exchange.request.operation;
  const std::string_view method =
      exchange.readable ? MethodName(exchange.request.method) : std::string_view();
  const std::string_view id = operation ? std::string_view(operation->id) : std::string_view();
  shared_.metrics.CountRequest(id, method, status, took);
  if (!shared_.options.access_log) return;
  shared_.options.access_log({.at = shared_.clock.Now(),
                              .reference = exchange.request.reference,
                              .operation = id,
                              .method = method,
                              .status = status,
                              .request_bytes = exchange.request_bytes,
                              .response_bytes = response_bytes,
                              .took = took});
}

}  // namespace jikimi::http
