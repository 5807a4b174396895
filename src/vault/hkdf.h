#ifndef JIKIMI_VAULT_HKDF_H_
#define JIKIMI_VAULT_HKDF_H_

#include <array>
#include <cstddef>
#include <span>

namespace jikimi::vault {

// HKDF with SHA-256 (RFC 5869): `output` is filled from the input key material `secret`. At most
// 255 * 32 bytes of output. `info` says what the output is for; different words give independent
// outputs.
void HkdfSha256(std::span<const std::byte> secret, std::span<const std::byte> salt,
                std::span<const std::byte> info, std::span<std::byte> output);

// HMAC-SHA-256 (RFC 2104) with a key of any length.
std::array<std::byte, 32> HmacSha256(std::span<const std::byte> key,
                                     std::span<const std::byte> message);

std::array<std::byte, 32> Sha256(std::span<const std::byte> message);

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_HKDF_H_
