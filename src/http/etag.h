#ifndef JIKIMI_HTTP_ETAG_H_
#define JIKIMI_HTTP_ETAG_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

// Entity tags (RFC 9110 section 8.8.3): strong ones, of a record's revision, against lost updates.
namespace jikimi::http {

// "\"r17\"": the tag of a record's revision.
std::string RevisionTag(std::int64_t revision);
// The revision of such a tag; kInvalidArgument for any other text.
Result<std::int64_t> ParseRevisionTag(std::string_view tag);
// A tag of these bytes: the first 128 bits of their SHA-256.
std::string ContentTag(std::span<const std::byte> bytes);

// The tags of If-Match or If-None-Match; `any` for "*". kInvalidArgument when malformed.
struct TagList {
  struct Tag {
    std::string tag;  // with its quotes
    bool weak = false;
  };
  bool any = false;
  std::vector<Tag> tags;
};
Result<TagList> ParseTagList(std::string_view header);

// For every update: nullopt when If-Match names `current`, else the answer: 428 when it is missing,
// 412 when it names another revision, 400 when malformed. Weak tags never match (strong
// comparison).
std::optional<Response> RequireMatch(const Request& request, std::string_view current);

// Whether If-None-Match names the tag (weak comparison), so that 304 is the answer. The server asks
// this for each GET whose response has an etag; a route may ask first, to be spared the work.
bool NoneMatchNames(const Request& request, std::string_view current);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_ETAG_H_
