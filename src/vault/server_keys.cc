#include "vault/server_keys.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "vault/forms.h"
#include "vault/hkdf.h"

namespace jikimi::vault {
namespace {

constexpr const char* kWhat = "server keys";
constexpr std::string_view kDigestInfo = "jikimi.vault.field-digest.1";
constexpr std::size_t kHeadBytes = 2 + 16 + 4;
constexpr std::size_t kEntryBytes = 4 + kKeyBytes;

Context EscrowContext(const EscrowId& escrow) {
  return {
      .purpose = Purpose::kRing, .of = escrow, .about = {}, .field = "server keys", .version = 0};
}

}  // namespace

ServerKeys ServerKeys::Create() {
  ServerKeys keys;
  keys.ring_ = RecordId<KeyKind::kServer>::Random();
  keys.keys_.emplace(1, ServerKey::Generate({keys.ring_, 1}));
  return keys;
}

SecretBytes ServerKeys::ToBytes() const {
  SecretBytes bytes(kHeadBytes + keys_.size() * kEntryBytes);
  auto out = bytes.bytes().begin();
  const auto put = [&](std::span<const std::byte> part) {
    out = std::copy(part.begin(), part.end(), out);
  };
  ByteWriter head;
  head.Put(static_cast<std::uint8_t>(Form::kServerKeys));
  head.Put(kFormVersion);
  head.PutBytes(ring_.bytes());
  head.Put(static_cast<std::uint32_t>(keys_.size()));
  put(head.bytes());
  for (const auto& [version, key] : keys_) {
    ByteWriter number;
    number.Put(version);
    put(number.bytes());
    put(key.bytes());
  }
  return bytes;
}

Result<ServerKeys> ServerKeys::Parse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  TRY(TakeForm(reader, Form::kServerKeys, kWhat));
  ServerKeys keys;
  const auto ring = TRY(reader.TakeBytes(16));
  keys.ring_ = RecordId<KeyKind::kServer>::FromBytes(ring.first<16>());
  const auto count = TRY(reader.Take<std::uint32_t>());
  if (count == 0) return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": hold no key"};
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto version = TRY(reader.Take<std::uint32_t>());
    if (version <= last) {
      return Error{ErrorCode::kCorrupt, std::string(kWhat) +
                                            ": versions are not in order at byte " +
                                            std::to_string(reader.offset() - 4)};
    }
    last = version;
    const auto key = TRY(reader.TakeBytes(kKeyBytes));
    keys.keys_.emplace(version,
                       ServerKey::FromBytes({keys.ring_, version}, key.first<kKeyBytes>()));
  }
  TRY(CheckEnd(reader, kWhat));
  return keys;
}

Result<SealedTo<KeyKind::kEscrow>> ServerKeys::SealTo(const EscrowPublicKey& escrow) const {
  return Seal(escrow, EscrowContext(escrow.name().owner), ToBytes().bytes());
}

Result<ServerKeys> ServerKeys::OpenFrom(const EscrowKeyPair& escrow,
                                        const SealedTo<KeyKind::kEscrow>& sealed) {
  return Parse(TRY(Open(escrow, EscrowContext(escrow.name().owner), sealed)).bytes());
}

SealedUnder<KeyKind::kServer> ServerKeys::SealField(const Context& context,
                                                    std::span<const std::byte> plain) const {
  return Seal(current(), context, plain);
}

Result<SecretBytes> ServerKeys::OpenField(const Context& context,
                                          const SealedUnder<KeyKind::kServer>& sealed) const {
  const auto key = keys_.find(sealed.key_version());
  if (key == keys_.end()) {
    return Error{ErrorCode::kNotFound, context.Describe() + ": sealed under server key " +
                                           std::to_string(sealed.key_version()) +
                                           ", which is retired or not known here"};
  }
  return Open(key->second, context, sealed);
}

std::vector<ServerKeys::FieldDigest> ServerKeys::DigestField(
    std::string_view field, std::span<const std::byte> plain) const {
  ByteWriter message;
  message.Put(static_cast<std::uint32_t>(field.size()));
  message.PutBytes(AsBytes(field));
  message.PutBytes(plain);
  std::vector<FieldDigest> digests;
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key) {
    // Never the sealing key itself: what one use gives away must say nothing about the other.
    WipedArray<kKeyBytes> derived;
    HkdfSha256(key->second.bytes(), {}, AsBytes(kDigestInfo), derived.bytes());
    digests.push_back({key->first, HmacSha256(derived.bytes(), message.bytes())});
  }
  return digests;
}

void ServerKeys::Rotate() {
  const auto version = current().name().version + 1;
  keys_.emplace(version, ServerKey::Generate({ring_, version}));
}

Result<SealedUnder<KeyKind::kServer>> ServerKeys::Reseal(
    const Context& context, const SealedUnder<KeyKind::kServer>& sealed) const {
  const auto plain = TRY(OpenField(context, sealed));
  if (sealed.key_version() == current().name().version) return sealed;
  return SealField(context, plain.bytes());
}

Result<void> ServerKeys::RetireBefore(std::uint32_t version) {
  if (version > current().name().version) {
    return Error{ErrorCode::kInvalidArgument, std::string(kWhat) + ": version " +
                                                  std::to_string(version) +
                                                  " is not there yet; the current one stays"};
  }
  keys_.erase(keys_.begin(), keys_.lower_bound(version));
  return {};
}

std::vector<std::uint32_t> ServerKeys::versions() const {
  std::vector<std::uint32_t> numbers;
  for (const auto& [version, key] : keys_) numbers.push_back(version);
  return numbers;
}

}  // namespace jikimi::vault
