#ifndef JIKIMI_CASEWORK_SHEET_H_
#define JIKIMI_CASEWORK_SHEET_H_

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace jikimi::casework {

// What is personal in one record, as it is sealed: texts by the code of their field
// (data/case_fields.toml). Its bytes are a JSON object with its names in order.
class Sheet {
 public:
  static constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
  static constexpr std::size_t kMaxFields = 64;

  Sheet() = default;
  Sheet(std::initializer_list<std::pair<const std::string, std::string>> fields)
      : fields_(fields) {}

  const std::map<std::string, std::string>& fields() const { return fields_; }
  bool empty() const { return fields_.empty(); }
  bool Has(const std::string& code) const { return fields_.contains(code); }
  // The text, or "" when there is none.
  const std::string& Get(const std::string& code) const;
  // An empty text takes the field off.
  void Set(const std::string& code, std::string text);

  std::string ToJson() const;
  // The inverse; kCorrupt when the bytes aren't a JSON object of texts.
  static Result<Sheet> FromJson(std::string_view json);

  friend bool operator==(const Sheet&, const Sheet&) = default;

 private:
  std::map<std::string, std::string> fields_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_SHEET_H_
