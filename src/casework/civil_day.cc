#include "casework/civil_day.h"

#include <cstdio>

namespace jikimi::casework {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

// The number that `text` is, all of it digits; -1 otherwise.
int Digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

Result<CivilDay> ParseDay(std::string_view text) {
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-';
  const int y = shaped ? Digits(text.substr(0, 4)) : -1;
  const int m = shaped ? Digits(text.substr(5, 2)) : -1;
  const int d = shaped ? Digits(text.substr(8, 2)) : -1;
  if (y < 1 || m < 1 || d < 1) {
    return Error{ErrorCode::kInvalidArgument, "a date is written YYYY-MM-DD"};
  }
  const year_month_day date(year(y), month(static_cast<unsigned>(m)),
                            day(static_cast<unsigned>(d)));
  if (!date.ok()) return Error{ErrorCode::kInvalidArgument, "there is no such day"};
  return CivilDay(date);
}

std::string DayText(CivilDay value) {
  const year_month_day date(value);
  char text[32];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

int AgeOn(CivilDay birth, CivilDay on) {
  const year_month_day born(birth);
  const year_month_day now(on);
  const int years = static_cast<int>(now.year()) - static_cast<int>(born.year());
  const bool before_birthday =
      now.month() < born.month() || (now.month() == born.month() && now.day() < born.day());
  return before_birthday ? years - 1 : years;
}

CivilDay YearsAfter(CivilDay from, int years) {
  const year_month_day date(from);
  const year_month_day later(date.year() + std::chrono::years(years), date.month(), date.day());
  if (later.ok()) return CivilDay(later);
  return CivilDay(later.year() / std::chrono::March / day(1));
}

}  // namespace jikimi::casework
