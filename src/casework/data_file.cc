#include "casework/data_file.h"

#include <algorithm>
#include <sstream>
#include <toml.hpp>

#include "store/utf8.h"

namespace jikimi::casework {
namespace {

std::string At(std::string_view name, const toml::value& value) {
  return std::string(name) + ":" + std::to_string(value.location().line());
}

Error Refused(const std::string& where, const std::string& what) {
  return {ErrorCode::kInvalidArgument, where + ": " + what};
}

// toml11 says what is wrong over several lines with a drawing of the place; the first line says it.
std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

template <typename T>
Result<T> DataRow::Get(const std::string& key, const char* type) const {
  read_.insert(key);
  const auto found = values_.find(key);
  if (found == values_.end()) return Wrong("'" + key + "' is missing");
  const T* value = std::get_if<T>(&found->second);
  if (!value) return Wrong("'" + key + "' is not " + type);
  return *value;
}

Result<std::string> DataRow::Text(const std::string& key) const {
  auto text = TRY(Get<std::string>(key, "a text"));
  if (text.empty()) return Wrong("'" + key + "' is empty");
  return text;
}

Result<std::vector<std::string>> DataRow::Texts(const std::string& key) const {
  return Get<std::vector<std::string>>(key, "a list of texts");
}

Result<std::int64_t> DataRow::Number(const std::string& key, std::int64_t least,
                                     std::int64_t most) const {
  const std::int64_t number = TRY(Get<std::int64_t>(key, "a whole number"));
  if (number < least || number > most) {
    return Wrong("'" + key + "' is not between " + std::to_string(least) + " and " +
                 std::to_string(most));
  }
  return number;
}

Result<bool> DataRow::Flag(const std::string& key) const { return Get<bool>(key, "true or false"); }

Result<CivilDay> DataRow::Day(const std::string& key) const { return Get<CivilDay>(key, "a date"); }

Result<DayRange> DataRow::Days() const {
  DayRange days{TRY(Day("from"))};
  if (Has("to")) {
    days.to = TRY(Day("to"));
    if (days.to <= days.from) return Wrong("'to' is not after 'from'");
  }
  return days;
}

Error DataRow::Wrong(std::string_view what) const {
  return Refused(where_, "[[" + section_ + "]]: " + std::string(what));
}

Result<void> DataRow::CheckAllRead() const {
  for (const auto& [key, value] : values_) {
    if (!read_.contains(key)) return Wrong("'" + key + "' is not known here");
  }
  return {};
}

Result<std::vector<DataRow>> ParseDataFile(std::string_view name, std::string_view text) {
  std::vector<std::pair<std::size_t, DataRow>> rows;  // by their first line
  try {
    std::istringstream stream{std::string(text)};
    const toml::value file = toml::parse(stream, std::string(name));
    for (const auto& [section, list] : file.as_table()) {
      if (!list.is_array())
        return Refused(At(name, list), "'" + section + "' is not a [[section]]");
      for (const toml::value& entry : list.as_array()) {
        if (!entry.is_table()) return Refused(At(name, entry), "'" + section + "' holds no tables");
        DataRow row;
        row.section_ = section;
        row.where_ = At(name, entry);
        for (const auto& [key, value] : entry.as_table()) {
          if (value.is_string()) {
            if (!store::IsText(value.as_string().str))
              return row.Wrong("'" + key + "' is no UTF-8 text");
            row.values_[key] = value.as_string().str;
          } else if (value.is_integer()) {
            row.values_[key] = std::int64_t{value.as_integer()};
          } else if (value.is_boolean()) {
            row.values_[key] = bool{value.as_boolean()};
          } else if (value.is_local_date()) {
            const toml::local_date date = value.as_local_date();
            const std::chrono::year_month_day day(std::chrono::year(date.year),
                                                  std::chrono::month(unsigned(date.month) + 1),
                                                  std::chrono::day(unsigned(date.day)));
            if (!day.ok()) return row.Wrong("'" + key + "': there is no such day");
            row.values_[key] = CivilDay(day);
          } else if (value.is_array()) {
            std::vector<std::string> texts;
            for (const toml::value& one : value.as_array()) {
              if (!one.is_string() || !store::IsText(one.as_string().str)) {
                return row.Wrong("'" + key + "' holds something but UTF-8 texts");
              }
              texts.push_back(one.as_string().str);
            }
            row.values_[key] = std::move(texts);
          } else {
            return row.Wrong("'" + key + "' is of a type that isn't used here");
          }
        }
        rows.emplace_back(entry.location().line(), std::move(row));
      }
    }
  } catch (const std::exception& exception) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(name) + ": " + FirstLine(exception.what())};
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<DataRow> in_order;
  for (auto& [line, row] : rows) in_order.push_back(std::move(row));
  return in_order;
}

}  // namespace jikimi::casework
