#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/log_contract.h"
#include "log/reader.h"

namespace jikimi::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReaderTest : public LogContractTest {};

TEST_P(ReaderTest, PagesGoFromTheNewestToTheOldestWithoutGapsOrRepeats) {
  for (int i = 0; i < 10; ++i) Append(std::to_string(i));
  Number();
  std::vector<std::string> seen;
  std::optional<EntryCursor> before;
  int pages = 0;
  do {
    const auto page = Page({before, 3});
    EXPECT_LE(page.entries.size(), 3U);
    for (const auto& read : page.entries) seen.push_back(read.entry->fields[0].text);
    before = page.next;
    ++pages;
    Append("later");  // what comes while she reads doesn't shift the pages
  } while (before);
  EXPECT_EQ(pages, 4);
  EXPECT_THAT(seen, ElementsAre("9", "8", "7", "6", "5", "4", "3", "2", "1", "0"));
}

TEST_P(ReaderTest, APageThatEndsWithTheLogHasNoNext) {
  for (int i = 0; i < 3; ++i) Append(std::to_string(i));
  EXPECT_FALSE(Page({{}, 3}).next.has_value());
  EXPECT_TRUE(Page({{}, 2}).next.has_value());
  EXPECT_TRUE(Page({EntryCursor{1}, 2}).entries.empty());
  for (const int limit : {0, -1, 501}) {
    EXPECT_EQ(database_
                  ->Read([&](store::Transaction& transaction) {
                    return ReadCase(transaction, case_.keyring, case_.pair, {{}, limit});
                  })
                  .error()
                  .code,
              ErrorCode::kInvalidArgument);
  }
}

TEST_P(ReaderTest, AnEntryTellsWhoByRoleAndNumberWhenAndInPlainWords) {
  Append("a");
  const auto unnumbered = Page().entries.at(0);
  EXPECT_FALSE(unnumbered.number.has_value());
  Number();
  const auto read = Page().entries.at(0);
  EXPECT_EQ(read.number, 0U);
  ASSERT_TRUE(read.entry.has_value());
  EXPECT_EQ(read.entry->actor, ActorRef::Staff("counsellor", "C-017"));
  EXPECT_EQ(read.entry->at, kSampleDay);
  EXPECT_EQ(read.entry->kind.Words(Language::kEnglish), "Your case was looked at.");
  EXPECT_EQ(read.entry->kind.Words(Language::kKorean), "사건을 열람했습니다.");
  // What she reads is what the tree has.
  const auto proof = Must(Tree(*database_).Prove(*read.number));
  EXPECT_TRUE(proof.Verify(read.digest.Leaf(), signer_.verifier()).has_value());
}

TEST_P(ReaderTest, OtherCasesEntriesAreNotShownAndOtherKeysOpenNothing) {
  Append("hers");
  auto other = SampleCase();
  const auto page = [&](const vault::CaseKeyring& keyring, const vault::CaseKeyPair& pair) {
    return database_->Read(
        [&](store::Transaction& transaction) { return ReadCase(transaction, keyring, pair, {}); });
  };
  EXPECT_TRUE(Must(page(other.keyring, other.pair)).entries.empty());
  EXPECT_EQ(page(case_.keyring, other.pair).error().code, ErrorCode::kPermissionDenied);
}

TEST_P(ReaderTest, ADetailThatWasTamperedWithIsSaidAndTheOthersAreStillRead) {
  for (const char* note : {"a", "b", "c"}) Append(note);
  Number();
  const auto expect_middle_broken = [&](std::string_view tampering) {
    const auto page = Page();
    ASSERT_EQ(page.entries.size(), 3U);
    EXPECT_TRUE(page.entries[0].entry.has_value()) << tampering;
    EXPECT_FALSE(page.entries[1].entry.has_value()) << tampering;
    ASSERT_TRUE(page.entries[1].problem.has_value()) << tampering;
    EXPECT_TRUE(page.entries[2].entry.has_value()) << tampering;
  };
  const auto rows = store::Rows(
      *database_, "SELECT sealed, entry FROM log_detail WHERE seal = 'case' ORDER BY entry");
  const auto sealed = Must(rows[1].Get<std::vector<std::byte>>(0));
  const auto other = Must(rows[0].Get<std::vector<std::byte>>(0));
  const auto id = Must(rows[1].Get<std::int64_t>(1));
  const auto put = [&](const std::vector<std::byte>& bytes) {
    Sql("UPDATE log_detail SET sealed = $1 WHERE seal = 'case' AND entry = $2", {bytes, id});
  };
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= std::byte{4};
    put(changed);
    expect_middle_broken("a flipped byte " + std::to_string(i));
  }
  put(other);
  expect_middle_broken("another entry's detail");
  put({});
  expect_middle_broken("no bytes");
  put(sealed);
  const auto digest =
      Must(store::Rows(*database_, "SELECT digest FROM log_leaf WHERE id = $1", {id})[0]
               .Get<std::vector<std::byte>>(0));
  Sql("UPDATE log_leaf SET digest = $1 WHERE id = $2",
      {std::vector<std::byte>(32, std::byte{1}), id});
  expect_middle_broken("another leaf");
  Sql("UPDATE log_leaf SET digest = $1 WHERE id = $2", {std::vector<std::byte>(31), id});
  expect_middle_broken("a leaf of 31 bytes");
  Sql("UPDATE log_leaf SET digest = $1 WHERE id = $2", {digest, id});
  EXPECT_TRUE(Page().entries[1].entry.has_value());
  Sql("UPDATE log_tile SET hashes = $1", {std::vector<std::byte>(96)});
  EXPECT_THAT(Page().entries[1].problem->message, HasSubstr("is not the leaf that stands in"));
  Sql("DELETE FROM log_tile");
  EXPECT_FALSE(Page().entries[1].entry.has_value());
  Sql("DELETE FROM log_leaf WHERE id = $1", {id});
  EXPECT_THAT(Page().entries[1].problem->message, HasSubstr("its leaf is gone"));
}

TEST_P(ReaderTest, AnEntryMovedToAnotherCaseDoesNotOpenThere) {
  Append("hers");
  auto other = SampleCase();
  Sql("UPDATE log_detail SET case_id = $1",
      {std::span<const std::byte>(other.keyring.id().bytes())});
  const auto page = Must(database_->Read([&](store::Transaction& transaction) {
    return ReadCase(transaction, other.keyring, other.pair, {});
  }));
  ASSERT_EQ(page.entries.size(), 1U);
  EXPECT_FALSE(page.entries[0].entry.has_value());
}

TEST_P(ReaderTest, TheAuditKeyShowsWhatStaffDidInAllCasesAndNothingElse) {
  auto other = SampleCase();
  Append("one");
  auto own = CaseEntry("her own");
  own.actor = ActorRef::Survivor();
  AppendEntry(own, CaseSeals());
  AppendEntry(SampleEntry("file.read", other.keyring.id(), "two"),
              EntrySeals::ForCase(other.keyring.public_key(), audit_.public_key()));
  AppendMany(1);
  const auto read = [&](const vault::AuditKeyPair& audit) {
    return Must(database_->Read([&](store::Transaction& transaction) {
      return ReadStaffAccess(transaction, std::span(&audit, 1), {});
    }));
  };
  const auto page = read(audit_);
  ASSERT_EQ(page.entries.size(), 2U);
  EXPECT_EQ(page.entries[0].entry->fields[0].text, "two");
  EXPECT_EQ(page.entries[0].entry->case_id, other.keyring.id());
  EXPECT_EQ(page.entries[1].entry->fields[0].text, "one");
  for (const auto& entry : read(SampleAudit()).entries) {
    EXPECT_EQ(entry.problem->code, ErrorCode::kPermissionDenied);
  }
}

JIKIMI_ON_BOTH_DATABASES(ReaderTest);

}  // namespace
}  // namespace jikimi::log
