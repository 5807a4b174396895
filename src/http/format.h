#ifndef JIKIMI_HTTP_FORMAT_H_
#define JIKIMI_HTTP_FORMAT_H_

#include <optional>
#include <string_view>

namespace jikimi::http {

// The formats that a schema may ask of a text, or of a number (the last two).
enum class Format {
  kId,        // 32 lower-case hex digits
  kUuid,      // RFC 9562, either case
  kDate,      // RFC 3339 full-date of a day that exists
  kDateTime,  // RFC 3339 date-time, up to nine digits of a second, no leap second
  kUri,       // http or https, ASCII, RFC 3986
  kEmail,     // one '@', RFC 5321 lengths, a domain of letters, digits, '-' and '.'
  kNothing,   // "binary", "password": says something to people only
  kInt32,
  kInt64,
};

std::optional<Format> ParseFormat(std::string_view name);

// Whether a text has the format; true for those of numbers.
bool HasFormat(std::string_view text, Format format);

// "a date such as 2026-07-01": for messages.
std::string_view DescribeFormat(Format format);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_FORMAT_H_
