#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "access/case_key_tables.h"
#include "access/consent.h"
#include "access/destructions.h"
#include "access/journal.h"
#include "access/key_centre.h"
#include "access/key_folder.h"
#include "access/schema.h"
#include "access/stored_keyring.h"
#include "access/team_wraps.h"
#include "base/bytes.h"
#include "base/file.h"
#include "log/entries.h"
#include "store/backup.h"
#include "vault/receipt.h"

namespace jikimi::access {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DestructionsTest : public KeyCentreTest {
 protected:
  void SetUp() override {
    KeyCentreTest::SetUp();
    anna_ = AddStaff(Role::kCounsellor, team_);
    bora_ = AddStaff(Role::kCounsellor, team_);
    chul_ = AddStaff(Role::kCounsellor, team_);
  }
  std::filesystem::path journal() const { return key_options().folder / kJournalFile; }

  // A room's rows, in memory: which it was told to erase.
  std::vector<CaseEraser> Erasers() {
    return {{"test",
             [this](store::Transaction&, vault::CaseId id) -> Result<void> {
               erased_.insert(id);
               return {};
             },
             [this](store::Transaction&, vault::CaseId, vault::ItemId item) -> Result<void> {
               erased_items_.insert(item);
               return {};
             }}};
  }
  std::uint32_t Destroy(const Case& made) {
    const auto erasers = Erasers();
    return Must(Write([&](store::Transaction& transaction) {
      return DestroyCase(transaction, keys(), As(made.survivor), made.id, erasers, Now());
    }));
  }
  ReplayReport Replay() {
    return Must(ReplayOnRestore(
        database(), keys(), Erasers(),
        [this](store::Transaction&, vault::PersonId person) -> Result<void> {
          left_.insert(person);
          return {};
        },
        Now()));
  }

  // Yesterday's backup of the database, and putting it back.
  void BackUp() {
    if (sqlite()) {
      const store::Schema schemas[] = {store::StoreSchema(), log::LogSchema(), AccessSchema()};
      Must(store::Backup(database(), folder() / "backup.db", schemas));
      return;
    }
    RunOnServer(
        "CREATE SCHEMA bak; DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables "
        "WHERE schemaname = 'public' LOOP EXECUTE format('CREATE TABLE bak.%I AS TABLE public.%I', "
        "t, t); END LOOP; END $$");
  }
  void PutBack() {
    Stop();
    if (sqlite()) {
      const auto path = url().substr(std::string("sqlite:").size());
      for (const auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
      std::filesystem::copy_file(folder() / "backup.db", path);
    } else {
      RunOnServer(
          "SET session_replication_role = replica; DO $$ DECLARE t text; BEGIN FOR t IN SELECT "
          "tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('DELETE FROM "
          "public.%I', t); EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * "
          "FROM bak.%I', t, t); END LOOP; END $$");
    }
    Start();
  }

  // Tries a case with every key that there is.
  bool AnythingOpens(const Case& made) {
    for (const auto* staff : {&anna_, &bora_, &chul_, &*supervisor_, &*second_supervisor_}) {
      if (Open(As(*staff), made.id)) return true;
    }
    if (Open(As(made.survivor), made.id)) return true;
    const auto approval = Approved(ActKind::kEscrowUse, EscrowUseSubject(made.id));
    return Write([&](store::Transaction& transaction) {
             return OpenByEscrow(transaction, keys(), As(*supervisor_), approval,
                                 Shares(escrow_shares_, 0, 3), made.id, Now());
           })
        .has_value();
  }

  Staff anna_;
  Staff bora_;
  Staff chul_;
  std::set<vault::CaseId> erased_;
  std::set<vault::ItemId> erased_items_;
  std::set<vault::PersonId> left_;
};

TEST_P(DestructionsTest, YesterdaysBackupBringsNothingBack) {
  const auto destroyed = NewCaseOf(anna_, bora_);
  const auto report = NewReport(team_);
  const auto kept = NewCaseOf(anna_, bora_);
  const auto revoked = NewCaseOf(anna_, bora_);
  const auto grant = [&](vault::CaseId id, const Staff& to) {
    Must(Write([&](store::Transaction& transaction) -> Result<void> {
      auto opened = TRY(OpenCase(transaction, keys(), As(anna_), id));
      return Grant(transaction, keys(), As(anna_), opened, to.id, Now());
    }));
  };
  grant(revoked.id, chul_);
  const ConsentChoice choice{
      "kr.police", "investigation", {"survivor.name"}, Now(), Now() + std::chrono::days(100)};
  const auto consent = Must(Write([&](store::Transaction& transaction) {
    return GiveConsent(transaction, keys(), As(kept.survivor), kept.id, choice,
                       ConsentGiven::kBySurvivor, Now());
  }));
  ASSERT_TRUE(AnythingOpens(destroyed));
  ASSERT_TRUE(AnythingOpens(report));
  BackUp();

  clock_.Advance(std::chrono::hours(20));
  Must(RotateEpochIfDue(database(), keys(), Now()));
  EXPECT_EQ(Destroy(destroyed), 2u) << "the pair and an item";
  Destroy(report);
  const auto erasers = Erasers();
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(DestroyItem(transaction, keys(), As(anna_), kept.id, kept.item, erasers, Now()));
    auto opened = TRY(OpenCase(transaction, keys(), As(anna_), revoked.id));
    TRY(Revoke(transaction, keys(), As(anna_), opened, chul_.id, Now()));
    TRY(EndConsent(transaction, keys(), As(kept.survivor), consent, Now()));
    TRY(LeaveTeam(transaction, keys(), As(*supervisor_), team_, second_supervisor_->id, Now()));
    return RecordGone(transaction, {GoneKind::kPerson, bora_.id.bytes(), {}, Now()});
  }));
  EXPECT_EQ(Must(FlushJournal(database(), keys())), 7);
  Must(CheckReplayed(database(), keys()));

  PutBack();
  const auto refused = CheckReplayed(database(), keys());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("jikimi restore"));
  erased_.clear();
  erased_items_.clear();
  const auto replayed = Replay();
  EXPECT_EQ(replayed.cases, 2);
  EXPECT_EQ(replayed.items, 1);
  EXPECT_EQ(replayed.grants, 1);
  EXPECT_EQ(replayed.consents, 1);
  EXPECT_EQ(replayed.persons, 1);
  EXPECT_EQ(replayed.members, 1);
  Must(CheckReplayed(database(), keys()));
  EXPECT_EQ(Replay().cases, 0) << "once more is nothing new";

  EXPECT_FALSE(AnythingOpens(destroyed));
  EXPECT_FALSE(AnythingOpens(report));
  EXPECT_THAT(erased_, testing::UnorderedElementsAre(destroyed.id, report.id));
  EXPECT_THAT(erased_items_, testing::ElementsAre(kept.item));
  EXPECT_THAT(left_, testing::ElementsAre(bora_.id));
  const auto opened = Must(Open(As(anna_), kept.id));
  EXPECT_THAT(opened.keyring().items(), IsEmpty());
  EXPECT_EQ(Open(As(chul_), revoked.id).error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Must(Open(As(anna_), revoked.id)).rotation_due());
  EXPECT_FALSE(Write([&](store::Transaction& transaction) {
                 return OpenTeam(transaction, As(*second_supervisor_), team_);
               }).has_value());
  const auto allowed = Must(Write([&](store::Transaction& transaction) {
    return Obey(transaction, kept.id, "kr.police", "investigation", {"survivor.name"}, Now());
  }));
  EXPECT_THAT(allowed.fields, IsEmpty());

  // Who opens the case next rotates it, and the former grantee is out for good.
  EXPECT_THAT(Must(Write([&](store::Transaction& transaction) {
                return CasesToReseal(transaction, anna_.id, 10);
              })),
              testing::ElementsAre(revoked.id));
  auto case_opened = Must(Open(As(anna_), revoked.id));
  const auto former = case_opened.public_key();
  EXPECT_TRUE(
      Must(RotateAndReseal(database(), keys(), As(anna_), case_opened, {}, Now())).finished);
  EXPECT_NE(case_opened.public_key(), former);
  EXPECT_FALSE(Must(Open(As(anna_), revoked.id)).rotation_due());
}

TEST_P(DestructionsTest, AfterSevenDaysABackupsBytesOpenUnderNoKeyThatIsLeft) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto row = Must(
      Write([&](store::Transaction& transaction) { return FindCaseKeyRow(transaction, made.id); }));
  const auto sealed = Must(vault::SealedUnder<vault::KeyKind::kEpoch>::Parse(row->keyring));
  const auto context = LayerContext(made.id, row->revision);
  ASSERT_TRUE(keys().epochs()->OpenLayer(context, sealed).has_value());
  Destroy(made);
  const auto text =
      Must(ReceiptOf(database(), keys(), "Example Centre", vault::DestroyedRecord::kCase, 2,
                     AsBytes("CODE"), Now(), Now()));
  const auto receipt =
      Must(vault::DestructionReceipt::Verify(text, keys().centre_key().verify_key()));
  const auto destroyed_at = Now();
  while (DayOf(Now()) < receipt.last_copy_dies) {
    EXPECT_TRUE(keys().epochs()->OpenLayer(context, sealed).has_value());
    clock_.Advance(std::chrono::days(1));
    Must(RotateEpochIfDue(database(), keys(), Now()));
  }
  EXPECT_EQ(keys().epochs()->OpenLayer(context, sealed).error().code, ErrorCode::kNotFound);
  // A receipt that is asked for later names the same day.
  const auto later =
      Must(ReceiptOf(database(), keys(), "Example Centre", vault::DestroyedRecord::kCase, 2,
                     AsBytes("CODE"), destroyed_at, Now()));
  EXPECT_EQ(Must(vault::DestructionReceipt::Verify(later, keys().centre_key().verify_key()))
                .last_copy_dies,
            receipt.last_copy_dies);
}

TEST_P(DestructionsTest, NoReceiptWhileARotationIsDue) {
  clock_.Advance(std::chrono::days(1));
  const auto receipt = ReceiptOf(database(), keys(), "Example Centre",
                                 vault::DestroyedRecord::kCase, 2, AsBytes("CODE"), Now(), Now());
  EXPECT_EQ(receipt.error().code, ErrorCode::kUnavailable);
}

TEST_P(DestructionsTest, OnlySheOrWhoMayDestroysAndOnlyOnce) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto other = NewCaseOf(anna_, bora_);
  const auto destroy = [&](const Actor& who) {
    return Write([&](store::Transaction& transaction) {
      return DestroyCase(transaction, keys(), who, made.id, {}, Now());
    });
  };
  EXPECT_EQ(destroy(As(other.survivor)).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(destroy(As(chul_)).error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(destroy(As(made.survivor)).has_value());
  EXPECT_FALSE(destroy(As(made.survivor)).has_value());
  EXPECT_EQ(destroy(System()).error().code, ErrorCode::kNotFound);
}

TEST_P(DestructionsTest, WhatWasCommittedAndNotWrittenIsWrittenAtTheNextStart) {
  Destroy(NewCaseOf(anna_, bora_));
  EXPECT_THAT(Must(ReadJournal(journal())), IsEmpty());
  Stop();  // killed
  Start();
  Must(CheckReplayed(database(), keys()));
  EXPECT_THAT(Must(ReadJournal(journal())), SizeIs(1));
  EXPECT_THAT(Must(ReadJournal(folder() / "copy" / kJournalFile)), SizeIs(1));
}

TEST_P(DestructionsTest, ALostJournalIsFilledFromItsCopyOrTheDatabase) {
  Destroy(NewCaseOf(anna_, bora_));
  Must(FlushJournal(database(), keys()));
  std::filesystem::remove(journal());
  Must(CheckReplayed(database(), keys()));
  EXPECT_THAT(Must(ReadJournal(journal())), SizeIs(1));
  std::filesystem::remove(journal());
  std::filesystem::remove(folder() / "copy" / kJournalFile);
  Must(CheckReplayed(database(), keys()));
  EXPECT_THAT(Must(ReadJournal(journal())), SizeIs(1));
}

TEST_P(DestructionsTest, ADamagedJournalIsNeverReplayedInPart) {
  Destroy(NewCaseOf(anna_, bora_));
  Destroy(NewCaseOf(anna_, bora_));
  Must(FlushJournal(database(), keys()));
  auto bytes = Must(ReadFile(journal(), 100'000));
  bytes[40] ^= std::byte{1};
  Must(WriteFileAtomically(journal(), bytes));
  const auto refused = ReplayOnRestore(database(), keys(), {}, {}, Now());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("line 2"));
}

JIKIMI_ON_BOTH_DATABASES(DestructionsTest);

}  // namespace
}  // namespace jikimi::access
