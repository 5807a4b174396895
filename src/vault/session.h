#ifndef JIKIMI_VAULT_SESSION_H_
#define JIKIMI_VAULT_SESSION_H_

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"
#include "vault/keys.h"
#include "vault/sealed.h"

namespace jikimi::vault {

// What stands in a session's cookie: 256 random bits that are stored nowhere. From them come, one
// not computable from the other, the name under which the session is stored and the key under which
// it is sealed. So any machine that sees the cookie serves, and the stored session alone opens
// nothing.
class SessionSecret {
 public:
  static constexpr std::size_t kBytes = 32;
  static constexpr std::size_t kTextBytes = 43;

  static SessionSecret Generate();
  // The inverse of ToText(), and of nothing else; kInvalidArgument otherwise.
  static Result<SessionSecret> Parse(std::string_view cookie);

  // Base64url without padding, fit for a cookie.
  SecretBytes ToText() const;

  SessionId Id() const;
  SessionKey Key() const;

 private:
  explicit SessionSecret(SecretBytes secret) : secret_(std::move(secret)) {}

  SecretBytes secret_;
};

// A person's pair for the length of a session, and back. `name` is the person that the stored
// session is for.
SealedUnder<KeyKind::kSession> SealSession(const SessionSecret& secret, const PersonKeyPair& pair);
Result<PersonKeyPair> OpenSession(const SessionSecret& secret,
                                  const KeyName<KeyKind::kPerson>& name,
                                  const SealedUnder<KeyKind::kSession>& sealed);

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SESSION_H_
