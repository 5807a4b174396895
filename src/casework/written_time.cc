#include "casework/written_time.h"

#include <chrono>
#include <optional>
#include <string>

#include "casework/civil_day.h"

namespace jikimi::casework {
namespace {

namespace chrono = std::chrono;

constexpr std::size_t kDayLength = 10;

Error Wrong() {
  return {ErrorCode::kInvalidArgument,
          "a day is like 2019-03-05, a time like 2019-03-05T14:30 or 2019-03-05T14:30:00+09:00"};
}

bool Take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Two digits, at most `most`.
std::optional<int> TakeTwo(std::string_view& text, int most) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() < 2 || !digit(text[0]) || !digit(text[1])) return std::nullopt;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  if (value > most) return std::nullopt;
  return value;
}

// HH:MM, HH:MM:SS or HH:MM:SS.fff; what is under a second is dropped.
std::optional<chrono::seconds> TakeClock(std::string_view& text) {
  const auto hour = TakeTwo(text, 23);
  if (!hour || !Take(text, ":")) return std::nullopt;
  const auto minute = TakeTwo(text, 59);
  if (!minute) return std::nullopt;
  const auto whole = chrono::hours(*hour) + chrono::minutes(*minute);
  if (!Take(text, ":")) return whole;
  const auto second = TakeTwo(text, 59);
  if (!second) return std::nullopt;
  if (Take(text, ".")) {
    if (!Take(text, "0123456789")) return std::nullopt;
    while (Take(text, "0123456789")) continue;
  }
  return whole + chrono::seconds(*second);
}

std::optional<chrono::seconds> TakeOffset(std::string_view& text) {
  if (Take(text, "Zz")) return chrono::seconds(0);
  const bool west = text.starts_with('-');
  if (!Take(text, "+-")) return std::nullopt;
  const auto hours = TakeTwo(text, 23);
  if (!hours || !Take(text, ":")) return std::nullopt;
  const auto minutes = TakeTwo(text, 59);
  if (!minutes) return std::nullopt;
  const chrono::seconds east = chrono::hours(*hours) + chrono::minutes(*minutes);
  return west ? -east : east;
}

}  // namespace

Result<WrittenTime> ParseWrittenTime(std::string_view text, const TimeZone& zone) {
  const auto day = ParseDay(text.substr(0, kDayLength));
  if (!day) {
    // Of the right shape, and no day of the calendar: that is worth telling.
    return text.size() >= kDayLength && text[4] == '-' && text[7] == '-' ? day.error() : Wrong();
  }
  const TimeZone::LocalTime midnight(day->time_since_epoch());
  text.remove_prefix(kDayLength);
  if (text.empty()) return WrittenTime{zone.FirstAt(midnight), true};
  if (!Take(text, "Tt ")) return Wrong();
  const auto clock = TakeClock(text);
  if (!clock) return Wrong();
  if (text.empty()) return WrittenTime{zone.FirstAt(midnight + *clock), false};
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return Wrong();
  return WrittenTime{Timestamp(*day) + *clock - *offset, false};
}

}  // namespace jikimi::casework
