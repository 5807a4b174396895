#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "access/case_key_tables.h"
#include "access/key_centre.h"
#include "access/team_keys.h"
#include "access/team_wraps.h"

namespace jikimi::access {
namespace {

using testing::ElementsAreArray;

// What happens when somebody looks at the clock, which is between the transactions too.
class ClockWith : public Clock {
 public:
  ClockWith(Timestamp now, std::function<void()> work) : now_(now), work_(std::move(work)) {}
  Timestamp Now() const override {
    std::jthread(work_).join();  // with a transaction of its own
    return now_;
  }

 private:
  Timestamp now_;
  std::function<void()> work_;
};

class TeamKeysTest : public KeyCentreTest {
 protected:
  void SetUp() override {
    KeyCentreTest::SetUp();
    anna_ = AddStaff(Role::kCounsellor, team_);
  }
  Result<void> Join(const Staff& by, const Staff& who) {
    return Write([&](store::Transaction& transaction) {
      return JoinTeam(transaction, keys(), As(by), team_, who.id, Now());
    });
  }
  Result<void> Leave(const Staff& by, const Staff& who) {
    return Write([&](store::Transaction& transaction) {
      return LeaveTeam(transaction, keys(), As(by), team_, who.id, Now());
    });
  }
  Result<std::vector<std::byte>> IndexKeyFor(const Staff& who) {
    return Write([&](store::Transaction& transaction) -> Result<std::vector<std::byte>> {
      const auto key = TRY(OpenIndexKey(transaction, As(who), team_));
      return std::vector(key.bytes().begin(), key.bytes().end());
    });
  }
  Result<std::int64_t> Rewrap(const Staff& by, std::int64_t most) {
    return RewrapIntake(database(), keys(), As(by), team_, {}, most, clock_);
  }

  Staff anna_;
};

TEST_P(TeamKeysTest, WhoJoinsReadsTheReportsAtIntakeAndSearches) {
  const auto report = NewReport(team_);
  EXPECT_FALSE(Open(As(anna_), report.id).has_value());
  EXPECT_FALSE(IndexKeyFor(anna_).has_value());
  Must(Join(*supervisor_, anna_));
  EXPECT_TRUE(Open(As(anna_), report.id).has_value());
  EXPECT_THAT(Must(IndexKeyFor(anna_)), ElementsAreArray(Must(IndexKeyFor(*supervisor_))));
  EXPECT_EQ(Join(*supervisor_, anna_).error().code, ErrorCode::kAlreadyExists);
}

TEST_P(TeamKeysTest, OnlyWhomTheCentrePutIntoTheTeamIsLetIn) {
  const auto stranger = AddStaff(Role::kCounsellor);
  EXPECT_EQ(Join(*supervisor_, stranger).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Join(anna_, anna_).error().code, ErrorCode::kPermissionDenied) << "no member lets in";
}

TEST_P(TeamKeysTest, WhoLeavesReadsNothingMoreThoughTheRewrapIsKilledHalfWay) {
  Must(Join(*supervisor_, anna_));
  std::vector<Case> reports;
  for (int i = 0; i < 6; ++i) reports.push_back(NewReport(team_));
  const auto kept = Must(Write(
      [&](store::Transaction& transaction) { return OpenTeam(transaction, As(anna_), team_); }));
  const auto index_key = Must(IndexKeyFor(*supervisor_));
  EXPECT_EQ(Leave(anna_, anna_).error().code, ErrorCode::kPermissionDenied);
  Must(Leave(*supervisor_, anna_));
  for (const auto& report : reports) {
    EXPECT_FALSE(Open(As(anna_), report.id).has_value());
    EXPECT_TRUE(Open(As(*supervisor_), report.id).has_value()) << "by the former pair, until then";
  }
  const auto later = NewReport(team_);
  EXPECT_EQ(Must(Rewrap(*supervisor_, 2)), 4);
  EXPECT_EQ(Must(Rewrap(*second_supervisor_, 100)), 0) << "another member goes on";
  reports.push_back(later);
  for (const auto& report : reports) {
    const auto opened = Must(Open(As(*second_supervisor_), report.id));
    EXPECT_FALSE(opened.keyring().OpenByTeam(kept).has_value());
    EXPECT_TRUE(Open(As(report.survivor), report.id).has_value());
    EXPECT_FALSE(opened.reseal_due());
  }
  EXPECT_FALSE(
      Must(Write([&](store::Transaction& transaction) { return RewrapDue(transaction, team_); })));
  EXPECT_THAT(Must(IndexKeyFor(*supervisor_)), ElementsAreArray(index_key)) << "tokens stay";
}

TEST_P(TeamKeysTest, AReportThatIsRotatedOrDestroyedDuringItsRewrapIsLeftToWhoDidThat) {
  const auto leaving = AddStaff(Role::kCounsellor, team_);
  Must(Join(*supervisor_, leaving));
  const auto rotated = NewReport(team_);
  const auto destroyed = NewReport(team_);
  const auto third = NewReport(team_);
  Must(Leave(*supervisor_, leaving));
  const auto rewrapped = [&](vault::CaseId id) {
    return Must(database().Read(
        [&](store::Transaction& transaction) { return IsCurrentCaseKey(transaction, id, 2); }));
  };
  bool was_rotated = false;
  bool was_destroyed = false;
  const ClockWith clock(Now(), [&] {
    if (!was_rotated && rewrapped(rotated.id)) {
      was_rotated = true;
      Must(Write([&](store::Transaction& transaction) -> Result<void> {
        const auto her = As(rotated.survivor);
        const auto fresh = vault::SurvivorKeyPair::Generate({rotated.survivor.id, 2});
        auto opened = TRY(OpenCase(transaction, keys(), her, rotated.id));
        return ReplaceSurvivor(transaction, keys(), her, opened, fresh.public_key(), Now());
      }));
    }
    if (!was_destroyed && rewrapped(destroyed.id)) {
      was_destroyed = true;
      Must(Write([&](store::Transaction& transaction) {
        return DeleteCaseKey(transaction, destroyed.id);
      }));
    }
  });
  EXPECT_EQ(Must(RewrapIntake(database(), keys(), As(*supervisor_), team_, {}, 100, clock)), 0);
  EXPECT_TRUE(was_rotated);
  EXPECT_TRUE(was_destroyed);
  EXPECT_TRUE(Must(Open(As(*supervisor_), rotated.id)).reseal_due()) << "left to who rotated it";
  EXPECT_FALSE(Must(Open(As(*supervisor_), third.id)).reseal_due());
}

TEST_P(TeamKeysTest, TwoWhoRewrapAtOnceFinishTogether) {
  const auto leaving = AddStaff(Role::kCounsellor, team_);
  Must(Join(*supervisor_, leaving));
  std::vector<Case> reports;
  for (int i = 0; i < 12; ++i) reports.push_back(NewReport(team_));
  Must(Leave(*supervisor_, leaving));
  std::vector<std::jthread> threads;
  for (const Staff* staff : {&*supervisor_, &*second_supervisor_}) {
    threads.emplace_back([&, staff] { EXPECT_TRUE(Rewrap(*staff, 100).has_value()); });
  }
  threads.clear();
  EXPECT_EQ(Must(Rewrap(*supervisor_, 100)), 0);
  for (const auto& report : reports) {
    const auto opened = Must(Open(As(*second_supervisor_), report.id));
    EXPECT_EQ(opened.public_key().name().version, 2u);
    EXPECT_FALSE(opened.reseal_due());
  }
}

TEST_P(TeamKeysTest, WhoJoinsDuringARewrapReadsTheOldOnesToo) {
  const auto report = NewReport(team_);
  const auto leaving = AddStaff(Role::kCounsellor, team_);
  Must(Join(*supervisor_, leaving));
  Must(Leave(*supervisor_, leaving));
  Must(Join(*supervisor_, anna_));
  EXPECT_TRUE(Open(As(anna_), report.id).has_value());
}

TEST_P(TeamKeysTest, ATeamsKeyThatIsNotPinnedTakesNoReports) {
  const auto slipped_in = vault::TeamKeyPair::Generate({team_, 1});
  const std::span<const std::byte> id = team_.bytes();
  Must(store::Do(database(), "UPDATE access_team_key SET public_key = $2 WHERE team_id = $1",
                 {id, slipped_in.public_key().ToBytes()}));
  const auto intake = Write(
      [&](store::Transaction& transaction) { return LoadIntakeKeys(transaction, keys(), team_); });
  EXPECT_EQ(intake.error().code, ErrorCode::kPermissionDenied);
}

JIKIMI_ON_BOTH_DATABASES(TeamKeysTest);

}  // namespace
}  // namespace jikimi::access
