#include "http/etag.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "http/characters.h"
#include "http/problem.h"
#include "vault/hkdf.h"

namespace jikimi::http {
namespace {

// etagc of RFC 9110 section 8.8.3, without the bytes above ASCII, which we never make.
bool IsTagCharacter(char c) { return c > 0x20 && c < 0x7f && c != '"'; }

}  // namespace

std::string RevisionTag(std::int64_t revision) { return "\"r" + std::to_string(revision) + "\""; }

Result<std::int64_t> ParseRevisionTag(std::string_view tag) {
  std::int64_t revision = 0;
  if (tag.size() > 3 && tag.starts_with("\"r") && tag.ends_with("\"")) {
    const char* const end = tag.data() + tag.size() - 1;
    const auto parsed = std::from_chars(tag.data() + 2, end, revision);
    if (parsed.ec == std::errc() && parsed.ptr == end && RevisionTag(revision) == tag) {
      return revision;
    }
  }
  return Error{ErrorCode::kInvalidArgument, "is not an entity tag of a record, such as \"r17\""};
}

std::string ContentTag(std::span<const std::byte> bytes) {
  const auto digest = vault::Sha256(bytes);
  return '"' + ToHex(std::span(digest).first<16>()) + '"';
}

Result<TagList> ParseTagList(std::string_view header) {
  const Error malformed{ErrorCode::kInvalidArgument,
                        "is not a list of entity tags in double quotes, nor '*'"};
  TagList list;
  header = TrimBlank(header);
  if (header == "*") {
    list.any = true;
    return list;
  }
  while (true) {
    header = TrimBlank(header);
    TagList::Tag tag;
    if (header.starts_with("W/")) {
      tag.weak = true;
      header.remove_prefix(2);
    }
    if (!header.starts_with('"')) return malformed;
    const std::size_t end = header.find('"', 1);
    if (end == std::string_view::npos) return malformed;
    tag.tag = header.substr(0, end + 1);
    if (!std::all_of(tag.tag.begin() + 1, tag.tag.end() - 1, IsTagCharacter)) return malformed;
    list.tags.push_back(std::move(tag));
    header = TrimBlank(header.substr(end + 1));
    if (header.empty()) return list;
    if (header.front() != ',') return malformed;
    header.remove_prefix(1);
  }
}

std::optional<Response> RequireMatch(const Request& request, std::string_view current) {
  const auto header = request.headers.Joined("If-Match");
  if (!header) {
    return ToResponse({.status = 428,
                       .kind = "precondition_required",
                       .detail = "A change needs the header If-Match with the ETag of the version "
                                 "that was read.",
                       .errors = {{"header/If-Match", "is missing"}},
                       .retry_after = {},
                       .reference = {}});
  }
  const auto list = ParseTagList(*header);
  if (!list) {
    return ToResponse({.status = 400,
                       .kind = "invalid_argument",
                       .detail = "The header If-Match is malformed.",
                       .errors = {{"header/If-Match", list.error().message}},
                       .retry_after = {},
                       .reference = {}});
  }
  for (const auto& tag : list->tags) {
    if (!tag.weak && tag.tag == current) return std::nullopt;
  }
  // "*" is no proof that this version was seen.
  return ToResponse({.status = 412,
                     .kind = "precondition_failed",
                     .detail = "Somebody changed it since it was read. Read it again, then decide.",
                     .errors = {{"header/If-Match", "doesn't name the present version"}},
                     .retry_after = {},
                     .reference = {}});
}

bool NoneMatchNames(const Request& request, std::string_view current) {
  const auto header = request.headers.Joined("If-None-Match");
  if (!header || current.empty()) return false;
  const auto list = ParseTagList(*header);
  if (!list) return false;
  return list->any || std::any_of(list->tags.begin(), list->tags.end(),
                                  [&](const auto& tag) { return tag.tag == current; });
}

}  // namespace jikimi::http
