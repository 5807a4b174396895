#ifndef JIKIMI_VAULT_TOTP_H_
#define JIKIMI_VAULT_TOTP_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "vault/secret_bytes.h"

namespace jikimi::vault {

enum class TotpHash { kSha1, kSha256, kSha512 };

// Time-based one-time passwords (RFC 6238): a second factor, never part of a key.
class Totp {
 public:
  static constexpr std::int64_t kPeriodSeconds = 30;

  // A new secret of 160 bits for an authenticator app: SHA-1 and six digits, which all of them
  // read.
  static Totp Generate();
  // 16 to 64 secret bytes, 6 to 8 digits; otherwise kInvalidArgument.
  static Result<Totp> FromSecret(std::span<const std::byte> secret, TotpHash hash = TotpHash::kSha1,
                                 int digits = 6);

  std::span<const std::byte> secret() const { return secret_.bytes(); }
  // The secret in base32 (RFC 4648, no padding), for typing.
  SecretBytes SecretText() const;
  // The otpauth URI that apps read from a QR code. Issuer and account are percent-encoded.
  SecretBytes Uri(std::string_view issuer, std::string_view account) const;

  // The code of a step (seconds since 1970 divided by 30; not negative).
  std::string Code(std::int64_t step) const;

  // Checks `code` (spaces allowed) at `unix_seconds`, within `window` steps (0 to 10) before and
  // after. Returns the step that it belongs to, which the caller keeps as the new `last_used_step`:
  // a code of that step or an earlier one is refused ever after, also when the clock jumps back.
  // kPermissionDenied when it doesn't fit or was used; kInvalidArgument when it is no code at all.
  Result<std::int64_t> Verify(std::string_view code, std::int64_t unix_seconds,
                              std::optional<std::int64_t> last_used_step, int window = 1) const;

 private:
  Totp(SecretBytes secret, TotpHash hash, int digits)
      : secret_(std::move(secret)), hash_(hash), digits_(digits) {}

  SecretBytes secret_;
  TotpHash hash_;
  int digits_;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_TOTP_H_
