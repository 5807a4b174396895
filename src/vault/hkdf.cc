#include "vault/hkdf.h"

#include <sodium.h>

#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "vault/secret_bytes.h"
#include "vault/sodium_bytes.h"

namespace jikimi::vault {
namespace {

// HMAC over parts, so that nothing secret is put together in a buffer first.
void HmacOfParts(std::span<const std::byte> key,
                 std::initializer_list<std::span<const std::byte>> parts,
                 std::span<std::byte, 32> mac) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, Raw(key), key.size());
  for (const auto part : parts) {
    crypto_auth_hmacsha256_update(&state, Raw(part), part.size());
  }
  crypto_auth_hmacsha256_final(&state, Raw(mac));
  sodium_memzero(&state, sizeof(state));
}

}  // namespace

void HkdfSha256(std::span<const std::byte> secret, std::span<const std::byte> salt,
                std::span<const std::byte> info, std::span<std::byte> output) {
  CHECK(output.size() <= 255 * 32);
  WipedArray<32> pseudo_random_key;
  HmacOfParts(salt, {secret}, pseudo_random_key.bytes());
  WipedArray<32> block;
  std::span<const std::byte> previous;
  std::uint8_t counter = 1;
  while (!output.empty()) {
    const std::byte number{counter++};
    HmacOfParts(pseudo_random_key.bytes(), {previous, info, {&number, 1}}, block.bytes());
    previous = block.bytes();
    const std::size_t count = std::min<std::size_t>(output.size(), 32);
    std::copy_n(previous.begin(), count, output.begin());
    output = output.subspan(count);
  }
}

std::array<std::byte, 32> HmacSha256(std::span<const std::byte> key,
                                     std::span<const std::byte> message) {
  std::array<std::byte, 32> mac;
  HmacOfParts(key, {message}, mac);
  return mac;
}

std::array<std::byte, 32> Sha256(std::span<const std::byte> message) {
  std::array<std::byte, 32> digest;
  crypto_hash_sha256(Raw(digest), Raw(message), message.size());
  return digest;
}

}  // namespace jikimi::vault
