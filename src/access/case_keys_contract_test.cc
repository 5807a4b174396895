#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "access/act_log.h"
#include "access/case_keys.h"
#include "access/key_centre.h"
#include "base/bytes.h"
#include "log/reader.h"
#include "vault/sealed.h"

namespace jikimi::access {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<vault::PersonId> PersonsOf(const std::vector<CaseGrant>& grants) {
  std::vector<vault::PersonId> persons;
  for (const auto& grant : grants) persons.push_back(grant.person);
  return persons;
}

class CaseKeysTest : public KeyCentreTest {
 protected:
  void SetUp() override {
    KeyCentreTest::SetUp();
    anna_ = AddStaff(Role::kCounsellor, team_);
    bora_ = AddStaff(Role::kCounsellor, team_);
    chul_ = AddStaff(Role::kCounsellor, team_);
  }
  std::vector<vault::PersonId> GrantedOf(vault::CaseId id) {
    return PersonsOf(
        Must(Write([&](store::Transaction& transaction) { return GrantsOf(transaction, id); })));
  }
  std::vector<vault::CaseId> DueFor(const Staff& staff) {
    return Must(Write(
        [&](store::Transaction& transaction) { return CasesToReseal(transaction, staff.id, 10); }));
  }
  // Opens as `who` and changes, in one transaction.
  template <typename Work>
  Result<void> Change(const Actor& who, vault::CaseId id, Work&& change) {
    return Write([&](store::Transaction& transaction) -> Result<void> {
      auto opened = TRY(OpenCase(transaction, keys(), who, id));
      return change(transaction, opened);
    });
  }
  Result<void> GrantTo(const Actor& who, vault::CaseId id, vault::PersonId person) {
    return Change(who, id, [&](store::Transaction& transaction, OpenedCase& opened) {
      return Grant(transaction, keys(), who, opened, person, Now());
    });
  }
  Result<void> RevokeFrom(const Actor& who, vault::CaseId id, vault::PersonId person) {
    return Change(who, id, [&](store::Transaction& transaction, OpenedCase& opened) {
      return Revoke(transaction, keys(), who, opened, person, Now());
    });
  }

  Staff anna_;
  Staff bora_;
  Staff chul_;
};

TEST_P(CaseKeysTest, OpensForGranteesAndHerAndNobodyElse) {
  const auto made = NewCaseOf(anna_, bora_);
  EXPECT_TRUE(Open(As(anna_), made.id).has_value());
  EXPECT_TRUE(Open(As(bora_), made.id).has_value());
  EXPECT_TRUE(Open(As(made.survivor), made.id).has_value());
  EXPECT_EQ(Open(As(chul_), made.id).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Open(As(*supervisor_), made.id).error().code, ErrorCode::kPermissionDenied);
  const auto other = NewCaseOf(anna_, bora_);
  EXPECT_EQ(Open(As(other.survivor), made.id).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Open(As(anna_), vault::CaseId::Random()).error().code, ErrorCode::kNotFound);
}

TEST_P(CaseKeysTest, AnAdministratorWithAGrantStillReadsNothing) {
  const auto administrator = AddStaff(Role::kAdministrator);
  const auto made = NewCaseOf(anna_, administrator);
  EXPECT_EQ(Open(As(administrator), made.id).error().code, ErrorCode::kPermissionDenied);
}

TEST_P(CaseKeysTest, GrantsStandInTheKeyringAndInTheListsAlike) {
  const auto made = NewCaseOf(anna_, bora_);
  EXPECT_THAT(GrantedOf(made.id), UnorderedElementsAre(anna_.id, bora_.id));
  Must(GrantTo(As(anna_), made.id, chul_.id));
  EXPECT_THAT(GrantedOf(made.id), UnorderedElementsAre(anna_.id, bora_.id, chul_.id));
  EXPECT_TRUE(Open(As(chul_), made.id).has_value());
  EXPECT_EQ(GrantTo(As(anna_), made.id, chul_.id).error().code, ErrorCode::kAlreadyExists);
  const auto of_chul = Must(Write([&](store::Transaction& transaction) {
    return CasesOf(transaction, chul_.id, std::nullopt, 10);
  }));
  EXPECT_THAT(of_chul, ElementsAre(made.id));

  Must(RevokeFrom(As(anna_), made.id, chul_.id));
  EXPECT_THAT(GrantedOf(made.id), UnorderedElementsAre(anna_.id, bora_.id));
  EXPECT_EQ(Open(As(chul_), made.id).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(RevokeFrom(As(anna_), made.id, bora_.id).error().code, ErrorCode::kPermissionDenied)
      << "two are left at least";
}

TEST_P(CaseKeysTest, AKeyThatIsNotPinnedIsNeverGranted) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto slipped_in = vault::PersonKeyPair::Generate({chul_.id, 1});
  Must(store::Do(database(), "UPDATE access_person SET public_key = $1 WHERE number = $2",
                 {slipped_in.public_key().ToBytes(), chul_.number}));
  EXPECT_EQ(GrantTo(As(anna_), made.id, chul_.id).error().code, ErrorCode::kPermissionDenied);
}

TEST_P(CaseKeysTest, AReportOpensForTheTeamUntilTwoHaveIt) {
  const auto report = NewReport(team_);
  EXPECT_TRUE(Open(As(*supervisor_), report.id).has_value());
  EXPECT_EQ(Open(As(anna_), report.id).error().code, ErrorCode::kPermissionDenied)
      << "in the team by name, but not given its pair";
  Must(GrantTo(As(*supervisor_), report.id, anna_.id));
  const auto release = [&] {
    return Change(As(*supervisor_), report.id,
                  [&](store::Transaction& transaction, OpenedCase& opened) {
                    return ReleaseTeam(transaction, keys(), As(*supervisor_), opened, Now());
                  });
  };
  EXPECT_EQ(release().error().code, ErrorCode::kPermissionDenied) << "one has it";
  Must(GrantTo(As(*supervisor_), report.id, bora_.id));
  Must(release());
  EXPECT_EQ(Open(As(*supervisor_), report.id).error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Open(As(anna_), report.id).has_value());
  EXPECT_TRUE(Open(As(report.survivor), report.id).has_value());
}

TEST_P(CaseKeysTest, ItemsAndFilesAreAddedWithoutAnybodysSecret) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto item = vault::ItemId::Random();
  const auto file = vault::FileId::Random();
  const auto [item_key, file_key] =
      Must(Write([&](store::Transaction& transaction)
                     -> Result<std::pair<std::vector<std::byte>, std::vector<std::byte>>> {
        const auto key = TRY(AddItem(transaction, keys(), made.id, item, Now()));
        const auto content = TRY(AddFile(transaction, keys(), made.id, key, file, Now()));
        return std::pair(std::vector(key.bytes().begin(), key.bytes().end()),
                         std::vector(content.bytes().begin(), content.bytes().end()));
      }));
  const auto opened = Must(Open(As(anna_), made.id));
  EXPECT_THAT(Must(opened.OpenItem(item)).bytes(), testing::ElementsAreArray(item_key));
  EXPECT_THAT(Must(opened.OpenFile(item, file)).bytes(), testing::ElementsAreArray(file_key));
}

TEST_P(CaseKeysTest, WhoChangesAnOlderKeyringDoesItAgain) {
  const auto made = NewCaseOf(anna_, bora_);
  auto stale = Must(Open(As(anna_), made.id));
  Must(GrantTo(As(anna_), made.id, chul_.id));
  const auto refused = Write([&](store::Transaction& transaction) {
    return Grant(transaction, keys(), As(anna_), stale, supervisor_->id, Now());
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(GrantedOf(made.id), UnorderedElementsAre(anna_.id, bora_.id, chul_.id));
}

TEST_P(CaseKeysTest, ManyAtOnceLoseNoChange) {
  const auto made = NewCaseOf(anna_, bora_);
  constexpr int kEach = 5;
  const auto add = [&] {
    for (int i = 0; i < kEach; ++i) {
      Must(Write([&](store::Transaction& transaction) {
        return AddItem(transaction, keys(), made.id, vault::ItemId::Random(), Now());
      }));
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(add);
  threads.clear();
  EXPECT_EQ(Must(Open(As(anna_), made.id)).keyring().items().size(), 1u + 4 * kEach);
}

TEST_P(CaseKeysTest, AKeyringThatWasChangedOrMovedDoesNotOpen) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto other = NewCaseOf(anna_, bora_);
  const std::span<const std::byte> id = made.id.bytes();
  const std::span<const std::byte> other_id = other.id.bytes();
  Must(store::Do(database(),
                 "UPDATE access_case_key SET keyring = (SELECT o.keyring FROM access_case_key o "
                 "WHERE o.case_id = $2) WHERE case_id = $1",
                 {id, other_id}));
  EXPECT_EQ(Open(As(anna_), made.id).error().code, ErrorCode::kCorrupt);
  Must(store::Do(database(), "UPDATE access_case_key SET public_key = $2 WHERE case_id = $1",
                 {other_id, vault::CaseKeyPair::Generate({other.id, 1}).public_key().ToBytes()}));
  const auto key = Write(
      [&](store::Transaction& transaction) { return FindCaseKey(transaction, keys(), other.id); });
  EXPECT_EQ(key.error().code, ErrorCode::kCorrupt) << "a public half that was slipped in";
}

// A stand-in for a room's table of fields: what is sealed to a case, in memory.
class Fields {
 public:
  explicit Fields(const OpenedCase& opened, int count) {
    for (int i = 0; i < count; ++i) {
      sealed_.push_back(Must(vault::Seal(opened.public_key(), Context(opened.id(), i),
                                         AsBytes("field " + std::to_string(i)))));
    }
  }
  static vault::Context Context(vault::CaseId id, int number) {
    return {vault::Purpose::kField, id, {}, "test", static_cast<std::uint64_t>(number)};
  }
  CaseField AsField() {
    return {
        "test",
        [this](store::Transaction&, const OpenedCase& opened, int limit) -> Result<std::int64_t> {
          std::int64_t done = 0;
          for (int i = 0; i < std::ssize(sealed_) && done < limit; ++i) {
            auto& sealed = sealed_[static_cast<std::size_t>(i)];
            if (sealed.key_version() == opened.pair().name().version) continue;
            const auto context = Context(opened.id(), i);
            const auto plain = TRY(opened.OpenField(context, sealed));
            sealed = TRY(vault::Seal(opened.public_key(), context, plain.bytes()));
            ++done;
          }
          return done;
        }};
  }
  const std::vector<vault::SealedTo<vault::KeyKind::kCase>>& sealed() const { return sealed_; }

 private:
  std::vector<vault::SealedTo<vault::KeyKind::kCase>> sealed_;
};

TEST_P(CaseKeysTest, ARevocationIsResealedThoughItWasKilledHalfWay) {
  const auto made = NewCaseOf(anna_, bora_);
  Must(GrantTo(As(anna_), made.id, chul_.id));
  const auto of_chul = Must(Open(As(chul_), made.id));  // what chul could keep
  Fields fields(of_chul, 10);
  Must(RevokeFrom(As(anna_), made.id, chul_.id));

  auto opened = Must(Open(As(anna_), made.id));
  EXPECT_TRUE(opened.reseal_due());
  EXPECT_TRUE(opened.OpenField(Fields::Context(made.id, 3), fields.sealed()[3]).has_value());
  const std::vector all = {fields.AsField()};
  const auto first = Must(ResealCase(database(), keys(), As(anna_), opened, all, Now(), 4, 2));
  EXPECT_FALSE(first.finished);
  EXPECT_THAT(DueFor(bora_), ElementsAre(made.id)) << "bora can go on with it";
  EXPECT_THAT(DueFor(chul_), IsEmpty());

  auto again = Must(Open(As(bora_), made.id));
  const auto rest =
      Must(ResealCase(database(), keys(), As(bora_), again, all, Now(), 1'000'000, 3));
  EXPECT_TRUE(rest.finished);
  EXPECT_FALSE(again.reseal_due());
  EXPECT_THAT(DueFor(bora_), IsEmpty());
  for (int i = 0; i < 10; ++i) {
    const auto context = Fields::Context(made.id, i);
    const auto& sealed = fields.sealed()[static_cast<std::size_t>(i)];
    EXPECT_TRUE(again.OpenField(context, sealed).has_value());
    EXPECT_FALSE(of_chul.OpenField(context, sealed).has_value()) << "the former pair opens none";
  }
  // The log's details went along.
  const auto page = Must(Write([&](store::Transaction& transaction) {
    return log::ReadCase(transaction, again.keyring(), again.pair(), {});
  }));
  ASSERT_EQ(page.entries.size(), 3u);
  for (const auto& entry : page.entries) ASSERT_TRUE(entry.entry.has_value());
  EXPECT_EQ(page.entries[0].entry->kind.code(), "case.resealed");
  EXPECT_EQ(page.entries[0].entry->actor, LogRefOf(As(bora_)));
}

TEST_P(CaseKeysTest, WhoResealsACaseAtOnceWithOthersLosesNothingAndIsNoError) {
  const auto made = NewCaseOf(anna_, bora_);
  for (int i = 0; i < 30; ++i) {
    Must(GrantTo(As(anna_), made.id, chul_.id));  // details to re-seal
    Must(RevokeFrom(As(anna_), made.id, chul_.id));
  }
  std::vector<std::jthread> threads;
  for (const Staff* staff : {&anna_, &bora_, &anna_, &bora_}) {
    threads.emplace_back([&, staff] {
      auto opened = Must(Open(As(*staff), made.id));
      EXPECT_TRUE(Must(ResealCase(database(), keys(), As(*staff), opened, {}, Now(), 1'000'000, 7))
                      .finished);
    });
  }
  threads.clear();
  const auto opened = Must(Open(As(anna_), made.id));
  EXPECT_FALSE(opened.reseal_due());
  const auto page = Must(Write([&](store::Transaction& transaction) {
    return log::ReadCase(transaction, opened.keyring(), opened.pair(), {std::nullopt, 200});
  }));
  EXPECT_EQ(
      std::count_if(page.entries.begin(), page.entries.end(),
                    [](const auto& entry) { return entry.entry->kind.code() == "case.resealed"; }),
      1);
}

TEST_P(CaseKeysTest, WhoResealsWhileAnotherRotatesIsToldSoAndNothingIsForgotten) {
  const auto made = NewCaseOf(anna_, bora_);
  Must(GrantTo(As(anna_), made.id, chul_.id));
  Must(RevokeFrom(As(anna_), made.id, chul_.id));
  auto former = Must(Open(As(anna_), made.id));
  Must(Change(As(bora_), made.id, [&](store::Transaction& transaction, OpenedCase& opened) {
    return RotateCase(transaction, keys(), As(bora_), opened, Now());
  }));
  EXPECT_EQ(ResealCase(database(), keys(), As(anna_), former, {}, Now()).error().code,
            ErrorCode::kUnavailable);
  auto opened = Must(Open(As(anna_), made.id));
  EXPECT_TRUE(opened.reseal_due());
  EXPECT_TRUE(Must(ResealCase(database(), keys(), As(anna_), opened, {}, Now())).finished);
}

TEST_P(CaseKeysTest, ACaseAtIntakeWaitsForTheMembersOfItsTeam) {
  const auto report = NewReport(team_);
  const auto fresh = vault::SurvivorKeyPair::Generate({report.survivor.id, 2});
  const auto her = As(report.survivor);
  Must(Change(her, report.id, [&](store::Transaction& transaction, OpenedCase& opened) {
    return ReplaceSurvivor(transaction, keys(), her, opened, fresh.public_key(), Now());
  }));
  EXPECT_THAT(DueFor(*supervisor_), ElementsAre(report.id));
  EXPECT_THAT(DueFor(anna_), IsEmpty()) << "in the team by name, but not given its pair";
}

TEST_P(CaseKeysTest, HerNewKeyTakesThePlaceOfTheOldOne) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto fresh = vault::SurvivorKeyPair::Generate({made.survivor.id, 2});
  const auto who = As(made.survivor);
  Must(Change(who, made.id, [&](store::Transaction& transaction, OpenedCase& opened) {
    return ReplaceSurvivor(transaction, keys(), who, opened, fresh.public_key(), Now());
  }));
  EXPECT_EQ(Open(As(made.survivor), made.id).error().code, ErrorCode::kPermissionDenied);
  const auto opened = Must(Open(As(anna_), made.id));
  EXPECT_TRUE(opened.keyring().OpenBySurvivor(fresh).has_value());
}

JIKIMI_ON_BOTH_DATABASES(CaseKeysTest);

}  // namespace
}  // namespace jikimi::access
