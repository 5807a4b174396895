#include "log/entry_kind.h"

#include <string>

namespace jikimi::log {

Result<EntryKind> EntryKind::Parse(std::string_view code) {
  const auto* row = Find(code);
  if (row == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 "no kind of log entry has this code of " + std::to_string(code.size()) + " bytes"};
  }
  return EntryKind(row);
}

}  // namespace jikimi::log
