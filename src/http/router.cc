#include "http/router.h"

#include "base/check.h"

namespace jikimi::http {
namespace {

Result<std::vector<std::string>> ParseTemplate(std::string_view path) {
  const auto malformed = [&](std::string_view why) {
    return Error{ErrorCode::kInvalidArgument,
                 "path '" + std::string(path) + "' " + std::string(why)};
  };
  if (!path.starts_with('/')) return malformed("doesn't begin with '/'");
  std::vector<std::string> parts;
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    const bool parameter = part.starts_with('{') && part.ends_with('}') && part.size() > 2;
    const std::string_view inside = parameter ? part.substr(1, part.size() - 2) : part;
    if (inside.empty() || inside.find_first_of("{}") != std::string_view::npos) {
      return malformed("has a part that is neither fixed nor one {parameter}");
    }
    parts.emplace_back(part);
    if (end + 1 == path.size()) return malformed("ends with '/'");
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

}  // namespace

struct Router::Node {
  std::map<std::string, Node, std::less<>> fixed;
  std::unique_ptr<Node> parameter;
  struct Route {
    const Operation* operation;
    std::vector<std::string> parameter_names;
  };
  std::map<Method, Route> routes;
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Result<void> Router::Add(Method method, std::string_view path_template,
                         const Operation* operation) {
  CHECK(operation);
  Node* node = root_.get();
  std::vector<std::string> names;
  for (const std::string& part : TRY(ParseTemplate(path_template))) {
    if (part.front() == '{') {
      names.push_back(part.substr(1, part.size() - 2));
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      node = &node->fixed[part];
    }
  }
  if (!node->routes.try_emplace(method, Node::Route{operation, std::move(names)}).second) {
    return Error{ErrorCode::kAlreadyExists, std::string(MethodName(method)) + " " +
                                                std::string(path_template) + " stands there twice"};
  }
  return {};
}

// The node of a path that has routes. Fixed parts first, and back to parameters where they lead
// nowhere.
const Router::Node* Router::Walk(const Node& node, std::span<const std::string> segments,
                                 std::vector<std::string_view>& values) {
  if (segments.empty()) return node.routes.empty() ? nullptr : &node;
  if (const auto fixed = node.fixed.find(segments[0]); fixed != node.fixed.end()) {
    if (const Node* found = Walk(fixed->second, segments.subspan(1), values)) return found;
  }
  if (!node.parameter) return nullptr;
  values.push_back(segments[0]);
  if (const Node* found = Walk(*node.parameter, segments.subspan(1), values)) return found;
  values.pop_back();
  return nullptr;
}

Router::Match Router::Find(Method method, std::span<const std::string> segments) const {
  std::vector<std::string_view> values;
  const Node* node = Walk(*root_, segments, values);
  Match match;
  if (!node) return match;
  auto route = node->routes.find(method);
  if (route == node->routes.end() && method == Method::kHead) {
    route = node->routes.find(Method::kGet);
  }
  if (route == node->routes.end()) {
    for (const auto& [known, unused] : node->routes) {
      if (!match.allowed.empty()) match.allowed += ", ";
      match.allowed += MethodName(known);
      if (known == Method::kGet && !node->routes.contains(Method::kHead)) {
        match.allowed += ", HEAD";
      }
    }
    return match;
  }
  match.operation = route->second.operation;
  CHECK(values.size() == route->second.parameter_names.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    match.parameters.emplace_back(route->second.parameter_names[i], values[i]);
  }
  return match;
}

}  // namespace jikimi::http
