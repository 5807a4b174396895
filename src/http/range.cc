#include "http/range.h"

#include <algorithm>
#include <charconv>

#include "http/characters.h"

namespace jikimi::http {
namespace {

constexpr std::size_t kMaxParts = 16;

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return number;
}

// One "first-last", "first-" or "-count". False: malformed. No part in `range`: beyond the size.
bool ParsePart(std::string_view text, std::uint64_t size, std::optional<ByteRange>& range) {
  range.reset();
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  if (first_text.empty()) {
    const auto count = ParseNumber(last_text);
    if (!count) return false;
    if (*count > 0 && size > 0) range = ByteRange{size - std::min(size, *count), size - 1};
    return true;
  }
  const auto first = ParseNumber(first_text);
  if (!first) return false;
  std::uint64_t last = ~std::uint64_t{0};
  if (!last_text.empty()) {
    const auto given = ParseNumber(last_text);
    if (!given || *given < *first) return false;
    last = *given;
  }
  if (*first < size) range = ByteRange{*first, std::min(last, size - 1)};
  return true;
}

bool Overlap(std::vector<ByteRange> parts) {
  std::sort(parts.begin(), parts.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].first <= parts[i - 1].last) return true;
  }
  return false;
}

}  // namespace

RangeRequest ParseRange(std::string_view header, std::uint64_t size) {
  using Kind = RangeRequest::Kind;
  constexpr std::string_view kUnit = "bytes=";
  if (header.size() < kUnit.size() || !EqualIgnoringCase(header.substr(0, kUnit.size()), kUnit)) {
    return {};
  }
  header.remove_prefix(kUnit.size());
  RangeRequest request;
  std::size_t count = 0;
  while (true) {
    const std::size_t end = std::min(header.find(','), header.size());
    const std::string_view part = TrimBlank(header.substr(0, end));
    if (!part.empty()) {
      std::optional<ByteRange> range;
      if (++count > kMaxParts || !ParsePart(part, size, range)) return {};
      if (range) request.parts.push_back(*range);
    }
    if (end == header.size()) break;
    header.remove_prefix(end + 1);
  }
  if (count == 0 || Overlap(request.parts)) return {};
  request.kind = request.parts.empty() ? Kind::kUnsatisfiable : Kind::kParts;
  return request;
}

bool IfRangeHolds(const Headers& request, std::string_view etag) {
  const auto condition = request.Find("If-Range");
  return !condition || (!etag.empty() && *condition == etag && !etag.starts_with("W/"));
}

}  // namespace jikimi::http
