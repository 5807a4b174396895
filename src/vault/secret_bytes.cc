#include "vault/secret_bytes.h"

#include <sodium.h>

#include <algorithm>

#include "base/check.h"
#include "vault/locked_memory.h"
#include "vault/sodium_bytes.h"

namespace jikimi::vault {
namespace {

// sodium_init() is idempotent and thread-safe; everything that needs the page size or the generator
// passes here.
void EnsureSodium() {
  static const int state = sodium_init();
  CHECK(state >= 0);
}

}  // namespace

SecretBytes::SecretBytes(std::size_t size) {
  if (size == 0) return;
  EnsureSodium();
  bytes_ = internal::TakeLocked(size);
}

SecretBytes SecretBytes::Random(std::size_t size) {
  SecretBytes secret(size);
  FillRandom(secret.bytes());
  return secret;
}

SecretBytes SecretBytes::CopyOf(std::span<const std::byte> bytes) {
  SecretBytes secret(bytes.size());
  std::copy(bytes.begin(), bytes.end(), secret.bytes_.begin());
  return secret;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Release();
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

void SecretBytes::Release() {
  if (bytes_.empty()) return;
  internal::GiveBackLocked(bytes_);
  bytes_ = {};
}

void Wipe(std::span<std::byte> bytes) { sodium_memzero(Raw(bytes), bytes.size()); }

bool EqualInConstantTime(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && sodium_memcmp(Raw(a), Raw(b), a.size()) == 0;
}

void FillRandom(std::span<std::byte> bytes) {
  EnsureSodium();
  randombytes_buf(Raw(bytes), bytes.size());
}

}  // namespace jikimi::vault
