// Every text of a request that is read before anybody is known: what is read comes back from its
// own writing, and nothing forbidden gets through.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/cookie.h"
#include "http/encoding.h"
#include "http/etag.h"
#include "http/message_reader.h"
#include "http/range.h"
#include "http/target.h"
#include "store/utf8.h"

namespace jikimi::http {
namespace {

void ReadTarget(std::string_view text) {
  const auto target = Target::Parse(text);
  if (!target) return;
  std::string again;
  for (const std::string& segment : target->segments) {
    CHECK(segment != "." && segment != ".." && !segment.empty());
    CHECK(store::FindBadText(segment) == segment.size());
    again += "/" + PercentEncode(segment);
  }
  if (again.empty()) again = "/";
  char separator = '?';
  for (const auto& [name, value] : target->query) {
    again += separator + PercentEncode(name) + "=" + PercentEncode(value);
    separator = '&';
  }
  const auto reread = Target::Parse(again);
  CHECK(reread.has_value() && reread->segments == target->segments);
  CHECK(reread->query == target->query);
}

void ReadHeaders(std::string_view text) {
  if (const auto cookies = Cookies::Parse(text); cookies) {
    for (const auto& [name, value] : cookies->all()) {
      CHECK(!name.empty() && value.find_first_of(";, \r\n") == std::string::npos);
    }
  }
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{10}, ~std::uint64_t{0}}) {
    const RangeRequest range = ParseRange(text, size);
    CHECK((range.kind == RangeRequest::Kind::kParts) == !range.parts.empty());
    for (const ByteRange& part : range.parts) CHECK(part.first <= part.last && part.last < size);
  }
  AcceptsGzip(text);
  if (const auto list = ParseTagList(text); list) {
    for (const auto& tag : list->tags) CHECK(tag.tag.size() >= 2);
  }
}

struct Read {
  MessageReader::Progress head = MessageReader::Progress::kMore;
  MessageReader::Progress body = MessageReader::Progress::kMore;
  std::string target, content, rest;
};

// Feeds the text in steps of `step` bytes.
Read ReadMessage(std::string_view text, std::size_t step) {
  const Limits limits;
  MessageReader reader(limits);
  Read read;
  while (true) {
    if (read.head != MessageReader::Progress::kDone) {
      read.head = reader.ReadHead(read.rest);
      if (read.head == MessageReader::Progress::kDone) read.target = reader.head().target;
    }
    if (read.head == MessageReader::Progress::kDone) {
      read.body = reader.ReadBody(read.rest, 1 << 16);
    }
    if (read.head == MessageReader::Progress::kRefused ||
        read.body != MessageReader::Progress::kMore || text.empty()) {
      break;
    }
    read.rest += text.substr(0, step);
    text.remove_prefix(std::min(step, text.size()));
  }
  if (read.body == MessageReader::Progress::kDone) {
    read.content = reader.TakeBody();
    read.rest += text;
  }
  return read;
}

}  // namespace
}  // namespace jikimi::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadTarget(text);
  ReadHeaders(text);
  // However the bytes arrive, it is the same request, and it ends at the same byte.
  const Read whole = ReadMessage(text, std::max<std::size_t>(size, 1));
  const Read pieces = ReadMessage(text, 7);
  CHECK((whole.body == MessageReader::Progress::kDone) ==
        (pieces.body == MessageReader::Progress::kDone));
  if (whole.body == MessageReader::Progress::kDone) {
    CHECK(whole.target == pieces.target && whole.content == pieces.content);
    CHECK(whole.rest == pieces.rest);
  }
  return 0;
}
