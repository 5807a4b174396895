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
#include "vault/secret_bytes.h"

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

// A code or a secret for showing once: the text that it is.
std::string_view Shown(const vault::SecretBytes& text);

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
inline vault::CaseId CaseOf(const Request& request) {
  return IdParameter<vault::CaseId>(request, "case_id");
}
// An approval's or a consent's id: 32 digits of 0-9 and a-f, elsewise kInvalidArgument.
template <typename Id>
Result<Id> OpaqueIdFrom(std::string_view text) {
  const auto bytes = casework::internal::ParseIdText(text);
  if (!bytes) return Error{ErrorCode::kInvalidArgument, "an id is 32 digits of 0-9 and a-f"};
  return Id{*bytes};
}
template <typename Id>
boost::json::value IdJson(const std::optional<Id>& id) {
  if (!id) return nullptr;
  return boost::json::value(casework::IdText(*id));
}

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_FIELDS_H_
