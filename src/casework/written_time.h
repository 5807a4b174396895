#ifndef JIKIMI_CASEWORK_WRITTEN_TIME_H_
#define JIKIMI_CASEWORK_WRITTEN_TIME_H_

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "casework/time_zone.h"

namespace jikimi::casework {

// A day or time as a table of another system has it.
struct WrittenTime {
  Timestamp at;            // of a day its first moment
  bool whole_day = false;  // no time of day was written
};

// ISO 8601, years 0001 to 9999: "2019-03-05", "2019-03-05T14:30", "2019-03-05 14:30:15", the second
// with a fraction or without, then nothing (a clock on the wall in `zone`; one that is skipped in
// spring is the moment of the change, one that comes twice in autumn the first), "Z", or an offset
// like "+09:00". Anything else is kInvalidArgument.
Result<WrittenTime> ParseWrittenTime(std::string_view text, const TimeZone& zone);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_WRITTEN_TIME_H_
