#ifndef JIKIMI_VAULT_SIGNING_H_
#define JIKIMI_VAULT_SIGNING_H_

#include <array>
#include <cstddef>
#include <span>

#include "vault/secret_bytes.h"

namespace jikimi::vault {

// Ed25519 (RFC 8032): what the centre signs, anybody checks with the public half.
using Signature = std::array<std::byte, 64>;

class VerifyKey {
 public:
  static constexpr std::size_t kBytes = 32;

  explicit VerifyKey(const std::array<std::byte, kBytes>& bytes) : bytes_(bytes) {}

  // Refuses non-canonical signatures and keys of small order.
  bool Verify(std::span<const std::byte> message, const Signature& signature) const;

  const std::array<std::byte, kBytes>& bytes() const { return bytes_; }

  friend bool operator==(const VerifyKey&, const VerifyKey&) = default;

 private:
  std::array<std::byte, kBytes> bytes_;
};

class SigningKey {
 public:
  static constexpr std::size_t kSeedBytes = 32;

  static SigningKey Generate();
  // From the 32 secret bytes that RFC 8032 calls the private key.
  static SigningKey FromSeed(std::span<const std::byte, kSeedBytes> seed);

  Signature Sign(std::span<const std::byte> message) const;

  std::span<const std::byte, kSeedBytes> seed() const {
    return std::span<const std::byte, kSeedBytes>(expanded_.bytes().first(kSeedBytes));
  }
  const VerifyKey& verify_key() const { return verify_key_; }

 private:
  SigningKey(SecretBytes expanded, const VerifyKey& verify_key)
      : expanded_(std::move(expanded)), verify_key_(verify_key) {}

  SecretBytes expanded_;  // seed, then public half, as libsodium takes it
  VerifyKey verify_key_;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SIGNING_H_
