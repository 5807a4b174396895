#include "casework/contact_windows.h"

#include <gtest/gtest.h>

namespace jikimi::casework {
namespace {

Timestamp Utc(int year, int month, int day, int hour, int minute = 0) {
  return Timestamp(std::chrono::sys_days(std::chrono::year(year) / month / day) +
                   std::chrono::hours(hour) + std::chrono::minutes(minute));
}

TEST(ContactWindowsTest, OpensByTheClockOnHerWall) {
  // 19:00 in Seoul is 10:00 UTC; 2026-07-06 is a Monday.
  const auto windows = ContactWindows::Parse("Asia/Seoul; mon 19:00-21:00").value();
  EXPECT_FALSE(windows.IsOpen(Utc(2026, 7, 6, 9, 59)));
  EXPECT_TRUE(windows.IsOpen(Utc(2026, 7, 6, 10)));
  EXPECT_TRUE(windows.IsOpen(Utc(2026, 7, 6, 11, 59)));
  EXPECT_FALSE(windows.IsOpen(Utc(2026, 7, 6, 12)));
  EXPECT_FALSE(windows.IsOpen(Utc(2026, 7, 7, 10)));
  EXPECT_EQ(windows.NextOpen(Utc(2026, 7, 6, 12)), Utc(2026, 7, 13, 10));
  EXPECT_EQ(windows.NextOpen(Utc(2026, 7, 6, 11)), Utc(2026, 7, 6, 11));
}

TEST(ContactWindowsTest, FollowsSummerTimeAlsoFarAhead) {
  const auto windows = ContactWindows::Parse("Europe/Berlin; sun 09:00-10:00").value();
  EXPECT_EQ(windows.NextOpen(Utc(2026, 3, 28, 12)), Utc(2026, 3, 29, 7));  // the day of the change
  EXPECT_EQ(windows.NextOpen(Utc(2026, 10, 24, 12)), Utc(2026, 10, 25, 8));  // and back
  EXPECT_EQ(windows.NextOpen(Utc(2150, 7, 1, 0)), Utc(2150, 7, 5, 7));
}

TEST(ContactWindowsTest, AWindowWhoseStartIsSkippedOpensWithTheChange) {
  const auto windows = ContactWindows::Parse("Europe/Berlin; sun 02:30-04:00").value();
  EXPECT_EQ(windows.NextOpen(Utc(2026, 3, 28, 12)), Utc(2026, 3, 29, 1));
}

TEST(ContactWindowsTest, AWindowThatIsSkippedWholeOpensAWeekLater) {
  const auto windows = ContactWindows::Parse("Europe/Berlin; sun 02:10-02:50").value();
  EXPECT_EQ(windows.NextOpen(Utc(2026, 3, 28, 12)), Utc(2026, 4, 5, 0, 10));
}

TEST(ContactWindowsTest, WithoutWindowsItIsNeverSafe) {
  const auto windows = ContactWindows::Parse("Asia/Seoul").value();
  EXPECT_FALSE(windows.IsOpen(Utc(2026, 7, 6, 10)));
  EXPECT_EQ(windows.NextOpen(Utc(2026, 7, 6, 10)), std::nullopt);
  EXPECT_EQ(ContactWindows().NextOpen(Utc(2026, 7, 6, 10)), std::nullopt);
}

TEST(ContactWindowsTest, TextGoesRoundTrip) {
  const std::string text = "Asia/Seoul; mon 00:00-24:00; sat 10:00-12:30";
  EXPECT_EQ(ContactWindows::Parse(text).value().ToText(), text);
}

class BadWindowsTest : public testing::TestWithParam<const char*> {};
TEST_P(BadWindowsTest, IsInvalidArgument) {
  const auto windows = ContactWindows::Parse(GetParam());
  ASSERT_FALSE(windows.has_value());
  EXPECT_EQ(windows.error().code, ErrorCode::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(
    , BadWindowsTest,
    testing::Values("", "Mars/Base", "leapseconds", "right/Asia/Seoul", "Asia/Seoul; mon",
                    "Asia/Seoul; mo 1-2", "Asia/Seoul; mon 21:00-19:00",
                    "Asia/Seoul; mon 19:00-19:00", "Asia/Seoul; mon 19:60-20:00",
                    "Asia/Seoul; mon 19:00-24:01", "Asia/Seoul; xyz 19:00-20:00",
                    "Asia/Seoul; mon 19:00-20:00x"));

}  // namespace
}  // namespace jikimi::casework
