#ifndef JIKIMI_FINGERPRINT_FRAME_WORDS_H_
#define JIKIMI_FINGERPRINT_FRAME_WORDS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fingerprint/fingerprint.h"

namespace jikimi::fingerprint {

// vPDQ's text form: a line a frame, "frame,quality,hash,timestamp" with the time in seconds and
// three decimals, as the published reference writes it.
std::string FrameWordsToVpdq(std::span<const FrameWord> frames);

// The inverse, with times to the millisecond. Empty lines are skipped. A line that isn't of the
// form, a quality over 100, or a time or frame number that falls: kInvalidArgument, with the line's
// number.
Result<std::vector<FrameWord>> FrameWordsFromVpdq(std::string_view text);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_FRAME_WORDS_H_
