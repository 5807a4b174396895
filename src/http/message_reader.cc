#include "http/message_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>

#include "http/characters.h"

namespace jikimi::http {
namespace {

namespace beast = boost::beast;

// A chunk's first line, its extensions included, and the fields behind the last chunk.
constexpr std::size_t kMaxChunkLineBytes = 4 << 10;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct MessageReader::Parser {
  beast::http::request_parser<beast::http::string_body> beast;
};

MessageReader::MessageReader(const Limits& limits) : limits_(limits) {}
MessageReader::MessageReader(MessageReader&&) noexcept = default;
MessageReader::~MessageReader() = default;

MessageReader::Progress MessageReader::Refuse(int status, std::string_view reason,
                                              std::string detail) {
  refusal_ = {status, reason, std::move(detail)};
  return Progress::kRefused;
}

// What the parser would let pass or mend. False: refused.
bool MessageReader::CheckRawHead(std::string_view head) {
  const std::size_t line = head.find("\r\n");
  int fields = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    if (c == '\n' && (i == 0 || head[i - 1] != '\r')) {
      Refuse(400, "malformed", "A line ends with LF alone.");
      return false;
    }
    if (c == '\r' && head[i + 1] != '\n') {
      Refuse(400, "malformed", "A CR stands alone.");
      return false;
    }
    if (c == '\n' && i + 1 < head.size()) {
      if (IsBlank(head[i + 1])) {
        Refuse(400, "malformed", "A header field is folded over several lines.");
        return false;
      }
      if (head[i + 1] != '\r') ++fields;
    }
    if (IsControl(c) && c != '\r' && c != '\n' && c != '\t') {
      Refuse(400, "malformed", "The header holds a control character.");
      return false;
    }
  }
  if (fields > limits_.header_fields) {
    Refuse(431, "header_limit",
           "The header has more than " + std::to_string(limits_.header_fields) + " fields.");
    return false;
  }
  const std::string_view request_line = head.substr(0, line);
  const std::size_t first = request_line.find(' ');
  const std::size_t last = request_line.rfind(' ');
  if (first != std::string_view::npos && last > first && last - first - 1 > limits_.target_bytes) {
    Refuse(414, "target_limit",
           "The target is longer than " + std::to_string(limits_.target_bytes) + " bytes.");
    return false;
  }
  const std::string_view version =
      last == std::string_view::npos ? std::string_view() : request_line.substr(last + 1);
  if (version.starts_with("HTTP/") && version != "HTTP/1.1" && version != "HTTP/1.0" &&
      version.size() == 8) {
    Refuse(505, "version", "Only the versions 1.1 and 1.0 of HTTP are spoken here.");
    return false;
  }
  return true;
}

MessageReader::Progress MessageReader::ReadHead(std::string& input) {
  // One empty line before a request comes from old clients (RFC 9112 section 2.2).
  if (searched_ == 0 && input.starts_with("\r\n")) input.erase(0, 2);
  const std::size_t from = searched_ > 3 ? searched_ - 3 : 0;
  const std::size_t end = input.find("\r\n\r\n", from);
  searched_ = input.size();
  const std::size_t size = end == std::string::npos ? input.size() : end + 4;
  if (size > limits_.header_bytes) {
    if (input.substr(0, limits_.header_bytes).find("\r\n") == std::string::npos) {
      return Refuse(414, "target_limit", "The request's first line is too long.");
    }
    return Refuse(431, "header_limit",
                  "The header is longer than " + std::to_string(limits_.header_bytes) + " bytes.");
  }
  if (end == std::string::npos) {
    // An early word on what can't become a request: a TLS greeting, another protocol.
    if (!input.empty() && !IsTokenCharacter(input[0]) && input[0] != '\r') {
      return Refuse(400, "malformed", "This is not HTTP.");
    }
    return Progress::kMore;
  }
  if (!CheckRawHead({input.data(), size})) return Progress::kRefused;

  parser_ = std::make_unique<Parser>();
  auto& parser = parser_->beast;
  parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
  parser.body_limit(boost::none);
  beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(input.data(), size), error);
  if (error || !parser.is_header_done() || used != size) {
    return Refuse(400, "malformed", "The header is malformed.");
  }
  input.erase(0, size);
  const auto& message = parser.get();
  head_.method = View(message.method_string());
  head_.target = View(message.target());
  head_.version_1_0 = message.version() == 10;
  head_.keep_alive = message.keep_alive();
  for (const auto& field : message) {
    head_.headers.AddReceived(View(field.name_string()), View(field.value()));
  }
  if (!CheckFields() || !CheckFraming() || !CheckTarget()) return Progress::kRefused;
  if (!head_.chunked) parser_.reset();
  return Progress::kDone;
}

bool MessageReader::CheckFields() {
  if (head_.headers.Count("Host") > 1 || (!head_.version_1_0 && !head_.headers.Has("Host"))) {
    Refuse(400, "malformed", "The header must hold one Host.");
    return false;
  }
  if (const auto host = head_.headers.Find("Host")) {
    const bool good = std::all_of(host->begin(), host->end(), [](char c) {
      return IsAlpha(c) || IsDigit(c) ||
             std::string_view("-._~:[]%!$&'()*+,;=").find(c) != std::string_view::npos;
    });
    if (!good) {
      Refuse(400, "malformed", "Host is malformed.");
      return false;
    }
  }
  if (const auto expect = head_.headers.Joined("Expect")) {
    if (!EqualIgnoringCase(*expect, "100-continue")) {
      Refuse(417, "expectation", "No expectation but 100-continue is known.");
      return false;
    }
    head_.expects_continue = !head_.version_1_0;
  }
  return true;
}

// How long the body is: said once, in one way, or refused (RFC 9112 section 6.3, 11.2).
bool MessageReader::CheckFraming() {
  const int lengths = head_.headers.Count("Content-Length");
  const int encodings = head_.headers.Count("Transfer-Encoding");
  if (lengths + encodings > 1) {
    Refuse(400, "smuggling", "The body's length is given more than once.");
    return false;
  }
  if (encodings == 1) {
    if (head_.version_1_0 ||
        !EqualIgnoringCase(*head_.headers.Find("Transfer-Encoding"), "chunked")) {
      Refuse(head_.version_1_0 ? 400 : 501, "smuggling",
             "No Transfer-Encoding but chunked is taken.");
      return false;
    }
    head_.chunked = true;
  }
  if (lengths == 1) {
    const std::string_view text = *head_.headers.Find("Content-Length");
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, head_.content_length);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end || text[0] == '-') {
      Refuse(400, "smuggling", "Content-Length is not a number.");
      return false;
    }
  }
  return true;
}

// The absolute form is for proxies, but a server must take it too (RFC 9112 section 3.2.2).
bool MessageReader::CheckTarget() {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!EqualIgnoringCase(std::string_view(head_.target).substr(0, scheme.size()), scheme)) {
      continue;
    }
    const std::size_t slash =
        std::min(head_.target.find_first_of("/?", scheme.size()), head_.target.size());
    const std::string host = head_.target.substr(scheme.size(), slash - scheme.size());
    if (!EqualIgnoringCase(host, head_.headers.Find("Host").value_or(""))) {
      Refuse(400, "malformed", "The target names another host than Host does.");
      return false;
    }
    head_.target.erase(0, slash);
    if (!head_.target.starts_with('/')) head_.target.insert(0, "/");
    break;
  }
  return true;
}

MessageReader::Progress MessageReader::ReadBody(std::string& input, std::uint64_t max_bytes) {
  if (head_.chunked) return ReadChunks(input, max_bytes);
  if (head_.content_length > max_bytes) {
    return Refuse(413, "body_limit",
                  "The body is longer than " + std::to_string(max_bytes) + " bytes.");
  }
  const std::size_t take = static_cast<std::size_t>(
      std::min<std::uint64_t>(head_.content_length - body_.size(), input.size()));
  if (body_.empty() && take == input.size()) {
    body_ = std::move(input);
    input.clear();
  } else {
    body_.append(input, 0, take);
    input.erase(0, take);
  }
  return body_.size() == head_.content_length ? Progress::kDone : Progress::kMore;
}

MessageReader::Progress MessageReader::ReadChunks(std::string& input, std::uint64_t max_bytes) {
  auto& parser = parser_->beast;
  parser.eager(true);
  std::size_t used = 0;
  beast::error_code error;
  while (!parser.is_done()) {
    const std::size_t taken =
        parser.put(boost::asio::buffer(input.data() + used, input.size() - used), error);
    used += taken;
    if (parser.get().body().size() > max_bytes) {
      return Refuse(413, "body_limit",
                    "The body is longer than " + std::to_string(max_bytes) + " bytes.");
    }
    if (error == beast::http::error::need_more || (!error && taken == 0)) break;
    if (error) return Refuse(400, "malformed", "The body's chunks are malformed.");
  }
  input.erase(0, used);
  if (parser.is_done()) {
    body_ = std::move(parser.get().body());
    parser_.reset();
    return Progress::kDone;
  }
  // What the parser leaves lying is a line or a trailer that hasn't ended.
  if (input.size() > kMaxChunkLineBytes) {
    return Refuse(400, "malformed", "A chunk's first line or the trailer is too long.");
  }
  return Progress::kMore;
}

std::string MessageReader::TakeBody() { return std::move(body_); }

std::uint64_t MessageReader::body_bytes() const {
  return parser_ ? parser_->beast.get().body().size() : body_.size();
}

}  // namespace jikimi::http
