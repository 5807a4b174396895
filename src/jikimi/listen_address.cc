#include "jikimi/listen_address.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace jikimi {

Result<ListenAddress> ParseListenAddress(std::string_view key, std::string_view text) {
  const auto wrong = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(key) + ": '" + std::string(text) + "': " + what};
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("must be ADDRESS:PORT");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  ListenAddress listen;
  const auto [end, code] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), listen.port);
  if (code != std::errc() || end != port_text.data() + port_text.size()) {
    return wrong("the port must be 0 to 65535");
  }
  std::array<unsigned char, 16> bytes = {};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    listen.address = std::string(host.substr(1, host.size() - 2));
    if (inet_pton(AF_INET6, listen.address.c_str(), bytes.data()) != 1) {
      return wrong("no IPv6 address stands in the brackets");
    }
    listen.loopback = listen.address == "::1";
    return listen;
  }
  listen.address = std::string(host);
  if (inet_pton(AF_INET, listen.address.c_str(), bytes.data()) != 1) {
    return wrong("the address must be a number, such as 127.0.0.1 or [::1]");
  }
  listen.loopback = bytes[0] == 127;
  return listen;
}

}  // namespace jikimi
