#ifndef JIKIMI_ACCESS_APPROVALS_H_
#define JIKIMI_ACCESS_APPROVALS_H_

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// Acts that two supervisors must want. Somebody proposes one, saying what and why; two different
// supervisors vote for it (the proposer's own counts when they are one); with the second vote it is
// carried out in the same transaction, or, for acts that need more than a vote (shares of a key),
// stands approved until it is used, once.
namespace jikimi::access {

enum class ActKind {
  kRole,      // somebody's role or team; inviting who may vote
  kKeyReset,  // a forgotten password: a new pair
  kSecondFactorReset,
  kRecipientAddress,   // where notices and referrals go
  kPeer,               // a partner of hash exchange
  kTemplate,           // words of a notice or a neutral text
  kLawRow,             // a clock, a duty, a right
  kEgress,             // what the program may reach
  kEmergencyOverride,  // sharing without consent
  kEscrowUse,
  kEscrowRotation,
  kAuditUse,
};
std::string_view ActKindCode(ActKind kind);  // "role", "key_reset", …
Result<ActKind> ParseActKind(std::string_view code);

struct ApprovalId {
  std::array<std::byte, 16> bytes = {};
  friend auto operator<=>(const ApprovalId&, const ApprovalId&) = default;
};

enum class ApprovalState {
  kOpen,      // waits for votes
  kApproved,  // waits to be used
  kDone,
  kWithdrawn,
};
std::string_view ApprovalStateCode(ApprovalState state);

struct NewApproval {
  ActKind kind = ActKind::kRole;
  // Exactly what is asked for, as the one who carries it out will compare it (RoleSubject(), a
  // digest of a row …): 1 to 1,000 bytes, without anything personal.
  std::string subject;
  // What voters look at: text as it will be, or sealed bytes; up to 64 KiB. Whoever votes names its
  // digest, so that nobody votes for something else than they saw.
  std::vector<std::byte> payload;
  std::string reason;  // 1 to 2,000 bytes; sealed under the server keys at rest
  // Whom it is about, if anybody of staff: they have no vote.
  std::optional<vault::PersonId> about;
};

struct Approval {
  ApprovalId id;
  ActKind kind = ActKind::kRole;
  std::string subject;
  std::vector<std::byte> payload;
  std::array<std::byte, 32> digest = {};  // ApprovalDigest()
  std::string reason;
  std::optional<vault::PersonId> about;
  vault::PersonId proposer;
  std::vector<vault::PersonId> votes;
  ApprovalState state = ApprovalState::kOpen;
  Timestamp proposed_at;
  Timestamp until;  // afterwards it is neither voted for nor used
};

inline constexpr int kVotesNeeded = 2;
inline constexpr std::chrono::hours kVotingTime{72};
inline constexpr std::chrono::hours kUsingTime{24};  // from the second vote

// SHA-256 over kind, subject and payload.
std::array<std::byte, 32> ApprovalDigest(ActKind kind, std::string_view subject,
                                         std::span<const std::byte> payload);

// Proposes. Needs Permission::kApprovalPropose, for kEmergencyOverride kEmergencyShare. The
// proposer's vote is counted at once when they may vote.
Result<ApprovalId> Propose(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, const NewApproval& what, Timestamp now);

// Carries out what was approved, in the transaction of the vote. Calls UseApproval() on its way, if
// only through the function that it calls (ChangeRole() …). An error undoes the vote, too.
using CarryOut = std::function<Result<void>(store::Transaction&, const Approval&)>;

// Votes for it. Needs Permission::kApprovalVote. `digest` is of what the voter saw; another one is
// kInvalidArgument. Twice the same person, the person whom it is about: kPermissionDenied. Over,
// done or withdrawn: kPermissionDenied, saying which. With the last vote `carry_out` runs once;
// without one (null) the approval stands until it is used.
Result<ApprovalState> Vote(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, ApprovalId id, const std::array<std::byte, 32>& digest,
                           const CarryOut& carry_out, Timestamp now);

// By the proposer, or by anybody who may vote; with it nothing of it can happen any more.
Result<void> WithdrawApproval(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, ApprovalId id, Timestamp now);

// For functions that need an approval: takes it. It must be approved, for this kind and exactly
// this subject, not over and not used; afterwards it is kDone. kPermissionDenied otherwise, saying
// why. Two who use it at once: one of them.
Result<Approval> UseApproval(store::Transaction& transaction, const CentreKeys& keys, ApprovalId id,
                             ActKind kind, std::string_view subject, Timestamp now);

// Whether UseApproval() would take it, which is not done: for acts that prepare something first.
Result<void> CheckApproval(store::Transaction& transaction, ApprovalId id, ActKind kind,
                           std::string_view subject, Timestamp now);

// kNotFound when there is none.
Result<Approval> FindApproval(store::Transaction& transaction, const CentreKeys& keys,
                              ApprovalId id);
// Newest first, those before `before`; all, or those that wait for a vote or a use.
enum class Listed { kWaiting, kAll };
Result<std::vector<Approval>> ListApprovals(store::Transaction& transaction, const CentreKeys& keys,
                                            Listed listed, const std::optional<ApprovalId>& before,
                                            int limit, Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_APPROVALS_H_
