#ifndef JIKIMI_VAULT_RECEIPT_H_
#define JIKIMI_VAULT_RECEIPT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "vault/epoch_ring.h"
#include "vault/signing.h"

namespace jikimi::vault {

enum class DestroyedRecord { kCase, kItem };

// What a survivor gets when something of hers was destroyed. It says what, when, and the day on
// which the last copy dies; it holds neither a name nor her code. That it is about her shows only
// to somebody who has her code: subject_digest commits to it.
struct DestructionReceipt {
  DestroyedRecord what = DestroyedRecord::kCase;
  std::string centre;                             // one line
  std::int64_t destroyed_at = 0;                  // seconds since 1970, years 1970 to 9999
  Day last_copy_dies;                             // from EpochRing::LastCopyDies()
  std::uint32_t keys = 0;                         // how many were destroyed
  std::array<std::byte, 16> subject_salt = {};    // random
  std::array<std::byte, 32> subject_digest = {};  // SubjectDigest()

  // HMAC-SHA-256 of `subject` (her code in plain form: SurvivorCode::ToText()) under the salt.
  static std::array<std::byte, 32> SubjectDigest(std::span<const std::byte, 16> salt,
                                                 std::span<const std::byte> subject);

  // The receipt as lines of text, the last of which is the signature over those before it
  // (doc/vault.md: also how to check it with OpenSSL). kInvalidArgument when a field can't be
  // written, or when the last copy would die before the destruction or over 7 days after it.
  Result<std::string> ToSignedText(const SigningKey& key) const;

  // Reads and checks. A changed line, another key's signature or anything after the end is an error
  // that says which line.
  static Result<DestructionReceipt> Verify(std::string_view text, const VerifyKey& key);

  friend bool operator==(const DestructionReceipt&, const DestructionReceipt&) = default;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_RECEIPT_H_
