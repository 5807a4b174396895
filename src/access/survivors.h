#ifndef JIKIMI_ACCESS_SURVIVORS_H_
#define JIKIMI_ACCESS_SURVIVORS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/argon2_gate.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "access/roles.h"
#include "access/source.h"
#include "access/throttle.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/session.h"
#include "vault/survivor_code.h"
#include "vault/survivor_lock.h"

// Survivors come with a code and no account. The code alone shows the bare page, with the second
// word everything that is hers, with the duress word the bare page, and her contact is marked
// unsafe.
namespace jikimi::access {

struct SurvivorRow;

// --- With a report

// A code and what stands for it, made before the transaction (without words no Argon2id is done:
// they are chosen on the next page).
struct NewSurvivor {
  vault::SurvivorId id;
  vault::SurvivorCode code;  // to be shown once
  vault::SurvivorLock lock;
  vault::SurvivorKeyPair pair;  // the report is sealed to its public half
};
Result<NewSurvivor> MakeSurvivor();
// Stores it in the transaction that takes the report. A locator that is taken (once in 2^40):
// kAlreadyExists, make another one.
Result<void> AddSurvivor(store::Transaction& transaction, const NewSurvivor& survivor,
                         vault::CaseId of_case);
// She, or the case, is gone: row, sessions, lost-code requests. Part of destroying a case.
Result<void> EraseSurvivors(store::Transaction& transaction, vault::CaseId of_case);
// The survivor of a case; kNotFound when it has none (a bystander's tip).
Result<vault::SurvivorId> FindSurvivor(store::Transaction& transaction, vault::CaseId of_case);
// Two reports were joined: her code now opens `to`, and the agreed question goes along. The keyring
// of `to` must have been wrapped to her already.
Result<void> MoveSurvivor(store::Transaction& transaction, vault::SurvivorId survivor,
                          const OpenedCase& from, const OpenedCase& to);

// When the duress word was last used, until a counsellor has found a safe way again. Nobody writes
// to an unsafe contact.
Result<std::optional<Timestamp>> ContactUnsafeSince(store::Transaction& transaction,
                                                    vault::CaseId of_case);
Result<void> MarkContactSafe(store::Transaction& transaction, const CentreKeys& keys,
                             const Actor& who, const ScopeFacts& facts, vault::CaseId of_case,
                             Timestamp now);

// --- Her sessions: short, and nothing on the device but a cookie that dies with the tab.

struct SurvivorOptions {
  std::chrono::microseconds idle = std::chrono::minutes(10);
  std::chrono::microseconds absolute = std::chrono::minutes(60);
  SourceQuota::Limits quota;
  DelayRule word{.free = 5};         // words with a right code, from everywhere
  DelayRule wrong_code{.free = 20};  // of one locator from one source
};

struct SurvivorIn {
  vault::SecretBytes cookie;
  Actor actor;
};

// Thread-safe. All that it is given must outlive it.
class SurvivorDoor {
 public:
  SurvivorDoor(store::Database& database, const CentreKeys& keys, const Roles& roles,
               const Clock& clock, Argon2Gate& gate, const SurvivorOptions& options);

  // The code alone: the bare page, and until words were chosen, adding uploads. Wrong, unknown and
  // destroyed codes are kPermissionDenied with the same words after the same work; a mistyped one
  // (the check character) is kInvalidArgument and says so. Too many tries of a source:
  // kResourceExhausted, saying for how long.
  Result<SurvivorIn> Enter(std::string_view code, const Source& source);
  // Code and word. A wrong word is answered like a wrong code, and so is any word while it has to
  // wait for too many wrong ones. With the duress word the session is
  // the bare one of Enter(), her contact is marked unsafe, and "survivor.duress" is told; the
  // answer doesn't show it.
  Result<SurvivorIn> EnterWithWord(std::string_view code, std::string_view word,
                                   const Source& source);

  // Chooses both words, or other ones: new lock, new pair, the case rotated to it. Before words
  // were chosen `word` is empty. Ends her other sessions. The code stays.
  Result<SurvivorIn> ChooseWords(std::string_view code, std::string_view word,
                                 const vault::SurvivorWords& words, const Source& source);
  // Whether words were chosen already: the page after the bare one asks for them.
  Result<bool> HasWords(std::string_view cookie);

  // The receipt of a destruction (receipts.h), within the source's quota; `kept` is for how long it
  // waits.
  Result<std::string> Receipt(std::string_view code, std::string_view centre,
                              std::chrono::microseconds kept, const Source& source);

  // As SignIn::Check().
  Result<Actor> Check(store::Transaction& transaction, std::string_view cookie) const;
  Result<Actor> Check(std::string_view cookie);
  Result<void> SignOut(std::string_view cookie);

 private:
  struct Found;
  struct Tried;
  struct CheckedActor {
    Actor actor;
    Timestamp last_used_at;
    bool has_words = false;
  };
  Result<Found> Find(const vault::SurvivorCode& code);
  Result<Tried> Try(const vault::SurvivorCode& code, std::string_view word, const Source& source);
  Result<SurvivorIn> Begin(store::Transaction& transaction, const SurvivorRow& row,
                           std::optional<vault::SurvivorKeyPair> pair);
  Result<Actor> MakeActor(const SurvivorRow& row, const vault::SessionId& session,
                          std::optional<vault::SurvivorKeyPair> pair) const;
  Result<void> MarkUnsafe(store::Transaction& transaction, const SurvivorRow& row);
  Result<CheckedActor> Checked(store::Transaction& transaction, std::string_view cookie) const;

  store::Database& database_;
  const CentreKeys& keys_;
  const Roles& roles_;
  const Clock& clock_;
  Argon2Gate& gate_;
  const SurvivorOptions options_;
  SourceQuota quota_;
};

// --- A lost code: two of staff ask her the agreed question, a day passes in which she can object
// with the old code, then there is a new code and the old one dies.

inline constexpr std::chrono::hours kLostCodeWait{24};
inline constexpr std::chrono::hours kLostCodeTime{24 * 14};  // then the request is void

// Who asks whom: `facts` say whose case it is, as everywhere.

// Question and answer as agreed with her, sealed to the case by the caller in this context. Needs
// her second word, or Permission::kCaseEdit.
vault::Context AgreedQuestionContext(vault::CaseId of_case);
Result<void> SetAgreedQuestion(store::Transaction& transaction, const CentreKeys& keys,
                               const Actor& who, const ScopeFacts& facts, vault::CaseId of_case,
                               const vault::SealedTo<vault::KeyKind::kCase>& sealed, Timestamp now);
// kNotFound when none was agreed.
Result<std::vector<std::byte>> FindAgreedQuestion(store::Transaction& transaction, const Actor& who,
                                                  const ScopeFacts& facts, vault::CaseId of_case);

struct LostCode {
  vault::CaseId of_case;
  vault::PersonId first;
  Timestamp asked_at;
  std::optional<vault::PersonId> second;
  std::optional<Timestamp> not_before;  // when a new code may be given out
};
// Each of the two says that they asked her the question and she knew the answer
// (Permission::kSurvivorCodeReset). The same person twice is kPermissionDenied; without an agreed
// question kInvalidArgument.
Result<LostCode> AttestLostCode(store::Transaction& transaction, const CentreKeys& keys,
                                const Actor& who, const ScopeFacts& facts, vault::CaseId of_case,
                                Timestamp now);
Result<std::optional<LostCode>> FindLostCode(store::Transaction& transaction, vault::CaseId of_case,
                                             Timestamp now);
// She has her code after all, or staff see that it wasn't she: the request is void.
Result<void> StopLostCode(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          const ScopeFacts& facts, vault::CaseId of_case, Timestamp now);
// The new code, without words yet. `opened` is the case, which is rotated to her new key (and then
// to be re-sealed: ResealCase()); the old code, its words and its sessions die in this transaction.
// Earlier than not_before: kPermissionDenied.
Result<vault::SurvivorCode> GiveNewCode(store::Transaction& transaction, const CentreKeys& keys,
                                        const Actor& who, const ScopeFacts& facts,
                                        OpenedCase& opened, Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SURVIVORS_H_
