#include "http/time_text.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

namespace jikimi::http {
namespace {

namespace chrono = std::chrono;

Error Wrong(std::string_view what) {
  return {ErrorCode::kInvalidArgument, "a time is like 2026-11-22T09:30:00Z: " + std::string(what)};
}

// Takes exactly `digits` digits off the front.
std::optional<int> Number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool Take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".123" as microseconds.
std::optional<chrono::microseconds> Fraction(std::string_view& text) {
  std::int64_t micros = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    if (++digits > 9) return std::nullopt;
    if (digits <= 6) micros = micros * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return chrono::microseconds(micros);
}

std::optional<chrono::minutes> Offset(std::string_view& text) {
  if (Take(text, "Zz")) return chrono::minutes(0);
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = Number(text, 2);
  if (!hours || *hours > 23 || !Take(text, ":")) return std::nullopt;
  const auto minutes = Number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

std::string TimeText(Timestamp time) {
  constexpr Timestamp kFirst{chrono::sys_days(chrono::year(0) / 1 / 1)};
  constexpr Timestamp kEnd{chrono::sys_days(chrono::year(10000) / 1 / 1)};
  time = std::clamp(time, kFirst, kEnd - chrono::microseconds(1));
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(
      text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

Result<Timestamp> ParseTime(std::string_view text) {
  const auto year = Number(text, 4);
  if (!year || !Take(text, "-")) return Wrong("the year is wrong");
  const auto month = Number(text, 2);
  if (!month || !Take(text, "-")) return Wrong("the month is wrong");
  const auto day = Number(text, 2);
  if (!day || !Take(text, "Tt")) return Wrong("the day is wrong");
  const chrono::year_month_day date(chrono::year(*year),
                                    chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return Wrong("there is no such day");
  const auto hour = Number(text, 2);
  if (!hour || *hour > 23 || !Take(text, ":")) return Wrong("the hour is wrong");
  const auto minute = Number(text, 2);
  if (!minute || *minute > 59 || !Take(text, ":")) return Wrong("the minute is wrong");
  const auto second = Number(text, 2);
  if (!second || *second > 60) return Wrong("the second is wrong");
  chrono::microseconds fraction{0};
  if (Take(text, ".")) {
    const auto read = Fraction(text);
    if (!read) return Wrong("the second's fraction is wrong");
    fraction = *read;
  }
  const auto offset = Offset(text);
  if (!offset || !text.empty()) return Wrong("it ends in Z or an offset like +09:00");
  return Timestamp(chrono::sys_days(date)) + chrono::hours(*hour) + chrono::minutes(*minute) +
         chrono::seconds(*second) + fraction - *offset;
}

}  // namespace jikimi::http
