#include "casework/civil_day.h"

#include <gtest/gtest.h>

namespace jikimi::casework {
namespace {

CivilDay Day(std::string_view text) { return ParseDay(text).value(); }

TEST(CivilDayTest, ReadsAndWritesDaysFarFromToday) {
  for (const char* text : {"0001-01-01", "1582-10-15", "1899-12-31", "1969-12-31", "1970-01-01",
                           "2000-02-29", "2100-12-31", "2999-06-30", "9999-12-31"}) {
    EXPECT_EQ(DayText(Day(text)), text);
  }
}

class BadDayTest : public testing::TestWithParam<const char*> {};
TEST_P(BadDayTest, IsInvalidArgument) {
  const auto day = ParseDay(GetParam());
  ASSERT_FALSE(day.has_value());
  EXPECT_EQ(day.error().code, ErrorCode::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(, BadDayTest,
                         testing::Values("", "2026", "2026-7-1", "2026-02-29", "2100-02-29",
                                         "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
                                         "2026-01-32", "2026/01/01", " 2026-01-01", "2026-01-01 ",
                                         "-026-01-01", "２０２６-01-01"));

TEST(CivilDayTest, AgesChangeOnTheBirthday) {
  EXPECT_EQ(AgeOn(Day("2007-07-02"), Day("2026-07-01")), 18);
  EXPECT_EQ(AgeOn(Day("2007-07-02"), Day("2026-07-02")), 19);
  EXPECT_EQ(AgeOn(Day("1926-07-02"), Day("2026-07-02")), 100);
  EXPECT_EQ(AgeOn(Day("2026-07-02"), Day("2026-07-01")), -1);
}

TEST(CivilDayTest, WhoWasBornOnALeapDayIsOlderOnTheFirstOfMarch) {
  EXPECT_EQ(AgeOn(Day("2008-02-29"), Day("2027-02-28")), 18);
  EXPECT_EQ(AgeOn(Day("2008-02-29"), Day("2027-03-01")), 19);
  EXPECT_EQ(AgeOn(Day("2008-02-29"), Day("2028-02-29")), 20);
}

TEST(CivilDayTest, YearsAfterALeapDayEndOnTheFirstOfMarch) {
  EXPECT_EQ(DayText(YearsAfter(Day("2024-02-29"), 5)), "2029-03-01");
  EXPECT_EQ(DayText(YearsAfter(Day("2024-02-29"), 4)), "2028-02-29");
  EXPECT_EQ(DayText(YearsAfter(Day("1965-06-01"), 10)), "1975-06-01");
  EXPECT_EQ(DayText(YearsAfter(Day("2095-06-01"), 10)), "2105-06-01");
}

}  // namespace
}  // namespace jikimi::casework
