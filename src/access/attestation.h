#ifndef JIKIMI_ACCESS_ATTESTATION_H_
#define JIKIMI_ACCESS_ATTESTATION_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace jikimi::access {

// The three parts of an attestation object (Web Authentication, section 6.5.4), as views into it.
struct AttestationObject {
  std::string_view format;               // "none", "packed", …
  std::span<const std::byte> statement;  // CBOR of the map attStmt
  std::span<const std::byte> auth_data;
};

// Reads CTAP2's canonical CBOR: definite lengths, nothing after the map, at most 16 levels deep.
// kInvalidArgument with the offset.
Result<AttestationObject> ParseAttestationObject(std::span<const std::byte> bytes);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ATTESTATION_H_
