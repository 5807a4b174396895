#include "casework/sheet.h"

#include <boost/json.hpp>

namespace jikimi::casework {

const std::string& Sheet::Get(const std::string& code) const {
  static const std::string kNone;
  const auto found = fields_.find(code);
  return found == fields_.end() ? kNone : found->second;
}

void Sheet::Set(const std::string& code, std::string text) {
  if (text.empty()) {
    fields_.erase(code);
  } else {
    fields_[code] = std::move(text);
  }
}

std::string Sheet::ToJson() const {
  boost::json::object object;
  for (const auto& [code, text] : fields_) object[code] = text;
  return boost::json::serialize(object);
}

Result<Sheet> Sheet::FromJson(std::string_view json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  if (error || !value.is_object()) return Error{ErrorCode::kCorrupt, "a sheet is a JSON object"};
  Sheet sheet;
  for (const auto& [code, text] : value.get_object()) {
    if (!text.is_string()) return Error{ErrorCode::kCorrupt, "a sheet holds texts"};
    sheet.fields_[std::string(code)] = std::string(text.get_string());
  }
  return sheet;
}

}  // namespace jikimi::casework
