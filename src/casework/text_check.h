#ifndef JIKIMI_CASEWORK_TEXT_CHECK_H_
#define JIKIMI_CASEWORK_TEXT_CHECK_H_

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace jikimi::casework {

enum class Emptiness { kAllowed, kRefused };

// Whether `text` can be kept: UTF-8 without U+0000, `max_bytes` at most. `what` stands in the
// message, the text never does.
Result<void> CheckText(std::string_view what, std::string_view text, std::size_t max_bytes,
                       Emptiness emptiness = Emptiness::kRefused);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_TEXT_CHECK_H_
