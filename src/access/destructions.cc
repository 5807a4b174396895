#include "access/destructions.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "access/act_log.h"
#include "access/case_key_tables.h"
#include "access/case_keys.h"
#include "access/consent_tables.h"
#include "access/erasing.h"
#include "access/gone_tables.h"
#include "access/key_folder.h"
#include "access/receipts.h"
#include "access/stored_keyring.h"
#include "access/survivors.h"
#include "access/workload.h"
#include "log/entries.h"
#include "vault/secret_bytes.h"

namespace jikimi::access {
namespace {

Result<void> RequireDestroy(store::Transaction& transaction, const Actor& who, vault::CaseId id) {
  std::vector<vault::PersonId> persons;
  for (const auto& grant : TRY(GrantsOf(transaction, id))) persons.push_back(grant.person);
  const ScopeFacts facts{.of_case = id, .persons = persons, .team = {}};
  return Require(transaction, who,
                 who.survivor() ? Permission::kPortalAct : Permission::kCaseDestroy, facts);
}

}  // namespace

Result<void> RecordGone(store::Transaction& transaction, const Gone& gone) {
  return InsertGone(transaction, {vault::RandomArray<16>(), gone}, Journaled::kNotYet);
}

Result<void> EraseCase(store::Transaction& transaction, const CentreKeys& keys,
                       const log::ActorRef& actor, vault::CaseId id,
                       std::span<const CaseEraser> erasers, Timestamp now) {
  TRY(DeleteCaseKey(transaction, id));
  TRY(DeleteGrants(transaction, id));
  TRY(DeleteConsentsOf(transaction, id));
  TRY(EraseSurvivors(transaction, id));
  TRY(ForgetCaseLoad(transaction, id, now));
  const auto server = keys.server();
  TRY(log::DestroyDetails(transaction, id, actor, now, *server));
  for (const auto& eraser : erasers) {
    auto erased = eraser.erase_case(transaction, id);
    if (!erased) return Prefixed(eraser.name, std::move(erased).error());
  }
  return {};
}

Result<void> EraseItem(store::Transaction& transaction, vault::CaseId id, vault::ItemId item,
                       std::span<const CaseEraser> erasers) {
  for (const auto& eraser : erasers) {
    auto erased = eraser.erase_item(transaction, id, item);
    if (!erased) return Prefixed(eraser.name, std::move(erased).error());
  }
  return {};
}

Result<std::uint32_t> DestroyCase(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, vault::CaseId id,
                                  std::span<const CaseEraser> erasers, Timestamp now) {
  TRY(RequireDestroy(transaction, who, id));
  if (!TRY(FindCaseKeyRow(transaction, id))) {
    return Error{ErrorCode::kNotFound, "case: there is none, or its keys were destroyed"};
  }
  // A keyring that doesn't open any more is destroyed all the same.
  auto stored = LoadKeyring(transaction, keys, id);
  const std::uint32_t count = stored ? stored->keyring.Destroy() : 0;
  TRY(EraseCase(transaction, keys, LogRefOf(who), id, erasers, now));
  TRY(FulfilReceipt(transaction, id, count, now));
  TRY(RecordGone(transaction, {GoneKind::kCase, id.bytes(), {}, now}));
  TRY(TellOfCase(transaction, "case.destroyed", id, now));
  return count;
}

Result<std::uint32_t> DestroyItem(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, vault::CaseId id, vault::ItemId item,
                                  std::span<const CaseEraser> erasers, Timestamp now) {
  TRY(RequireDestroy(transaction, who, id));
  auto keyring = TRY(LoadKeyring(transaction, keys, id)).keyring;
  const auto former = keyring.revision();
  const auto count = TRY(keyring.DestroyItem(item));
  TRY(SaveKeyring(transaction, keys, keyring, former, now));
  TRY(EraseItem(transaction, id, item, erasers));
  TRY(RecordGone(transaction, {GoneKind::kItem, item.bytes(), id.bytes(), now}));
  TRY(LogCaseAct(transaction, keys, who, "item.destroyed", keyring.public_key(), {}, now));
  TRY(TellOfCase(transaction, "case.item_destroyed", id, now));
  return count;
}

Result<std::int64_t> FlushJournal(store::Database& database, const CentreKeys& keys) {
  constexpr int kBatch = 1000;
  auto& files = keys.files();
  std::int64_t flushed = 0;
  const auto read = [&] {
    return database.Read(
        [](store::Transaction& transaction) { return GoneWaiting(transaction, kBatch); });
  };
  while (!TRY(read()).empty()) {
    const auto lock = TRY(files.Lock());
    const auto waiting = TRY(read());  // those that nobody else wrote meanwhile
    for (const auto& path : JournalPaths(files.options())) {
      TRY(AppendToJournal(path, waiting));
    }
    TRY(database.Write(
        [&](store::Transaction& transaction) { return MarkJournaled(transaction, waiting); }));
    flushed += static_cast<std::int64_t>(waiting.size());
  }
  return flushed;
}

Result<std::string> ReceiptOf(store::Database& database, const CentreKeys& keys,
                              std::string_view centre, vault::DestroyedRecord what,
                              std::uint32_t destroyed_keys, std::span<const std::byte> subject,
                              Timestamp destroyed_at, Timestamp now) {
  ReceiptSubject about;
  about.salt = vault::RandomArray<16>();
  about.digest = vault::DestructionReceipt::SubjectDigest(about.salt, subject);
  return ReceiptOf(database, keys, centre, what, destroyed_keys, about, destroyed_at, now);
}

Result<std::string> ReceiptOf(store::Database& database, const CentreKeys& keys,
                              std::string_view centre, vault::DestroyedRecord what,
                              std::uint32_t destroyed_keys, const ReceiptSubject& subject,
                              Timestamp destroyed_at, Timestamp now) {
  TRY(FlushJournal(database, keys));
  // The epoch under which the row lay was opened on its day at the latest. Once no rotation is due
  // or under way, that epoch is the current one or already on its way out.
  const auto dies = TRY(keys.epochs()->LastCopyDies(DayOf(now)));
  const vault::Day latest{DayOf(destroyed_at).days + vault::EpochRing::kDeathDays};
  vault::DestructionReceipt receipt;
  receipt.what = what;
  receipt.centre = centre;
  receipt.destroyed_at =
      std::chrono::floor<std::chrono::seconds>(destroyed_at).time_since_epoch().count();
  receipt.last_copy_dies = std::min(dies, latest);
  receipt.keys = destroyed_keys;
  receipt.subject_salt = subject.salt;
  receipt.subject_digest = subject.digest;
  return receipt.ToSignedText(keys.centre_key());
}

}  // namespace jikimi::access
