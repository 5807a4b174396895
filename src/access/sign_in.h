#ifndef JIKIMI_ACCESS_SIGN_IN_H_
#define JIKIMI_ACCESS_SIGN_IN_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/argon2_gate.h"
#include "access/centre_keys.h"
#include "access/passkey.h"
#include "access/people.h"
#include "access/roles.h"
#include "access/source.h"
#include "access/throttle.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/password.h"
#include "vault/session.h"

// How staff sign in, and their sessions. The password opens the person's pair; the second factor
// decides whether the session that holds it may be used. A session is stored under a name that
// comes from the cookie's secret, with the pair sealed under a key that comes from it too: any
// machine that sees the cookie serves, and the database alone opens nothing.
namespace jikimi::access {

struct StoredSession;

struct SessionTimes {
  std::chrono::microseconds second_factor = std::chrono::minutes(5);  // to give it
  std::chrono::microseconds idle = std::chrono::minutes(30);
  std::chrono::microseconds absolute = std::chrono::hours(12);
};

struct SignInOptions {
  SessionTimes times;
  PasskeySite site;  // empty rp_id: no passkeys
  SourceQuota::Limits quota;
  DelayRule name_and_source{.free = 5};  // tries of one name from one source
  DelayRule name{.free = 100, .most = std::chrono::seconds(5)};  // of one name from everywhere
  DelayRule second_factor{.free = 5};
};

// The password was right; the cookie is good for the second factor only.
struct Pending {
  vault::SecretBytes cookie;
  Timestamp until;
  bool has_totp = false;
  bool has_passkey = false;
};

struct SignedIn {
  vault::SecretBytes cookie;  // for Set-Cookie: 43 characters of base64url
  Actor actor;
};

// Of one's own, for showing. Never the cookie.
struct SessionRow {
  vault::SessionId id;
  Timestamp began_at;
  Timestamp last_used_at;  // to the minute
  std::string device;      // as it was given, "Firefox on Linux"
};

// Thread-safe. All that it is given must outlive it. Each call is transactions of its own; nothing
// slow happens inside one.
class SignIn {
 public:
  // Makes the lock that unknown names are tried with: one Argon2id.
  static Result<std::unique_ptr<SignIn>> Create(store::Database& database, const CentreKeys& keys,
                                                const Roles& roles, const Clock& clock,
                                                Argon2Gate& gate, const SignInOptions& options);

  // First step. `device` is shown in the list of sessions: 100 characters of plain ASCII are kept,
  // others as '?'. A wrong name, a wrong password, a person who is locked or left:
  // kPermissionDenied with the same words at the same cost. Too many tries: kResourceExhausted,
  // saying for how long.
  Result<Pending> Password(std::string_view name, std::string_view password, const Source& source,
                           std::string_view device);

  // Second step: the pending session ends and the session begins, with another cookie. A code that
  // was used once, by whomever and on whichever machine, is wrong ever after.
  Result<SignedIn> Totp(std::string_view pending_cookie, std::string_view code);
  // A new challenge, which replaces the one before, and which passkeys may answer it.
  struct PasskeyQuestion {
    PasskeyChallenge challenge;
    std::vector<std::vector<std::byte>> credential_ids;
  };
  Result<PasskeyQuestion> AskPasskey(std::string_view pending_cookie);
  Result<SignedIn> AnswerPasskey(std::string_view pending_cookie, const PasskeyAssertion& answer);

  // Who a cookie is. kPermissionDenied, always with the same words, when it is unknown, pending,
  // over, of somebody who was locked or left, or whose role or team changed since. The first one
  // runs within the transaction of the act and writes nothing; the second one reads on its own and
  // notes the use once a minute, by which the idle time is measured.
  Result<Actor> Check(store::Transaction& transaction, std::string_view cookie) const;
  Result<Actor> Check(std::string_view cookie);

  // Ends a session; no error when it is over already.
  Result<void> SignOut(std::string_view cookie);
  // One's own sessions, latest first, and ending one of them (kNotFound when it isn't one's own).
  Result<std::vector<SessionRow>> Sessions(const Actor& who);
  Result<void> EndSession(const Actor& who, const vault::SessionId& session);
  // All sessions of a person: by themselves, or with Permission::kPersonLock. How many.
  Result<std::int64_t> EndSessions(const Actor& who, vault::PersonId of);

  // A new password for the same pair; all other sessions end. A wrong old one is kPermissionDenied
  // and counts as a try.
  Result<void> ChangePassword(const Actor& who, std::string_view old_password,
                              std::string_view new_password, const Source& source);

  // Another passkey for oneself: a challenge that stands in the session, then the answer. `label`
  // is what the person calls it.
  Result<PasskeyChallenge> AskNewPasskey(const Actor& who);
  Result<void> AddPasskey(const Actor& who, const PasskeyRegistration& answer,
                          std::string_view label);
  struct PasskeyRow {
    std::vector<std::byte> credential_id;
    std::string label;
    Timestamp added_at;
  };
  Result<std::vector<PasskeyRow>> Passkeys(const Actor& who);
  Result<void> RemovePasskey(const Actor& who, std::span<const std::byte> credential_id);

  // Deletes sessions that are over, and forgotten tries. Every few minutes.
  Result<void> Prune();

 private:
  SignIn(store::Database& database, const CentreKeys& keys, const Roles& roles, const Clock& clock,
         Argon2Gate& gate, const SignInOptions& options, vault::PersonLock decoy);

  struct CheckedActor {
    Actor actor;
    Timestamp last_used_at;
  };
  Result<CheckedActor> Checked(store::Transaction& transaction, std::string_view cookie) const;
  // The session that follows a pending one.
  Result<SignedIn> Begin(store::Transaction& transaction, const StoredSession& pending,
                         const Person& person, const vault::SessionSecret& old_secret);
  // Writes a refused second factor down; what to answer.
  Error Refused(const vault::SessionId& pending, const Error& error);
  static Result<PasskeyChallenge> TakeChallengeOf(store::Transaction& transaction,
                                                  const vault::SessionId& session);
  bool IsKnownPlace(const TryKey& place);
  void RememberPlace(const TryKey& place);

  store::Database& database_;
  const CentreKeys& keys_;
  const Roles& roles_;
  const Clock& clock_;
  Argon2Gate& gate_;
  const SignInOptions options_;
  const vault::PersonLock decoy_;
  SourceQuota quota_;
  std::mutex mutex_;
  std::set<TryKey> known_;  // names with sources that they signed in from: not held up by others
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SIGN_IN_H_
