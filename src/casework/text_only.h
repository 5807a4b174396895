#ifndef JIKIMI_CASEWORK_TEXT_ONLY_H_
#define JIKIMI_CASEWORK_TEXT_ONLY_H_

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

// What a file of a suspected minor's case may be: plain text, so that no byte of a picture or video
// is written, whatever the file is called. Documents, archives and tables of other programs are
// refused with them, since each can hold pictures.
namespace jikimi::casework {

// Reads a file piece by piece, before its bytes go anywhere. UTF-8 without control characters other
// than tab, line feed, form feed and carriage return, and without what announces an embedded
// picture or video (a data: address, a part of a mail). kUnsupported says what is taken instead,
// and at which byte the file stopped being that.
class TextOnly {
 public:
  Result<void> Append(std::span<const std::byte> piece);
  // At the end: nothing may be cut off.
  Result<void> Finish() const;

 private:
  std::string kept_;           // the end of what was read: a sequence, or a word, may be cut there
  std::size_t checked_ = 0;    // of `kept_`, already known to be text
  std::size_t kept_from_ = 0;  // where `kept_` stands in the file
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_TEXT_ONLY_H_
