#ifndef JIKIMI_VAULT_RECORD_ID_H_
#define JIKIMI_VAULT_RECORD_ID_H_

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vault/secret_bytes.h"

namespace jikimi::vault {

// Whose key it is. The numbers stand in stored bytes (doc/vault.md) and never change their meaning.
enum class KeyKind : std::uint8_t {
  kCase = 1,       // pair: a case
  kItem = 2,       // symmetric: one picture, video or upload of a case
  kFile = 3,       // symmetric: one file's content
  kPerson = 4,     // pair: a member of staff
  kTeam = 5,       // pair: the intake team, or another team
  kEscrow = 6,     // pair, its private half split k of n
  kServer = 7,     // symmetric: operational fields
  kEpoch = 8,      // symmetric: the outer layer of wrapped keys, dropped within days
  kIndex = 9,      // symmetric: blind-index tokens of a team
  kSurvivor = 10,  // pair: from her code and second word
  kSession = 11,   // symmetric: from a session's cookie
  kAudit = 12,     // pair, split k of n: who looked at what
  kPassword = 13,  // symmetric: from a password by Argon2id
};

// "case", "item", …: for messages.
const char* KeyKindName(KeyKind kind);

// An opaque 128-bit random number that names one case, item, person, …. Ordered only so that it can
// be a key of a map: the order means nothing.
template <KeyKind kKind>
class RecordId {
 public:
  static constexpr std::size_t kBytes = 16;

  constexpr RecordId() = default;  // all zero: names nothing
  explicit constexpr RecordId(const std::array<std::byte, kBytes>& bytes) : bytes_(bytes) {}
  static RecordId Random() { return RecordId(RandomArray<kBytes>()); }
  static RecordId FromBytes(std::span<const std::byte, kBytes> bytes) {
    RecordId id;
    std::copy(bytes.begin(), bytes.end(), id.bytes_.begin());
    return id;
  }

  constexpr const std::array<std::byte, kBytes>& bytes() const { return bytes_; }

  friend constexpr auto operator<=>(const RecordId&, const RecordId&) = default;

 private:
  std::array<std::byte, kBytes> bytes_ = {};
};

using CaseId = RecordId<KeyKind::kCase>;
using ItemId = RecordId<KeyKind::kItem>;
using FileId = RecordId<KeyKind::kFile>;
using PersonId = RecordId<KeyKind::kPerson>;
using TeamId = RecordId<KeyKind::kTeam>;
using EscrowId = RecordId<KeyKind::kEscrow>;
using SurvivorId = RecordId<KeyKind::kSurvivor>;
using SessionId = RecordId<KeyKind::kSession>;
using AuditId = RecordId<KeyKind::kAudit>;

// Whose key, and which of its versions: versions start at 1 and go up with each rotation.
template <KeyKind kKind>
struct KeyName {
  RecordId<kKind> owner;
  std::uint32_t version = 1;

  friend constexpr bool operator==(const KeyName&, const KeyName&) = default;
};

// A RecordId of any kind that still knows its kind.
struct RecordReference {
  std::uint8_t kind = 0;  // 0: refers to nothing
  std::array<std::byte, 16> id = {};

  constexpr RecordReference() = default;
  template <KeyKind kKind>
  constexpr RecordReference(const RecordId<kKind>& record)  // NOLINT: implicit
      : kind(static_cast<std::uint8_t>(kKind)), id(record.bytes()) {}

  friend constexpr bool operator==(const RecordReference&, const RecordReference&) = default;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_RECORD_ID_H_
