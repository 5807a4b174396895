#include <charconv>
#include <cmath>

#include "base/check.h"
#include "http/characters.h"
#include "http/json.h"
#include "http/openapi.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;

// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(std::string_view header) {
  std::string type(TrimBlank(header.substr(0, header.find(';'))));
  for (char& c : type) c = ToLower(c);
  return type;
}

bool IsJson(std::string_view media_type) {
  return media_type == "application/json" || media_type.ends_with("+json");
}

// A text as a value of `type`, by the one form that this type has; nullopt when it is none.
std::optional<json::value> ReadScalar(std::string_view type, std::string_view text) {
  if (type == "string") return json::value(json::string_view(text.data(), text.size()));
  if (type == "boolean") {
    if (text == "true") return json::value(true);
    if (text == "false") return json::value(false);
    return std::nullopt;
  }
  const char* const end = text.data() + text.size();
  if (type == "integer") {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return json::value(number);
  }
  double number = 0;
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(number)) return std::nullopt;
  return json::value(number);
}

std::string_view PlaceName(ParameterIn in) {
  switch (in) {
    case ParameterIn::kPath:
      return "path/";
    case ParameterIn::kQuery:
      return "query/";
    case ParameterIn::kHeader:
      return "header/";
    case ParameterIn::kCookie:
      return "cookie/";
  }
  return "";
}

std::vector<std::string> GivenValues(
    const Parameter& parameter,
    const std::vector<std::pair<std::string, std::string>>& path_parameters,
    const Request& request) {
  std::vector<std::string> values;
  const auto take = [&](const auto& pairs) {
    for (const auto& [name, value] : pairs) {
      if (name == parameter.name) values.push_back(value);
    }
  };
  switch (parameter.in) {
    case ParameterIn::kPath:
      take(path_parameters);
      break;
    case ParameterIn::kQuery:
      take(request.target.query);
      break;
    case ParameterIn::kHeader:
      if (auto joined = request.headers.Joined(parameter.name)) values.push_back(*joined);
      break;
    case ParameterIn::kCookie:
      take(request.cookies.all());
      break;
  }
  return values;
}

void CheckParameter(const Parameter& parameter,
                    const std::vector<std::pair<std::string, std::string>>& path_parameters,
                    Request& request, std::vector<Invalid>& faults) {
  const std::string where = std::string(PlaceName(parameter.in)) + parameter.name;
  const std::vector<std::string> given = GivenValues(parameter, path_parameters, request);
  if (given.empty()) {
    if (parameter.required) {
      faults.push_back({where, "is missing"});
    } else if (const json::value* value = parameter.schema.Default()) {
      request.parameters.emplace_back(parameter.name, *value);
    }
    return;
  }
  const std::string_view type = parameter.schema.SingleType();
  const bool list = type == "array";
  const std::string_view one_type = list ? parameter.schema.Items().SingleType() : type;
  if (!list && given.size() > 1) {
    faults.push_back({where, "stands there " + std::to_string(given.size()) + " times"});
    return;
  }
  json::array values;
  for (const std::string& text : given) {
    auto value = ReadScalar(one_type, text);
    if (!value) {
      faults.push_back({where, "must be " + std::string(one_type == "integer"   ? "an integer"
                                                        : one_type == "boolean" ? "true or false"
                                                                                : "a number")});
      return;
    }
    values.push_back(*std::move(value));
  }
  json::value value = list ? json::value(std::move(values)) : std::move(values[0]);
  const auto wrong = parameter.schema.Check(value, where);
  faults.insert(faults.end(), wrong.begin(), wrong.end());
  if (wrong.empty()) request.parameters.emplace_back(parameter.name, std::move(value));
}

RequestFaults CheckBody(const Operation& operation, Request& request) {
  if (!operation.body) {
    if (request.body.empty()) return {};
    return {400, {{"#", "this operation takes no body"}}};
  }
  const auto type_header = request.headers.Joined("Content-Type");
  if (request.body.empty() && !type_header) {
    if (!operation.body->required) return {};
    return {400, {{"#", "the body is missing"}}};
  }
  const std::string type = MediaType(type_header.value_or(""));
  const auto content = operation.body->content.find(type);
  if (content == operation.body->content.end()) {
    std::string known;
    for (const auto& [name, unused] : operation.body->content) {
      known += (known.empty() ? "" : ", ") + name;
    }
    return {415, {{"header/Content-Type", "must be one of: " + known}}};
  }
  if (request.headers.Has("Content-Encoding")) {
    return {415, {{"header/Content-Encoding", "a body must come as it is"}}};
  }
  if (!IsJson(type)) return {};
  auto value = ParseJson(request.body);
  if (!value) return {400, {{"#", value.error().message}}};
  request.json = *std::move(value);
  if (!content->second) return {};
  auto faults = content->second.Check(request.json, "#");
  if (faults.empty()) return {};
  return {422, std::move(faults)};
}

}  // namespace

RequestFaults CheckRequest(const Operation& operation,
                           const std::vector<std::pair<std::string, std::string>>& path_parameters,
                           Request& request) {
  std::vector<Invalid> faults;
  for (const Parameter& parameter : operation.parameters) {
    CheckParameter(parameter, path_parameters, request, faults);
  }
  for (const auto& [name, unused] : request.target.query) {
    if (!operation.FindParameter(ParameterIn::kQuery, name)) {
      faults.push_back({"query/" + name, "is no parameter of this operation"});
    }
  }
  if (!faults.empty()) return {400, std::move(faults)};
  return CheckBody(operation, request);
}

std::vector<Invalid> CheckResponse(const Operation& operation, const Response& response) {
  auto described = operation.responses.find(response.status);
  if (described == operation.responses.end() && response.status >= 400) {
    described = operation.responses.find(0);
  }
  if (described == operation.responses.end()) {
    return {{"status", std::to_string(response.status) + " isn't described"}};
  }
  const auto& content = described->second.content;
  if (response.content_type.empty()) {
    if (content.empty()) return {};
    return {{"header/Content-Type", "is missing"}};
  }
  const std::string type = MediaType(response.content_type);
  const auto known = content.find(type);
  if (known == content.end()) return {{"header/Content-Type", type + " isn't described"}};
  if (!known->second || !IsJson(type)) return {};
  auto value = ParseJson(response.body, 100);
  if (!value) return {{"#", value.error().message}};
  return known->second.Check(*value, "#");
}

}  // namespace jikimi::http
