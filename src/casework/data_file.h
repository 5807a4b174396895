#ifndef JIKIMI_CASEWORK_DATA_FILE_H_
#define JIKIMI_CASEWORK_DATA_FILE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "casework/civil_day.h"

// Tables that a centre may edit: TOML files that consist of rows, `[[section]]`, of plain values.
// Whatever is wrong in one is kInvalidArgument and says which file, line and key.
namespace jikimi::casework {

class DataRow {
 public:
  const std::string& section() const { return section_; }
  // "harms.toml:12"
  const std::string& where() const { return where_; }

  // The value of a key. Missing, or of another type: an error. A text is not empty. All texts are
  // UTF-8 without U+0000.
  Result<std::string> Text(const std::string& key) const;
  Result<std::vector<std::string>> Texts(const std::string& key) const;
  Result<std::int64_t> Number(const std::string& key, std::int64_t least, std::int64_t most) const;
  Result<bool> Flag(const std::string& key) const;
  Result<CivilDay> Day(const std::string& key) const;
  bool Has(const std::string& key) const { return values_.contains(key); }

  // `from` and, when it is there, `to`, which must come later.
  Result<DayRange> Days() const;

  // An error that names the row.
  Error Wrong(std::string_view what) const;
  // Refuses keys that nothing above was asked for: a misspelt key is not silently ignored.
  Result<void> CheckAllRead() const;

 private:
  using Value = std::variant<std::string, std::int64_t, bool, CivilDay, std::vector<std::string>>;
  friend Result<std::vector<DataRow>> ParseDataFile(std::string_view, std::string_view);

  template <typename T>
  Result<T> Get(const std::string& key, const char* type) const;

  std::string section_;
  std::string where_;
  std::map<std::string, Value> values_;
  mutable std::set<std::string> read_;
};

// The rows of a file in their order. `name` stands in messages.
Result<std::vector<DataRow>> ParseDataFile(std::string_view name, std::string_view text);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_DATA_FILE_H_
