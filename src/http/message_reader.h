#ifndef JIKIMI_HTTP_MESSAGE_READER_H_
#define JIKIMI_HTTP_MESSAGE_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "http/limits.h"

namespace jikimi::http {

// Why a message is refused: the status to answer with before the connection is closed.
struct Refusal {
  int status = 400;
  std::string_view reason;  // a word for the metrics: "malformed", "header_limit", …
  std::string detail;
};

// The head of a request.
struct MessageHead {
  std::string method;
  std::string target;  // the origin form, also when the absolute form was sent
  Headers headers;
  bool version_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  std::uint64_t content_length = 0;  // 0 when chunked
  bool expects_continue = false;
};

// Reads one HTTP/1.1 request off bytes as they arrive (RFC 9112). Stricter than the RFC where
// readers are known to differ, so that no proxy before us sees another request than we do: a body
// that is announced twice in any way, folded lines, bare line ends, spaces before a colon are 400.
class MessageReader {
 public:
  explicit MessageReader(const Limits& limits);
  MessageReader(MessageReader&&) noexcept;
  ~MessageReader();

  enum class Progress { kMore, kDone, kRefused };

  // Takes the head off the front of `input`, once it is whole. After kRefused see refusal().
  Progress ReadHead(std::string& input);
  const MessageHead& head() const { return head_; }
  MessageHead TakeHead() { return std::move(head_); }

  // After the head: takes what there is of the body, which ends at `max_bytes` (413).
  Progress ReadBody(std::string& input, std::uint64_t max_bytes);
  std::string TakeBody();
  std::uint64_t body_bytes() const;

  const Refusal& refusal() const { return refusal_; }

 private:
  struct Parser;

  Progress Refuse(int status, std::string_view reason, std::string detail);
  bool CheckRawHead(std::string_view head);
  bool CheckFields();
  bool CheckFraming();
  bool CheckTarget();
  Progress ReadChunks(std::string& input, std::uint64_t max_bytes);

  const Limits& limits_;
  std::size_t searched_ = 0;  // of the input, for the head's end
  std::unique_ptr<Parser> parser_;
  MessageHead head_;
  std::string body_;
  Refusal refusal_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_MESSAGE_READER_H_
