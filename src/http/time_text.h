#ifndef JIKIMI_HTTP_TIME_TEXT_H_
#define JIKIMI_HTTP_TIME_TEXT_H_

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace jikimi::http {

// Moments as the API writes them: RFC 3339 in UTC with microseconds, years 0000 to 9999; what is
// outside is clamped to that.
std::string TimeText(Timestamp time);

// Reads RFC 3339 with any offset and up to 9 digits of a second's fraction (what is under a
// microsecond is cut off). A leap second counts as the second after. kInvalidArgument.
Result<Timestamp> ParseTime(std::string_view text);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_TIME_TEXT_H_
