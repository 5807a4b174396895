#include "http/origin.h"

#include <algorithm>

namespace jikimi::http {

Result<void> CheckOrigin(const Request& request, std::span<const std::string> origins) {
  if (IsSafe(request.method)) return {};
  const auto refused = [](std::string_view why) {
    return Error{ErrorCode::kPermissionDenied,
                 "A page of another site can't change anything here: " + std::string(why) + "."};
  };
  const auto site = request.headers.Joined("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") {
    return refused("Sec-Fetch-Site is not same-origin");
  }
  const auto origin = request.headers.Joined("Origin");
  if (origin) {
    const std::string own = std::string(request.tls ? "https://" : "http://") +
                            std::string(request.headers.Find("Host").value_or(""));
    const bool ours = origins.empty()
                          ? EqualIgnoringCase(*origin, own)
                          : std::any_of(origins.begin(), origins.end(), [&](const auto& known) {
                              return EqualIgnoringCase(*origin, known);
                            });
    if (!ours) return refused("Origin is not ours");
  }
  if (!origin && !site && !request.cookies.empty()) {
    return refused("with a cookie it needs the header Origin or Sec-Fetch-Site");
  }
  return {};
}

}  // namespace jikimi::http
