#ifndef JIKIMI_HTTP_SCHEMA_H_
#define JIKIMI_HTTP_SCHEMA_H_

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/problem.h"

namespace jikimi::http {

struct SchemaNode;

// A JSON Schema (2020-12, the part below), compiled. What it points into is owned by its Schemas.
//
//   type, enum, const; properties, required, additionalProperties, minProperties, maxProperties,
//   propertyNames; items, prefixItems, minItems, maxItems, uniqueItems; minimum, maximum,
//   exclusiveMinimum, exclusiveMaximum, multipleOf; minLength, maxLength (in code points), pattern,
//   format; oneOf, anyOf, allOf, not; $ref within the document; and without effect: title,
//   description, default, example(s), deprecated, readOnly, writeOnly, $comment, x-….
//   Formats: id (32 lower-case hex digits), date, date-time (RFC 3339), uri (http or https), email,
//   int32, int64, binary, password (no check).
//
// A pattern runs in time linear in the text (RE2), matches anywhere in it unless anchored, and in
// code points. Any other keyword, format or value of a keyword is refused when compiling: a schema
// never checks less than it says.
class Schema {
 public:
  Schema() = default;
  explicit Schema(const SchemaNode* node) : node_(node) {}
  explicit operator bool() const { return node_ != nullptr; }

  // What in `value` doesn't fit, at most 20 places, as pointers under `where` ("#" for a body);
  // empty when it fits. Cost: linear in the value, times the branches of oneOf and anyOf.
  std::vector<Invalid> Check(const boost::json::value& value, std::string_view where) const;

  // The type when it is one only: "string", "integer", "array", …; else empty.
  std::string_view SingleType() const;
  // The schema of an array's items; empty when there is none.
  Schema Items() const;
  // null when the schema has none.
  const boost::json::value* Default() const;

 private:
  const SchemaNode* node_ = nullptr;
};

// The schemas of one document. Movable; Schema objects stay good.
class Schemas {
 public:
  // `document` outlives this.
  explicit Schemas(const boost::json::value& document);
  Schemas(Schemas&&) noexcept;
  Schemas& operator=(Schemas&&) noexcept;
  ~Schemas();

  // Compiles the schema at a pointer, "#/components/schemas/Case". kInvalidArgument names the
  // pointer of what is wrong.
  Result<Schema> At(std::string_view pointer);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The value at a JSON pointer behind '#'; nullptr when there is none.
const boost::json::value* Resolve(const boost::json::value& document, std::string_view pointer);
// `name` as a part of a pointer: '~' and '/' escaped.
std::string PointerPart(std::string_view name);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_SCHEMA_H_
