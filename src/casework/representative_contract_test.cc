#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/consent.h"
#include "access/representatives.h"
#include "casework/contact.h"
#include "casework/party.h"
#include "casework/representative.h"
#include "casework/survivor_page.h"
#include "casework/test_desk.h"
#include "casework/withdrawal.h"

namespace jikimi::casework {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RepresentativeTest : public CaseworkTest {
 protected:
  void SetUp() override {
    CaseworkTest::SetUp();
    taken_ = OpenCaseOf(SomeReport());
    of_ = taken_.of;
  }
  PartyId Add(PartyRole role, const Sheet& sheet) {
    return Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddParty(transaction, desk, of_, {role, false, sheet});
    }));
  }
  // A survivor of this age today and somebody for her, with the papers that they need.
  PartyId Someone(PartyRole role, int age) {
    birth_ = YearsAfter(std::chrono::floor<std::chrono::days>(Now()), -age);
    Add(PartyRole::kSurvivor, {{"name", "한지우"}, {"birth_date", DayText(birth_)}});
    const PartyId id = Add(role, {{"name", "한가온"}});
    const std::vector<std::string> papers =
        role == PartyRole::kGuardian
            ? std::vector<std::string>{"requester_id", "relationship_proof"}
            : std::vector<std::string>{"requester_id", "power_of_attorney", "survivor_id"};
    for (const std::string& paper : papers) Check(id, paper);
    return id;
  }
  void Check(PartyId id, const std::string& paper) {
    const std::int64_t revision = Find(id).revision;
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return CheckPaper(transaction, desk, id, revision, paper);
    }));
  }
  Party Find(PartyId id) {
    for (Party& party : Must(Do(anna_, [&](store::Transaction&transaction, const Desk&desk) {
           return ReadParties(transaction, desk, of_);
         }))) {
      if (party.id == id) return std::move(party);
    }
    throw std::runtime_error("no such party");
  }
  Result<std::string> Issue(PartyId id) {
    const auto code = TRY(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return IssueCode(transaction, desk, id);
    }));
    const auto text = code.ToText();
    return std::string(reinterpret_cast<const char*>(text.bytes().data()), text.size());
  }
  Result<access::SurvivorIn> EnterWith(const std::string& code, const std::string& word = "") {
    access::SurvivorDoor door(database(), keys(), roles_, clock_, gate_, {});
    return word.empty() ? door.Enter(code, sources_.Local())
                        : door.EnterWithWord(code, word, sources_.Local());
  }
  access::SurvivorIn Choose(const std::string& code) {
    access::SurvivorDoor door(database(), keys(), roles_, clock_, gate_, {});
    return Must(door.ChooseWords(code, "", {"느티나무", "갈대"}, sources_.Local()));
  }
  Result<SurvivorPage> Page(const access::Actor& who) {
    return Do(who, [](store::Transaction& transaction, const Desk& desk) {
      return ReadSurvivorPage(transaction, desk);
    });
  }
  Result<void> MayConsent(const access::Actor& who) {
    return Do(who, [](store::Transaction& transaction, const Desk& desk) {
      return CheckOwnRight(transaction, desk, Right::kConsent);
    });
  }
  Result<WithdrawalAnswer> WithdrawAs(const access::Actor& who) {
    return Do(who, [&](store::Transaction& transaction, const Desk& desk) {
      return Withdraw(transaction, desk, of_, Withdrawal::kSharing, Confirmed::kNo);
    });
  }
  std::vector<std::string> HerLog(const access::Actor& who) {
    std::vector<std::string> said;
    for (const AccessLine& line : Must(Do(who, [](store::Transaction&transaction, const Desk&desk) {
           return ReadAccessLog(transaction, desk, 200);
         }))) {
      said.push_back(line.who + ": " + line.en);
    }
    return said;
  }
  std::int64_t EndDue() { return Must(access::EndRepresentativesDue(database(), keys(), Now())); }

  TakenReport taken_;
  vault::CaseId of_;
  CivilDay birth_;
};

TEST_P(RepresentativeTest, ThereIsNoCodeBeforeThePapersWereCheckedNorForOthers) {
  birth_ = YearsAfter(std::chrono::floor<std::chrono::days>(Now()), -10);
  const PartyId guardian = Add(PartyRole::kGuardian, {{"name", "한가온"}});
  EXPECT_EQ(CodeOf(Issue(guardian)), ErrorCode::kPermissionDenied) << "her age isn't known";
  Add(PartyRole::kSurvivor, {{"name", "한지우"}, {"birth_date", DayText(birth_)}});
  Check(guardian, "requester_id");
  const auto refused = Issue(guardian);
  EXPECT_EQ(CodeOf(refused), ErrorCode::kPermissionDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("relationship_proof"));
  for (const PartyRole role : {PartyRole::kFamily, PartyRole::kFriend, PartyRole::kSuspect}) {
    EXPECT_EQ(CodeOf(Issue(Add(role, {{"name", "남모를"}}))), ErrorCode::kPermissionDenied);
  }
  Check(guardian, "relationship_proof");
  EXPECT_TRUE(Issue(guardian).has_value());
  EXPECT_EQ(CodeOf(Issue(guardian)), ErrorCode::kAlreadyExists);
  EXPECT_EQ(Find(guardian).code_issued_at, Now());
}

TEST_P(RepresentativeTest, AChildsGuardianSeesConsentsAndWithdrawsAndSheSeesIt) {
  const std::string code = Must(Issue(Someone(PartyRole::kGuardian, 10)));
  const auto bare = Must(EnterWith(code));
  EXPECT_EQ(CodeOf(Page(bare.actor)), ErrorCode::kPermissionDenied);
  const auto in = Choose(code);
  EXPECT_EQ(in.actor.Describe(), "guardian");
  EXPECT_EQ(Must(Page(in.actor)).items, 1);
  Must(MayConsent(in.actor));
  Must(WithdrawAs(in.actor));
  const auto back = Must(EnterWith(code, "느티나무"));
  Must(Page(back.actor));
  const auto hers = Enter(taken_);
  Must(Page(hers.actor));
  const auto said = HerLog(hers.actor);
  const std::string anna = "counsellor " + std::to_string(anna_.number);
  EXPECT_THAT(said,
              Contains(anna + ": A code of their own was issued to a guardian or proxy of yours."));
  EXPECT_THAT(said, Contains("guardian: A guardian or proxy chose their words."));
  EXPECT_THAT(said, Contains("guardian: A guardian or proxy signed in."));
  EXPECT_THAT(said, Contains("guardian: Your case was looked at."));
  EXPECT_THAT(said, Contains("guardian: A withdrawal was asked for."));
}

TEST_P(RepresentativeTest, WhatIsHersAloneNobodyDoesForHer) {
  const auto in = Choose(Must(Issue(Someone(PartyRole::kGuardian, 10))));
  Must(WithdrawAs(in.actor));
  const auto refused = {CodeOf(Do(in.actor,
                                  [&](store::Transaction& transaction, const Desk& desk) {
                                    return TakeBack(transaction, desk, of_, Withdrawal::kNone);
                                  })),
                        CodeOf(Do(in.actor,
                                  [&](store::Transaction& transaction, const Desk& desk) {
                                    return SetContactPlan(transaction, desk, of_, {});
                                  })),
                        CodeOf(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
                          return ReadContactPlan(transaction, desk, of_);
                        }))};
  for (const ErrorCode code : refused) EXPECT_EQ(code, ErrorCode::kPermissionDenied);
}

TEST_P(RepresentativeTest, RightsFollowHerAgeAndTheCodeEndsWithTheLast) {
  const std::string code = Must(Issue(Someone(PartyRole::kGuardian, 13)));
  Choose(code);
  clock_.Set(Timestamp(YearsAfter(birth_, 14)) - std::chrono::seconds(1));
  Must(Page(Must(EnterWith(code, "느티나무")).actor));
  clock_.Advance(std::chrono::seconds(1));
  const auto at_14 = Must(EnterWith(code, "느티나무"));
  EXPECT_EQ(CodeOf(Page(at_14.actor)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(WithdrawAs(at_14.actor)), ErrorCode::kPermissionDenied);
  Must(MayConsent(at_14.actor));
  clock_.Set(Timestamp(YearsAfter(birth_, 19)) - std::chrono::seconds(1));
  const auto last = Must(EnterWith(code, "느티나무"));
  EXPECT_EQ(EndDue(), 0);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(CodeOf(MayConsent(last.actor)), ErrorCode::kPermissionDenied);
  const auto over = EnterWith(code);
  const auto unknown = EnterWith("0000-0000-0000-0000-0000-0000-0000-0");
  EXPECT_EQ(CodeOf(over), CodeOf(unknown));
  EXPECT_EQ(over.error().message, unknown.error().message);
  EXPECT_EQ(EndDue(), 1);
  EXPECT_EQ(EndDue(), 0);
  EXPECT_EQ(CountOf("access_representative"), 0);
  EXPECT_THAT(Must(Open(As(anna_), of_)).keyring().representatives(), IsEmpty());
  EXPECT_THAT(LogOf(anna_, of_), Contains("representative.code_ended"));
}

TEST_P(RepresentativeTest, AnAdultsProxyConsentsAndWithdrawsAndSeesNothing) {
  const auto in = Choose(Must(Issue(Someone(PartyRole::kProxy, 30))));
  EXPECT_EQ(CodeOf(Page(in.actor)), ErrorCode::kPermissionDenied);
  const auto given = Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return access::GiveConsent(
        transaction, keys(), desk.who, of_,
        {"kr.police", "investigation", {"items.urls"}, Now(), Now() + std::chrono::hours(9)},
        access::ConsentGiven::kByProxy, Now());
  });
  EXPECT_TRUE(given.has_value());
  EXPECT_EQ(CodeOf(Do(in.actor,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return access::GiveConsent(transaction, keys(), desk.who, of_,
                                                   {"kr.police",
                                                    "investigation",
                                                    {"items.urls"},
                                                    Now(),
                                                    Now() + std::chrono::hours(9)},
                                                   access::ConsentGiven::kBySurvivor, Now());
                      })),
            ErrorCode::kInvalidArgument)
      << "not in her name";
  EXPECT_EQ(Must(WithdrawAs(in.actor)).consents_ended, 1);
}

TEST_P(RepresentativeTest, WhoBecomesSuspectedLosesTheCodeAtOnce) {
  const PartyId guardian = Someone(PartyRole::kGuardian, 10);
  const std::string code = Must(Issue(guardian));
  const auto in = Choose(code);
  const std::int64_t revision = Find(guardian).revision;
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetParty(transaction, desk, guardian, revision,
                    {PartyRole::kGuardian, true, {{"name", "한가온"}}});
  }));
  EXPECT_EQ(CodeOf(Page(in.actor)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(EnterWith(code)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Issue(guardian)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Find(guardian).code_issued_at, std::nullopt);
  EXPECT_EQ(Find(guardian).sheet.Get("name"), "한가온");
}

TEST_P(RepresentativeTest, EndingItRotatesTheCaseAndLeavesHerOwnCode) {
  const PartyId guardian = Someone(PartyRole::kGuardian, 10);
  const std::string code = Must(Issue(guardian));
  const auto in = Choose(code);
  const auto end = [&] {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) -> Result<void> {
      TRY(EndCode(transaction, desk, guardian));
      return {};
    });
  };
  const auto before = Must(Open(As(anna_), of_)).public_key();
  Must(end());
  EXPECT_NE(Must(Open(As(anna_), of_)).public_key(), before);
  EXPECT_EQ(CodeOf(end()), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(Page(in.actor)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(EnterWith(code, "느티나무")), ErrorCode::kPermissionDenied);
  Must(Page(Enter(taken_).actor));
  EXPECT_TRUE(Issue(guardian).has_value()) << "a new one may follow";
}

TEST_P(RepresentativeTest, OnlyWhoMayAndHasTheCaseIssuesOne) {
  const PartyId guardian = Someone(PartyRole::kGuardian, 10);
  const Staff officer = Member(Role::kRemovalOfficer);
  for (const Staff* staff : std::initializer_list<const Staff*>{&chul_, &officer}) {
    EXPECT_EQ(CodeOf(Do(*staff,
                        [&](store::Transaction& transaction, const Desk& desk) {
                          return IssueCode(transaction, desk, guardian);
                        })),
              ErrorCode::kPermissionDenied);
  }
}

TEST_P(RepresentativeTest, ADestroyedCaseLeavesNoCode) {
  const std::string code = Must(Issue(Someone(PartyRole::kGuardian, 10)));
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kDestroy, Confirmed::kOverSafeContact);
  }));
  Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
    return DestroyCase(transaction, desk, of_, {});
  }));
  EXPECT_EQ(CountOf("access_representative"), 0);
  EXPECT_EQ(CodeOf(EnterWith(code)), ErrorCode::kPermissionDenied);
}

TEST_P(RepresentativeTest, ARestoredBackupBringsAnEndedCodeNotBack) {
  const PartyId guardian = Someone(PartyRole::kGuardian, 10);
  const std::string code = Must(Issue(guardian));
  Choose(code);
  // The row and the keyring as a backup of this moment has them.
  struct Kept {
    std::string table, columns;
  };
  const Kept kept[] = {
      {"access_representative",
       "representative_id BYTEA, case_id BYTEA, party_id BYTEA, role TEXT, locator TEXT, lock "
       "BYTEA, key_version BIGINT, issued_at TIMESTAMPTZ, sealed_end BYTEA, end_key BIGINT"},
      {"access_case_key",
       "case_id BYTEA, public_key BYTEA, revision BIGINT, epoch BIGINT, escrow_version BIGINT, "
       "team_id BYTEA, team_version BIGINT, reseal_since TIMESTAMPTZ, rotation_due BIGINT, "
       "keyring BYTEA"}};
  for (const Kept& one : kept) {
    Must(store::Do(database(), "CREATE TABLE saved_" + one.table + " (" + one.columns + ")"));
    Must(store::Do(database(), "INSERT INTO saved_" + one.table + " SELECT * FROM " + one.table));
  }
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) -> Result<void> {
    TRY(EndCode(transaction, desk, guardian));
    return {};
  }));
  Must(access::FlushJournal(database(), keys()));
  for (const Kept& one : kept) {
    Must(store::Do(database(), "DELETE FROM " + one.table));
    Must(store::Do(database(), "INSERT INTO " + one.table + " SELECT * FROM saved_" + one.table));
  }
  Must(store::Do(database(), "DELETE FROM access_gone"));
  EXPECT_TRUE(EnterWith(code, "느티나무").has_value()) << "as the backup has it";
  Must(access::ReplayOnRestore(
      database(), keys(), {}, [](store::Transaction&, vault::PersonId) { return Result<void>(); },
      Now()));
  EXPECT_EQ(CodeOf(EnterWith(code, "느티나무")), ErrorCode::kPermissionDenied);
  EXPECT_THAT(Must(Open(As(anna_), of_)).keyring().representatives(), IsEmpty());
}

JIKIMI_ON_BOTH_DATABASES(RepresentativeTest);

}  // namespace
}  // namespace jikimi::casework
