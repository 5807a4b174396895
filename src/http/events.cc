#include "http/events.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "http/characters.h"

namespace jikimi::http {
namespace {

bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '.' || c == '-' || c == '_';
  });
}

// The event as it is sent. Its data is JSON whose texts need no escapes but for the tag's quotes.
std::string Form(const ListEvent& event) {
  std::string tag;
  for (const char c : event.etag) {
    if (c == '"' || c == '\\') tag += '\\';
    tag += c;
  }
  return "id: " + std::to_string(event.number) + "\nevent: " + event.topic + "\ndata: {\"id\":\"" +
         event.id + "\",\"etag\":\"" + tag + "\"}\n\n";
}

// Fetch the list anew.
std::string ResetForm(std::uint64_t last) {
  return "id: " + std::to_string(last) + "\nevent: reset\ndata: {}\n\n";
}

}  // namespace

std::string EventStream::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void EventStream::WhenReady(std::function<void()> wake) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() && !ended_) {
      wake_ = std::move(wake);
      return;
    }
  }
  wake();
}

bool EventStream::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void EventStream::End() {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
}

void EventStream::Offer(const ListEvent& event) {
  if (ended() || !authorise_(event)) return;
  Append(Form(event));
}

void EventStream::Append(std::string_view text) {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    // A client that doesn't take what it is sent comes back later and asks for what it missed.
    if (waiting_.size() + text.size() > max_bytes_) {
      ended_ = true;
    } else {
      waiting_ += text;
    }
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
}

Result<Response> EventHub::Open(const Request& request, Authorise authorise) {
  std::optional<std::uint64_t> last;
  if (const auto header = request.headers.Find("Last-Event-ID"); header && !header->empty()) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(header->data(), header->data() + header->size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != header->data() + header->size()) {
      return Error{ErrorCode::kInvalidArgument, "the header Last-Event-ID is not a number"};
    }
    last = number;
  }
  const std::shared_ptr<EventStream> stream(
      new EventStream(std::move(authorise), options_.max_stream_bytes));
  {
    const std::lock_guard lock(mutex_);
    DropEnded();
    if (static_cast<int>(streams_.size()) >= options_.max_streams) {
      return Error{ErrorCode::kUnavailable, "too many event streams are open"};
    }
    stream->Append("retry: 3000\n\n");
    if (last && *last != last_) {
      // Everything behind `last` is kept when the oldest that is kept comes right after it or
      // before. A number that we haven't reached is of another life of the database.
      const bool whole = *last < last_ && !kept_.empty() && kept_.front().number <= *last + 1;
      if (!whole) {
        stream->Append(ResetForm(last_));
      } else {
        for (const ListEvent& event : kept_) {
          if (event.number > *last) stream->Offer(event);
        }
      }
    }
    streams_.push_back(stream);
  }
  Response response;
  response.content_type = "text/event-stream";
  response.events = stream;
  return response;
}

void EventHub::Publish(const ListEvent& event) {
  CHECK(IsWord(event.topic) && IsWord(event.id));
  CHECK(std::none_of(event.etag.begin(), event.etag.end(), IsControl));
  const std::lock_guard lock(mutex_);
  if (event.number <= last_) return;
  last_ = event.number;
  kept_.push_back(event);
  if (kept_.size() > options_.kept_events) kept_.pop_front();
  DropEnded();
  for (const auto& stream : streams_) stream->Offer(event);
}

void EventHub::Reset(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  last_ = number;
  kept_.clear();
  DropEnded();
  for (const auto& stream : streams_) stream->Append(ResetForm(last_));
}

void EventHub::EndAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& stream : streams_) stream->End();
  streams_.clear();
}

int EventHub::streams() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(streams_.begin(), streams_.end(),
                                        [](const auto& stream) { return !stream->ended(); }));
}

void EventHub::DropEnded() {
  std::erase_if(streams_, [](const auto& stream) { return stream->ended(); });
}

}  // namespace jikimi::http
