#ifndef JIKIMI_HTTP_COOKIE_H_
#define JIKIMI_HTTP_COOKIE_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace jikimi::http {

// The cookies of a request, by name.
class Cookies {
 public:
  // Reads a Cookie header (RFC 6265 section 4.2.1). Malformed is kInvalidArgument; so is a name
  // that begins with "__Host-" and stands there twice, since then somebody else set one of them.
  static Result<Cookies> Parse(std::string_view header);

  std::optional<std::string_view> Find(std::string_view name) const;
  bool empty() const { return cookies_.empty(); }
  const std::vector<std::pair<std::string, std::string>>& all() const { return cookies_; }

 private:
  std::vector<std::pair<std::string, std::string>> cookies_;
};

// The value of a Set-Cookie header for "__Host-" + `name`: Secure, HttpOnly, SameSite=Strict,
// Path=/, no domain. Without `max_age` it lives as long as the browser does. `name` and `value` are
// ours: anything but letters, digits, '-' and '_' in them is a bug.
std::string HostCookie(std::string_view name, std::string_view value,
                       std::optional<std::chrono::seconds> max_age = std::nullopt);
// One that makes the browser forget it.
std::string ForgetHostCookie(std::string_view name);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_COOKIE_H_
