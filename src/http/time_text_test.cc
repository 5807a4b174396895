#include "http/time_text.h"

#include <gtest/gtest.h>

namespace jikimi::http {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year;

struct Case {
  const char* text;
  const char* in_utc;
};

TEST(TimeTextTest, ReadsOffsetsAndFractions) {
  for (const auto& [text, in_utc] : {
           Case{"2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000000Z"},
           Case{"2026-11-22t09:30:00z", "2026-11-22T09:30:00.000000Z"},
           Case{"2026-11-22T09:30:00+09:00", "2026-11-22T00:30:00.000000Z"},
           Case{"2026-11-22T23:30:00-01:30", "2026-11-23T01:00:00.000000Z"},
           Case{"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"},
           Case{"2101-02-28T00:00:00.123456789Z", "2101-02-28T00:00:00.123456Z"},
           Case{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
           Case{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"},
           Case{"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"},
       }) {
    const auto time = ParseTime(text);
    ASSERT_TRUE(time.has_value()) << text << ": " << time.error().message;
    EXPECT_EQ(TimeText(*time), in_utc) << text;
  }
}

TEST(TimeTextTest, WhatIsNoTimeIsInvalidArgument) {
  for (const char* text :
       {"", "2026", "2026-11-22", "2026-11-22 09:30:00Z", "2026-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T09:60:00Z",
        "2026-11-22T09:30:61Z", "2026-11-22T09:30:00", "2026-11-22T09:30:00.Z",
        "2026-11-22T09:30:00.1234567890Z", "2026-11-22T09:30:00+24:00", "2026-11-22T09:30:00+0900",
        "2026-11-22T09:30:00Z ", "-026-11-22T09:30:00Z", "2026-11-22T09:30:00+09:00Z"}) {
    const auto time = ParseTime(text);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(TimeTextTest, WhatHasNoFourDigitYearIsClamped) {
  EXPECT_EQ(TimeText(Timestamp(sys_days(year(12000) / 1 / 1))), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(TimeText(Timestamp(sys_days(year(-5) / 1 / 1))), "0000-01-01T00:00:00.000000Z");
}

}  // namespace
}  // namespace jikimi::http
