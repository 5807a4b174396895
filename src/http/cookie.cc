#include "http/cookie.h"

#include <algorithm>

#include "base/check.h"
#include "http/characters.h"
#include "http/headers.h"

namespace jikimi::http {
namespace {

// cookie-octet of RFC 6265 section 4.1.1.
bool IsCookieOctet(char c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool IsPlainText(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlpha(c) || IsDigit(c) || c == '-' || c == '_'; });
}

}  // namespace

Result<Cookies> Cookies::Parse(std::string_view header) {
  const auto malformed = [](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument, "Cookie header: " + what};
  };
  Cookies cookies;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = TrimBlank(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return malformed("a pair has no '='");
    const std::string_view name = pair.substr(0, equals);
    std::string_view value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (!IsToken(name)) return malformed("a name is not a token");
    if (!std::all_of(value.begin(), value.end(), IsCookieOctet)) {
      return malformed("the value of '" + std::string(name) + "' holds a forbidden character");
    }
    if (name.starts_with("__Host-") && cookies.Find(name)) {
      return malformed("'" + std::string(name) + "' stands there twice");
    }
    cookies.cookies_.emplace_back(name, value);
  }
  return cookies;
}

std::optional<std::string_view> Cookies::Find(std::string_view name) const {
  for (const auto& [key, value] : cookies_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string HostCookie(std::string_view name, std::string_view value,
                       std::optional<std::chrono::seconds> max_age) {
  CHECK(!name.empty() && IsPlainText(name) && IsPlainText(value));
  std::string text = "__Host-" + std::string(name) + "=" + std::string(value) +
                     "; Path=/; Secure; HttpOnly; SameSite=Strict";
  if (max_age) text += "; Max-Age=" + std::to_string(max_age->count());
  return text;
}

std::string ForgetHostCookie(std::string_view name) {
  return HostCookie(name, "", std::chrono::seconds(0));
}

}  // namespace jikimi::http
