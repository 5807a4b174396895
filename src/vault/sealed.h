#ifndef JIKIMI_VAULT_SEALED_H_
#define JIKIMI_VAULT_SEALED_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "vault/context.h"
#include "vault/keys.h"

namespace jikimi::vault {

// Whether the plain text is lengthened to a multiple of 32 bytes first, so that the sealed length
// says less: fields are, keys (all of one length) are not.
enum class Padding : std::uint8_t { kNone = 0, kTo32 = 1 };

namespace internal {
inline constexpr std::size_t kUnderOverhead = 80;  // bytes that SealedUnder adds, before padding
inline constexpr std::size_t kToOverhead = 88;     // and SealedTo

struct SealedHeader {
  std::uint32_t key_version = 0;
};
Result<SealedHeader> ParseSealedUnder(std::span<const std::byte> bytes, KeyKind kind);
Result<SealedHeader> ParseSealedTo(std::span<const std::byte> bytes, KeyKind kind);

struct KeyReference {
  RecordReference owner;
  std::uint32_t version;
};
std::vector<std::byte> SealUnder(const KeyReference& name, std::span<const std::byte> key,
                                 const Context& context, std::span<const std::byte> plain,
                                 Padding padding);
Result<SecretBytes> OpenUnder(const KeyReference& name, std::span<const std::byte> key,
                              const Context& context, std::span<const std::byte> sealed);
Result<std::vector<std::byte>> SealTo(const KeyReference& name,
                                      std::span<const std::byte> public_half,
                                      const Context& context, std::span<const std::byte> plain,
                                      Padding padding);
Result<SecretBytes> OpenTo(const KeyReference& name, std::span<const std::byte> public_half,
                           std::span<const std::byte> private_half, const Context& context,
                           std::span<const std::byte> sealed);
}  // namespace internal

// Bytes sealed under a symmetric key of one kind: XChaCha20-Poly1305 with a key of its own for each
// blob, and a commitment to that key (doc/vault.md gives each byte).
template <KeyKind kKind>
class SealedUnder {
 public:
  // Checks the outer form and length only; what is inside is checked by Open().
  static Result<SealedUnder> Parse(std::span<const std::byte> bytes) {
    const auto header = TRY(internal::ParseSealedUnder(bytes, kKind));
    return SealedUnder({bytes.begin(), bytes.end()}, header.key_version);
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::uint32_t key_version() const { return key_version_; }

 private:
  template <KeyKind kOther>
  friend SealedUnder<kOther> Seal(const SymmetricKey<kOther>&, const Context&,
                                  std::span<const std::byte>, Padding);
  SealedUnder(std::vector<std::byte> bytes, std::uint32_t key_version)
      : bytes_(std::move(bytes)), key_version_(key_version) {}

  std::vector<std::byte> bytes_;
  std::uint32_t key_version_;
};

// Bytes sealed to the public half of a pair: anybody can seal, only the private half opens. The
// sealer is not known from it and can't open it again. X25519 with an ephemeral pair, HKDF-SHA-256,
// then as above.
template <KeyKind kKind>
class SealedTo {
 public:
  static Result<SealedTo> Parse(std::span<const std::byte> bytes) {
    const auto header = TRY(internal::ParseSealedTo(bytes, kKind));
    return SealedTo({bytes.begin(), bytes.end()}, header.key_version);
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::uint32_t key_version() const { return key_version_; }

 private:
  template <KeyKind kOther>
  friend Result<SealedTo<kOther>> Seal(const PublicKey<kOther>&, const Context&,
                                       std::span<const std::byte>, Padding);
  SealedTo(std::vector<std::byte> bytes, std::uint32_t key_version)
      : bytes_(std::move(bytes)), key_version_(key_version) {}

  std::vector<std::byte> bytes_;
  std::uint32_t key_version_;
};

// Seals `plain` for this place under this key.
template <KeyKind kKind>
SealedUnder<kKind> Seal(const SymmetricKey<kKind>& key, const Context& context,
                        std::span<const std::byte> plain, Padding padding = Padding::kTo32) {
  return {internal::SealUnder({key.name().owner, key.name().version}, key.bytes(), context, plain,
                              padding),
          key.name().version};
}

// Opens what Seal() made for the same place under the same key. Errors, none of which holds
// anything secret: kPermissionDenied when it is sealed under another key (another owner, another
// version, or other bytes), kCorrupt when it was changed or belongs to another place.
template <KeyKind kKind>
Result<SecretBytes> Open(const SymmetricKey<kKind>& key, const Context& context,
                         const SealedUnder<kKind>& sealed) {
  return internal::OpenUnder({key.name().owner, key.name().version}, key.bytes(), context,
                             sealed.bytes());
}

// Seals to a public half. kInvalidArgument when that is no usable one (a point of low order).
template <KeyKind kKind>
Result<SealedTo<kKind>> Seal(const PublicKey<kKind>& key, const Context& context,
                             std::span<const std::byte> plain, Padding padding = Padding::kTo32) {
  auto bytes = TRY(internal::SealTo({key.name().owner, key.name().version}, key.half(), context,
                                    plain, padding));
  return SealedTo<kKind>(std::move(bytes), key.name().version);
}

// Opens with the private half; errors as above.
template <KeyKind kKind>
Result<SecretBytes> Open(const KeyPair<kKind>& pair, const Context& context,
                         const SealedTo<kKind>& sealed) {
  return internal::OpenTo({pair.name().owner, pair.name().version}, pair.public_key().half(),
                          pair.private_half(), context, sealed.bytes());
}

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SEALED_H_
