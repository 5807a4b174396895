#include "casework/time_zone.h"

#include <algorithm>
#include <cctype>

#include "base/file.h"

namespace jikimi::casework {
namespace {

using std::chrono::seconds;

constexpr std::size_t kHeaderBytes = 44;

Error Corrupt(std::string_view name, std::string_view what) {
  return {ErrorCode::kCorrupt, "time zone " + std::string(name) + ": " + std::string(what)};
}

std::uint64_t BigEndian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

std::int64_t Signed32(std::span<const std::byte> bytes) {
  return static_cast<std::int32_t>(BigEndian(bytes.first(4)));
}

bool IsCompiledZone(std::span<const std::byte> header) {
  constexpr std::string_view kMagic = "TZif";
  return header.size() >= kHeaderBytes &&
         std::equal(kMagic.begin(), kMagic.end(), header.begin(),
                    [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

struct Counts {
  std::size_t universal = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;

  std::size_t BodyBytes(std::size_t time_bytes) const {
    return times * time_bytes + times + types * 6 + letters + leaps * (time_bytes + 4) + standard +
           universal;
  }
};

Counts ReadCounts(std::span<const std::byte> header) {
  const auto at = [&](std::size_t i) {
    return static_cast<std::size_t>(BigEndian(header.subspan(20 + 4 * i, 4)));
  };
  return {at(0), at(1), at(2), at(3), at(4), at(5)};
}

// Takes pieces off a footer such as "EST5EDT,M3.2.0,M11.1.0" or "<+0330>-3:30".
class FooterText {
 public:
  explicit FooterText(std::string_view text) : text_(text) {}

  bool Done() const { return text_.empty(); }
  bool Skip(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool SkipName() {
    if (Skip('<')) {
      const auto end = text_.find('>');
      if (end == std::string_view::npos) return false;
      text_.remove_prefix(end + 1);
      return true;
    }
    std::size_t count = 0;
    while (count < text_.size() && std::isalpha(static_cast<unsigned char>(text_[count]))) ++count;
    text_.remove_prefix(count);
    return count >= 3;
  }
  bool Number(int& value) {
    std::size_t count = 0;
    value = 0;
    while (count < text_.size() && count < 4 && text_[count] >= '0' && text_[count] <= '9') {
      value = value * 10 + (text_[count] - '0');
      ++count;
    }
    text_.remove_prefix(count);
    return count > 0;
  }
  // [+-]hh[:mm[:ss]]
  bool Time(seconds& time) {
    const bool negative = Skip('-');
    if (!negative) Skip('+');
    int hours = 0, minutes = 0, rest = 0;
    if (!Number(hours)) return false;
    if (Skip(':') && !Number(minutes)) return false;
    if (Skip(':') && !Number(rest)) return false;
    time = seconds(hours * 3600 + minutes * 60 + rest) * (negative ? -1 : 1);
    return true;
  }
  bool HasTime() const {
    return !text_.empty() && (text_.front() == '+' || text_.front() == '-' ||
                              std::isdigit(static_cast<unsigned char>(text_.front())));
  }

 private:
  std::string_view text_;
};

}  // namespace

Result<TimeZone> TimeZone::Load(std::string_view name) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' || c == '-' ||
           c == '+';
  };
  if (name.empty() || name.size() > 64 || name.front() == '/' ||
      !std::all_of(name.begin(), name.end(), fits)) {
    return Error{ErrorCode::kInvalidArgument, "a time zone is written like Asia/Seoul"};
  }
  auto bytes = ReadFile("/usr/share/zoneinfo/" + std::string(name), std::uint64_t{1} << 20);
  // Tables stand in the same folder, and zones that count leap seconds, as no clock here does.
  if (!bytes || !IsCompiledZone(*bytes) || name.starts_with("right/")) {
    return Error{ErrorCode::kNotFound, "the system knows no time zone " + std::string(name)};
  }
  return Parse(*bytes, name);
}

Result<TimeZone> TimeZone::Parse(std::span<const std::byte> file, std::string_view name) {
  if (!IsCompiledZone(file)) return Corrupt(name, "is no compiled time zone");
  if (std::to_integer<char>(file[4]) < '2') return Corrupt(name, "is of version 1");
  const std::size_t skip = kHeaderBytes + ReadCounts(file).BodyBytes(4);
  if (file.size() < skip || !IsCompiledZone(file.subspan(skip))) return Corrupt(name, "is cut off");
  file = file.subspan(skip);
  const Counts counts = ReadCounts(file);
  file = file.subspan(kHeaderBytes);
  if (counts.types == 0 || counts.times > 10'000 || counts.types > 256 ||
      file.size() < counts.BodyBytes(8) + 2) {
    return Corrupt(name, "is cut off");
  }
  const auto times = file.first(counts.times * 8);
  const auto indices = file.subspan(times.size(), counts.times);
  const auto types = file.subspan(times.size() + indices.size(), counts.types * 6);
  const auto offset_of = [&](std::size_t type) {
    return seconds(Signed32(types.subspan(type * 6)));
  };

  TimeZone zone;
  zone.before_first_ = offset_of(0);
  for (std::size_t i = 0; i < counts.times; ++i) {
    const std::size_t type = std::to_integer<std::size_t>(indices[i]);
    const auto at = static_cast<std::int64_t>(BigEndian(times.subspan(i * 8, 8)));
    if (type >= counts.types || (i > 0 && at <= zone.changes_.back().at)) {
      return Corrupt(name, "its changes are out of order");
    }
    zone.changes_.push_back({at, offset_of(type)});
  }
  const auto footer = file.subspan(counts.BodyBytes(8));
  const std::string text(reinterpret_cast<const char*>(footer.data()), footer.size());
  const auto end = text.find('\n', 1);
  if (text.front() != '\n' || end == std::string::npos) return Corrupt(name, "has no footer");
  if (end == 1) {  // no rule: the last offset goes on
    zone.footer_.standard =
        zone.changes_.empty() ? zone.before_first_ : zone.changes_.back().offset;
    return zone;
  }
  zone.footer_ = TRY(ParseFooter(std::string_view(text).substr(1, end - 1), name));
  return zone;
}

Result<TimeZone::Footer> TimeZone::ParseFooter(std::string_view text, std::string_view name) {
  const Error bad = Corrupt(name, "its footer can't be read");
  FooterText rest(text);
  Footer footer;
  if (!rest.SkipName() || !rest.Time(footer.standard)) return bad;
  footer.standard = -footer.standard;  // POSIX counts west of Greenwich
  if (rest.Done()) return footer;
  footer.has_daylight = true;
  footer.daylight = footer.standard + seconds(3600);
  if (!rest.SkipName()) return bad;
  if (rest.HasTime()) {
    if (!rest.Time(footer.daylight)) return bad;
    footer.daylight = -footer.daylight;
  }
  for (YearlyChange* change : {&footer.start, &footer.end}) {
    if (!rest.Skip(',')) return bad;
    if (rest.Skip('M')) {
      if (!rest.Number(change->month) || !rest.Skip('.') || !rest.Number(change->week) ||
          !rest.Skip('.') || !rest.Number(change->day)) {
        return bad;
      }
      if (change->month < 1 || change->month > 12 || change->week < 1 || change->week > 5 ||
          change->day > 6) {
        return bad;
      }
    } else {
      change->form = rest.Skip('J') ? YearlyChange::Form::kJulian : YearlyChange::Form::kDayOfYear;
      if (!rest.Number(change->day) || change->day > 365) return bad;
    }
    if (rest.Skip('/') && !rest.Time(change->time)) return bad;
  }
  if (!rest.Done()) return bad;
  return footer;
}

// Seconds since 1970 by the clock on the wall before the change.
std::int64_t TimeZone::ChangeInYear(const YearlyChange& change, int year) {
  using namespace std::chrono;
  const std::chrono::year y(year);
  sys_days day = y / January / 1;
  switch (change.form) {
    case YearlyChange::Form::kJulian:  // 1 to 365, 29 February never counted
      day += days(change.day - 1 + (y.is_leap() && change.day >= 60 ? 1 : 0));
      break;
    case YearlyChange::Form::kDayOfYear:
      day += days(change.day);
      break;
    case YearlyChange::Form::kWeekday: {
      const month m(static_cast<unsigned>(change.month));
      const weekday w(static_cast<unsigned>(change.day));
      day = change.week == 5 ? sys_days(y / m / w[last])
                             : sys_days(y / m / w[static_cast<unsigned>(change.week)]);
      break;
    }
  }
  return duration_cast<seconds>(day.time_since_epoch() + change.time).count();
}

seconds TimeZone::FooterOffset(std::int64_t at) const {
  if (!footer_.has_daylight) return footer_.standard;
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(seconds(at) + footer_.standard));
  const int year = static_cast<int>(std::chrono::year_month_day(day).year());
  const std::int64_t start = ChangeInYear(footer_.start, year) - footer_.standard.count();
  const std::int64_t end = ChangeInYear(footer_.end, year) - footer_.daylight.count();
  const bool daylight = start < end ? (start <= at && at < end) : (at < end || start <= at);
  return daylight ? footer_.daylight : footer_.standard;
}

seconds TimeZone::OffsetAt(Timestamp at) const {
  const std::int64_t second = std::chrono::floor<seconds>(at).time_since_epoch().count();
  if (changes_.empty() || second >= changes_.back().at) return FooterOffset(second);
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), second,
                                      [](std::int64_t t, const Change& c) { return t < c.at; });
  return after == changes_.begin() ? before_first_ : std::prev(after)->offset;
}

TimeZone::LocalTime TimeZone::ToLocal(Timestamp at) const {
  return LocalTime(std::chrono::floor<seconds>(at).time_since_epoch() + OffsetAt(at));
}

Timestamp TimeZone::FirstAt(LocalTime local) const {
  // Offsets differ by less than a day and change at most a few times in two: the offsets in force a
  // day before and after are all that can matter.
  const Timestamp near(local.time_since_epoch());
  const seconds before = OffsetAt(near - std::chrono::hours(24));
  const seconds after = OffsetAt(near + std::chrono::hours(24));
  const Timestamp by_before = near - before;
  const Timestamp by_after = near - after;
  const bool before_fits = OffsetAt(by_before) == before;
  const bool after_fits = OffsetAt(by_after) == after;
  if (before_fits && after_fits) return std::min(by_before, by_after);
  if (before_fits) return by_before;
  if (after_fits) return by_after;
  // Skipped: the moment of the change lies between the two readings.
  Timestamp low = std::min(by_before, by_after);
  Timestamp high = std::max(by_before, by_after);
  const seconds low_offset = OffsetAt(low);
  while (high - low > seconds(1)) {
    const Timestamp middle = low + (high - low) / 2;
    (OffsetAt(middle) == low_offset ? low : high) = middle;
  }
  return Timestamp(std::chrono::floor<seconds>(high).time_since_epoch());
}

}  // namespace jikimi::casework
