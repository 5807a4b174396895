#include "vault/sealed.h"

#include <sodium.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "vault/forms.h"
#include "vault/hkdf.h"
#include "vault/sodium_bytes.h"

namespace jikimi::vault::internal {
namespace {

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kCommitmentBytes = 32;
constexpr std::size_t kPaddingBlock = 32;
constexpr std::byte kPaddingMark{0x80};
static_assert(kUnderOverhead == kHeaderBytes + kNonceBytes + kCommitmentBytes + kTagBytes);
static_assert(kToOverhead == kHeaderBytes + kKeyBytes + kCommitmentBytes + kTagBytes);

std::string KindText(KeyKind kind) { return std::string(KeyKindName(kind)) + " key"; }

std::vector<std::byte> Header(Form form, const KeyReference& name, Padding padding) {
  ByteWriter writer;
  writer.Put(static_cast<std::uint8_t>(form));
  writer.Put(kFormVersion);
  writer.Put(name.owner.kind);
  writer.Put(static_cast<std::uint8_t>(padding));
  writer.Put(name.version);
  return std::move(writer).Take();
}

Result<SealedHeader> ParseHeader(std::span<const std::byte> bytes, Form form, KeyKind kind,
                                 std::size_t overhead) {
  const std::string what =
      (form == Form::kSealedUnder ? "bytes sealed under a " : "bytes sealed to a ") +
      KindText(kind);
  ByteReader reader(bytes);
  TRY(TakeForm(reader, form, what));
  if (bytes.size() < overhead) {
    return Error{ErrorCode::kCorrupt, what + ": cut off: " + std::to_string(bytes.size()) +
                                          " bytes, at least " + std::to_string(overhead) +
                                          " expected"};
  }
  if (TRY(reader.Take<std::uint8_t>()) != static_cast<std::uint8_t>(kind)) {
    return Error{ErrorCode::kCorrupt, what + ": is for a key of another kind"};
  }
  const auto padding = TRY(reader.Take<std::uint8_t>());
  if (padding > static_cast<std::uint8_t>(Padding::kTo32)) {
    return Error{ErrorCode::kCorrupt, what + ": byte 3 (padding) is not 0 or 1"};
  }
  const auto key_version = TRY(reader.Take<std::uint32_t>());
  if (padding != 0 && (bytes.size() - overhead) % kPaddingBlock != 0) {
    return Error{ErrorCode::kCorrupt, what + ": cut off: its length is not one of padded text"};
  }
  return SealedHeader{key_version};
}

std::vector<std::byte> AssociatedData(std::span<const std::byte> header,
                                      const RecordReference& owner, const Context& context) {
  ByteWriter writer;
  writer.PutBytes(header);
  writer.PutBytes(owner.id);
  writer.PutBytes(context.Encode());
  return std::move(writer).Take();
}

SecretBytes Padded(std::span<const std::byte> plain, Padding padding) {
  const std::size_t size =
      padding == Padding::kNone ? plain.size() : (plain.size() / kPaddingBlock + 1) * kPaddingBlock;
  SecretBytes padded(size);
  std::copy(plain.begin(), plain.end(), padded.bytes().begin());
  if (padding == Padding::kTo32) padded.bytes()[plain.size()] = kPaddingMark;
  return padded;
}

// The plain text within authenticated bytes, whose padding is therefore ours.
SecretBytes Unpadded(SecretBytes padded) {
  std::size_t size = padded.size();
  while (size > 0 && padded.bytes()[size - 1] == std::byte{0}) --size;
  CHECK(size > 0 && padded.bytes()[size - 1] == kPaddingMark);
  return SecretBytes::CopyOf(padded.bytes().first(size - 1));
}

// Encrypts behind what `blob` holds already.
void AppendEncrypted(std::span<const std::byte> key, std::span<const std::byte> nonce,
                     std::span<const std::byte> associated, std::span<const std::byte> plain,
                     std::vector<std::byte>& blob) {
  const std::size_t start = blob.size();
  blob.resize(start + plain.size() + kTagBytes);
  unsigned long long written = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(Raw(std::span(blob).subspan(start)), &written,
                                             Raw(plain), plain.size(), Raw(associated),
                                             associated.size(), nullptr, Raw(nonce), Raw(key));
  CHECK(written == plain.size() + kTagBytes);
}

Result<SecretBytes> Decrypt(std::span<const std::byte> key, std::span<const std::byte> nonce,
                            std::span<const std::byte> associated,
                            std::span<const std::byte> sealed, Padding padding,
                            const Context& context) {
  SecretBytes plain(sealed.size() - kTagBytes);
  unsigned long long written = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Raw(plain.bytes()), &written, nullptr, Raw(sealed),
                                                 sealed.size(), Raw(associated), associated.size(),
                                                 Raw(nonce), Raw(key)) != 0) {
    return Error{ErrorCode::kCorrupt,
                 context.Describe() +
                     ": does not open: changed, or sealed for another record, field or version"};
  }
  if (padding == Padding::kTo32) return Unpadded(std::move(plain));
  return plain;
}

Error AnotherKey(const Context& context, const KeyReference& name, std::uint32_t sealed_version) {
  std::string message = context.Describe() + ": changed, or sealed under another " +
                        KindText(static_cast<KeyKind>(name.owner.kind));
  if (sealed_version != name.version) {
    message += " (version " + std::to_string(sealed_version) + "; version " +
               std::to_string(name.version) + " was tried)";
  }
  return Error{ErrorCode::kPermissionDenied, std::move(message)};
}

// A key for this blob alone (first 32 bytes) and the commitment to it: whoever presents a blob
// can't have made it open to different texts under different keys.
void DeriveUnder(std::span<const std::byte> key, std::span<const std::byte> header,
                 const RecordReference& owner, std::span<const std::byte> nonce,
                 std::span<std::byte, 64> derived) {
  constexpr std::string_view kLabel = "jikimi.vault.sealed-under.1";
  crypto_generichash_state state;
  crypto_generichash_init(&state, Raw(key), key.size(), derived.size());
  for (const auto part : {AsBytes(kLabel), header, std::span<const std::byte>(owner.id), nonce}) {
    crypto_generichash_update(&state, Raw(part), part.size());
  }
  crypto_generichash_final(&state, Raw(derived), derived.size());
  sodium_memzero(&state, sizeof(state));
}

// False when the public half is a point of low order, which would make the shared secret known.
bool DeriveTo(std::span<const std::byte> own_private, std::span<const std::byte> their_public,
              std::span<const std::byte> header, const RecordReference& owner,
              std::span<const std::byte> ephemeral, std::span<const std::byte> recipient,
              std::span<std::byte, 64> derived) {
  WipedArray<32> shared;
  if (crypto_scalarmult(Raw(shared.bytes()), Raw(own_private), Raw(their_public)) != 0) {
    return false;
  }
  ByteWriter info;
  info.PutBytes(AsBytes("jikimi.vault.sealed-to.1"));
  info.PutBytes(header);
  info.PutBytes(owner.id);
  info.PutBytes(ephemeral);
  info.PutBytes(recipient);
  HkdfSha256(shared.bytes(), {}, info.bytes(), derived);
  return true;
}

// The key is used once, so that one nonce serves all.
constexpr std::array<std::byte, kNonceBytes> kOneUseNonce = {};

}  // namespace

Result<SealedHeader> ParseSealedUnder(std::span<const std::byte> bytes, KeyKind kind) {
  return ParseHeader(bytes, Form::kSealedUnder, kind, kUnderOverhead);
}

Result<SealedHeader> ParseSealedTo(std::span<const std::byte> bytes, KeyKind kind) {
  return ParseHeader(bytes, Form::kSealedTo, kind, kToOverhead);
}

std::vector<std::byte> SealUnder(const KeyReference& name, std::span<const std::byte> key,
                                 const Context& context, std::span<const std::byte> plain,
                                 Padding padding) {
  auto blob = Header(Form::kSealedUnder, name, padding);
  const auto header = blob;
  const auto nonce = RandomArray<kNonceBytes>();
  WipedArray<64> derived;
  DeriveUnder(key, header, name.owner, nonce, derived.bytes());
  const auto commitment = derived.bytes().subspan(kKeyBytes);
  blob.insert(blob.end(), nonce.begin(), nonce.end());
  blob.insert(blob.end(), commitment.begin(), commitment.end());
  AppendEncrypted(derived.bytes().first(kKeyBytes), nonce,
                  AssociatedData(header, name.owner, context), Padded(plain, padding).bytes(),
                  blob);
  return blob;
}

Result<SecretBytes> OpenUnder(const KeyReference& name, std::span<const std::byte> key,
                              const Context& context, std::span<const std::byte> sealed) {
  const auto parsed = TRY(ParseSealedUnder(sealed, static_cast<KeyKind>(name.owner.kind)));
  const auto header = sealed.first(kHeaderBytes);
  const auto nonce = sealed.subspan(kHeaderBytes, kNonceBytes);
  const auto commitment = sealed.subspan(kHeaderBytes + kNonceBytes, kCommitmentBytes);
  WipedArray<64> derived;
  DeriveUnder(key, header, name.owner, nonce, derived.bytes());
  if (parsed.key_version != name.version ||
      !EqualInConstantTime(derived.bytes().subspan(kKeyBytes), commitment)) {
    return AnotherKey(context, name, parsed.key_version);
  }
  return Decrypt(derived.bytes().first(kKeyBytes), nonce,
                 AssociatedData(header, name.owner, context),
                 sealed.subspan(kHeaderBytes + kNonceBytes + kCommitmentBytes),
                 static_cast<Padding>(header[3]), context);
}

Result<std::vector<std::byte>> SealTo(const KeyReference& name,
                                      std::span<const std::byte> public_half,
                                      const Context& context, std::span<const std::byte> plain,
                                      Padding padding) {
  auto blob = Header(Form::kSealedTo, name, padding);
  const auto header = blob;
  WipedArray<kKeyBytes> ephemeral_private;
  FillRandom(ephemeral_private.bytes());
  const auto ephemeral = PublicHalf(ephemeral_private.bytes());
  WipedArray<64> derived;
  if (!DeriveTo(ephemeral_private.bytes(), public_half, header, name.owner, ephemeral, public_half,
                derived.bytes())) {
    return Error{ErrorCode::kInvalidArgument,
                 context.Describe() + ": the public half of the " +
                     KindText(static_cast<KeyKind>(name.owner.kind)) +
                     " can't be sealed to: it is a point of low order"};
  }
  const auto commitment = derived.bytes().subspan(kKeyBytes);
  blob.insert(blob.end(), ephemeral.begin(), ephemeral.end());
  blob.insert(blob.end(), commitment.begin(), commitment.end());
  AppendEncrypted(derived.bytes().first(kKeyBytes), kOneUseNonce,
                  AssociatedData(header, name.owner, context), Padded(plain, padding).bytes(),
                  blob);
  return blob;
}

Result<SecretBytes> OpenTo(const KeyReference& name, std::span<const std::byte> public_half,
                           std::span<const std::byte> private_half, const Context& context,
                           std::span<const std::byte> sealed) {
  const auto parsed = TRY(ParseSealedTo(sealed, static_cast<KeyKind>(name.owner.kind)));
  const auto header = sealed.first(kHeaderBytes);
  const auto ephemeral = sealed.subspan(kHeaderBytes, kKeyBytes);
  const auto commitment = sealed.subspan(kHeaderBytes + kKeyBytes, kCommitmentBytes);
  WipedArray<64> derived;
  const bool usable = DeriveTo(private_half, ephemeral, header, name.owner, ephemeral, public_half,
                               derived.bytes());
  if (parsed.key_version != name.version || !usable ||
      !EqualInConstantTime(derived.bytes().subspan(kKeyBytes), commitment)) {
    return AnotherKey(context, name, parsed.key_version);
  }
  return Decrypt(derived.bytes().first(kKeyBytes), kOneUseNonce,
                 AssociatedData(header, name.owner, context),
                 sealed.subspan(kHeaderBytes + kKeyBytes + kCommitmentBytes),
                 static_cast<Padding>(header[3]), context);
}

}  // namespace jikimi::vault::internal
