#ifndef JIKIMI_ACCESS_ENROLMENT_H_
#define JIKIMI_ACCESS_ENROLMENT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/actor.h"
#include "access/approvals.h"
#include "access/argon2_gate.h"
#include "access/centre_keys.h"
#include "access/people.h"
#include "access/source.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/secret_bytes.h"

// How people of staff come in, and come back in after a forgotten password or a lost second factor:
// by a code that is good once, handed over in person.
namespace jikimi::access {

inline constexpr std::chrono::hours kInvitationTime{72};

struct NewPerson {
  std::string name;  // 1 to 200 bytes
  Role role = Role::kCounsellor;
  std::optional<vault::TeamId> team;
};

struct Invitation {
  vault::PersonId person;
  vault::SecretBytes code;  // text, for showing once; its hash is stored
  Timestamp until;
};

// Invites somebody. Needs Permission::kPersonInvite; whoever gets a vote in approvals, and an
// administrator, besides an approval (ActKind::kRole about InvitationSubject()). The system invites
// the first three supervisors.
std::string InvitationSubject(const NewPerson& who);
Result<Invitation> Invite(store::Transaction& transaction, const CentreKeys& keys,
                          const Roles& roles, const Actor& who,
                          const std::optional<ApprovalId>& approval, const NewPerson& person,
                          Timestamp now);
// Before it was used.
Result<void> WithdrawInvitation(store::Transaction& transaction, const CentreKeys& keys,
                                const Actor& who, vault::PersonId person, Timestamp now);

// A forgotten password: the old pair is out of reach, so the person gets a new one. Uses up an
// approval (ActKind::kKeyReset about PersonSubject()). From now on the old password is void; cases
// must be granted to the new key by somebody who can open them ("person.key_reset").
Result<Invitation> ResetKey(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, ApprovalId approval, vault::PersonId person,
                            Timestamp now);
// A lost second factor: all of the person's are deleted (ActKind::kSecondFactorReset).
Result<Invitation> ResetSecondFactor(store::Transaction& transaction, const CentreKeys& keys,
                                     const Actor& who, ApprovalId approval, vault::PersonId person,
                                     Timestamp now);

// What the invited person sees first: who the centre thinks they are, and the secret for their
// authenticator app. Asking again gives the same secret until it is confirmed.
struct Welcome {
  std::string name;
  Role role = Role::kCounsellor;
  bool asks_name = false;          // a sign-in name: newcomers only
  bool asks_new_password = true;   // else the password that they have
  vault::SecretBytes totp_uri;     // otpauth://…, for a QR code
  vault::SecretBytes totp_secret;  // base32, for typing
};
// An unknown, used or expired code is kPermissionDenied, always with the same words.
Result<Welcome> OpenInvitation(store::Database& database, const CentreKeys& keys,
                               std::string_view centre, std::string_view code, Timestamp now);

struct EnrolmentForm {
  std::string_view sign_in_name;  // newcomers: NormalSignInName()
  std::string_view password;      // see CheckPassword(); or the present one
  std::string_view totp_code;
};
// Makes the pair and its lock (one Argon2id outside of any transaction), pins the public half in
// the log and lets the person in. The code is good for one success. A name that is taken is
// kAlreadyExists.
Result<vault::PersonId> AcceptInvitation(store::Database& database, const CentreKeys& keys,
                                         Argon2Gate& gate, const Source& source,
                                         std::string_view code, const EnrolmentForm& form,
                                         const Clock& clock);

// 12 characters at least, 1,024 bytes at most, 5 different characters, without the sign-in name.
// kInvalidArgument says which rule.
Result<void> CheckPassword(std::string_view password, std::string_view sign_in_name);
// The form in which names are stored and compared, as vault::NormalName(): case, spaces and hyphens
// don't count. 2 to 64 bytes of letters, digits, '.' and '_'; kInvalidArgument otherwise.
Result<std::string> NormalSignInName(std::string_view name);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ENROLMENT_H_
