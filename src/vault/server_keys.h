#ifndef JIKIMI_VAULT_SERVER_KEYS_H_
#define JIKIMI_VAULT_SERVER_KEYS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vault/keys.h"
#include "vault/sealed.h"

namespace jikimi::vault {

// The centre's keys for operational fields (URLs, fingerprints, dates), which the work in the
// background needs without any person. One current version seals; former ones still open until they
// are retired. Kept outside the database and its backups, the same on all machines, and sealed to
// the escrow besides.
class ServerKeys {
 public:
  static ServerKeys Create();

  // The whole ring as secret bytes, for a file that only the server reads, and back.
  SecretBytes ToBytes() const;
  static Result<ServerKeys> Parse(std::span<const std::byte> bytes);

  // For the escrow, and back.
  Result<SealedTo<KeyKind::kEscrow>> SealTo(const EscrowPublicKey& escrow) const;
  static Result<ServerKeys> OpenFrom(const EscrowKeyPair& escrow,
                                     const SealedTo<KeyKind::kEscrow>& sealed);

  SealedUnder<KeyKind::kServer> SealField(const Context& context,
                                          std::span<const std::byte> plain) const;
  // kNotFound when it is sealed under a version that is retired or not known here.
  Result<SecretBytes> OpenField(const Context& context,
                                const SealedUnder<KeyKind::kServer>& sealed) const;

  // Keyed digests of a text by which its field is found again without being opened: one under each
  // version, the current one's first. The same text in another field, or under another version, has
  // an unrelated digest. After Rotate() what was found by the old version's is found until that is
  // retired; the caller stores the current one's beside the field when it reseals it.
  struct FieldDigest {
    std::uint32_t key_version = 0;
    std::array<std::byte, 32> digest = {};
  };
  std::vector<FieldDigest> DigestField(std::string_view field,
                                       std::span<const std::byte> plain) const;

  // Makes a new current version. What is sealed already stays readable; the caller passes each
  // field through Reseal(), at leisure and as often as it likes, and then retires the old version.
  void Rotate();
  // The field under the current version; unchanged when it is already.
  Result<SealedUnder<KeyKind::kServer>> Reseal(const Context& context,
                                               const SealedUnder<KeyKind::kServer>& sealed) const;
  // Forgets all versions under `version`, which must be at most the current one.
  Result<void> RetireBefore(std::uint32_t version);

  const ServerKey& current() const { return keys_.rbegin()->second; }
  std::vector<std::uint32_t> versions() const;

 private:
  ServerKeys() = default;

  RecordId<KeyKind::kServer> ring_;
  std::map<std::uint32_t, ServerKey> keys_;  // never empty
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SERVER_KEYS_H_
