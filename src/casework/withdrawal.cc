#include "casework/withdrawal.h"

#include <algorithm>

#include "access/consent.h"
#include "access/destructions.h"
#include "access/receipts.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/import_tables.h"
#include "casework/item_tables.h"
#include "casework/referral.h"
#include "casework/report_tables.h"
#include "casework/schema.h"
#include "casework/sealed_fields.h"
#include "casework/text_check.h"
#include "casework/upload_tables.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

constexpr std::size_t kMaxScopeBytes = 4096;

CivilDay DayOf(Timestamp at) { return std::chrono::floor<std::chrono::days>(at); }

// Support that investigators asked for: a report came from them. Of an old case its own system
// said so. That the centre has referred a case to them is not that.
Result<bool> AskedByInvestigators(store::Transaction& transaction, const CaseRecord& record) {
  for (const Report& report : TRY(QueryReports(transaction, record.id))) {
    if (report.state == ReportState::kRefused) continue;
    if (report.reporter == Reporter::kPolice || report.reporter == Reporter::kProsecution) {
      return true;
    }
  }
  return record.referred_to_investigators && TRY(IsImported(transaction, record.id));
}

Result<RetentionTable::Facts> FactsOf(store::Transaction& transaction, const CaseRecord& record) {
  RetentionTable::Facts facts;
  facts.minor_material = record.minor == MinorState::kYes || record.minor == MinorState::kSuspected;
  facts.investigation = TRY(AskedByInvestigators(transaction, record));
  return facts;
}

// Until when a hold stands against destruction; none: nothing does.
Result<std::optional<Timestamp>> HeldUntil(store::Transaction& transaction, vault::CaseId of,
                                           Timestamp now) {
  std::optional<Timestamp> until;
  for (const Hold& hold : TRY(QueryHolds(transaction, of))) {
    if (hold.ended_at || hold.from > now || hold.until <= now) continue;
    until = std::max(until.value_or(hold.until), hold.until);
  }
  return until;
}

Result<RetentionView> ViewOf(store::Transaction& transaction, const Desk& desk,
                             const CaseRecord& record) {
  const auto facts = TRY(FactsOf(transaction, record));
  const RetentionTable::Rule& rule = desk.rules.retention.RuleFor(facts);
  RetentionView view;
  view.rule = rule.label.code;
  view.keeps_against_demand = rule.keeps_against_demand;
  if (record.closed_at) {
    view.ends_on = desk.rules.retention.EndsOn(facts, DayOf(*record.closed_at));
  }
  view.held_until = TRY(HeldUntil(transaction, record.id, desk.now));
  return view;
}

Result<bool> TimeIsOver(store::Transaction& transaction, const Desk& desk,
                        const CaseRecord& record) {
  if (record.state != CaseState::kClosed || !record.closed_at) return false;
  const auto ends =
      desk.rules.retention.EndsOn(TRY(FactsOf(transaction, record)), DayOf(*record.closed_at));
  return ends && *ends <= DayOf(desk.now);
}

Result<void> RequireNoHold(store::Transaction& transaction, const Desk& desk, vault::CaseId of) {
  const auto held = TRY(HeldUntil(transaction, of, desk.now));
  if (!held) return {};
  return Error{ErrorCode::kPermissionDenied,
               "a legal hold keeps it until " + DayText(DayOf(*held))};
}

// This room's eraser and those of others.
std::vector<access::CaseEraser> WithOwn(std::span<const access::CaseEraser> erasers) {
  std::vector<access::CaseEraser> all = {Eraser()};
  for (const access::CaseEraser& eraser : erasers) {
    if (eraser.name != all.front().name) all.push_back(eraser);
  }
  return all;
}

Result<std::string> ItemIdsOf(store::Transaction& transaction, vault::CaseId of) {
  constexpr int kAtOnce = 200;
  std::string ids;
  std::optional<vault::ItemId> after;
  while (true) {
    const auto rows = TRY(QueryItems(transaction, of, after, kAtOnce));
    for (const ItemRow& row : rows) {
      after = row.item.id;
      ids += (ids.empty() ? "" : ",") + IdText(row.item.id);
    }
    if (rows.size() < kAtOnce) return ids;
  }
}

}  // namespace

Result<HoldId> SetHold(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const NewHold& hold) {
  TRY(CheckText("the authority", hold.authority, 200));
  TRY(CheckText("the hold's scope", hold.scope, kMaxScopeBytes));
  if (hold.until <= desk.now || hold.until > desk.now + std::chrono::days(3653)) {
    return Error{ErrorCode::kInvalidArgument, "a hold ends within ten years"};
  }
  TRY(RequireCase(transaction, desk, of, Permission::kRetentionHold));
  HoldRow row;
  row.of = of;
  row.hold.id = HoldId::Random();
  row.hold.authority = hold.authority;
  row.hold.from = desk.now;
  row.hold.until = hold.until;
  TRY(InsertHold(transaction, row));
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, of));
  TRY(PutField(transaction, key, {of, row.hold.id.Reference(), "scope", 1}, hold.scope));
  TRY(WriteEntry(transaction, desk, key, "hold.set",
                 {{"authority", hold.authority}, {"until", DayText(DayOf(hold.until))}}));
  return row.hold.id;
}

Result<void> EndHold(store::Transaction& transaction, const Desk& desk, HoldId id) {
  const HoldRow row = TRY(LoadHold(transaction, id));
  TRY(RequireCase(transaction, desk, row.of, Permission::kRetentionHold));
  if (row.hold.ended_at) return {};
  TRY(EndHoldRow(transaction, id, desk.now));
  return WriteEntry(transaction, desk, row.of, "hold.lifted", {{"authority", row.hold.authority}});
}

Result<std::vector<Hold>> ReadHolds(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of) {
  const CaseFile file = TRY(OpenCaseFile(
      transaction, desk, of, {Permission::kCaseOpen, Permission::kPortalRead, Right::kSee}));
  auto holds = TRY(QueryHolds(transaction, of));
  for (Hold& hold : holds) {
    const auto scope = TRY(ReadField(transaction, file.opened, hold.id.Reference(), "scope"));
    hold.scope = scope.value_or("");
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened", {{"part", "holds"}}));
  return holds;
}

Result<RetentionView> RetentionOf(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of) {
  const CaseRecord record = TRY(RequireCase(
      transaction, desk, of, {Permission::kCaseList, Permission::kPortalRead, Right::kSee}));
  return ViewOf(transaction, desk, record);
}

Result<WithdrawalAnswer> Withdraw(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of, Withdrawal wanted, Confirmed confirmed,
                                  WantsReceipt receipt) {
  if (wanted == Withdrawal::kNone) {
    return Error{ErrorCode::kInvalidArgument,
                 "withdraw from sharing, from work, or have it destroyed"};
  }
  if (receipt == WantsReceipt::kYes && wanted != Withdrawal::kDestroy) {
    return Error{ErrorCode::kInvalidArgument, "a receipt is given of destroying only"};
  }
  const bool at_once = confirmed == Confirmed::kOverSafeContact;
  if (at_once && !desk.who.staff()) {
    return Error{ErrorCode::kPermissionDenied, "a counsellor confirms it over safe contact"};
  }
  CaseRecord record = TRY(RequireCase(
      transaction, desk, of, {Permission::kCaseEdit, Permission::kPortalAct, Right::kWithdraw}));
  WithdrawalAnswer answer;
  answer.consents_ended =
      TRY(access::EndAllConsents(transaction, desk.keys, desk.who, of, desk.now));
  const access::Actor system(access::SystemActor{"withdrawal"});
  const Desk background{system, desk.keys, desk.rules, desk.now};
  answer.referrals_revoked = TRY(RevokeUncovered(transaction, background, of));
  const Withdrawal before = record.withdrawal;
  const auto due_before = record.destroy_at;
  record.withdrawal = std::max(before, wanted);
  if (wanted == Withdrawal::kDestroy) {
    const Timestamp due = at_once ? desk.now : desk.now + kTakeBackTime;
    record.destroy_at = std::min(record.destroy_at.value_or(due), due);
  }
  if (record.withdrawal != before || record.destroy_at != due_before) {
    TRY(SaveCase(transaction, record));
    const std::string name(WithdrawalName(record.withdrawal));
    TRY(WriteEntry(transaction, desk, of, "withdrawal.asked", {{"from", name}}));
    const std::string items = TRY(ItemIdsOf(transaction, of));
    TRY(TellEvent(transaction, desk, "case.withdrawn",
                  {{"case", IdText(of)}, {"from", name}, {"items", items}}));
  }
  if (receipt == WantsReceipt::kYes) {
    answer.receipt_code = TRY(access::AskForReceipt(transaction, of));
    TRY(WriteEntry(transaction, desk, of, "receipt.asked"));
  }
  answer.withdrawal = record.withdrawal;
  answer.destroy_at = record.destroy_at;
  answer.retention = TRY(ViewOf(transaction, desk, record));
  return answer;
}

Result<WithdrawalAnswer> TakeBack(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of, Withdrawal to) {
  CaseRecord record =
      TRY(RequireCase(transaction, desk, of, {Permission::kCaseEdit, Permission::kPortalAct}));
  if (to >= record.withdrawal) {
    return Error{ErrorCode::kInvalidArgument, "there is nothing to take back to there"};
  }
  record.withdrawal = to;
  record.destroy_at = std::nullopt;
  TRY(SaveCase(transaction, record));
  TRY(access::ForgetReceipt(transaction, of));
  const std::string name(WithdrawalName(to));
  TRY(WriteEntry(transaction, desk, of, "withdrawal.taken_back", {{"to", name}}));
  const std::string items = TRY(ItemIdsOf(transaction, of));
  TRY(TellEvent(transaction, desk, "case.withdrawn",
                {{"case", IdText(of)}, {"from", name}, {"items", items}}));
  WithdrawalAnswer answer;
  answer.withdrawal = to;
  answer.retention = TRY(ViewOf(transaction, desk, record));
  return answer;
}

Result<std::vector<vault::CaseId>> DueForDestruction(store::Transaction& transaction,
                                                     const Desk& desk, int limit) {
  std::vector<vault::CaseId> due;
  for (const CaseRecord& record : TRY(QueryDestroyDue(transaction, desk.now, limit))) {
    due.push_back(record.id);
  }
  return due;
}

Result<std::vector<vault::CaseId>> RetentionOver(store::Transaction& transaction, const Desk& desk,
                                                 int limit) {
  constexpr int kAtOnce = 200;
  // No case is over before the shortest rule's years: the others aren't even looked at.
  const Timestamp before(
      YearsAfter(DayOf(desk.now) + std::chrono::days(1), -desk.rules.retention.ShortestYears()));
  std::vector<vault::CaseId> over;
  std::optional<CasePosition> after;
  while (static_cast<int>(over.size()) < limit) {
    const auto records = TRY(QueryClosedBefore(transaction, before, after, kAtOnce));
    for (const CaseRecord& record : records) {
      after = CasePosition{0, *record.closed_at, record.id};
      if (static_cast<int>(over.size()) == limit) continue;
      if (!TRY(TimeIsOver(transaction, desk, record))) continue;
      const auto held = TRY(HeldUntil(transaction, record.id, desk.now));
      if (!held) over.push_back(record.id);
    }
    if (records.size() < kAtOnce) break;
  }
  return over;
}

Result<Destroyed> DestroyCase(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                              std::span<const access::CaseEraser> erasers) {
  const CaseRecord record =
      TRY(RequireCase(transaction, desk, of, {Permission::kCaseDestroy, Permission::kPortalAct}));
  TRY(RequireNoHold(transaction, desk, of));
  const bool asked = record.withdrawal == Withdrawal::kDestroy && record.destroy_at &&
                     *record.destroy_at <= desk.now;
  if (!asked && !TRY(TimeIsOver(transaction, desk, record))) {
    return Error{ErrorCode::kPermissionDenied,
                 record.destroy_at
                     ? "the case is destroyed on " + DayText(DayOf(*record.destroy_at)) +
                           ": until then she can take it back"
                     : "neither has she asked for it, nor is its time over"};
  }
  const std::string items = TRY(ItemIdsOf(transaction, of));
  const auto all = WithOwn(erasers);
  Destroyed destroyed;
  destroyed.at = desk.now;
  destroyed.keys = TRY(access::DestroyCase(transaction, desk.keys, desk.who, of, all, desk.now));
  TRY(TellEvent(transaction, desk, "case.destroyed", {{"case", IdText(of)}, {"items", items}}));
  return destroyed;
}

Result<Destroyed> DestroyItem(store::Transaction& transaction, const Desk& desk, vault::ItemId item,
                              std::span<const access::CaseEraser> erasers) {
  const ItemRow row = TRY(LoadItem(transaction, item));
  TRY(RequireCase(transaction, desk, row.item.of,
                  {Permission::kCaseDestroy, Permission::kPortalAct}));
  TRY(RequireNoHold(transaction, desk, row.item.of));
  const auto all = WithOwn(erasers);
  Destroyed destroyed;
  destroyed.at = desk.now;
  destroyed.keys =
      TRY(access::DestroyItem(transaction, desk.keys, desk.who, row.item.of, item, all, desk.now));
  TRY(TellEvent(transaction, desk, "item.destroyed", {{"item", IdText(item)}}));
  return destroyed;
}

Result<void> DestroyOwnUpload(store::Transaction& transaction, const Desk& desk, vault::FileId file,
                              std::span<const access::CaseEraser> erasers) {
  const vault::CaseId of = TRY(RequireSurvivor(desk))->of_case;
  TRY(RequireCase(transaction, desk, of, {Permission::kCaseDestroy, Permission::kPortalAct}));
  const auto uploads = TRY(QueryUploads(transaction, of));
  const auto upload = std::find_if(uploads.begin(), uploads.end(), [&](const Upload& one) {
    return one.id == file && one.by_survivor;
  });
  if (upload == uploads.end()) return Error{ErrorCode::kNotFound, "no such upload"};
  TRY(RequireNoHold(transaction, desk, of));
  const auto all = WithOwn(erasers);
  TRY(access::DestroyItem(transaction, desk.keys, desk.who, of, upload->under, all, desk.now));
  return WriteEntry(transaction, desk, of, "file.destroyed",
                    {{"kind", std::string(UploadKindName(upload->kind))}});
}

}  // namespace jikimi::casework
