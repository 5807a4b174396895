#ifndef JIKIMI_HTTP_TARGET_H_
#define JIKIMI_HTTP_TARGET_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace jikimi::http {

// The target of a request (RFC 9112 section 3.2.1), taken apart and percent-decoded.
struct Target {
  // The parts of the path between its slashes, "/cases/1f" is {"cases", "1f"} and "/" is {}. A part
  // may hold any character, a '/' that was sent as %2F too.
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;  // in the order given; '+' is a space

  // Takes the origin form only: "/path?query". Anything else is kInvalidArgument and says where:
  // another form, a fragment, a byte that must be encoded, a broken escape, bytes that decode to no
  // UTF-8 or to a control character, an empty part, "." and ".." (also when encoded).
  static Result<Target> Parse(std::string_view text);
};

// Strict percent-decoding to UTF-8 without control characters; kInvalidArgument says where.
Result<std::string> PercentDecode(std::string_view text);
// Everything but the unreserved characters of RFC 3986 becomes %XX: for links that we make.
std::string PercentEncode(std::string_view text);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_TARGET_H_
