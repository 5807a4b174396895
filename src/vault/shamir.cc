#include "vault/shamir.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/check.h"

namespace jikimi::vault {
namespace internal {

std::uint8_t GfMultiply(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  unsigned shifted = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= (0U - (static_cast<unsigned>(b) >> bit & 1U)) & shifted;
    shifted = (shifted << 1 ^ ((0U - (shifted >> 7 & 1U)) & 0x11bU)) & 0xffU;
  }
  return static_cast<std::uint8_t>(product);
}

std::uint8_t GfInverse(std::uint8_t a) {
  // a^254 = a^(2 + 4 + ... + 128).
  std::uint8_t power = GfMultiply(a, a);
  std::uint8_t inverse = power;
  for (int i = 0; i < 6; ++i) {
    power = GfMultiply(power, power);
    inverse = GfMultiply(inverse, power);
  }
  return inverse;
}

}  // namespace internal

std::vector<ShamirPoint> SplitSecret(std::span<const std::byte> secret, int k, int n) {
  CHECK(1 <= k && k <= n && n <= 255);
  // Row j holds the coefficients of x^j; row 0 is the secret.
  const auto degree = static_cast<std::size_t>(k - 1);
  const auto coefficients = SecretBytes::Random(secret.size() * degree);
  std::vector<ShamirPoint> points;
  for (int x = 1; x <= n; ++x) {
    ShamirPoint point{static_cast<std::uint8_t>(x), SecretBytes(secret.size())};
    for (std::size_t i = 0; i < secret.size(); ++i) {
      std::uint8_t y = 0;
      for (std::size_t j = degree; j > 0; --j) {
        const auto coefficient = coefficients.bytes()[(j - 1) * secret.size() + i];
        y = internal::GfMultiply(
            static_cast<std::uint8_t>(y ^ std::to_integer<unsigned>(coefficient)), point.x);
      }
      point.y.bytes()[i] = std::byte{y} ^ secret[i];
    }
    points.push_back(std::move(point));
  }
  return points;
}

Result<SecretBytes> CombinePoints(std::span<const ShamirPoint> points) {
  if (points.empty()) return Error{ErrorCode::kInvalidArgument, "shares: none was given"};
  std::set<std::uint8_t> seen;
  for (const auto& point : points) {
    if (point.x == 0) return Error{ErrorCode::kInvalidArgument, "shares: one has number 0"};
    if (!seen.insert(point.x).second) {
      return Error{ErrorCode::kInvalidArgument,
                   "shares: number " + std::to_string(point.x) + " was given twice"};
    }
    if (point.y.size() != points.front().y.size()) {
      return Error{ErrorCode::kInvalidArgument, "shares: number " + std::to_string(point.x) +
                                                    " has another length than the first"};
    }
  }
  // Lagrange's formula at 0; subtraction is xor.
  SecretBytes secret(points.front().y.size());
  for (const auto& point : points) {
    std::uint8_t weight = 1;
    for (const auto& other : points) {
      if (other.x == point.x) continue;
      weight = internal::GfMultiply(
          weight, internal::GfMultiply(
                      other.x, internal::GfInverse(static_cast<std::uint8_t>(other.x ^ point.x))));
    }
    for (std::size_t i = 0; i < secret.size(); ++i) {
      secret.bytes()[i] ^= std::byte{
          internal::GfMultiply(weight, std::to_integer<std::uint8_t>(point.y.bytes()[i]))};
    }
  }
  return secret;
}

}  // namespace jikimi::vault
