#ifndef JIKIMI_CASEWORK_CIVIL_DAY_H_
#define JIKIMI_CASEWORK_CIVIL_DAY_H_

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace jikimi::casework {

// A day of the Gregorian calendar, without a time zone: a date of birth, the day of an act, a day
// on which a rule begins.
using CivilDay = std::chrono::sys_days;

// Exactly "YYYY-MM-DD", years 0001 to 9999, a day that exists; else kInvalidArgument.
Result<CivilDay> ParseDay(std::string_view text);

// The inverse of ParseDay().
std::string DayText(CivilDay day);

// Full years on `day` of somebody born on `birth`; who was born on 29 February is a year older on
// 1 March of a common year. Negative before birth.
int AgeOn(CivilDay birth, CivilDay day);

// The same day `years` later; 29 February becomes 1 March of a common year.
CivilDay YearsAfter(CivilDay day, int years);

// The days on which something holds: from `from` to the day before `to`.
struct DayRange {
  CivilDay from;
  CivilDay to = CivilDay::max();

  bool Contains(CivilDay day) const { return from <= day && day < to; }
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CIVIL_DAY_H_
