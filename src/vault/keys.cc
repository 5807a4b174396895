#include "vault/keys.h"

#include <sodium.h>

#include <string>

#include "vault/forms.h"
#include "vault/hkdf.h"
#include "vault/sodium_bytes.h"

namespace jikimi::vault {

const char* KeyKindName(KeyKind kind) {
  switch (kind) {
    case KeyKind::kCase:
      return "case";
    case KeyKind::kItem:
      return "item";
    case KeyKind::kFile:
      return "file";
    case KeyKind::kPerson:
      return "person";
    case KeyKind::kTeam:
      return "team";
    case KeyKind::kEscrow:
      return "escrow";
    case KeyKind::kServer:
      return "server";
    case KeyKind::kEpoch:
      return "epoch";
    case KeyKind::kIndex:
      return "index";
    case KeyKind::kSurvivor:
      return "survivor";
    case KeyKind::kSession:
      return "session";
    case KeyKind::kAudit:
      return "audit";
    case KeyKind::kPassword:
      return "password";
  }
  return "unknown";
}

Result<void> TakeForm(ByteReader& reader, Form form, std::string_view what) {
  const auto got = reader.Take<std::uint8_t>();
  if (!got || *got != static_cast<std::uint8_t>(form)) {
    return Error{ErrorCode::kCorrupt, std::string(what) + ": these bytes are not one"};
  }
  const auto version = reader.Take<std::uint8_t>();
  if (!version) {
    return Error{ErrorCode::kCorrupt, std::string(what) + ": cut off after 1 byte"};
  }
  if (*version != kFormVersion) {
    return Error{ErrorCode::kUnsupported, std::string(what) + ": version " +
                                              std::to_string(*version) +
                                              " of its form is not known to this program"};
  }
  return {};
}

Result<void> CheckEnd(const ByteReader& reader, std::string_view what) {
  if (reader.remaining() == 0) return {};
  return Error{ErrorCode::kCorrupt, std::string(what) + ": " + std::to_string(reader.remaining()) +
                                        " bytes too many, from byte " +
                                        std::to_string(reader.offset())};
}

namespace internal {
namespace {

constexpr std::size_t kPublicKeyBytes = 56;

}  // namespace

std::array<std::byte, kKeyBytes> PublicHalf(std::span<const std::byte> private_half) {
  CHECK(private_half.size() == kKeyBytes);
  std::array<std::byte, kKeyBytes> half;
  crypto_scalarmult_base(Raw(half), Raw(private_half));
  return half;
}

std::vector<std::byte> PublicKeyForm(RecordReference owner, std::uint32_t version,
                                     std::span<const std::byte, kKeyBytes> half) {
  ByteWriter writer;
  writer.Put(static_cast<std::uint8_t>(Form::kPublicKey));
  writer.Put(kFormVersion);
  writer.Put(owner.kind);
  writer.Put(std::uint8_t{0});
  writer.Put(version);
  writer.PutBytes(owner.id);
  writer.PutBytes(half);
  return std::move(writer).Take();
}

Result<ParsedPublicKey> ParsePublicKey(std::span<const std::byte> form, KeyKind kind) {
  const std::string what = std::string("public half of a ") + KeyKindName(kind) + " key";
  ByteReader reader(form);
  TRY(TakeForm(reader, Form::kPublicKey, what));
  if (form.size() != kPublicKeyBytes) {
    return Error{ErrorCode::kCorrupt, what + ": has " + std::to_string(form.size()) +
                                          " bytes instead of " + std::to_string(kPublicKeyBytes)};
  }
  if (TRY(reader.Take<std::uint8_t>()) != static_cast<std::uint8_t>(kind)) {
    return Error{ErrorCode::kCorrupt, what + ": is a key of another kind"};
  }
  if (TRY(reader.Take<std::uint8_t>()) != 0) {
    return Error{ErrorCode::kCorrupt, what + ": byte 3 is not zero"};
  }
  ParsedPublicKey key;
  key.version = TRY(reader.Take<std::uint32_t>());
  const auto owner = TRY(reader.TakeBytes(key.owner.size()));
  std::copy(owner.begin(), owner.end(), key.owner.begin());
  const auto half = TRY(reader.TakeBytes(key.half.size()));
  std::copy(half.begin(), half.end(), key.half.begin());
  return key;
}

std::array<std::byte, 32> PublicKeyDigest(std::span<const std::byte> form) { return Sha256(form); }

Result<void> CheckPin(KeyKind kind, std::span<const std::byte> digest,
                      std::span<const std::byte> pin) {
  if (EqualInConstantTime(digest, pin)) return {};
  return Error{ErrorCode::kPermissionDenied, std::string("public half of a ") + KeyKindName(kind) +
                                                 " key: is not the one that was pinned"};
}

}  // namespace internal
}  // namespace jikimi::vault
