#ifndef JIKIMI_ACCESS_PASSKEY_H_
#define JIKIMI_ACCESS_PASSKEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Passkeys (W3C Web Authentication, Level 2) as a second factor: what a browser answers is checked
// here, by libfido2. Pure: keeps nothing.
namespace jikimi::access {

// For which site passkeys are made.
struct PasskeySite {
  std::string rp_id;   // "centre.example": the host, or a registrable suffix of it
  std::string origin;  // "https://centre.example": exactly what browsers say

  // kInvalidArgument unless the origin is https (or http of localhost) and its host is the rp_id or
  // under it.
  Result<void> Check() const;
};

using PasskeyChallenge = std::array<std::byte, 32>;  // random, used once

// What is kept of a passkey: nothing secret.
struct Passkey {
  std::vector<std::byte> credential_id;  // 16 to 1,023 bytes
  int algorithm = 0;                     // COSE: -7 ES256, -8 EdDSA
  std::vector<std::byte> public_key;     // x ‖ y of 64 bytes, or 32 bytes
  std::uint32_t sign_count = 0;
};

// navigator.credentials.create()'s answer, as its fields are.
struct PasskeyRegistration {
  std::span<const std::byte> client_data_json;
  std::span<const std::byte> attestation_object;
};
// Checks type, challenge, origin, that it is not cross-origin, rpId, user presence and
// verification, algorithm, and the attestation's signature where there is one ("none" and "packed"
// self attestation; a certificate is not asked for and its chain not judged). Malformed answers are
// kInvalidArgument, those that don't fit kPermissionDenied; both say what.
Result<Passkey> CheckPasskeyRegistration(const PasskeySite& site, const PasskeyChallenge& challenge,
                                         const PasskeyRegistration& answer);

// navigator.credentials.get()'s answer.
struct PasskeyAssertion {
  std::span<const std::byte> credential_id;
  std::span<const std::byte> client_data_json;
  std::span<const std::byte> authenticator_data;
  std::span<const std::byte> signature;
};
// Checks the same and the signature. Returns the sign counter to be kept; one that did not go up
// (unless the authenticator has none: both 0) is kPermissionDenied, since the passkey was copied.
Result<std::uint32_t> CheckPasskeyAssertion(const PasskeySite& site,
                                            const PasskeyChallenge& challenge,
                                            const Passkey& passkey, const PasskeyAssertion& answer);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_PASSKEY_H_
