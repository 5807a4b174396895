#include "access/data_rows.h"

#include <sstream>
#include <toml.hpp>

#include "store/utf8.h"

namespace jikimi::access {

class DataReader {
 public:
  explicit DataReader(std::string_view where) : where_(where) {}

  Result<DataRow> ToRow(const toml::value& table) const {
    DataRow row;
    row.where_ = Place(table);
    if (!table.is_table()) return row.Wrong("a table is expected");
    for (const auto& [key, value] : table.as_table()) {
      if (value.is_string()) {
        if (!store::IsText(value.as_string().str))
          return row.Wrong("'" + key + "' is no UTF-8 text");
        row.texts_.emplace(key, value.as_string().str);
      } else if (value.is_integer()) {
        row.numbers_.emplace(key, value.as_integer());
      } else if (value.is_array()) {
        auto& list = row.lists_[key];
        for (const auto& entry : value.as_array()) {
          if (!entry.is_string() || !store::IsText(entry.as_string().str)) {
            return row.Wrong("'" + key + "' must be a list of UTF-8 texts");
          }
          list.push_back(entry.as_string().str);
        }
      } else {
        return row.Wrong("'" + key + "' must be a text, a whole number or a list of texts");
      }
    }
    return row;
  }

 private:
  std::string Place(const toml::value& value) const {
    return where_ + ":" + std::to_string(value.location().line());
  }

  std::string where_;
};

Error DataRow::Wrong(std::string_view problem) const {
  return {ErrorCode::kInvalidArgument, where_ + ": " + std::string(problem)};
}

Result<std::string> DataRow::Text(std::string_view key) {
  auto text = TRY(TextOr(key, ""));
  if (text.empty()) return Wrong("'" + std::string(key) + "' is missing or empty");
  return text;
}

Result<std::string> DataRow::TextOr(std::string_view key, std::string_view otherwise) {
  const auto found = texts_.find(key);
  if (found == texts_.end()) return std::string(otherwise);
  std::string text = std::move(found->second);
  texts_.erase(found);
  return text;
}

Result<std::int64_t> DataRow::Number(std::string_view key) {
  const auto found = numbers_.find(key);
  if (found == numbers_.end()) return Wrong("'" + std::string(key) + "' is missing");
  const auto number = found->second;
  numbers_.erase(found);
  return number;
}

Result<std::set<std::string, std::less<>>> DataRow::Codes(std::string_view key) {
  const auto found = lists_.find(key);
  if (found == lists_.end()) return Wrong("the list '" + std::string(key) + "' is missing");
  std::set<std::string, std::less<>> codes;
  for (auto& code : found->second) {
    if (!codes.insert(code).second) {
      return Wrong("'" + std::string(key) + "' has " + code + " twice");
    }
  }
  lists_.erase(found);
  return codes;
}

Result<void> DataRow::CheckAllTaken() const {
  std::string key;
  if (!texts_.empty()) key = texts_.begin()->first;
  if (!numbers_.empty()) key = numbers_.begin()->first;
  if (!lists_.empty()) key = lists_.begin()->first;
  if (!key.empty()) return Wrong("'" + key + "' is no key of this table, or of another type");
  return {};
}

Result<std::map<std::string, std::vector<DataRow>, std::less<>>> ReadDataRows(
    std::string_view toml, std::string_view where) {
  toml::value file;
  try {
    std::istringstream stream{std::string(toml)};
    file = toml::parse(stream, std::string(where));
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInvalidArgument, std::string(where) + ": " + error.what()};
  }
  const DataReader reader(where);
  std::map<std::string, std::vector<DataRow>, std::less<>> rows;
  for (const auto& [kind, value] : file.as_table()) {
    if (!value.is_array()) {
      rows[kind].push_back(TRY(reader.ToRow(value)));
      continue;
    }
    for (const auto& table : value.as_array()) rows[kind].push_back(TRY(reader.ToRow(table)));
  }
  return rows;
}

}  // namespace jikimi::access
