#include "http/fields.h"

#include "base/check.h"
#include "http/time_text.h"

namespace jikimi::http {

namespace json = boost::json;

std::string TextOf(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  CHECK(value != nullptr && value->is_string());
  return std::string(value->get_string());
}

std::int64_t IntegerOf(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  CHECK(value != nullptr && value->is_int64());
  return value->get_int64();
}

std::string TextOr(const json::object& object, std::string_view name, std::string_view otherwise) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::string(otherwise);
  return TextOf(object, name);
}

bool TruthOr(const json::object& object, std::string_view name, bool otherwise) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return otherwise;
  CHECK(value->is_bool());
  return value->get_bool();
}

std::vector<std::string> TextsOf(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto* value = object.if_contains(name);
  if (value == nullptr) return texts;
  for (const json::value& text : value->as_array()) texts.emplace_back(text.as_string());
  return texts;
}

casework::Sheet SheetOf(const json::object& object, std::string_view name) {
  casework::Sheet sheet;
  const auto* value = object.if_contains(name);
  if (value == nullptr) return sheet;
  for (const auto& [code, text] : value->as_object()) {
    sheet.Set(std::string(code), std::string(text.as_string()));
  }
  return sheet;
}

Result<Timestamp> TimeOf(const json::object& object, std::string_view name) {
  auto time = ParseTime(TextOf(object, name));
  if (!time.has_value()) return Prefixed(name, time.error());
  return time;
}

Result<std::optional<Timestamp>> TimeIfAny(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::optional<Timestamp>();
  return std::optional<Timestamp>(TRY(TimeOf(object, name)));
}

std::string_view Shown(const vault::SecretBytes& text) {
  return {reinterpret_cast<const char*>(text.bytes().data()), text.bytes().size()};
}

json::object SheetJson(const casework::Sheet& sheet) {
  json::object object;
  for (const auto& [code, text] : sheet.fields()) object[code] = text;
  return object;
}

json::array TextsJson(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

json::value TimeJson(const std::optional<Timestamp>& time) {
  if (!time) return nullptr;
  return json::value(TimeText(*time));
}

}  // namespace jikimi::http
