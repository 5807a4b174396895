#include "casework/text_check.h"

#include <string>

#include "store/utf8.h"

namespace jikimi::casework {

Result<void> CheckText(std::string_view what, std::string_view text, std::size_t max_bytes,
                       Emptiness emptiness) {
  if (text.empty() && emptiness == Emptiness::kRefused) {
    return Error{ErrorCode::kInvalidArgument, std::string(what) + " is empty"};
  }
  if (text.size() > max_bytes) {
    return Error{ErrorCode::kInvalidArgument, std::string(what) + " has " +
                                                  std::to_string(text.size()) + " bytes, " +
                                                  std::to_string(max_bytes) + " at most"};
  }
  const std::size_t bad = store::FindBadText(text);
  if (bad < text.size()) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(what) + " is not UTF-8 text at byte " + std::to_string(bad)};
  }
  return {};
}

}  // namespace jikimi::casework
