#include "vault/session.h"

#include <sodium.h>

#include <string>

#include "base/bytes.h"
#include "vault/hkdf.h"
#include "vault/sodium_bytes.h"
#include "vault/wrap.h"

namespace jikimi::vault {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

SessionSecret SessionSecret::Generate() { return SessionSecret(SecretBytes::Random(kBytes)); }

Result<SessionSecret> SessionSecret::Parse(std::string_view cookie) {
  const Error malformed{ErrorCode::kInvalidArgument, "session cookie: is malformed"};
  if (cookie.size() != kTextBytes) return malformed;
  SessionSecret secret{SecretBytes(kBytes)};
  std::size_t size = 0;
  if (sodium_base642bin(Raw(secret.secret_.bytes()), kBytes, cookie.data(), cookie.size(), nullptr,
                        &size, nullptr, kVariant) != 0 ||
      size != kBytes || !EqualInConstantTime(secret.ToText().bytes(), AsBytes(cookie))) {
    return malformed;
  }
  return secret;
}

SecretBytes SessionSecret::ToText() const {
  SecretBytes with_zero(kTextBytes + 1);
  sodium_bin2base64(reinterpret_cast<char*>(with_zero.bytes().data()), with_zero.size(),
                    Raw(secret_.bytes()), kBytes, kVariant);
  return SecretBytes::CopyOf(with_zero.bytes().first(kTextBytes));
}

SessionId SessionSecret::Id() const {
  std::array<std::byte, SessionId::kBytes> id;
  HkdfSha256(secret_.bytes(), {}, AsBytes("jikimi.vault.session-id.1"), id);
  return SessionId(id);
}

SessionKey SessionSecret::Key() const {
  WipedArray<kKeyBytes> key;
  HkdfSha256(secret_.bytes(), {}, AsBytes("jikimi.vault.session-key.1"), key.bytes());
  return SessionKey::FromBytes({Id(), 1}, key.bytes());
}

SealedUnder<KeyKind::kSession> SealSession(const SessionSecret& secret, const PersonKeyPair& pair) {
  return WrapPair(secret.Key(), pair);
}

Result<PersonKeyPair> OpenSession(const SessionSecret& secret,
                                  const KeyName<KeyKind::kPerson>& name,
                                  const SealedUnder<KeyKind::kSession>& sealed) {
  return UnwrapPair(secret.Key(), name, sealed);
}

}  // namespace jikimi::vault
