#include "http/target.h"

#include "http/characters.h"
#include "store/utf8.h"

namespace jikimi::http {
namespace {

bool IsUnreserved(char c) {
  return IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// What may stand unencoded in a part of a path or a query: pchar, '/' and '?' of RFC 3986.
bool IsTargetCharacter(char c) {
  return IsUnreserved(c) ||
         (c != '\0' && std::string_view("!$&'()*+,;=:@/?%").find(c) != std::string_view::npos);
}

Error At(std::size_t offset, std::string_view what) {
  return {ErrorCode::kInvalidArgument, "byte " + std::to_string(offset) + " " + std::string(what)};
}

std::string Decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

Result<std::string> Decode(std::string_view text, bool plus_is_space) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0) {
      return At(i, "begins a '%' escape that isn't followed by two hex digits");
    }
    i += 2;
  }
  std::string decoded = Decoded(text, plus_is_space);
  if (const std::size_t bad = store::FindBadText(decoded); bad != decoded.size()) {
    return Error{ErrorCode::kInvalidArgument, "doesn't decode to UTF-8 text: byte " +
                                                  std::to_string(bad) +
                                                  " of what it decodes to is none"};
  }
  for (const char c : decoded) {
    if (IsControl(c)) return Error{ErrorCode::kInvalidArgument, "holds a control character"};
  }
  return decoded;
}

Result<void> ParsePath(std::string_view path, Target& target) {
  std::size_t begin = 1;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    auto segment = Decode(path.substr(begin, end - begin), false);
    if (!segment) return Prefixed("the path, from byte " + std::to_string(begin), segment.error());
    if (segment->empty()) return At(begin, "of the path begins an empty part");
    if (*segment == "." || *segment == "..") return At(begin, "of the path begins a dot part");
    target.segments.push_back(*std::move(segment));
    if (end + 1 == path.size()) return At(end, "is a slash at the end of the path");
    begin = end + 1;
  }
  return {};
}

Result<void> ParseQuery(std::string_view query, Target& target) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = Decode(pair.substr(0, equals), true);
    if (!name) return Prefixed("a name in the query", name.error());
    auto value = Decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!value) return Prefixed("the value of '" + *name + "' in the query", value.error());
    target.query.emplace_back(*std::move(name), *std::move(value));
  }
  return {};
}

}  // namespace

Result<Target> Target::Parse(std::string_view text) {
  if (text.empty() || text.front() != '/') {
    return Error{ErrorCode::kInvalidArgument, "the target is not a path that begins with '/'"};
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!IsTargetCharacter(text[i])) return At(i, "of the target must be percent-encoded");
  }
  Target target;
  const std::size_t question = std::min(text.find('?'), text.size());
  TRY(ParsePath(text.substr(0, question), target));
  if (question < text.size()) TRY(ParseQuery(text.substr(question + 1), target));
  return target;
}

Result<std::string> PercentDecode(std::string_view text) { return Decode(text, false); }

std::string PercentEncode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

}  // namespace jikimi::http
