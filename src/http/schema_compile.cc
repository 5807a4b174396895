#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "http/schema.h"
#include "http/schema_node.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, unsigned>, 7> kTypes = {{
    {"null", kNullType},
    {"boolean", kBooleanType},
    {"integer", kIntegerType},
    {"number", kNumberType},
    {"string", kStringType},
    {"array", kArrayType},
    {"object", kObjectType},
}};

constexpr std::array<std::string_view, 12> kWithoutEffect = {
    "title",        "description",  "example",  "examples",         "deprecated",
    "readOnly",     "writeOnly",    "$comment", "contentMediaType", "contentEncoding",
    "externalDocs", "discriminator"};

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

Error Wrong(const SchemaNode& node, std::string_view keyword, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          "schema " + node.pointer + ", " + std::string(keyword) + ": " + std::string(what)};
}

Result<std::uint64_t> Count(const SchemaNode& node, std::string_view keyword,
                            const json::value& value) {
  if (!value.is_int64() || value.get_int64() < 0) return Wrong(node, keyword, "is not a count");
  return static_cast<std::uint64_t>(value.get_int64());
}

Result<unsigned> TypeOf(const SchemaNode& node, const json::value& value) {
  if (value.is_string()) {
    for (const auto& [name, bit] : kTypes) {
      if (View(value.get_string()) == name) return bit;
    }
  }
  return Wrong(node, "type", "is not the name of a type");
}

}  // namespace

struct Schemas::State {
  explicit State(const json::value& whole) : document(whole) {}

  const json::value& document;
  std::map<std::string, std::unique_ptr<SchemaNode>, std::less<>> nodes;  // by pointer

  Result<const SchemaNode*> Compile(const std::string& pointer);
  Result<void> Fill(SchemaNode& node, const json::value& schema);
  Result<void> Keyword(SchemaNode& node, std::string_view name, const json::value& value);
  Result<bool> GeneralKeyword(SchemaNode& node, std::string_view name, const json::value& value);
  Result<bool> ObjectKeyword(SchemaNode& node, std::string_view name, const json::value& value);
  Result<bool> ArrayKeyword(SchemaNode& node, std::string_view name, const json::value& value);
  Result<bool> NumberKeyword(SchemaNode& node, std::string_view name, const json::value& value);
  Result<bool> TextKeyword(SchemaNode& node, std::string_view name, const json::value& value);
  Result<bool> CombiningKeyword(SchemaNode& node, std::string_view name, const json::value& value);
  Result<std::vector<const SchemaNode*>> List(SchemaNode& node, std::string_view keyword,
                                              const json::value& value);
  Result<void> CheckLoops(const SchemaNode* node, std::set<const SchemaNode*>& open,
                          std::set<const SchemaNode*>& done);
};

Schemas::Schemas(const json::value& document) : state_(std::make_unique<State>(document)) {}
Schemas::Schemas(Schemas&&) noexcept = default;
Schemas& Schemas::operator=(Schemas&&) noexcept = default;
Schemas::~Schemas() = default;

Result<Schema> Schemas::At(std::string_view pointer) {
  const SchemaNode* node = TRY(state_->Compile(std::string(pointer)));
  std::set<const SchemaNode*> open, done;
  TRY(state_->CheckLoops(node, open, done));
  return Schema(node);
}

Result<const SchemaNode*> Schemas::State::Compile(const std::string& pointer) {
  if (const auto found = nodes.find(pointer); found != nodes.end()) return found->second.get();
  const json::value* schema = Resolve(document, pointer);
  if (!schema) {
    return Error{ErrorCode::kInvalidArgument, "schema " + pointer + ": there is none"};
  }
  // Entered before it is filled: a schema may mention itself.
  SchemaNode& node = *nodes.emplace(pointer, std::make_unique<SchemaNode>()).first->second;
  node.pointer = pointer;
  TRY(Fill(node, *schema));
  return &node;
}

Result<void> Schemas::State::Fill(SchemaNode& node, const json::value& schema) {
  if (schema.is_bool()) {
    node.refuses_all = !schema.get_bool();
    return {};
  }
  if (!schema.is_object()) return Wrong(node, "it", "is neither an object nor a boolean");
  for (const auto& [key, value] : schema.get_object()) {
    TRY(Keyword(node, {key.data(), key.size()}, value));
  }
  for (const auto& name : node.required) {
    if (node.additional && node.additional->refuses_all && !node.properties.contains(name)) {
      return Wrong(node, "required", "'" + name + "' is no property");
    }
  }
  return {};
}

Result<void> Schemas::State::Keyword(SchemaNode& node, std::string_view name,
                                     const json::value& value) {
  if (name.starts_with("x-") ||
      std::find(kWithoutEffect.begin(), kWithoutEffect.end(), name) != kWithoutEffect.end()) {
    return {};
  }
  if (TRY(GeneralKeyword(node, name, value)) || TRY(ObjectKeyword(node, name, value)) ||
      TRY(ArrayKeyword(node, name, value)) || TRY(NumberKeyword(node, name, value)) ||
      TRY(TextKeyword(node, name, value)) || TRY(CombiningKeyword(node, name, value))) {
    return {};
  }
  return Wrong(node, name, "is a keyword that isn't supported");
}

Result<bool> Schemas::State::GeneralKeyword(SchemaNode& node, std::string_view name,
                                            const json::value& value) {
  if (name == "type") {
    node.types = 0;
    if (value.is_array()) {
      for (const json::value& type : value.get_array()) node.types |= TRY(TypeOf(node, type));
    } else {
      node.types = TRY(TypeOf(node, value));
    }
    if (node.types & kNumberType) node.types |= kIntegerType;
  } else if (name == "enum") {
    if (!value.is_array() || value.get_array().empty()) return Wrong(node, name, "is no list");
    for (const json::value& one : value.get_array()) node.allowed.push_back(CanonicalText(one));
    node.has_allowed = true;
  } else if (name == "const") {
    node.allowed = {CanonicalText(value)};
    node.has_allowed = true;
  } else if (name == "default") {
    node.default_value = &value;
  } else {
    return false;
  }
  return true;
}

Result<bool> Schemas::State::ObjectKeyword(SchemaNode& node, std::string_view name,
                                           const json::value& value) {
  if (name == "properties") {
    if (!value.is_object()) return Wrong(node, name, "is no object");
    for (const auto& [key, unused] : value.get_object()) {
      const std::string property(key.data(), key.size());
      node.properties[property] =
          TRY(Compile(node.pointer + "/properties/" + PointerPart(property)));
    }
  } else if (name == "required") {
    if (!value.is_array()) return Wrong(node, name, "is no list");
    for (const json::value& one : value.get_array()) {
      if (!one.is_string()) return Wrong(node, name, "holds something that is no name");
      node.required.emplace_back(View(one.get_string()));
    }
  } else if (name == "additionalProperties") {
    node.additional = TRY(Compile(node.pointer + "/additionalProperties"));
  } else if (name == "propertyNames") {
    node.property_names = TRY(Compile(node.pointer + "/propertyNames"));
  } else if (name == "minProperties") {
    node.property_count.least = TRY(Count(node, name, value));
  } else if (name == "maxProperties") {
    node.property_count.most = TRY(Count(node, name, value));
  } else {
    return false;
  }
  return true;
}

Result<bool> Schemas::State::ArrayKeyword(SchemaNode& node, std::string_view name,
                                          const json::value& value) {
  if (name == "items") {
    node.items = TRY(Compile(node.pointer + "/items"));
  } else if (name == "prefixItems") {
    node.prefix_items = TRY(List(node, name, value));
  } else if (name == "minItems") {
    node.item_count.least = TRY(Count(node, name, value));
  } else if (name == "maxItems") {
    node.item_count.most = TRY(Count(node, name, value));
  } else if (name == "uniqueItems") {
    if (!value.is_bool()) return Wrong(node, name, "is no boolean");
    node.unique_items = value.get_bool();
  } else {
    return false;
  }
  return true;
}

Result<bool> Schemas::State::NumberKeyword(SchemaNode& node, std::string_view name,
                                           const json::value& value) {
  json::value* bound = name == "minimum"            ? &node.minimum
                       : name == "maximum"          ? &node.maximum
                       : name == "exclusiveMinimum" ? &node.exclusive_minimum
                       : name == "exclusiveMaximum" ? &node.exclusive_maximum
                                                    : nullptr;
  if (bound) {
    if (!value.is_int64() && !value.is_double()) return Wrong(node, name, "is no number");
    *bound = value;
    return true;
  }
  if (name != "multipleOf") return false;
  if (!value.is_int64() || value.get_int64() < 1) {
    return Wrong(node, name, "is supported for integers from 1 only");
  }
  node.multiple_of = value.get_int64();
  return true;
}

Result<bool> Schemas::State::TextKeyword(SchemaNode& node, std::string_view name,
                                         const json::value& value) {
  if (name == "minLength") {
    node.length.least = TRY(Count(node, name, value));
  } else if (name == "maxLength") {
    node.length.most = TRY(Count(node, name, value));
  } else if (name == "pattern") {
    if (!value.is_string()) return Wrong(node, name, "is no text");
    auto pattern = Pattern::Compile(View(value.get_string()));
    if (!pattern) return Wrong(node, name, pattern.error().message);
    node.pattern = *std::move(pattern);
  } else if (name == "format") {
    if (value.is_string()) node.format = ParseFormat(View(value.get_string()));
    if (!node.format) return Wrong(node, name, "is a format that isn't supported");
  } else {
    return false;
  }
  return true;
}

Result<bool> Schemas::State::CombiningKeyword(SchemaNode& node, std::string_view name,
                                              const json::value& value) {
  if (name == "$ref") {
    if (!value.is_string() || !View(value.get_string()).starts_with("#/")) {
      return Wrong(node, name, "doesn't point into this document");
    }
    node.reference = TRY(Compile(std::string(View(value.get_string()))));
  } else if (name == "allOf") {
    node.all_of = TRY(List(node, name, value));
  } else if (name == "anyOf") {
    node.any_of = TRY(List(node, name, value));
  } else if (name == "oneOf") {
    node.one_of = TRY(List(node, name, value));
  } else if (name == "not") {
    node.none_of = TRY(Compile(node.pointer + "/not"));
  } else {
    return false;
  }
  return true;
}

Result<std::vector<const SchemaNode*>> Schemas::State::List(SchemaNode& node,
                                                            std::string_view keyword,
                                                            const json::value& value) {
  if (!value.is_array() || value.get_array().empty()) return Wrong(node, keyword, "is no list");
  std::vector<const SchemaNode*> list;
  for (std::size_t i = 0; i < value.get_array().size(); ++i) {
    list.push_back(
        TRY(Compile(node.pointer + "/" + std::string(keyword) + "/" + std::to_string(i))));
  }
  return list;
}

// Refuses schemas that would apply to the same value for ever: that mention themselves without a
// property or an item in between.
Result<void> Schemas::State::CheckLoops(const SchemaNode* node, std::set<const SchemaNode*>& open,
                                        std::set<const SchemaNode*>& done) {
  if (!node || done.contains(node)) return {};
  if (!open.insert(node).second) return Wrong(*node, "$ref", "applies to itself for ever");
  TRY(CheckLoops(node->reference, open, done));
  TRY(CheckLoops(node->none_of, open, done));
  for (const auto* list : {&node->all_of, &node->any_of, &node->one_of}) {
    for (const SchemaNode* one : *list) TRY(CheckLoops(one, open, done));
  }
  open.erase(node);
  done.insert(node);
  std::set<const SchemaNode*> inside;
  for (const auto& [unused, property] : node->properties) TRY(CheckLoops(property, inside, done));
  for (const SchemaNode* one : node->prefix_items) TRY(CheckLoops(one, inside, done));
  for (const SchemaNode* one : {node->additional, node->property_names, node->items}) {
    TRY(CheckLoops(one, inside, done));
  }
  return {};
}

const json::value* Resolve(const json::value& document, std::string_view pointer) {
  if (!pointer.starts_with('#')) return nullptr;
  pointer.remove_prefix(1);
  const json::value* value = &document;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string part;
    for (std::size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end) {
        part += pointer[++i] == '1' ? '/' : '~';
      } else {
        part += pointer[i];
      }
    }
    pointer.remove_prefix(end);
    if (value->is_object()) {
      value = value->get_object().if_contains(part);
    } else if (value->is_array()) {
      std::size_t index = 0;
      for (const char c : part) {
        if (c < '0' || c > '9' || index > value->get_array().size()) return nullptr;
        index = index * 10 + static_cast<std::size_t>(c - '0');
      }
      value = part.empty() ? nullptr : value->get_array().if_contains(index);
    } else {
      return nullptr;
    }
    if (!value) return nullptr;
  }
  return value;
}

std::string PointerPart(std::string_view name) {
  std::string part;
  for (const char c : name) {
    if (c == '~') {
      part += "~0";
    } else if (c == '/') {
      part += "~1";
    } else {
      part += c;
    }
  }
  return part;
}

}  // namespace jikimi::http
