#include "casework/time_zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "base/random.h"

namespace jikimi::casework {
namespace {

using std::chrono::seconds;

// What the C library says, as the outside reference.
class SystemZone {
 public:
  explicit SystemZone(const std::string& name) {
    setenv("TZ", name.c_str(), 1);
    tzset();
  }
  ~SystemZone() {
    unsetenv("TZ");
    tzset();
  }
  long OffsetAt(std::int64_t second) const {
    const std::time_t at = second;
    std::tm local = {};
    localtime_r(&at, &local);
    return local.tm_gmtoff;
  }
};

class SystemTimeZoneTest : public testing::TestWithParam<const char*> {};

TEST_P(SystemTimeZoneTest, AgreesWithTheSystemFrom1900To2200) {
  const TimeZone zone = TimeZone::Load(GetParam()).value();
  const SystemZone system(GetParam());
  SplitMix64 random(20);
  constexpr std::int64_t kFirst = -2'208'988'800;  // 1900
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t second =
        kFirst + static_cast<std::int64_t>(random.Unit() * 300 * 365.25 * 86'400);
    ASSERT_EQ(zone.OffsetAt(Timestamp(seconds(second))).count(), system.OffsetAt(second))
        << "at " << second;
  }
}

TEST_P(SystemTimeZoneTest, FindsTheFirstMomentOfALocalTime) {
  const TimeZone zone = TimeZone::Load(GetParam()).value();
  SplitMix64 random(21);
  for (int i = 0; i < 2'000; ++i) {
    const Timestamp at(seconds(static_cast<std::int64_t>(random.Unit() * 6e9)));
    const Timestamp first = zone.FirstAt(zone.ToLocal(at));
    // The same moment, or the one an hour or so before at which clocks showed the same.
    EXPECT_LE(first, at);
    EXPECT_EQ(zone.ToLocal(first), zone.ToLocal(at));
  }
}

INSTANTIATE_TEST_SUITE_P(, SystemTimeZoneTest,
                         testing::Values("Asia/Seoul", "Europe/Berlin", "America/New_York",
                                         "Australia/Lord_Howe", "America/St_Johns", "Asia/Tehran",
                                         "Pacific/Apia", "Asia/Kathmandu", "UTC"));

Timestamp Utc(int year, unsigned month, unsigned day, int hour, int minute = 0) {
  return Timestamp(std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                                         static_cast<int>(day)) +
                   std::chrono::hours(hour) + std::chrono::minutes(minute));
}

TEST(TimeZoneTest, ATimeThatIsSkippedIsTheMomentOfTheChange) {
  const TimeZone zone = TimeZone::Load("Europe/Berlin").value();
  const auto day = std::chrono::local_days(std::chrono::year(2026) / 3 / 29);
  EXPECT_EQ(zone.FirstAt(day + std::chrono::hours(2) + std::chrono::minutes(30)),
            Utc(2026, 3, 29, 1));
}

TEST(TimeZoneTest, ATimeThatComesTwiceIsTheFirstOne) {
  const TimeZone zone = TimeZone::Load("Europe/Berlin").value();
  const auto day = std::chrono::local_days(std::chrono::year(2026) / 10 / 25);
  EXPECT_EQ(zone.FirstAt(day + std::chrono::hours(2) + std::chrono::minutes(30)),
            Utc(2026, 10, 25, 0, 30));
}

TEST(TimeZoneTest, KnowsSummersAfter2037ByTheRule) {
  const TimeZone zone = TimeZone::Load("Europe/Berlin").value();
  EXPECT_EQ(zone.OffsetAt(Utc(2101, 7, 1, 12)), seconds(7200));
  EXPECT_EQ(zone.OffsetAt(Utc(2101, 12, 1, 12)), seconds(3600));
}

struct BadName {
  const char* name;
  ErrorCode code;
};
class TimeZoneNameTest : public testing::TestWithParam<BadName> {};
TEST_P(TimeZoneNameTest, IsRefused) {
  const auto zone = TimeZone::Load(GetParam().name);
  ASSERT_FALSE(zone.has_value());
  EXPECT_EQ(zone.error().code, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(, TimeZoneNameTest,
                         testing::Values(BadName{"", ErrorCode::kInvalidArgument},
                                         BadName{"../../etc/passwd", ErrorCode::kInvalidArgument},
                                         BadName{"/etc/passwd", ErrorCode::kInvalidArgument},
                                         BadName{"Asia/Atlantis", ErrorCode::kNotFound},
                                         BadName{"Asia", ErrorCode::kNotFound},
                                         BadName{"leapseconds", ErrorCode::kNotFound},
                                         BadName{"right/Asia/Seoul", ErrorCode::kNotFound},
                                         BadName{"tzdata.zi.", ErrorCode::kInvalidArgument}));

TEST(TimeZoneTest, AFileThatIsCutAnywhereIsNoZone) {
  // Version 2, one type, no changes, a footer: the smallest file there is.
  std::string file = "TZif2" + std::string(15, '\0');
  const auto counts = [] {
    std::string text;
    for (const int count : {0, 0, 0, 0, 1, 4}) {
      text += std::string(3, '\0') + static_cast<char>(count);
    }
    return text;
  }();
  const std::string body = std::string("\0\0\x7e\x90\0\0KST\0", 10);
  file += counts + body + "TZif2" + std::string(15, '\0') + counts + body + "\nKST-9\n";
  const auto bytes = [](std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  };
  const auto whole = TimeZone::Parse(bytes(file), "test");
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_EQ(whole->OffsetAt(Utc(2026, 1, 1, 0)), seconds(32'400));
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(TimeZone::Parse(bytes(file.substr(0, size)), "test").has_value()) << size;
  }
}

}  // namespace
}  // namespace jikimi::casework
