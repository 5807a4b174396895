#include "log/note_lines.h"

#include <algorithm>
#include <charconv>

#include "vault/base64.h"

namespace jikimi::log {

Result<std::string_view> NoteLines::Take() {
  ++number_;
  const auto end = rest_.find('\n');
  if (end == std::string_view::npos) return Wrong("is missing or cut off");
  const auto line = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return line;
}

Result<std::string_view> NoteLines::TakeBehind(std::string_view prefix) {
  auto line = TRY(Take());
  if (!line.starts_with(prefix)) return Wrong("does not begin with '" + std::string(prefix) + "'");
  line.remove_prefix(prefix.size());
  return line;
}

Error NoteLines::Wrong(std::string problem) const {
  return {ErrorCode::kInvalidArgument,
          std::string(what_) + ": line " + std::to_string(number_) + " " + std::move(problem)};
}

std::optional<std::uint64_t> ReadNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() ||
      (text[0] == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  return number;
}

std::optional<TreeHash> ReadHash(std::string_view text) {
  const auto bytes = vault::FromBase64(text);
  TreeHash hash;
  if (!bytes || bytes->size() != hash.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.bytes.begin());
  return hash;
}

}  // namespace jikimi::log
