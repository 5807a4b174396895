#include <gtest/gtest.h>

#include "access/test_centre.h"
#include "access/throttle.h"
#include "access/workload.h"

namespace jikimi::access {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using store::Must;
using store::Transaction;

class WorkloadTest : public CentreTest {
 protected:
  Result<void> Note(const Actor& who, Exposure what, Timestamp from, Timestamp until) {
    return database_->Write([&](Transaction& transaction) {
      return NoteExposure(transaction, who, what, from, until, clock_.Now());
    });
  }
  ExposureSum Sum(const Actor& who, const Actor& of, Timestamp from, Timestamp until) {
    return Write([&](Transaction& transaction) {
      return SumExposure(transaction, who, IdOfStaff(of), from, until);
    });
  }
};
JIKIMI_ON_BOTH_DATABASES(WorkloadTest);

TEST_P(WorkloadTest, ExposureToldAgainIsLengthenedAndTwoWindowsCountOnce) {
  const Actor officer = MakeStaff(Role::kRemovalOfficer);
  const Timestamp begin = clock_.Now();
  clock_.Advance(hours(1));
  Must(Note(officer, Exposure::kBlurred, begin, begin + minutes(1)));
  Must(Note(officer, Exposure::kBlurred, begin, begin + minutes(10)));
  Must(Note(officer, Exposure::kBlurred, begin, begin + minutes(5)));  // told late
  Must(Note(officer, Exposure::kOriginal, begin + minutes(8), begin + minutes(12)));
  const ExposureSum sum = Sum(officer, officer, begin, clock_.Now());
  EXPECT_EQ(sum.blurred, minutes(10));
  EXPECT_EQ(sum.original, minutes(4));
  EXPECT_EQ(sum.text, minutes(0));
  EXPECT_EQ(sum.all, minutes(12));
  // Cut to the period.
  EXPECT_EQ(Sum(officer, officer, begin + minutes(9), begin + minutes(11)).all, minutes(2));
}

TEST_P(WorkloadTest, OnlyOneselfAndSupervisorsSeeExposure) {
  const Actor officer = MakeStaff(Role::kRemovalOfficer), other = MakeStaff(Role::kCounsellor);
  const Actor supervisor = MakeStaff(Role::kSupervisor);
  const Timestamp begin = clock_.Now();
  clock_.Advance(hours(1));
  Must(Note(officer, Exposure::kText, begin, begin + minutes(3)));
  Must(Note(other, Exposure::kText, begin, begin + minutes(4)));
  EXPECT_EQ(Sum(supervisor, officer, begin, clock_.Now()).all, minutes(3));
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return SumExposure(transaction, other, IdOfStaff(officer), begin, clock_.Now());
            }).code,
            ErrorCode::kPermissionDenied);
  const auto all = Write([&](Transaction& transaction) {
    return SumExposures(transaction, supervisor, begin, clock_.Now());
  });
  EXPECT_EQ(all.size(), 2u);
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return SumExposures(transaction, other, begin, clock_.Now());
            }).code,
            ErrorCode::kPermissionDenied);
}

TEST_P(WorkloadTest, ImpossibleExposuresAreRefused) {
  const Actor officer = MakeStaff(Role::kRemovalOfficer);
  const Timestamp now = clock_.Now();
  for (const auto& [from, until] :
       {std::pair{now, now}, std::pair{now, now - minutes(1)}, std::pair{now - hours(13), now},
        std::pair{now, now + hours(1)}}) {
    EXPECT_EQ(Note(officer, Exposure::kText, from, until).error().code,
              ErrorCode::kInvalidArgument);
  }
}

TEST_P(WorkloadTest, CaseLoadCountsWhatWasTakenPutDownAndIsThere) {
  const Actor counsellor = MakeStaff(Role::kCounsellor), supervisor = MakeStaff(Role::kSupervisor);
  const auto person = IdOfStaff(counsellor);
  const auto early = vault::CaseId::Random(), late = vault::CaseId::Random();
  const auto gone = vault::CaseId::Random();
  const Timestamp begin = clock_.Now();
  const auto step = [&](auto act, vault::CaseId id) {
    Write([&](Transaction& transaction) { return act(transaction, person, id, clock_.Now()); });
    clock_.Advance(hours(1));
  };
  step(TakeCase, early);
  step(TakeCase, early);  // repeated
  const Timestamp middle = clock_.Now();
  step(TakeCase, late);
  step(TakeCase, gone);
  step(PutCaseDown, early);
  Write([&](Transaction& transaction) { return ForgetCaseLoad(transaction, gone, clock_.Now()); });
  clock_.Advance(hours(1));
  const auto loads = [&](const Actor& who, Timestamp from) {
    return Write(
        [&](Transaction& transaction) { return CaseLoads(transaction, who, from, clock_.Now()); });
  };
  const auto second_half = loads(supervisor, middle);
  ASSERT_EQ(second_half.size(), 1u);
  EXPECT_EQ(second_half[0].now, 1);
  EXPECT_EQ(second_half[0].taken, 2);
  EXPECT_EQ(second_half[0].put_down, 2);
  EXPECT_EQ(loads(counsellor, begin)[0].taken, 3);
  EXPECT_TRUE(loads(MakeStaff(Role::kCounsellor), begin).empty());  // sees the own desk only
}

class TryTest : public CentreTest {
 protected:
  Result<void> Charge() {
    return database_->Write([&](Transaction& transaction) {
      return ChargeTry(transaction, key_, rule_, clock_.Now());
    });
  }
  const TryKey key_ = {std::byte{7}};
  const DelayRule rule_{.free = 2, .first = seconds(1), .most = seconds(8), .memory = hours(1)};
};
JIKIMI_ON_BOTH_DATABASES(TryTest);

TEST_P(TryTest, DelaysDoubleUpToTheirMostAndAreForgotten) {
  EXPECT_TRUE(Charge());
  EXPECT_TRUE(Charge());
  for (const int wait : {1, 2, 4, 8, 8}) {
    EXPECT_TRUE(Charge());
    EXPECT_EQ(Charge().error().code, ErrorCode::kResourceExhausted);
    clock_.Advance(seconds(wait) - std::chrono::microseconds(1));
    EXPECT_FALSE(Charge());
    clock_.Advance(std::chrono::microseconds(1));
  }
  clock_.Advance(hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Charge());
  EXPECT_FALSE(Charge());
}

TEST_P(TryTest, SuccessForgetsAndOldRowsArePruned) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Charge());
  Write([&](Transaction& transaction) { return ForgiveTries(transaction, key_); });
  EXPECT_TRUE(Charge());
  clock_.Advance(hours(2));
  EXPECT_EQ(Write([&](Transaction& transaction) { return PruneTries(transaction, clock_.Now()); }),
            1);
}

TEST_P(TryTest, AClockThatJumpsBackShutsNobodyOut) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Charge());
  clock_.Advance(-hours(24 * 365));
  EXPECT_TRUE(Charge());
  EXPECT_EQ(Charge().error().message, "too many tries: wait 2 s");
}

}  // namespace
}  // namespace jikimi::access
