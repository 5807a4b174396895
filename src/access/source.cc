#include "access/source.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "vault/hkdf.h"

namespace jikimi::access {
namespace {

constexpr std::size_t kSubnetBytes = 8;  // an IPv6 /64

bool MapsIpv4(std::span<const std::byte> address) {
  const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
  return std::all_of(address.begin(), address.begin() + 10, is_zero) &&
         address[10] == std::byte{0xff} && address[11] == std::byte{0xff};
}

}  // namespace

Source SourceHasher::Of(std::span<const std::byte> address) const {
  CHECK(address.empty() || address.size() == 4 || address.size() == 16);
  if (address.size() == 16) {
    address = MapsIpv4(address) ? address.last(4) : address.first(kSubnetBytes);
  }
  const auto mac = vault::HmacSha256(key_.bytes(), address);
  Source source;
  std::copy_n(mac.begin(), source.hash.size(), source.hash.begin());
  return source;
}

}  // namespace jikimi::access
