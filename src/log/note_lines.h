#ifndef JIKIMI_LOG_NOTE_LINES_H_
#define JIKIMI_LOG_NOTE_LINES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/merkle.h"

// Reading the texts of notes; private to this room.
namespace jikimi::log {

// Takes lines off the front of a text, which must outlive it as `what` must.
class NoteLines {
 public:
  NoteLines(std::string_view what, std::string_view text) : what_(what), rest_(text) {}

  Result<std::string_view> Take();
  // What follows `prefix` on the next line, which must begin with it.
  Result<std::string_view> TakeBehind(std::string_view prefix);
  // About the line that was taken last.
  Error Wrong(std::string problem) const;
  std::string_view rest() const { return rest_; }

 private:
  std::string_view what_;
  std::string_view rest_;
  int number_ = 0;
};

// A number without sign or leading zeros.
std::optional<std::uint64_t> ReadNumber(std::string_view text);
// 32 bytes in base64.
std::optional<TreeHash> ReadHash(std::string_view text);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_NOTE_LINES_H_
