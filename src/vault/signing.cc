#include "vault/signing.h"

#include <sodium.h>

#include "vault/sodium_bytes.h"

namespace jikimi::vault {

bool VerifyKey::Verify(std::span<const std::byte> message, const Signature& signature) const {
  return crypto_sign_verify_detached(Raw(signature), Raw(message), message.size(), Raw(bytes_)) ==
         0;
}

SigningKey SigningKey::Generate() {
  WipedArray<kSeedBytes> seed;
  FillRandom(seed.bytes());
  return FromSeed(seed.bytes());
}

SigningKey SigningKey::FromSeed(std::span<const std::byte, kSeedBytes> seed) {
  SecretBytes expanded(crypto_sign_SECRETKEYBYTES);
  std::array<std::byte, VerifyKey::kBytes> public_half;
  crypto_sign_seed_keypair(Raw(public_half), Raw(expanded.bytes()), Raw(seed));
  return SigningKey(std::move(expanded), VerifyKey(public_half));
}

Signature SigningKey::Sign(std::span<const std::byte> message) const {
  Signature signature;
  crypto_sign_detached(Raw(signature), nullptr, Raw(message), message.size(),
                       Raw(expanded_.bytes()));
  return signature;
}

}  // namespace jikimi::vault
