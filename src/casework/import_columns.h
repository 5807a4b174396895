#ifndef JIKIMI_CASEWORK_IMPORT_COLUMNS_H_
#define JIKIMI_CASEWORK_IMPORT_COLUMNS_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "casework/csv.h"
#include "casework/import.h"
#include "casework/rulebook.h"
#include "casework/time_zone.h"

// The rows of a CSV file of old cases. doc/import.md has the table of columns; a test keeps it
// equal to ImportColumns::All().
namespace jikimi::casework {

class ImportColumns {
 public:
  struct Column {
    std::string name;
    bool required = false;  // in the header, and filled in each row
  };
  // Every column that there is: what a case is besides its report's sheet, then the fields of that
  // (data/case_fields.toml).
  static std::vector<Column> All(const Rulebook& rules);

  // From the header row, columns in any order; names are read without white space around them.
  // kInvalidArgument for a column that is not known, stands twice, or is required and missing, and
  // where the header can't be that of a comma-separated UTF-8 file. `rules` must outlive it.
  static Result<ImportColumns> Parse(const Rulebook& rules, const CsvRecord& header);

  struct Problem {
    std::string column;  // "" when it is of the row as a whole
    std::string what;
  };
  struct Reading {
    OldCase old_case;               // to be used when there is no problem
    std::vector<Problem> problems;  // all of the row's
  };
  struct When {
    const TimeZone& zone;  // of times without an offset
    Timestamp now;         // nothing may be later
  };
  // Pure. No text that a person wrote stands in a problem but a wrong code.
  Reading Read(const CsvRecord& row, const When& when) const;

 private:
  friend class ImportRowReader;
  // The codes of a list by their names in either language, normalised, besides the codes
  // themselves.
  using Names = std::map<std::string, std::string>;

  explicit ImportColumns(const Rulebook& rules) : rules_(&rules) {}
  static Names NamesOf(const CodeList& codes);

  const Rulebook* rules_;
  std::vector<Column> all_;
  std::size_t width_ = 0;  // of the header
  std::map<std::string, std::size_t, std::less<>> places_;
  Names harms_;
  Names url_places_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_IMPORT_COLUMNS_H_
