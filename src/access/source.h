#ifndef JIKIMI_ACCESS_SOURCE_H_
#define JIKIMI_ACCESS_SOURCE_H_

#include <array>
#include <compare>
#include <cstddef>
#include <span>
#include <string_view>

#include "vault/secret_bytes.h"

namespace jikimi::access {

// Where a request comes from, as far as floods need it: a keyed hash of the address. The key is
// random, lives in this process's memory alone and goes with it, so that no address can be found
// again from what is kept. Sources are held in memory only.
struct Source {
  std::array<std::byte, 16> hash = {};
  friend auto operator<=>(const Source&, const Source&) = default;
};

// Makes Sources. Immutable, so thread-safe.
class SourceHasher {
 public:
  SourceHasher() : key_(vault::SecretBytes::Random(32)) {}

  // `address` in network order: of 4 bytes, or 16. An IPv6 address counts as its /64, which one
  // subscriber has whole; one that maps an IPv4 address counts as that.
  Source Of(std::span<const std::byte> address) const;
  // Work of this machine itself, such as a command.
  Source Local() const { return Of({}); }

 private:
  vault::SecretBytes key_;
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SOURCE_H_
