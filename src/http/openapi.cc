#include "http/openapi.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <set>

#include "http/json.h"
#include "http/openapi_json.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 100;

std::string Text(const json::string& text) { return {text.data(), text.size()}; }
std::string_view View(json::string_view text) { return {text.data(), text.size()}; }

Error Wrong(const std::string& where, std::string_view what) {
  return {ErrorCode::kInvalidArgument, "API description, " + where + ": " + std::string(what)};
}

// An object of the document, and where it stands; a "$ref" in its place is followed.
struct Place {
  const json::object* object = nullptr;
  std::string pointer;
};

Result<Place> Follow(const json::value& document, std::string pointer) {
  for (int steps = 0; steps < 10; ++steps) {
    const json::value* value = Resolve(document, pointer);
    if (!value || !value->is_object()) return Wrong(pointer, "there is no object");
    const json::value* reference = value->get_object().if_contains("$ref");
    if (!reference) return Place{&value->get_object(), std::move(pointer)};
    if (!reference->is_string()) return Wrong(pointer, "$ref is no text");
    pointer = Text(reference->get_string());
  }
  return Wrong(pointer, "refers to itself");
}

// Refuses names that would be read as if they weren't there.
template <std::size_t kCount>
Result<void> OnlyKnows(const Place& place, const std::array<std::string_view, kCount>& known) {
  for (const auto& [key, unused] : *place.object) {
    const std::string_view name = View(key);
    if (!name.starts_with("x-") && std::find(known.begin(), known.end(), name) == known.end()) {
      return Wrong(place.pointer, "'" + std::string(name) + "' isn't supported");
    }
  }
  return {};
}

Result<std::string> TextOf(const Place& place, std::string_view name) {
  const json::value* value = place.object->if_contains(name);
  if (!value || !value->is_string()) return Wrong(place.pointer, std::string(name) + " is no text");
  return Text(value->get_string());
}

Result<bool> FlagOf(const Place& place, std::string_view name) {
  const json::value* value = place.object->if_contains(name);
  if (!value) return false;
  if (!value->is_bool()) return Wrong(place.pointer, std::string(name) + " is no boolean");
  return value->get_bool();
}

std::optional<Method> MethodOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Method>, 5> kMethods = {
      {{"get", Method::kGet},
       {"post", Method::kPost},
       {"put", Method::kPut},
       {"patch", Method::kPatch},
       {"delete", Method::kDelete}}};
  for (const auto& [known, method] : kMethods) {
    if (known == name) return method;
  }
  return std::nullopt;
}

bool IsScalar(std::string_view type) {
  return type == "string" || type == "integer" || type == "number" || type == "boolean";
}

}  // namespace

const Parameter* Operation::FindParameter(ParameterIn in, std::string_view name) const {
  for (const Parameter& parameter : parameters) {
    if (parameter.in != in) continue;
    if (in == ParameterIn::kHeader ? EqualIgnoringCase(parameter.name, name)
                                   : parameter.name == name) {
      return &parameter;
    }
  }
  return nullptr;
}

struct OpenApi::State {
  explicit State(json::value parsed)
      : document(std::move(parsed)), text(json::serialize(document)), schemas(document) {}

  const json::value document;
  const std::string text;
  Schemas schemas;
  std::vector<std::unique_ptr<Operation>> operations;
  std::map<std::string, const Operation*, std::less<>> by_id;

  Result<void> ReadPaths();
  Result<void> ReadOperation(Method method, const std::string& path, const Place& path_item,
                             const Place& place);
  Result<void> ReadParameters(const Place& holder, Operation& operation);
  Result<Parameter> ReadParameter(const Place& place);
  Result<void> ReadExtensions(const Place& place, Operation& operation);
  Result<void> ReadSecurity(const Place& place, Operation& operation);
  Result<void> ReadBody(const Place& place, Operation& operation);
  Result<void> ReadResponses(const Place& place, Operation& operation);
  Result<std::map<std::string, Schema, std::less<>>> ReadContent(const Place& holder);
  Result<void> CheckPathParameters(const Operation& operation, const std::string& where);
};

OpenApi::OpenApi(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpenApi::OpenApi(OpenApi&&) noexcept = default;
OpenApi& OpenApi::operator=(OpenApi&&) noexcept = default;
OpenApi::~OpenApi() = default;

Result<OpenApi> OpenApi::Embedded() { return Parse(OpenApiJson()); }

Result<OpenApi> OpenApi::Parse(std::string_view text) {
  auto document = ParseJson(text, kMaxDepth);
  if (!document) return Prefixed("API description", document.error());
  auto state = std::make_unique<State>(*std::move(document));
  const Place root = TRY(Follow(state->document, "#"));
  const std::string version = TRY(TextOf(root, "openapi"));
  if (!version.starts_with("3.1.")) return Wrong("openapi", "is not version 3.1");
  TRY(state->ReadPaths());
  return OpenApi(std::move(state));
}

Result<void> OpenApi::State::ReadPaths() {
  const Place paths = TRY(Follow(document, "#/paths"));
  for (const auto& [key, unused] : *paths.object) {
    const std::string path(View(key));
    const Place item = TRY(Follow(document, "#/paths/" + PointerPart(path)));
    for (const auto& [name, also_unused] : *item.object) {
      const std::string_view word = View(name);
      if (word == "parameters" || word == "summary" || word == "description") continue;
      const auto method = MethodOf(word);
      if (!method) {
        return Wrong(item.pointer, "'" + std::string(word) + "' is no method that is supported");
      }
      const Place place = TRY(Follow(document, item.pointer + "/" + std::string(word)));
      TRY(ReadOperation(*method, path, item, place));
    }
  }
  return {};
}

Result<void> OpenApi::State::ReadOperation(Method method, const std::string& path,
                                           const Place& path_item, const Place& place) {
  constexpr std::array<std::string_view, 10> kKnown = {
      "operationId", "summary",   "description", "tags",       "parameters",
      "requestBody", "responses", "security",    "deprecated", "externalDocs"};
  TRY(OnlyKnows(place, kKnown));
  auto operation = std::make_unique<Operation>();
  operation->id = TRY(TextOf(place, "operationId"));
  operation->method = method;
  operation->path_template = path;
  if (const auto* tags = place.object->if_contains("tags"); tags && tags->is_array()) {
    for (const json::value& tag : tags->get_array()) {
      if (tag.is_string()) operation->tags.push_back(Text(tag.get_string()));
    }
  }
  TRY(ReadParameters(path_item, *operation));
  TRY(ReadParameters(place, *operation));
  TRY(CheckPathParameters(*operation, place.pointer));
  TRY(ReadSecurity(place, *operation));
  TRY(ReadExtensions(place, *operation));
  TRY(ReadBody(place, *operation));
  TRY(ReadResponses(place, *operation));
  if (!by_id.emplace(operation->id, operation.get()).second) {
    return Wrong(place.pointer, "the operationId '" + operation->id + "' stands there twice");
  }
  operations.push_back(std::move(operation));
  return {};
}

Result<void> OpenApi::State::ReadParameters(const Place& holder, Operation& operation) {
  const json::value* list = holder.object->if_contains("parameters");
  if (!list) return {};
  if (!list->is_array()) return Wrong(holder.pointer + "/parameters", "is no list");
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    const Place place = TRY(Follow(document, holder.pointer + "/parameters/" + std::to_string(i)));
    Parameter parameter = TRY(ReadParameter(place));
    if (operation.FindParameter(parameter.in, parameter.name)) {
      return Wrong(place.pointer, "the parameter '" + parameter.name + "' stands there twice");
    }
    operation.parameters.push_back(std::move(parameter));
  }
  return {};
}

Result<Parameter> OpenApi::State::ReadParameter(const Place& place) {
  constexpr std::array<std::string_view, 8> kKnown = {
      "name", "in", "required", "schema", "description", "deprecated", "example", "examples"};
  TRY(OnlyKnows(place, kKnown));
  Parameter parameter;
  parameter.name = TRY(TextOf(place, "name"));
  const std::string in = TRY(TextOf(place, "in"));
  if (in == "path") {
    parameter.in = ParameterIn::kPath;
  } else if (in == "query") {
    parameter.in = ParameterIn::kQuery;
  } else if (in == "header") {
    parameter.in = ParameterIn::kHeader;
  } else if (in == "cookie") {
    parameter.in = ParameterIn::kCookie;
  } else {
    return Wrong(place.pointer, "'" + in + "' is no place of a parameter");
  }
  parameter.required = TRY(FlagOf(place, "required"));
  parameter.schema = TRY(schemas.At(place.pointer + "/schema"));
  const std::string_view type = parameter.schema.SingleType();
  const bool list = type == "array" && parameter.in == ParameterIn::kQuery;
  if (!IsScalar(type) && !(list && IsScalar(parameter.schema.Items().SingleType()))) {
    return Wrong(place.pointer, "a parameter is a text, a number, a boolean, or in a query a list");
  }
  return parameter;
}

Result<void> OpenApi::State::CheckPathParameters(const Operation& operation,
                                                 const std::string& where) {
  std::set<std::string> named;
  std::string_view rest = operation.path_template;
  while (true) {
    const std::size_t begin = rest.find('{');
    if (begin == std::string_view::npos) break;
    rest.remove_prefix(begin + 1);
    named.emplace(rest.substr(0, rest.find('}')));
  }
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.in != ParameterIn::kPath) continue;
    if (!parameter.required) return Wrong(where, "'" + parameter.name + "' must be required");
    if (named.erase(parameter.name) == 0) {
      return Wrong(where, "the path has no '" + parameter.name + "'");
    }
  }
  if (!named.empty()) return Wrong(where, "'" + *named.begin() + "' of the path isn't described");
  return {};
}

Result<void> OpenApi::State::ReadSecurity(const Place& place, Operation& operation) {
  const json::value* list = place.object->if_contains("security");
  if (!list) list = document.get_object().if_contains("security");
  if (!list) return {};
  if (!list->is_array()) return Wrong(place.pointer + "/security", "is no list");
  for (const json::value& one : list->get_array()) {
    if (!one.is_object() || one.get_object().size() != 1) {
      return Wrong(place.pointer + "/security", "each of its parts names one scheme");
    }
    operation.security.emplace_back(View(one.get_object().begin()->key()));
    TRY(Follow(document, "#/components/securitySchemes/" + PointerPart(operation.security.back())));
  }
  return {};
}

Result<void> OpenApi::State::ReadExtensions(const Place& place, Operation& operation) {
  for (const auto& [key, value] : *place.object) {
    const std::string_view name = View(key);
    if (!name.starts_with("x-")) continue;
    if (name == "x-internal") {
      operation.internal = TRY(FlagOf(place, name));
    } else if (name == "x-inline") {
      operation.runs_inline = TRY(FlagOf(place, name));
    } else if (name == "x-permission") {
      operation.permission = TRY(TextOf(place, name));
    } else if (name == "x-max-body-bytes") {
      if (!value.is_int64() || value.get_int64() < 0) {
        return Wrong(place.pointer, "x-max-body-bytes is no number of bytes");
      }
      operation.max_body_bytes = static_cast<std::uint64_t>(value.get_int64());
    } else {
      return Wrong(place.pointer, "'" + std::string(name) + "' is no extension of ours");
    }
  }
  return {};
}

Result<void> OpenApi::State::ReadBody(const Place& place, Operation& operation) {
  if (!place.object->if_contains("requestBody")) return {};
  const Place body = TRY(Follow(document, place.pointer + "/requestBody"));
  constexpr std::array<std::string_view, 3> kKnown = {"required", "content", "description"};
  TRY(OnlyKnows(body, kKnown));
  if (operation.method == Method::kGet) return Wrong(body.pointer, "GET has no body");
  operation.body = Body{TRY(FlagOf(body, "required")), TRY(ReadContent(body))};
  if (operation.body->content.empty()) return Wrong(body.pointer, "has no content");
  return {};
}

Result<void> OpenApi::State::ReadResponses(const Place& place, Operation& operation) {
  const Place responses = TRY(Follow(document, place.pointer + "/responses"));
  for (const auto& [key, unused] : *responses.object) {
    const std::string name(View(key));
    int status = 0;
    if (name != "default") {
      if (name.size() != 3 || name < "100" || name > "599" ||
          name.find_first_not_of("0123456789") != std::string::npos) {
        return Wrong(responses.pointer, "'" + name + "' is no status");
      }
      status = std::stoi(name);
    }
    const Place response = TRY(Follow(document, responses.pointer + "/" + name));
    constexpr std::array<std::string_view, 4> kKnown = {"description", "headers", "content",
                                                        "links"};
    TRY(OnlyKnows(response, kKnown));
    operation.responses[status] = DescribedResponse{TRY(ReadContent(response))};
  }
  if (operation.responses.empty()) return Wrong(responses.pointer, "describes no response");
  return {};
}

Result<std::map<std::string, Schema, std::less<>>> OpenApi::State::ReadContent(
    const Place& holder) {
  std::map<std::string, Schema, std::less<>> content;
  if (!holder.object->if_contains("content")) return content;
  const Place types = TRY(Follow(document, holder.pointer + "/content"));
  for (const auto& [key, unused] : *types.object) {
    const std::string type(View(key));
    const Place media = TRY(Follow(document, types.pointer + "/" + PointerPart(type)));
    constexpr std::array<std::string_view, 3> kKnown = {"schema", "example", "examples"};
    TRY(OnlyKnows(media, kKnown));
    Schema schema;
    if (media.object->if_contains("schema")) schema = TRY(schemas.At(media.pointer + "/schema"));
    content.emplace(type, schema);
  }
  return content;
}

const std::vector<std::unique_ptr<Operation>>& OpenApi::operations() const {
  return state_->operations;
}

const Operation* OpenApi::Find(std::string_view operation_id) const {
  const auto found = state_->by_id.find(operation_id);
  return found == state_->by_id.end() ? nullptr : found->second;
}

const std::string& OpenApi::text() const { return state_->text; }
const json::value& OpenApi::document() const { return state_->document; }
Result<Schema> OpenApi::SchemaAt(std::string_view pointer) { return state_->schemas.At(pointer); }

}  // namespace jikimi::http
