#ifndef JIKIMI_CASEWORK_WITHDRAWAL_H_
#define JIKIMI_CASEWORK_WITHDRAWAL_H_

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "access/destructions.h"
#include "casework/case_record.h"
#include "casework/desk.h"
#include "store/database.h"
#include "vault/survivor_code.h"

// Withdrawal, which is hers: stop sharing (at once), stop work, destroy (after 72 hours, during
// which it can be taken back; at once when a counsellor confirmed it over safe contact). What
// recipients already hold can't be recalled. And what can stand against destruction: a legal hold,
// or a retention rule, both shown to her.
namespace jikimi::casework {

inline constexpr std::chrono::hours kTakeBackTime{72};

// A legal hold: an authority, a scope and an end.
struct NewHold {
  std::string authority;  // code of an agency
  std::string scope;      // sealed: which records, which order
  Timestamp until;
};
struct Hold {
  HoldId id;
  std::string authority;
  std::string scope;
  Timestamp from;
  Timestamp until;
  std::optional<Timestamp> ended_at;
};
// Permission::kRetentionHold. `until` is at most ten years ahead.
Result<HoldId> SetHold(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const NewHold& hold);
Result<void> EndHold(store::Transaction& transaction, const Desk& desk, HoldId id);
// The logged act; also the survivor's own.
Result<std::vector<Hold>> ReadHolds(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of);

// What stands against destroying a case now.
struct RetentionView {
  std::string rule;                     // code of data/retention.toml
  std::optional<CivilDay> ends_on;      // none: permanent, or not closed yet
  bool keeps_against_demand = false;    // the rule and her demand are in conflict
  std::optional<Timestamp> held_until;  // by a hold that is in force
};
Result<RetentionView> RetentionOf(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of);

struct WithdrawalAnswer {
  Withdrawal withdrawal = Withdrawal::kNone;
  std::optional<Timestamp> destroy_at;
  int consents_ended = 0;
  int referrals_revoked = 0;
  RetentionView retention;  // the conflict, as she is shown it
  // With WantsReceipt::kYes, to be shown once: opens the receipt when the case is destroyed.
  std::optional<vault::SurvivorCode> receipt_code;
};
enum class Confirmed { kNo, kOverSafeContact };
enum class WantsReceipt { kNo, kYes };
// By the survivor with her second word (Permission::kPortalAct), or by a counsellor on her word
// (kCaseEdit; with kOverSafeContact destruction is due at once). Sharing stops at once in every
// case. Asking again for the same, or for less, changes nothing, but that a new receipt code takes
// the place of the former. A receipt is of destroying (else kInvalidArgument); access/receipts.h
// keeps it. Event "case.withdrawn".
Result<WithdrawalAnswer> Withdraw(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of, Withdrawal wanted, Confirmed confirmed,
                                  WantsReceipt receipt = WantsReceipt::kNo);
// Takes it back: back to `to` (kNone, kSharing or kWork). Ended consents stay ended, and a receipt
// code opens nothing any more. After the 72 h
// kPermissionDenied when it has been destroyed already (kNotFound then).
Result<WithdrawalAnswer> TakeBack(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of, Withdrawal to);

// Cases whose destruction is due, with no hold in force, soonest first: for the work in the
// background.
Result<std::vector<vault::CaseId>> DueForDestruction(store::Transaction& transaction,
                                                     const Desk& desk, int limit);
// Closed cases whose time is over by the retention rules, likewise.
Result<std::vector<vault::CaseId>> RetentionOver(store::Transaction& transaction, const Desk& desk,
                                                 int limit);

struct Destroyed {
  std::uint32_t keys = 0;
  Timestamp at;
};
// Destroys a case of which it is due (asked for and 72 h over, or confirmed; or its retention
// over): its keys, and every row and token of this and of the rooms whose erasers are given. A
// hold, or too early, is kPermissionDenied. Event "case.destroyed" with the ids of its items, so
// that other rooms forget them. After the commit: access::FlushJournal(), and access::ReceiptOf()
// when she wants one.
Result<Destroyed> DestroyCase(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                              std::span<const access::CaseEraser> erasers);
// One item, on her demand. Event "item.destroyed".
Result<Destroyed> DestroyItem(store::Transaction& transaction, const Desk& desk, vault::ItemId item,
                              std::span<const access::CaseEraser> erasers);

// One upload that came from her through the portal, with its key, on her demand: used or not, for
// what recipients hold can't be recalled anyway. Permission::kPortalAct.
Result<void> DestroyOwnUpload(store::Transaction& transaction, const Desk& desk, vault::FileId file,
                              std::span<const access::CaseEraser> erasers);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_WITHDRAWAL_H_
