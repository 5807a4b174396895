#ifndef JIKIMI_HTTP_RANGE_H_
#define JIKIMI_HTTP_RANGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.h"

// Parts of a body (RFC 9110 section 14).
namespace jikimi::http {

struct ByteRange {
  std::uint64_t first = 0, last = 0;  // both belong to it

  std::uint64_t size() const { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct RangeRequest {
  enum class Kind { kWhole, kParts, kUnsatisfiable };
  Kind kind = Kind::kWhole;
  std::vector<ByteRange> parts;  // in the order asked for, within the size
};

// What a Range header asks of `size` bytes. Malformed, of another unit, more than 16 parts, or
// parts that overlap: the whole, as the RFC allows a server that doesn't like to be abused.
RangeRequest ParseRange(std::string_view header, std::uint64_t size);

// Whether If-Range lets the range pass: a strong tag that is the body's. A date never does.
bool IfRangeHolds(const Headers& request, std::string_view etag);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_RANGE_H_
