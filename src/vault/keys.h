#ifndef JIKIMI_VAULT_KEYS_H_
#define JIKIMI_VAULT_KEYS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "vault/record_id.h"
#include "vault/secret_bytes.h"

namespace jikimi::vault {

inline constexpr std::size_t kKeyBytes = 32;

namespace internal {
// The X25519 public half of a private one.
std::array<std::byte, kKeyBytes> PublicHalf(std::span<const std::byte> private_half);
std::vector<std::byte> PublicKeyForm(RecordReference owner, std::uint32_t version,
                                     std::span<const std::byte, kKeyBytes> half);
struct ParsedPublicKey {
  std::array<std::byte, 16> owner = {};
  std::uint32_t version = 0;
  std::array<std::byte, kKeyBytes> half = {};
};
Result<ParsedPublicKey> ParsePublicKey(std::span<const std::byte> form, KeyKind kind);
std::array<std::byte, 32> PublicKeyDigest(std::span<const std::byte> form);
Result<void> CheckPin(KeyKind kind, std::span<const std::byte> digest,
                      std::span<const std::byte> pin);
}  // namespace internal

// 256 secret bits of one kind and one owner. Kinds don't convert into each other: an item's key
// can't be given where a case's is meant.
template <KeyKind kKind>
class SymmetricKey {
 public:
  static SymmetricKey Generate(const KeyName<kKind>& name) {
    return SymmetricKey(name, SecretBytes::Random(kKeyBytes));
  }
  static SymmetricKey FromBytes(const KeyName<kKind>& name,
                                std::span<const std::byte, kKeyBytes> bytes) {
    return SymmetricKey(name, SecretBytes::CopyOf(bytes));
  }

  const KeyName<kKind>& name() const { return name_; }
  std::span<const std::byte, kKeyBytes> bytes() const {
    return std::span<const std::byte, kKeyBytes>(secret_.bytes());
  }

 private:
  SymmetricKey(const KeyName<kKind>& name, SecretBytes secret)
      : name_(name), secret_(std::move(secret)) {}

  KeyName<kKind> name_;
  SecretBytes secret_;
};

// The digest of a public half's form, as it is pinned in the log when its owner enrols.
template <KeyKind kKind>
struct KeyPin {
  std::array<std::byte, 32> digest = {};

  friend bool operator==(const KeyPin&, const KeyPin&) = default;
};

// The public half of an X25519 pair, with its owner's name. Not secret, but worth as much as the
// way that it came: see PinnedKey.
template <KeyKind kKind>
class PublicKey {
 public:
  PublicKey(const KeyName<kKind>& name, const std::array<std::byte, kKeyBytes>& half)
      : name_(name), half_(half) {}

  // The inverse of ToBytes(); other lengths, kinds and versions of the form are refused.
  static Result<PublicKey> Parse(std::span<const std::byte> form) {
    const auto parsed = TRY(internal::ParsePublicKey(form, kKind));
    return PublicKey({RecordId<kKind>(parsed.owner), parsed.version}, parsed.half);
  }
  std::vector<std::byte> ToBytes() const {
    return internal::PublicKeyForm(name_.owner, name_.version, half_);
  }
  KeyPin<kKind> Pin() const { return {internal::PublicKeyDigest(ToBytes())}; }

  const KeyName<kKind>& name() const { return name_; }
  const std::array<std::byte, kKeyBytes>& half() const { return half_; }

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  KeyName<kKind> name_;
  std::array<std::byte, kKeyBytes> half_;
};

// A public half that agrees with its pin: what a case may be shared with. There is no other way to
// make one, so that a key that somebody slipped into the database is never granted anything.
template <KeyKind kKind>
class PinnedKey {
 public:
  // kPermissionDenied when the key is not the pinned one.
  static Result<PinnedKey> Check(const PublicKey<kKind>& key, const KeyPin<kKind>& pin) {
    TRY(internal::CheckPin(kKind, key.Pin().digest, pin.digest));
    return PinnedKey(key);
  }

  const PublicKey<kKind>& key() const { return key_; }

 private:
  explicit PinnedKey(const PublicKey<kKind>& key) : key_(key) {}

  PublicKey<kKind> key_;
};

// An X25519 pair of one kind and one owner.
template <KeyKind kKind>
class KeyPair {
 public:
  static KeyPair Generate(const KeyName<kKind>& name) {
    return KeyPair(name, SecretBytes::Random(kKeyBytes));
  }
  static KeyPair FromPrivateHalf(const KeyName<kKind>& name,
                                 std::span<const std::byte, kKeyBytes> private_half) {
    return KeyPair(name, SecretBytes::CopyOf(private_half));
  }

  const KeyName<kKind>& name() const { return public_.name(); }
  const PublicKey<kKind>& public_key() const { return public_; }
  std::span<const std::byte, kKeyBytes> private_half() const {
    return std::span<const std::byte, kKeyBytes>(secret_.bytes());
  }

 private:
  KeyPair(const KeyName<kKind>& name, SecretBytes secret)
      : public_(name, internal::PublicHalf(secret.bytes())), secret_(std::move(secret)) {}

  PublicKey<kKind> public_;
  SecretBytes secret_;
};

using ItemKey = SymmetricKey<KeyKind::kItem>;
using FileKey = SymmetricKey<KeyKind::kFile>;
using ServerKey = SymmetricKey<KeyKind::kServer>;
using EpochKey = SymmetricKey<KeyKind::kEpoch>;
using IndexKey = SymmetricKey<KeyKind::kIndex>;
using SessionKey = SymmetricKey<KeyKind::kSession>;
using PasswordKey = SymmetricKey<KeyKind::kPassword>;

using CaseKeyPair = KeyPair<KeyKind::kCase>;
using PersonKeyPair = KeyPair<KeyKind::kPerson>;
using TeamKeyPair = KeyPair<KeyKind::kTeam>;
using EscrowKeyPair = KeyPair<KeyKind::kEscrow>;
using AuditKeyPair = KeyPair<KeyKind::kAudit>;
using SurvivorKeyPair = KeyPair<KeyKind::kSurvivor>;

using CasePublicKey = PublicKey<KeyKind::kCase>;
using PersonPublicKey = PublicKey<KeyKind::kPerson>;
using TeamPublicKey = PublicKey<KeyKind::kTeam>;
using EscrowPublicKey = PublicKey<KeyKind::kEscrow>;
using AuditPublicKey = PublicKey<KeyKind::kAudit>;
using SurvivorPublicKey = PublicKey<KeyKind::kSurvivor>;
using PinnedPersonKey = PinnedKey<KeyKind::kPerson>;
using PinnedEscrowKey = PinnedKey<KeyKind::kEscrow>;
using PinnedTeamKey = PinnedKey<KeyKind::kTeam>;

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_KEYS_H_
