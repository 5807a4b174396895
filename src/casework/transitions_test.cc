#include <gtest/gtest.h>

#include <array>
#include <set>
#include <utility>

#include "casework/case_record.h"
#include "casework/lists.h"
#include "casework/record_ids.h"
#include "casework/referral.h"

namespace jikimi::casework {
namespace {

TEST(ReferralStateTest, OnlyTheseStepsAreTaken) {
  using enum ReferralState;
  const std::set<std::pair<ReferralState, ReferralState>> allowed = {
      {kOffered, kAccepted}, {kOffered, kRefused},  {kOffered, kRevoked}, {kAccepted, kInProgress},
      {kAccepted, kDone},    {kAccepted, kRevoked}, {kInProgress, kDone}, {kInProgress, kRevoked}};
  for (int from = 0; from < 6; ++from) {
    for (int to = 0; to < 6; ++to) {
      const auto a = static_cast<ReferralState>(from);
      const auto b = static_cast<ReferralState>(to);
      EXPECT_EQ(CanFollow(a, b), allowed.contains({a, b}))
          << ReferralStateName(a) << " -> " << ReferralStateName(b);
      EXPECT_EQ(ParseReferralState(ReferralStateName(a)).value(), a);
    }
  }
}

TEST(CaseStateTest, OnlyTheseStepsAreTaken) {
  using enum CaseState;
  const std::set<std::pair<CaseState, CaseState>> allowed = {
      {kIntake, kOpen},     {kIntake, kClosed},     {kOpen, kMonitoring}, {kOpen, kClosed},
      {kMonitoring, kOpen}, {kMonitoring, kClosed}, {kClosed, kOpen}};
  for (int from = 0; from < 4; ++from) {
    for (int to = 0; to < 4; ++to) {
      const auto a = static_cast<CaseState>(from);
      const auto b = static_cast<CaseState>(to);
      EXPECT_EQ(CanFollow(a, b), allowed.contains({a, b}));
    }
  }
}

TEST(RecordIdsTest, TextGoesRoundTripAndNothingElseIsRead) {
  const auto id = vault::CaseId::Random();
  EXPECT_EQ(ParseId<vault::CaseId>(IdText(id)).value(), id);
  const std::string text = IdText(ReportId::Random());
  for (const std::string& bad : {std::string(), text.substr(1), text + "0",
                                 std::string(31, '0') + "G", std::string(31, '0') + "F"}) {
    EXPECT_EQ(ParseId<ReportId>(bad).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(CasePositionTest, TextGoesRoundTripAndNothingElseIsRead) {
  const CasePosition position{2, Timestamp(std::chrono::microseconds(-5)), vault::CaseId::Random()};
  const auto read = CasePosition::Parse(position.ToText()).value();
  EXPECT_EQ(read.urgency, 2);
  EXPECT_EQ(read.due_at, position.due_at);
  EXPECT_EQ(read.id, position.id);
  for (const std::string bad : {"", "1", "1.", "1.2", "1.2.", "1.2.zz", "x.2.3", "1..3"}) {
    EXPECT_FALSE(CasePosition::Parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace jikimi::casework
