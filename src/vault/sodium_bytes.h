#ifndef JIKIMI_VAULT_SODIUM_BYTES_H_
#define JIKIMI_VAULT_SODIUM_BYTES_H_

#include <array>
#include <cstddef>
#include <span>

namespace jikimi::vault {

// The same bytes as libsodium's and OpenSSL's functions take them; never null, which many of them
// forbid for no bytes too. For this room's sources only.
template <std::size_t kSize>
unsigned char* Raw(std::array<std::byte, kSize>& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
template <std::size_t kSize>
const unsigned char* Raw(const std::array<std::byte, kSize>& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
template <std::size_t kSize>
unsigned char* Raw(std::span<std::byte, kSize> bytes) {
  static unsigned char nothing = 0;  // never written: it stands for no bytes
  return bytes.empty() ? &nothing : reinterpret_cast<unsigned char*>(bytes.data());
}
template <std::size_t kSize>
const unsigned char* Raw(std::span<const std::byte, kSize> bytes) {
  static constexpr unsigned char kNothing = 0;
  return bytes.empty() ? &kNothing : reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SODIUM_BYTES_H_
