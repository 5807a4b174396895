#include "http/request.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace jikimi::http {
namespace {

constexpr std::array<std::string_view, 8> kMethodNames = {"GET",   "HEAD",   "POST",    "PUT",
                                                          "PATCH", "DELETE", "OPTIONS", "TRACE"};

}  // namespace

std::string_view MethodName(Method method) {
  return kMethodNames[static_cast<std::size_t>(method)];
}

std::optional<Method> ParseMethod(std::string_view text) {
  const auto found = std::find(kMethodNames.begin(), kMethodNames.end(), text);
  if (found == kMethodNames.end()) return std::nullopt;
  return static_cast<Method>(found - kMethodNames.begin());
}

bool IsSafe(Method method) {
  return method == Method::kGet || method == Method::kHead || method == Method::kOptions;
}

const boost::json::value* Request::Find(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string_view Request::Text(std::string_view name) const {
  const boost::json::value* value = Find(name);
  CHECK(value && value->is_string());
  return {value->get_string().data(), value->get_string().size()};
}

std::int64_t Request::Integer(std::string_view name) const {
  const boost::json::value* value = Find(name);
  CHECK(value && value->is_int64());
  return value->get_int64();
}

}  // namespace jikimi::http
