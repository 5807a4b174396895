#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "log/entries.h"
#include "log/log_contract.h"
#include "log/pin.h"
#include "log/read_batch.h"

namespace jikimi::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class EntriesTest : public LogContractTest {};

TEST_P(EntriesTest, AnEntryIsThereExactlyWhenItsActIs) {
  const auto failed = database_->Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(log::Append(transaction, CaseEntry("never"), CaseSeals()));
    return Error{ErrorCode::kInterrupted, "no"};
  });
  EXPECT_FALSE(failed.has_value());
  EXPECT_EQ(Count("log_leaf"), 0);
  EXPECT_EQ(Count("log_detail"), 0);
  Append("after");
  EXPECT_THAT(Notes(), ElementsAre("after"));
  EXPECT_EQ(Count("log_leaf"), 1);
  EXPECT_EQ(Count("log_detail"), 2);
}

TEST_P(EntriesTest, SeveralAtOnceKeepTheirDetailsApart) {
  std::vector<SealedEntry> entries;
  std::vector<std::string> notes;
  for (int i = 0; i < 300; ++i) {
    notes.push_back("note " + std::to_string(i));
    entries.push_back(SealedEntry::Seal(CaseEntry(notes.back()), CaseSeals()).value());
  }
  Must(database_->Write(
      [&](store::Transaction& transaction) { return AppendAll(transaction, entries); }));
  EXPECT_THAT(Notes(), testing::UnorderedElementsAreArray(notes));
  Must(database_->Write([&](store::Transaction& transaction) {
    return AppendAll(transaction, std::span<const SealedEntry>());
  }));
}

// One row per entry and none that others touch: an appender that lingers holds nobody up.
TEST_P(EntriesTest, WritersDontWaitForOneAnother) {
  if (sqlite()) return;  // whose writers take turns anyhow
  Must(database_->Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(log::Append(transaction, CaseEntry("began first"), CaseSeals()));
    std::thread other([&] { Append("committed first"); });
    other.join();
    EXPECT_EQ(Number(), 1);
    return {};
  }));
  EXPECT_EQ(Number(), 1);
  EXPECT_EQ(Notes().size(), 2U);
}

TEST_P(EntriesTest, ManyWritersAreNeverInConflict) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        int calls = 0;
        Must(database_->Write([&](store::Transaction& transaction) {
          ++calls;
          return log::Append(transaction, CaseEntry(std::to_string(thread)), CaseSeals());
        }));
        EXPECT_EQ(calls, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Count("log_leaf"), 200);
}

// The rotation of a case, and of the server's keys.
TEST_P(EntriesTest, AfterARotationDetailsAreResealedInBatchesAndFormerKeysOpenNothing) {
  for (int i = 0; i < 7; ++i) Append(std::to_string(i));
  auto former = std::move(case_.pair);
  case_.pair = case_.keyring.Rotate(former).value();
  Append("new");
  EXPECT_THAT(Notes(), ElementsAre("new", "6", "5", "4", "3", "2", "1", "0"));
  const auto reseal = [&](int limit) {
    return Must(database_->Write([&](store::Transaction& transaction) {
      return ResealDetails(transaction, case_.keyring, case_.pair, limit);
    }));
  };
  EXPECT_EQ(reseal(5), 5);
  EXPECT_EQ(reseal(5), 2);
  EXPECT_EQ(reseal(5), 0);
  case_.keyring.DropFormer();
  EXPECT_THAT(Notes(), ElementsAre("new", "6", "5", "4", "3", "2", "1", "0"));
  EXPECT_EQ(store::Number(*database_,
                          "SELECT COUNT(*) FROM log_detail WHERE seal = 'case' AND "
                          "key_version <> 2"),
            0);
  EXPECT_EQ(database_
                ->Write([&](store::Transaction& transaction) {
                  return ResealDetails(transaction, case_.keyring, former, 5);
                })
                .error()
                .code,
            ErrorCode::kPermissionDenied);
}

TEST_P(EntriesTest, ADetailThatWasChangedIsNotResealed) {
  Append("a");
  case_.pair = case_.keyring.Rotate(case_.pair).value();
  Sql("UPDATE log_leaf SET digest = $1", {std::vector<std::byte>(32, std::byte{7})});
  EXPECT_EQ(database_
                ->Write([&](store::Transaction& transaction) {
                  return ResealDetails(transaction, case_.keyring, case_.pair, 5);
                })
                .error()
                .code,
            ErrorCode::kCorrupt);
}

TEST_P(EntriesTest, TheCentresDetailsAreResealedAfterTheServersKeysRotate) {
  AppendMany(5);
  const auto before = server_keys_.current().name().version;
  server_keys_.Rotate();
  AppendMany(1);
  const auto reseal = [&] {
    return Must(database_->Write([&](store::Transaction& transaction) {
      return ResealCentreDetails(transaction, server_keys_, 3);
    }));
  };
  EXPECT_EQ(reseal(), 3);
  EXPECT_EQ(reseal(), 2);
  EXPECT_EQ(reseal(), 0);
  ASSERT_TRUE(server_keys_.RetireBefore(before + 1).has_value());
  const auto page = Must(database_->Read(
      [&](store::Transaction& transaction) { return ReadCentre(transaction, server_keys_, {}); }));
  EXPECT_EQ(page.entries.size(), 6U);
  for (const auto& read : page.entries) EXPECT_TRUE(read.entry.has_value());
}

TEST_P(EntriesTest, DestroyingACaseLeavesItsLeavesAndNothingThatLeadsToThem) {
  auto other = SampleCase();
  for (int i = 0; i < 4; ++i) Append("hers");
  AppendEntry(SampleEntry("case.opened", other.keyring.id(), "another's"),
              EntrySeals::ForCase(other.keyring.public_key(), audit_.public_key()));
  EXPECT_EQ(Number(), 5);
  const auto root = Must(Tree(*database_).Checkpoint());
  const auto destroy = [&] {
    return Must(database_->Write([&](store::Transaction& transaction) {
      return DestroyDetails(transaction, case_.keyring.id(), ActorRef::System(), clock_.Now(),
                            server_keys_);
    }));
  };
  EXPECT_EQ(destroy(), 4);
  EXPECT_TRUE(Page().entries.empty());
  EXPECT_EQ(Count("log_leaf"), 6);  // with the entry that tells of it
  EXPECT_EQ(store::Number(*database_, "SELECT COUNT(*) FROM log_detail WHERE case_id = $1",
                          {std::span<const std::byte>(case_.keyring.id().bytes())}),
            0);
  EXPECT_EQ(store::Number(*database_, "SELECT COUNT(*) FROM log_detail"), 3);
  EXPECT_EQ(destroy(), 0);
  EXPECT_EQ(Count("log_leaf"), 6);
  EXPECT_EQ(Must(Tree(*database_).Checkpoint()), root);
  const auto centre = Must(database_->Read(
      [&](store::Transaction& transaction) { return ReadCentre(transaction, server_keys_, {}); }));
  ASSERT_EQ(centre.entries.size(), 1U);
  EXPECT_EQ(centre.entries[0].entry->kind, EntryKind("log.details_destroyed"));
  EXPECT_EQ(centre.entries[0].entry->fields[0].text, "4");
}

TEST_P(EntriesTest, NoLeafHasAColumnThatNamesACase) {
  Append("a");
  const auto rows = store::Rows(*database_, "SELECT * FROM log_leaf");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].size(), 4U);  // id, digest, number, details_gone
}

class PinTest : public LogContractTest {
 protected:
  Result<void> PinKey(const vault::PersonPublicKey& key) {
    return database_->Write([&](store::Transaction& transaction) {
      return Pin(transaction, key, ActorRef::Staff("administrator", "A-1"), clock_.Now(),
                 server_keys_);
    });
  }
  Result<vault::PinnedPersonKey> Check(const vault::PersonPublicKey& key) {
    return database_->Read([&](store::Transaction& transaction) {
      return CheckPinned(transaction, key, server_keys_);
    });
  }

  const vault::PersonId id_ = vault::PersonId::Random();
  const vault::PersonPublicKey key_ = vault::PersonKeyPair::Generate({id_, 1}).public_key();
};

TEST_P(PinTest, APinnedKeyIsFoundAndAnotherIsRefused) {
  EXPECT_EQ(Check(key_).error().code, ErrorCode::kNotFound);
  Must(PinKey(key_));
  EXPECT_EQ(Must(Check(key_)).key(), key_);
  const auto slipped_in = vault::PersonKeyPair::Generate({id_, 1}).public_key();
  EXPECT_EQ(Check(slipped_in).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(PinKey(slipped_in).error().code, ErrorCode::kAlreadyExists);
}

TEST_P(PinTest, ALaterKeyTakesThePlaceOfTheFormer) {
  Must(PinKey(key_));
  const auto later = vault::PersonKeyPair::Generate({id_, 2}).public_key();
  EXPECT_EQ(Check(later).error().code, ErrorCode::kNotFound);
  Must(PinKey(later));
  EXPECT_TRUE(Check(later).has_value());
  EXPECT_EQ(Check(key_).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(PinKey(key_).error().code, ErrorCode::kAlreadyExists);
}

// Who writes to the database, without the server's keys, gets no key of his pinned.
TEST_P(PinTest, APinWrittenPastTheLogIsCorrupt) {
  Must(PinKey(key_));
  const auto evil = vault::PersonKeyPair::Generate({id_, 1}).public_key();
  const auto digest = evil.Pin().digest;
  Sql("UPDATE log_pin SET digest = $1", {std::span<const std::byte>(digest)});
  EXPECT_EQ(Check(evil).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(Check(key_).error().code, ErrorCode::kCorrupt);
  // Not with the entry of another key either.
  const auto mallory = vault::PersonKeyPair::Generate({vault::PersonId::Random(), 1}).public_key();
  Must(PinKey(mallory));
  Sql("UPDATE log_pin SET entry = (SELECT MAX(entry) FROM log_pin)");
  EXPECT_EQ(Check(evil).error().code, ErrorCode::kCorrupt);
  Sql("DELETE FROM log_detail");
  EXPECT_EQ(Check(mallory).error().code, ErrorCode::kCorrupt);
}

TEST_P(PinTest, KindsOfKeysArePinnedApart) {
  Must(PinKey(key_));
  const vault::TeamPublicKey team({vault::TeamId(id_.bytes()), 1}, key_.half());
  EXPECT_EQ(database_
                ->Read([&](store::Transaction& transaction) {
                  return CheckPinned(transaction, team, server_keys_);
                })
                .error()
                .code,
            ErrorCode::kNotFound);
}

class ReadBatchTest : public LogContractTest {};

TEST_P(ReadBatchTest, ReadsOfManyThreadsAreDurableWhenAnswered) {
  store::GroupCommit commits(*database_);
  ReadBatch reads(commits);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 10; ++i) {
        Must(reads.Record(CaseEntry(std::to_string(thread)), CaseSeals()));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Notes().size(), 80U);
  EXPECT_LT(commits.counts().transactions, 80U);
}

TEST_P(ReadBatchTest, AReadThatMayNotBeIsNotRecorded) {
  store::GroupCommit commits(*database_);
  ReadBatch reads(commits);
  const auto refused = reads.Record(CaseEntry("no"), CaseSeals(), [](store::Transaction&) {
    return Result<void>(Error{ErrorCode::kPermissionDenied, "the session is over"});
  });
  EXPECT_EQ(refused.error().message, "the session is over");
  EXPECT_EQ(Count("log_leaf"), 0);
  EXPECT_EQ(reads.Record(CaseEntry("\xff"), CaseSeals()).error().code, ErrorCode::kInvalidArgument);
}

JIKIMI_ON_BOTH_DATABASES(EntriesTest);
JIKIMI_ON_BOTH_DATABASES(PinTest);
JIKIMI_ON_BOTH_DATABASES(ReadBatchTest);

}  // namespace
}  // namespace jikimi::log
