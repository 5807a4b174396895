#ifndef JIKIMI_HTTP_SCHEMA_NODE_H_
#define JIKIMI_HTTP_SCHEMA_NODE_H_

#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/format.h"
#include "http/pattern.h"

// A compiled schema, between schema_compile.cc, which makes it, and schema.cc, which checks by it.
namespace jikimi::http {

// Bits of SchemaNode::types.
enum TypeBit : unsigned {
  kNullType = 1,
  kBooleanType = 2,
  kIntegerType = 4,
  kNumberType = 8,
  kStringType = 16,
  kArrayType = 32,
  kObjectType = 64,
  kAnyType = 127,
};

struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

struct SchemaNode {
  std::string pointer;               // where it stands in the document
  bool refuses_all = false;          // the schema `false`
  unsigned types = kAnyType;         // the schema's types as bits
  std::vector<std::string> allowed;  // canonical texts of enum or const; see has_allowed
  bool has_allowed = false;

  std::map<std::string, const SchemaNode*, std::less<>> properties;
  std::vector<std::string> required;
  const SchemaNode* additional = nullptr;  // nullptr: anything
  const SchemaNode* property_names = nullptr;
  Bounds property_count;

  std::vector<const SchemaNode*> prefix_items;
  const SchemaNode* items = nullptr;
  Bounds item_count;
  bool unique_items = false;

  boost::json::value minimum, maximum, exclusive_minimum, exclusive_maximum;  // null: none
  std::int64_t multiple_of = 0;                                               // 0: none

  Bounds length;
  std::optional<Pattern> pattern;
  std::optional<Format> format;

  const SchemaNode* reference = nullptr;
  std::vector<const SchemaNode*> all_of, any_of, one_of;
  const SchemaNode* none_of = nullptr;  // "not"

  const boost::json::value* default_value = nullptr;
};

// One text for all values that JSON Schema takes for equal: names sorted, 1.0 as 1.
std::string CanonicalText(const boost::json::value& value);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_SCHEMA_NODE_H_
