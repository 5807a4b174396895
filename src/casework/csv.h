#ifndef JIKIMI_CASEWORK_CSV_H_
#define JIKIMI_CASEWORK_CSV_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace jikimi::casework {

// A record of RFC 4180: the fields between two line ends, without their quotes.
struct CsvRecord {
  std::uint64_t row = 0;   // as a spreadsheet counts: from 1, the header and empty lines too
  std::uint64_t line = 0;  // of the file, on which it begins; a quoted field may have several
  std::size_t offset = 0;  // of its first byte: a reader can begin there
  std::vector<std::string> fields;

  // What is malformed in it. The fields are as well read as they can be, and the next record is.
  struct Fault {
    std::size_t field = 0;  // from 0
    std::string what;
  };
  std::optional<Fault> fault;

  // Nothing but separators and white space.
  bool IsBlank() const;
};

struct CsvLimits {
  std::size_t field_bytes = std::size_t{1} << 20;
  std::size_t record_bytes = std::size_t{8} << 20;
  std::size_t fields = 256;
};

// Reads records one by one from text in memory, in one pass over it. RFC 4180, with lines that end
// in CRLF or LF, the last one with or without; a byte order mark before them is passed over.
// Whether fields are UTF-8 is for their reader to check: nothing here looks at a byte but comma,
// quote, CR and LF.
class CsvReader {
 public:
  // Where a reader begins that goes on from a record's place.
  struct Start {
    std::size_t offset = 0;
    std::uint64_t row = 1;
    std::uint64_t line = 1;
  };

  // `text` must outlive it. Begins at its first byte.
  explicit CsvReader(std::string_view text, CsvLimits limits = {});
  CsvReader(std::string_view text, const Start& start, CsvLimits limits = {})
      : text_(text), limits_(limits), at_(start.offset), row_(start.row), line_(start.line) {}

  // The next record; none at the end. kCorrupt where the text can't be read further, and again at
  // each further call: a quote that is never closed (with the line on which it opened), or a field
  // or record over its limit. What a field holds never stands in a message.
  Result<std::optional<CsvRecord>> Next();

 private:
  enum class After { kField, kRecord, kEnd };
  Result<After> TakeField(CsvRecord& record);
  Result<void> TakeQuoted(std::string& field);
  std::string_view TakePlain();
  After TakeSeparator();
  bool AtLineEnd() const;

  std::string_view text_;
  CsvLimits limits_;
  std::size_t at_ = 0;
  std::uint64_t row_ = 1;
  std::uint64_t line_ = 1;
  std::optional<Error> failure_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CSV_H_
