#include "vault/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "vault/sodium_bytes.h"

namespace jikimi::vault {
namespace {

constexpr std::size_t kMinSecretBytes = 16;  // RFC 4226, section 4, R6
constexpr std::size_t kMaxSecretBytes = 64;
constexpr std::size_t kNewSecretBytes = 20;
constexpr int kMaxWindow = 10;

const EVP_MD* Digest(TotpHash hash) {
  switch (hash) {
    case TotpHash::kSha1:
      return EVP_sha1();
    case TotpHash::kSha256:
      return EVP_sha256();
    case TotpHash::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

const char* HashName(TotpHash hash) {
  return hash == TotpHash::kSha1 ? "SHA1" : hash == TotpHash::kSha256 ? "SHA256" : "SHA512";
}

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace

Totp Totp::Generate() { return Totp(SecretBytes::Random(kNewSecretBytes), TotpHash::kSha1, 6); }

Result<Totp> Totp::FromSecret(std::span<const std::byte> secret, TotpHash hash, int digits) {
  if (secret.size() < kMinSecretBytes || secret.size() > kMaxSecretBytes) {
    return Error{
        ErrorCode::kInvalidArgument,
        "one-time password: a secret has 16 to 64 bytes, not " + std::to_string(secret.size())};
  }
  if (digits < 6 || digits > 8) {
    return Error{ErrorCode::kInvalidArgument,
                 "one-time password: 6 to 8 digits, not " + std::to_string(digits)};
  }
  return Totp(SecretBytes::CopyOf(secret), hash, digits);
}

SecretBytes Totp::SecretText() const {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  SecretBytes text((secret_.size() * 8 + 4) / 5);
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned symbol = 0;
    for (std::size_t bit = i * 5; bit < i * 5 + 5; ++bit) {
      const bool on =
          bit / 8 < secret_.size() &&
          (std::to_integer<unsigned>(secret_.bytes()[bit / 8]) >> (7 - bit % 8) & 1) != 0;
      symbol = symbol << 1 | (on ? 1U : 0U);
    }
    text.bytes()[i] = static_cast<std::byte>(kAlphabet[symbol]);
  }
  return text;
}

SecretBytes Totp::Uri(std::string_view issuer, std::string_view account) const {
  const std::string before =
      "otpauth://totp/" + PercentEncoded(issuer) + ":" + PercentEncoded(account) + "?secret=";
  const std::string after = "&issuer=" + PercentEncoded(issuer) + "&algorithm=" + HashName(hash_) +
                            "&digits=" + std::to_string(digits_) +
                            "&period=" + std::to_string(kPeriodSeconds);
  const auto secret = SecretText();
  SecretBytes uri(before.size() + secret.size() + after.size());
  auto out = uri.bytes().begin();
  for (const auto part :
       {AsBytes(before), std::span<const std::byte>(secret.bytes()), AsBytes(after)}) {
    out = std::copy(part.begin(), part.end(), out);
  }
  return uri;
}

std::string Totp::Code(std::int64_t step) const {
  CHECK(step >= 0);
  std::array<unsigned char, 8> counter;
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<unsigned char>(step >> (8 * (7 - i)));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned int mac_size = 0;
  CHECK(HMAC(Digest(hash_), secret_.bytes().data(), static_cast<int>(secret_.size()),
             counter.data(), counter.size(), mac.data(), &mac_size) != nullptr);
  // RFC 4226, section 5.3: dynamic truncation.
  const std::size_t offset = mac[mac_size - 1] & 15U;
  std::uint32_t number = (mac[offset] & 0x7fU) << 24 | std::uint32_t{mac[offset + 1]} << 16 |
                         std::uint32_t{mac[offset + 2]} << 8 | mac[offset + 3];
  std::string code(static_cast<std::size_t>(digits_), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit) {
    *digit = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return code;
}

Result<std::int64_t> Totp::Verify(std::string_view code, std::int64_t unix_seconds,
                                  std::optional<std::int64_t> last_used_step, int window) const {
  CHECK(window >= 0 && window <= kMaxWindow);
  std::string digits;
  for (const char c : code) {
    if (c == ' ') continue;
    if (c < '0' || c > '9' || digits.size() == static_cast<std::size_t>(digits_)) {
      digits.clear();
      break;
    }
    digits += c;
  }
  if (digits.size() != static_cast<std::size_t>(digits_)) {
    return Error{ErrorCode::kInvalidArgument,
                 "one-time password: is not " + std::to_string(digits_) + " digits"};
  }
  if (unix_seconds < 0) {
    return Error{ErrorCode::kInvalidArgument, "one-time password: the clock stands before 1970"};
  }
  // Every step of the window is computed, whether one fitted already or not.
  const std::int64_t now = unix_seconds / kPeriodSeconds;
  std::optional<std::int64_t> fitting;
  for (std::int64_t step = std::max<std::int64_t>(0, now - window); step <= now + window; ++step) {
    const bool equal = EqualInConstantTime(AsBytes(Code(step)), AsBytes(digits));
    if (equal && (!last_used_step || step > *last_used_step)) fitting = step;
  }
  if (!fitting) {
    return Error{ErrorCode::kPermissionDenied,
                 "one-time password: is not the current one, or was used already"};
  }
  return *fitting;
}

}  // namespace jikimi::vault
