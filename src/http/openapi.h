#ifndef JIKIMI_HTTP_OPENAPI_H_
#define JIKIMI_HTTP_OPENAPI_H_

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/schema.h"

namespace jikimi::http {

enum class ParameterIn { kPath, kQuery, kHeader, kCookie };

struct Parameter {
  std::string name;
  ParameterIn in = ParameterIn::kQuery;
  bool required = false;
  Schema schema;  // of a string, integer, number, boolean, or array of these (style form, explode)
};

struct Body {
  bool required = false;
  std::map<std::string, Schema, std::less<>> content;  // by media type; no schema: any bytes
};

struct DescribedResponse {
  std::map<std::string, Schema, std::less<>> content;
};

// One operation of the description.
struct Operation {
  std::string id;
  Method method = Method::kGet;
  std::string path_template;
  std::vector<std::string> tags;
  std::vector<Parameter> parameters;
  std::optional<Body> body;
  std::map<int, DescribedResponse> responses;  // 0: "default"
  // The names of the security schemes that it needs, one of them; empty: open to all
  // ("security: []"). For the guard.
  std::vector<std::string> security;
  std::optional<std::uint64_t> max_body_bytes;  // x-max-body-bytes
  bool internal = false;                        // x-internal
  bool runs_inline = false;                     // x-inline: never blocks, needs no worker
  // x-permission: for the guard and for the tests that try every route as every role.
  std::string permission;

  const Parameter* FindParameter(ParameterIn in, std::string_view name) const;
};

// api/openapi.yaml (OpenAPI 3.1), read. Immutable; movable, and its operations stay where they are.
class OpenApi {
 public:
  // The description that was built into the program.
  static Result<OpenApi> Embedded();
  // Any description as JSON. kInvalidArgument says where it has something that isn't supported: a
  // server that can't check a thing must not seem to.
  static Result<OpenApi> Parse(std::string_view json);

  OpenApi(OpenApi&&) noexcept;
  OpenApi& operator=(OpenApi&&) noexcept;
  ~OpenApi();

  const std::vector<std::unique_ptr<Operation>>& operations() const;
  const Operation* Find(std::string_view operation_id) const;
  // The description as clients may have it, as JSON.
  const std::string& text() const;
  const boost::json::value& document() const;
  // A schema of the document, for data that has one but is no body: "#/components/schemas/X".
  Result<Schema> SchemaAt(std::string_view pointer);

 private:
  struct State;
  explicit OpenApi(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads path, query, header and cookie parameters into request.parameters and the body into
// request.json, and checks all. What is wrong, with pointers; `status` is 400 for a parameter that
// is wrong, missing, repeated or unknown (in the query) and for a body that is missing or no JSON,
// 415 for a body of another media type, 422 for a body that doesn't fit its schema.
struct RequestFaults {
  int status = 0;  // 0: none
  std::vector<Invalid> errors;
};
RequestFaults CheckRequest(const Operation& operation,
                           const std::vector<std::pair<std::string, std::string>>& path_parameters,
                           Request& request);

// What in a response isn't as described; empty when all is. Problems are checked too.
std::vector<Invalid> CheckResponse(const Operation& operation, const Response& response);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_OPENAPI_H_
