#ifndef JIKIMI_HTTP_FIELDS_H_
#define JIKIMI_HTTP_FIELDS_H_

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "casework/record_ids.h"
#include "casework/sheet.h"
#include "http/request.h"

// Reading request bodies that were checked against their schema, and writing what many responses
// have. What the schema can't say (an id's record, a known code) is an error of the rooms below.
namespace jikimi::http {

// A required member; another type than the schema's is a bug of the route.
std::string TextOf(const boost::json::object& object, std::string_view name);
std::int64_t IntegerOf(const boost::json::object& object, std::string_view name);
// Optional ones.
std::string TextOr(const boost::json::object& object, std::string_view name,
                   std::string_view otherwise);
bool TruthOr(const boost::json::object& object, std::string_view name, bool otherwise);
std::vector<std::string> TextsOf(const boost::json::object& object, std::string_view name);
// {"name": "text", …}; no such member: an empty sheet.
casework::Sheet SheetOf(const boost::json::object& object, std::string_view name);
// kInvalidArgument, naming the member, when the text is no time.
Result<Timestamp> TimeOf(const boost::json::object& object, std::string_view name);
Result<std::optional<Timestamp>> TimeIfAny(const boost::json::object& object,
                                           std::string_view name);

boost::json::object SheetJson(const casework::Sheet& sheet);
boost::json::array TextsJson(const std::vector<std::string>& texts);
boost::json::value TimeJson(const std::optional<Timestamp>& time);  // or null

// An id in a path or query, or in a body. The description bounds its form, so another one is a bug.
template <typename Id>
Id IdParameter(const Request& request, std::string_view name) {
  return casework::ParseId<Id>(request.Text(name)).value();
}
template <typename Id>
Id IdOf(const boost::json::object& object, std::string_view name) {
  return casework::ParseId<Id>(TextOf(object, name)).value();
}
template <typename Id>
std::optional<Id> IdIfAny(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return IdOf<Id>(object, name);
}
template <typename Id>
boost::json::value IdJson(const std::optional<Id>& id) {
  if (!id) return nullptr;
  return boost::json::value(casework::IdText(*id));
}

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_FIELDS_H_
