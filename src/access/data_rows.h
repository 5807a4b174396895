#ifndef JIKIMI_ACCESS_DATA_ROWS_H_
#define JIKIMI_ACCESS_DATA_ROWS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Data files (TOML) as plain rows: [[kind]] tables, or one [kind] table, of texts (UTF-8 without
// U+0000), whole numbers and lists of texts. Each value is asked for once; what nobody asked for is
// an error of the file.
namespace jikimi::access {

class DataRow {
 public:
  // Each names file, line and key in its error.
  Result<std::string> Text(std::string_view key);  // needed, not empty
  Result<std::string> TextOr(std::string_view key, std::string_view otherwise);
  Result<std::int64_t> Number(std::string_view key);
  Result<std::set<std::string, std::less<>>> Codes(std::string_view key);  // a list without doubles
  // Refuses keys that nobody asked for.
  Result<void> CheckAllTaken() const;
  Error Wrong(std::string_view problem) const;

 private:
  friend class DataReader;
  std::string where_;  // "data/x.toml:12"
  std::map<std::string, std::string, std::less<>> texts_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
};

// Rows by kind. Malformed TOML and other shapes of value are kInvalidArgument with the line.
Result<std::map<std::string, std::vector<DataRow>, std::less<>>> ReadDataRows(
    std::string_view toml, std::string_view where);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_DATA_ROWS_H_
