#include "http/format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "http/characters.h"
#include "http/headers.h"

namespace jikimi::http {
namespace {

bool AllOf(std::string_view text, bool (*is)(char)) {
  return std::all_of(text.begin(), text.end(), is);
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : HexValue(text[i]) < 0) return false;
  }
  return true;
}

// Takes exactly `digits` digits off the front; -1 when they aren't there.
int TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits || !AllOf(text.substr(0, digits), [](char c) { return IsDigit(c); })) {
    return -1;
  }
  int number = 0;
  for (const char c : text.substr(0, digits)) number = number * 10 + (c - '0');
  text.remove_prefix(digits);
  return number;
}

bool TakeCharacter(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool TakeDate(std::string_view& text) {
  const int year = TakeNumber(text, 4);
  if (year < 0 || !TakeCharacter(text, "-")) return false;
  const int month = TakeNumber(text, 2);
  if (month < 0 || !TakeCharacter(text, "-")) return false;
  const int day = TakeNumber(text, 2);
  if (day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

// "hh:mm", within a day.
bool TakeHourAndMinute(std::string_view& text) {
  const int hour = TakeNumber(text, 2);
  if (hour < 0 || hour > 23 || !TakeCharacter(text, ":")) return false;
  const int minute = TakeNumber(text, 2);
  return minute >= 0 && minute <= 59;
}

bool IsDateTime(std::string_view text) {
  if (!TakeDate(text) || !TakeCharacter(text, "Tt") || !TakeHourAndMinute(text) ||
      !TakeCharacter(text, ":")) {
    return false;
  }
  const int second = TakeNumber(text, 2);
  if (second < 0 || second > 59) return false;
  if (TakeCharacter(text, ".")) {
    std::size_t digits = 0;
    while (TakeNumber(text, 1) >= 0) ++digits;
    if (digits < 1 || digits > 9) return false;
  }
  if (TakeCharacter(text, "Zz")) return text.empty();
  return TakeCharacter(text, "+-") && TakeHourAndMinute(text) && text.empty();
}

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, end);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !AllOf(label, [](char c) { return IsAlpha(c) || IsDigit(c) || c == '-'; })) {
      return false;
    }
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

bool IsUri(std::string_view text) {
  constexpr std::array<std::string_view, 2> kSchemes = {"http://", "https://"};
  const auto scheme = std::find_if(kSchemes.begin(), kSchemes.end(), [&](std::string_view name) {
    return EqualIgnoringCase(text.substr(0, name.size()), name);
  });
  if (scheme == kSchemes.end()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] <= ' ' || IsControl(text[i]) || static_cast<unsigned char>(text[i]) >= 0x80 ||
        std::string_view("\"<>\\^`{|}").find(text[i]) != std::string_view::npos) {
      return false;
    }
    if (text[i] == '%' &&
        (i + 2 >= text.size() || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0)) {
      return false;
    }
  }
  text.remove_prefix(scheme->size());
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  const std::string_view host = authority.substr(authority.rfind('@') + 1);
  return !host.empty() && host.front() != ':';
}

bool IsEmail(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return false;
  const std::string_view local = text.substr(0, at);
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos ||
      !AllOf(local, [](char c) {
        return IsTokenCharacter(c) || c == '/' || c == '=' || c == '?' || c == '{' || c == '}';
      })) {
    return false;
  }
  return IsHostName(text.substr(at + 1));
}

constexpr std::array<std::pair<std::string_view, Format>, 10> kNames = {{
    {"id", Format::kId},
    {"uuid", Format::kUuid},
    {"date", Format::kDate},
    {"date-time", Format::kDateTime},
    {"uri", Format::kUri},
    {"email", Format::kEmail},
    {"binary", Format::kNothing},
    {"password", Format::kNothing},
    {"int32", Format::kInt32},
    {"int64", Format::kInt64},
}};

}  // namespace

std::optional<Format> ParseFormat(std::string_view name) {
  for (const auto& [known, format] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

bool HasFormat(std::string_view text, Format format) {
  switch (format) {
    case Format::kId:
      return text.size() == 32 &&
             AllOf(text, [](char c) { return HexValue(c) >= 0 && ToLower(c) == c; });
    case Format::kUuid:
      return IsUuid(text);
    case Format::kDate:
      return TakeDate(text) && text.empty();
    case Format::kDateTime:
      return IsDateTime(text);
    case Format::kUri:
      return IsUri(text);
    case Format::kEmail:
      return IsEmail(text);
    case Format::kNothing:
    case Format::kInt32:
    case Format::kInt64:
      return true;
  }
  return false;
}

std::string_view DescribeFormat(Format format) {
  switch (format) {
    case Format::kId:
      return "an id of 32 lower-case hex digits";
    case Format::kUuid:
      return "a UUID";
    case Format::kDate:
      return "a date such as 2026-07-01";
    case Format::kDateTime:
      return "a time such as 2026-07-01T09:30:00+09:00";
    case Format::kUri:
      return "an http or https URL";
    case Format::kEmail:
      return "an e-mail address";
    case Format::kNothing:
      return "a text";
    case Format::kInt32:
      return "an integer of 32 bits";
    case Format::kInt64:
      return "an integer of 64 bits";
  }
  return "";
}

}  // namespace jikimi::http
