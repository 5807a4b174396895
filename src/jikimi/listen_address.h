#ifndef JIKIMI_JIKIMI_LISTEN_ADDRESS_H_
#define JIKIMI_JIKIMI_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace jikimi {

struct ListenAddress {
  std::string address;  // "127.0.0.1", "::1"
  std::uint16_t port = 0;
  bool loopback = false;
};

// "127.0.0.1:8443", "[::1]:0"; kInvalidArgument names `key`.
Result<ListenAddress> ParseListenAddress(std::string_view key, std::string_view text);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_LISTEN_ADDRESS_H_
