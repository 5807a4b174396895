#ifndef JIKIMI_CASEWORK_TIME_ZONE_H_
#define JIKIMI_CASEWORK_TIME_ZONE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace jikimi::casework {

// A time zone of the IANA database, read from the system's compiled files (RFC 9636, package
// tzdata): the changes that they list, and after the last one the rule in their footer, so that
// years after 2037 are right too. A value, unchanging.
class TimeZone {
 public:
  // "Asia/Seoul". kInvalidArgument for what can't be a name, kNotFound when the system has none
  // such, or it counts leap seconds ("right/Asia/Seoul"); kCorrupt for a damaged file.
  static Result<TimeZone> Load(std::string_view name);
  static Result<TimeZone> Parse(std::span<const std::byte> file, std::string_view name);

  // Seconds east of UTC at that moment.
  std::chrono::seconds OffsetAt(Timestamp at) const;

  // Clocks on the wall show `local`: the moment when they do so first. Of a time that is skipped,
  // the moment of the change.
  using LocalTime = std::chrono::local_seconds;
  LocalTime ToLocal(Timestamp at) const;
  Timestamp FirstAt(LocalTime local) const;

 private:
  // A day and time of each year on which a footer's rule changes.
  struct YearlyChange {
    enum class Form { kJulian, kDayOfYear, kWeekday } form = Form::kWeekday;
    int month = 0, week = 0, day = 0;
    std::chrono::seconds time{7200};
  };
  struct Footer {
    std::chrono::seconds standard{0};
    std::chrono::seconds daylight{0};
    bool has_daylight = false;
    YearlyChange start, end;
  };
  struct Change {
    std::int64_t at;  // seconds since 1970
    std::chrono::seconds offset;
  };

  static Result<Footer> ParseFooter(std::string_view text, std::string_view name);
  static std::int64_t ChangeInYear(const YearlyChange& change, int year);
  std::chrono::seconds FooterOffset(std::int64_t at) const;

  std::chrono::seconds before_first_{0};
  std::vector<Change> changes_;
  Footer footer_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_TIME_ZONE_H_
