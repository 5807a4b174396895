#ifndef JIKIMI_HTTP_ROUTER_H_
#define JIKIMI_HTTP_ROUTER_H_

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace jikimi::http {

// Finds the operation that a method and path name. Built once, then read by any thread. Looking up
// costs a map's look-up for each part of the path, however many routes there are.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  // Adds a route: `path_template` as in OpenAPI, "/cases/{case_id}/notes"; a parameter takes one
  // whole part of a path. kInvalidArgument for a malformed template, kAlreadyExists when the method
  // and template stand there already, also under other names of parameters.
  Result<void> Add(Method method, std::string_view path_template, const Operation* operation);

  struct Match {
    const Operation* operation = nullptr;  // nullptr: see `allowed`
    std::vector<std::pair<std::string, std::string>> parameters;
    // Where nothing matches: the methods that this path has, "GET, HEAD, POST" (405); empty: there
    // is no such path (404).
    std::string allowed;
  };
  // A fixed part is preferred to a parameter: "/cases/new" is not the case "new". HEAD finds GET's.
  Match Find(Method method, std::span<const std::string> segments) const;

 private:
  struct Node;
  static const Node* Walk(const Node& node, std::span<const std::string> segments,
                          std::vector<std::string_view>& values);
  std::unique_ptr<Node> root_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_ROUTER_H_
