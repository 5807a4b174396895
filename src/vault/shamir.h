#ifndef JIKIMI_VAULT_SHAMIR_H_
#define JIKIMI_VAULT_SHAMIR_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "vault/secret_bytes.h"

namespace jikimi::vault {

// One point of the polynomials, one polynomial a byte of the secret.
struct ShamirPoint {
  std::uint8_t x = 0;  // 1 to 255
  SecretBytes y;
};

// Shamir's secret sharing (1979) over GF(2^8) with AES's polynomial, in time that depends on sizes
// and on the x only. Any k of the n points give the secret back; k - 1 are independent of it.
// 1 <= k <= n <= 255.
std::vector<ShamirPoint> SplitSecret(std::span<const std::byte> secret, int k, int n);

// The secret from exactly k points. Points of different lengths, twice the same x, or x = 0 are
// kInvalidArgument. Nothing tells a wrong point from a right one here: see split_key.h.
Result<SecretBytes> CombinePoints(std::span<const ShamirPoint> points);

namespace internal {
// Product and inverse in GF(2^8), x^8 + x^4 + x^3 + x + 1; the inverse of 0 is 0.
std::uint8_t GfMultiply(std::uint8_t a, std::uint8_t b);
std::uint8_t GfInverse(std::uint8_t a);
}  // namespace internal

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SHAMIR_H_
