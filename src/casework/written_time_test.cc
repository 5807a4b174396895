#include "casework/written_time.h"

#include <gtest/gtest.h>

#include "casework/civil_day.h"

namespace jikimi::casework {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TimeZone Zone(const char* name) { return TimeZone::Load(name).value(); }
Timestamp Day(const char* text) { return ParseDay(text).value(); }

TEST(WrittenTimeTest, ADayIsItsFirstMomentInTheZone) {
  const auto read = ParseWrittenTime("2019-03-05", Zone("Asia/Seoul")).value();
  EXPECT_TRUE(read.whole_day);
  EXPECT_EQ(read.at, Day("2019-03-04") + hours(15));
}

TEST(WrittenTimeTest, ATimeIsOnTheZonesWallUnlessItSaysOtherwise) {
  const TimeZone seoul = Zone("Asia/Seoul");
  const Timestamp expected = Day("2019-03-05") + hours(5) + minutes(30);
  for (const char* text :
       {"2019-03-05T14:30", "2019-03-05 14:30:00", "2019-03-05t14:30:00.250", "2019-03-05T05:30Z",
        "2019-03-05T05:30:00z", "2019-03-04T21:00-08:30", "2019-03-05T14:30:00.9999999999+09:00"}) {
    const auto read = ParseWrittenTime(text, seoul);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(read->at, expected) << text;
    EXPECT_FALSE(read->whole_day) << text;
  }
}

TEST(WrittenTimeTest, SummerTimeCountsAndASkippedTimeIsTheMomentOfTheChange) {
  const TimeZone berlin = Zone("Europe/Berlin");
  EXPECT_EQ(ParseWrittenTime("2020-07-01T12:00", berlin)->at, Day("2020-07-01") + hours(10));
  EXPECT_EQ(ParseWrittenTime("2020-03-29T02:30", berlin)->at, Day("2020-03-29") + hours(1));
}

TEST(WrittenTimeTest, TheEndsOfTheCalendarAreReadable) {
  const TimeZone utc = Zone("UTC");
  EXPECT_EQ(ParseWrittenTime("0001-01-01", utc)->at, Day("0001-01-01"));
  EXPECT_EQ(ParseWrittenTime("9999-12-31T23:59:59", utc)->at,
            Day("9999-12-31") + hours(23) + minutes(59) + seconds(59));
}

class BadTimeTest : public testing::TestWithParam<const char*> {};

TEST_P(BadTimeTest, IsInvalidArgument) {
  const auto read = ParseWrittenTime(GetParam(), Zone("UTC"));
  ASSERT_FALSE(read.has_value()) << GetParam();
  EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(, BadTimeTest,
                         testing::Values("", "2019", "2019-3-5", "2019. 3. 5.", "05.03.2019",
                                         "2019/03/05", "2019-02-30", "2019-03-05T", "2019-03-05T14",
                                         "2019-03-05T14:", "2019-03-05T24:00", "2019-03-05T14:60",
                                         "2019-03-05T14:30:60", "2019-03-05T14:30:00.",
                                         "2019-03-05T14:30+9", "2019-03-05T14:30+0900",
                                         "2019-03-05T14:30 KST", "2019-03-05x14:30", "43529",
                                         "0000-01-01", "2019-03-0\xff"));

}  // namespace
}  // namespace jikimi::casework
