#ifndef JIKIMI_HTTP_EVENTS_H_
#define JIKIMI_HTTP_EVENTS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

// Server-sent events (HTML Living Standard, section 9.2): a list that is on a screen learns that
// something has changed, and nothing more. It fetches what it may see.
namespace jikimi::http {

// "case 1f… is now at r18".
struct ListEvent {
  std::uint64_t number = 0;  // the outbox's, rising: what Last-Event-ID names
  std::string topic;         // "case": letters, digits, '.', '-' and '_' only
  std::string id;            // opaque: the record's 32 hex digits
  std::string etag;          // of the record as it now is; may be empty
};

// Whether the reader of one stream may know of this event. Called by the hub's caller, once for
// each event and stream; must not call the hub.
using Authorise = std::function<bool(const ListEvent&)>;

// What one client has not been sent yet. Thread-safe.
class EventStream {
 public:
  // Bytes to send now, taken out; empty when there are none.
  std::string Take();
  // `wake` is called (by any thread, at most once) when there is something to take or the stream
  // has ended. At once when that is so already.
  void WhenReady(std::function<void()> wake);
  bool ended() const;
  // Ends it from either side; `wake` is called.
  void End();

 private:
  friend class EventHub;
  EventStream(Authorise authorise, std::size_t max_bytes)
      : authorise_(std::move(authorise)), max_bytes_(max_bytes) {}
  void Offer(const ListEvent& event);
  void Append(std::string_view text);

  const Authorise authorise_;
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::string waiting_;
  std::function<void()> wake_;
  bool ended_ = false;
};

struct EventHubOptions {
  std::size_t kept_events = 10'000;         // for clients that come back
  std::size_t max_stream_bytes = 64 << 10;  // that a client has not taken: then it is dropped
  int max_streams = 2'000;
};

// Gives each event to every stream that may know of it. Thread-safe.
class EventHub {
 public:
  explicit EventHub(EventHubOptions options = {}) : options_(options) {}
  ~EventHub() { EndAll(); }

  // Answers a request for the stream: 200 text/event-stream. With Last-Event-ID it begins behind
  // that event, or, when that is not kept any more, with an event "reset": fetch the list anew.
  // kUnavailable when there are too many streams; kInvalidArgument for a Last-Event-ID that is no
  // number.
  Result<Response> Open(const Request& request, Authorise authorise);

  // Tells all streams. Numbers rise; one that doesn't was told already and is left out.
  void Publish(const ListEvent& event);
  // Events were missed: tells all streams "reset", and goes on behind this number of the outbox.
  void Reset(std::uint64_t number);
  // Ends every stream; clients come back and are asked anew who they are.
  void EndAll();
  int streams() const;

 private:
  void DropEnded();

  const EventHubOptions options_;
  mutable std::mutex mutex_;
  std::deque<ListEvent> kept_;
  std::uint64_t last_ = 0;
  std::vector<std::shared_ptr<EventStream>> streams_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_EVENTS_H_
