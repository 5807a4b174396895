#include "casework/contact_windows.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace jikimi::casework {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::size_t kMaxWindows = 64;

Error Wrong(std::string what) { return {ErrorCode::kInvalidArgument, std::move(what)}; }

// "hh:mm", up to 24:00; -1 for anything else.
int MinutesOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{4}}) {
    if (text[i] < '0' || text[i] > '9') return -1;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int rest = (text[3] - '0') * 10 + (text[4] - '0');
  if (rest > 59 || hours * 60 + rest > 24 * 60) return -1;
  return hours * 60 + rest;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<ContactWindows> ContactWindows::Create(std::string zone,
                                              std::vector<ContactWindow> windows) {
  if (windows.size() > kMaxWindows) return Wrong("there are over 64 contact windows");
  for (const ContactWindow& window : windows) {
    if (!window.day.ok() || window.from < minutes(0) || window.from >= window.to ||
        window.to > minutes(24 * 60)) {
      return Wrong("a contact window ends after it begins, on one day");
    }
  }
  auto loaded = TimeZone::Load(zone);
  if (!loaded) {
    Error error = std::move(loaded).error();
    if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kInvalidArgument;
    return error;
  }
  ContactWindows made;
  made.zone_name_ = std::move(zone);
  made.zone_ = std::move(*loaded);
  made.windows_ = std::move(windows);
  return made;
}

Result<ContactWindows> ContactWindows::Parse(std::string_view text) {
  std::string zone;
  std::vector<ContactWindow> windows;
  for (bool first = true; !text.empty(); first = false) {
    const auto end = text.find(';');
    const std::string_view piece = Trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (first) {
      zone = piece;
      continue;
    }
    const std::string shown = "'" + std::string(piece.substr(0, 32)) + "'";
    if (piece.size() != 15 || piece[3] != ' ' || piece[9] != '-') {
      return Wrong("a contact window is written like mon 19:00-21:00, not " + shown);
    }
    const auto day = std::find(kDays.begin(), kDays.end(), piece.substr(0, 3));
    const int from = MinutesOf(piece.substr(4, 5));
    const int to = MinutesOf(piece.substr(10, 5));
    if (day == kDays.end() || from < 0 || to < 0) return Wrong("no such day or time: " + shown);
    windows.push_back({std::chrono::weekday(static_cast<unsigned>(day - kDays.begin())),
                       minutes(from), minutes(to)});
  }
  return Create(std::move(zone), std::move(windows));
}

std::string ContactWindows::ToText() const {
  std::string text = zone_name_;
  for (const ContactWindow& window : windows_) {
    char piece[64];
    const int from = static_cast<int>(window.from.count());
    const int to = static_cast<int>(window.to.count());
    std::snprintf(piece, sizeof(piece), "; %s %02d:%02d-%02d:%02d",
                  kDays[window.day.c_encoding()].data(), from / 60, from % 60, to / 60, to % 60);
    text += piece;
  }
  return text;
}

bool ContactWindows::IsOpen(Timestamp at) const {
  if (!zone_) return false;
  const TimeZone::LocalTime local = zone_->ToLocal(at);
  const auto day = std::chrono::floor<days>(local);
  const auto time = local - day;
  return std::any_of(windows_.begin(), windows_.end(), [&](const ContactWindow& window) {
    return std::chrono::weekday(day) == window.day && window.from <= time && time < window.to;
  });
}

std::optional<Timestamp> ContactWindows::NextOpen(Timestamp from) const {
  if (!zone_) return std::nullopt;
  if (IsOpen(from)) return from;
  std::optional<Timestamp> next;
  const auto today = std::chrono::floor<days>(zone_->ToLocal(from));
  for (int ahead = 0; ahead <= 15; ++ahead) {
    const auto day = today + days(ahead);
    for (const ContactWindow& window : windows_) {
      if (std::chrono::weekday(day) != window.day) continue;
      const Timestamp begins = zone_->FirstAt(day + window.from);
      if (begins >= from && IsOpen(begins) && (!next || begins < *next)) next = begins;
    }
    if (next) return next;
  }
  return std::nullopt;
}

}  // namespace jikimi::casework
