#ifndef JIKIMI_ACCESS_ESCROW_H_
#define JIKIMI_ACCESS_ESCROW_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/approvals.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/split_key.h"

// The two keys that no single person has: the escrow, to which every case is wrapped besides, and
// the audit key, to which the log seals who looked at what. Each is a pair whose private half
// exists only as n shares on paper, k of which bring it back. The database keeps the record of the
// splitting, which is not secret; the private half lives in memory for one use.
namespace jikimi::access {

// The shares of a new splitting as text, one page each: to be printed once and forgotten.
using PrintedShares = std::vector<vault::SecretBytes>;

// At `jikimi init`: the first escrow and audit keys. kAlreadyExists when there is one. The escrow's
// pin goes into the log, and the server keys are sealed to it.
Result<PrintedShares> CreateEscrow(store::Transaction& transaction, const CentreKeys& keys, int k,
                                   int n, Timestamp now);
Result<PrintedShares> CreateAuditKey(store::Transaction& transaction, const CentreKeys& keys, int k,
                                     int n, Timestamp now);

// The current ones, checked against their pins, which stand under the server keys so that who can
// only write to the database can't slip a key in. kNotFound before init.
Result<vault::PinnedEscrowKey> FindEscrowKey(store::Transaction& transaction,
                                             const CentreKeys& keys);
Result<vault::AuditPublicKey> FindAuditKey(store::Transaction& transaction, const CentreKeys& keys);

// Whether a holder's share is one of the current splitting's: what each is asked once in a while.
// Errors name what is wrong with it and never quote it. Nothing is opened.
struct SplitStatus {
  std::uint32_t version = 0;
  int k = 0;
  int n = 0;
};
Result<SplitStatus> CheckEscrowShare(store::Transaction& transaction, const vault::KeyShare& share);
Result<SplitStatus> CheckAuditShare(store::Transaction& transaction, const vault::KeyShare& share);

// What approvals are asked for: ActKind::kEscrowUse about a case, kEscrowRotation, kAuditUse.
std::string EscrowUseSubject(vault::CaseId id);
inline constexpr std::string_view kEscrowRotationSubject = "escrow";
inline constexpr std::string_view kAuditRotationSubject = "audit";
inline constexpr std::string_view kAuditUseSubject = "audit";

// The escrow's pair for one use, which two supervisors approved for exactly this subject. The
// approval is used up and the use stands in the log, sealed to the audit key, in this
// transaction, whatever is done with the pair afterwards. Too few shares, a wrong one or one of
// another splitting: an error that names it, and nothing is used up.
//
// Opens one case, so that it can be granted again when everybody who had it is lost.
Result<OpenedCase> OpenByEscrow(store::Transaction& transaction, const CentreKeys& keys,
                                const Actor& who, ApprovalId approval,
                                std::span<const vault::KeyShare> shares, vault::CaseId id,
                                Timestamp now);
// The audit pairs of the versions that the shares are of, each with its k, to read staff-access
// details of the log (log/reader.h); the newest first.
Result<std::vector<vault::AuditKeyPair>> OpenAudit(store::Transaction& transaction,
                                                   const CentreKeys& keys, const Actor& who,
                                                   ApprovalId approval,
                                                   std::span<const vault::KeyShare> shares,
                                                   Timestamp now);

// --- Rotation, when a holder leaves or shares are lost: a new pair and new shares. The new shares
// are made before anything depends on them, so that they can be on paper when the rotation begins:
// Prepare…() checks what the rotation will check, and changes nothing.

// How many of how many shares; 0: as the present key has it.
struct Threshold {
  int k = 0;
  int n = 0;
};
template <vault::KeyKind kKind>
struct NewSplit {
  vault::KeyPair<kKind> pair;
  vault::SplitRecord<kKind> record;
  PrintedShares shares;
};
using NewEscrow = NewSplit<vault::KeyKind::kEscrow>;
using NewAuditKey = NewSplit<vault::KeyKind::kAudit>;

// ActKind::kEscrowRotation about kAuditRotationSubject; needs no former shares, which may be lost.
// Entries from the rotation on are sealed to the new key; former ones open with the former shares,
// whose record stays. kStale when somebody else rotated since it was prepared.
Result<NewAuditKey> PrepareAuditRotation(store::Transaction& transaction, ApprovalId approval,
                                         const Threshold& wanted, Timestamp now);
Result<void> RotateAuditKey(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, ApprovalId approval, const NewAuditKey& fresh,
                            Timestamp now);

// ActKind::kEscrowRotation about kEscrowRotationSubject, and k of the former shares. From the
// transaction of the beginning on new cases go to the new key; the former key's record stays until
// RewrapEscrow() has put the new one into every case, and until then no other rotation begins
// (kUnavailable). Returns the former pair, for RewrapEscrow() in this process.
Result<NewEscrow> PrepareEscrowRotation(store::Transaction& transaction, ApprovalId approval,
                                        std::span<const vault::KeyShare> shares,
                                        const Threshold& wanted, Timestamp now);
Result<vault::EscrowKeyPair> BeginEscrowRotation(store::Transaction& transaction,
                                                 const CentreKeys& keys, const Actor& who,
                                                 ApprovalId approval,
                                                 std::span<const vault::KeyShare> shares,
                                                 const NewEscrow& fresh, Timestamp now);
// Goes on after a stop, with an approval of its own and k of the former shares.
Result<vault::EscrowKeyPair> ReopenFormerEscrow(store::Transaction& transaction,
                                                const CentreKeys& keys, const Actor& who,
                                                ApprovalId approval,
                                                std::span<const vault::KeyShare> shares,
                                                Timestamp now);
struct EscrowRotationState {
  std::uint32_t version = 0;    // of the present key
  bool unfinished = false;      // a former one's record is still kept
  std::int64_t cases_left = 0;  // that are wrapped for a former one
};
Result<EscrowRotationState> FindEscrowRotation(store::Transaction& transaction);

// The next cases after `after`, `most` of them at most, each a rotation in a transaction of its
// own, re-sealed by `fields` on the spot. Other processes may serve, rotate or destroy the cases
// meanwhile. A case that doesn't open is left as it is and named; a failing database is an error.
// When no case is left the former record is deleted.
struct EscrowRewrap {
  struct Failure {
    vault::CaseId id;
    Error error;
  };
  std::int64_t left = 0;
  std::vector<Failure> failed;        // of these
  std::optional<vault::CaseId> next;  // where to go on; none: that were all
};
Result<EscrowRewrap> RewrapEscrow(store::Database& database, const CentreKeys& keys,
                                  const vault::EscrowKeyPair& former,
                                  std::span<const CaseField> fields,
                                  const std::optional<vault::CaseId>& after, int most,
                                  const Clock& clock);

// The server keys as sealed to the escrow: when the keys folder is lost and only its shares are
// left. (The epoch ring can't be brought back: see CentreKeysOptions::copies.)
Result<void> SealServerKeysToEscrow(store::Transaction& transaction, const CentreKeys& keys);
Result<vault::ServerKeys> RecoverServerKeys(store::Transaction& transaction,
                                            std::span<const vault::KeyShare> shares);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ESCROW_H_
