#include "http/schema.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "base/check.h"
#include "http/schema_node.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFaults = 20;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

unsigned TypeBitOf(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return kNullType;
    case json::kind::bool_:
      return kBooleanType;
    case json::kind::int64:
    case json::kind::uint64:
      return kIntegerType;
    case json::kind::double_:
      return kNumberType;
    case json::kind::string:
      return kStringType;
    case json::kind::array:
      return kArrayType;
    case json::kind::object:
      return kObjectType;
  }
  return 0;
}

std::string TypeNames(unsigned types) {
  std::string names;
  const auto add = [&](unsigned bit, std::string_view name) {
    if (!(types & bit)) return;
    if (!names.empty()) names += " or ";
    names += name;
  };
  add(kNullType, "null");
  add(kBooleanType, "a boolean");
  if (types & kNumberType) {
    add(kNumberType, "a number");
  } else {
    add(kIntegerType, "an integer");
  }
  add(kStringType, "a text");
  add(kArrayType, "a list");
  add(kObjectType, "an object");
  return names;
}

std::uint64_t CodePoints(std::string_view text) {
  return static_cast<std::uint64_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// -1, 0 or 1. Integers compare as such: a double holds 53 bits of them.
int Compare(const json::value& a, const json::value& b) {
  if (a.is_int64() && b.is_int64()) {
    return a.get_int64() < b.get_int64() ? -1 : a.get_int64() > b.get_int64();
  }
  const double x = a.to_number<double>();
  const double y = b.to_number<double>();
  return x < y ? -1 : x > y;
}

// Whether a value has a type that the schema takes, seen through references.
bool FitsType(const SchemaNode& node, const json::value& value) {
  if (node.refuses_all || !(node.types & TypeBitOf(value))) return false;
  return !node.reference || FitsType(*node.reference, value);
}

class Checker {
 public:
  std::vector<Invalid> Take() { return std::move(faults_); }
  void Check(const SchemaNode& node, const json::value& value, const std::string& where);

 private:
  void CheckObject(const SchemaNode& node, const json::object& object, const std::string& where);
  void CheckArray(const SchemaNode& node, const json::array& array, const std::string& where);
  void CheckNumber(const SchemaNode& node, const json::value& value, const std::string& where);
  void CheckText(const SchemaNode& node, std::string_view text, const std::string& where);
  void CheckCombinations(const SchemaNode& node, const json::value& value,
                         const std::string& where);
  void CheckCount(const Bounds& bounds, std::uint64_t count, std::string_view unit,
                  const std::string& where);

  void Fault(const std::string& where, std::string detail) {
    if (faults_.size() < kMaxFaults) faults_.push_back({where, std::move(detail)});
  }
  static std::vector<Invalid> Try(const SchemaNode& node, const json::value& value,
                                  const std::string& where) {
    Checker checker;
    checker.Check(node, value, where);
    return checker.Take();
  }

  std::vector<Invalid> faults_;
};

void Checker::Check(const SchemaNode& node, const json::value& value, const std::string& where) {
  if (node.refuses_all) return Fault(where, "is not known here");
  if (!(node.types & TypeBitOf(value))) return Fault(where, "must be " + TypeNames(node.types));
  if (node.has_allowed && std::find(node.allowed.begin(), node.allowed.end(),
                                    CanonicalText(value)) == node.allowed.end()) {
    std::string list;
    for (const std::string& one : node.allowed) list += (list.empty() ? "" : ", ") + one;
    if (list.size() > 500) list = "the values that the description lists";
    return Fault(where, "must be one of: " + list);
  }
  if (const auto* object = value.if_object()) CheckObject(node, *object, where);
  if (const auto* array = value.if_array()) CheckArray(node, *array, where);
  if (const auto* text = value.if_string()) CheckText(node, View(*text), where);
  if (value.is_number()) CheckNumber(node, value, where);
  CheckCombinations(node, value, where);
}

void Checker::CheckCount(const Bounds& bounds, std::uint64_t count, std::string_view unit,
                         const std::string& where) {
  const std::string has = "has " + std::to_string(count) + " " + std::string(unit) + ": at ";
  if (count < bounds.least) {
    Fault(where, has + "least " + std::to_string(bounds.least) + " must be there");
  }
  if (count > bounds.most) {
    Fault(where, has + "most " + std::to_string(bounds.most) + " are allowed");
  }
}

void Checker::CheckObject(const SchemaNode& node, const json::object& object,
                          const std::string& where) {
  CheckCount(node.property_count, object.size(), "members", where);
  for (const std::string& name : node.required) {
    if (!object.contains(name)) Fault(where + "/" + PointerPart(name), "is missing");
  }
  for (const auto& [key, value] : object) {
    const std::string_view name(key.data(), key.size());
    const auto property = node.properties.find(name);
    if (property == node.properties.end() && !node.additional && !node.property_names) continue;
    const std::string place = where + "/" + PointerPart(name);
    if (node.property_names) Check(*node.property_names, json::value(key), place);
    if (property != node.properties.end()) {
      Check(*property->second, value, place);
    } else if (node.additional) {
      Check(*node.additional, value, place);
    }
  }
}

void Checker::CheckArray(const SchemaNode& node, const json::array& array,
                         const std::string& where) {
  CheckCount(node.item_count, array.size(), "items", where);
  if (array.size() > node.item_count.most) return;
  for (std::size_t i = 0; i < array.size() && faults_.size() < kMaxFaults; ++i) {
    const SchemaNode* schema = i < node.prefix_items.size() ? node.prefix_items[i] : node.items;
    if (schema) Check(*schema, array[i], where + "/" + std::to_string(i));
  }
  if (!node.unique_items) return;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (!seen.insert(CanonicalText(array[i])).second) {
      Fault(where + "/" + std::to_string(i), "stands in the list twice");
    }
  }
}

void Checker::CheckNumber(const SchemaNode& node, const json::value& value,
                          const std::string& where) {
  const auto text = [](const json::value& bound) { return json::serialize(bound); };
  if (!node.minimum.is_null() && Compare(value, node.minimum) < 0) {
    Fault(where, "must be at least " + text(node.minimum));
  }
  if (!node.maximum.is_null() && Compare(value, node.maximum) > 0) {
    Fault(where, "must be at most " + text(node.maximum));
  }
  if (!node.exclusive_minimum.is_null() && Compare(value, node.exclusive_minimum) <= 0) {
    Fault(where, "must be more than " + text(node.exclusive_minimum));
  }
  if (!node.exclusive_maximum.is_null() && Compare(value, node.exclusive_maximum) >= 0) {
    Fault(where, "must be less than " + text(node.exclusive_maximum));
  }
  if (node.multiple_of != 0) {
    const bool fits = value.is_int64() ? value.get_int64() % node.multiple_of == 0
                                       : std::fmod(value.to_number<double>(),
                                                   static_cast<double>(node.multiple_of)) == 0;
    if (!fits) Fault(where, "must be a multiple of " + std::to_string(node.multiple_of));
  }
  if (node.format == Format::kInt32 && value.is_int64() &&
      (value.get_int64() < std::numeric_limits<std::int32_t>::min() ||
       value.get_int64() > std::numeric_limits<std::int32_t>::max())) {
    Fault(where, "must be an integer of 32 bits");
  }
}

void Checker::CheckText(const SchemaNode& node, std::string_view text, const std::string& where) {
  const std::uint64_t length = CodePoints(text);
  CheckCount(node.length, length, "characters", where);
  if (length > node.length.most) return;
  if (node.format && !HasFormat(text, *node.format)) {
    Fault(where, "must be " + std::string(DescribeFormat(*node.format)));
  }
  if (node.pattern && !node.pattern->Matches(text)) {
    Fault(where, "doesn't match the pattern " + node.pattern->expression());
  }
}

void Checker::CheckCombinations(const SchemaNode& node, const json::value& value,
                                const std::string& where) {
  if (node.reference) Check(*node.reference, value, where);
  for (const SchemaNode* one : node.all_of) Check(*one, value, where);
  if (node.none_of && Try(*node.none_of, value, where).empty()) {
    Fault(where, "has a form that is not allowed here");
  }
  for (const auto* list : {&node.any_of, &node.one_of}) {
    if (list->empty()) continue;
    std::size_t fits = 0;
    std::vector<std::vector<Invalid>> of_right_type;
    for (const SchemaNode* one : *list) {
      auto faults = Try(*one, value, where);
      if (faults.empty()) {
        ++fits;
      } else if (FitsType(*one, value)) {
        of_right_type.push_back(std::move(faults));
      }
    }
    if (list == &node.one_of && fits > 1) {
      Fault(where, "fits several of the allowed forms, and must fit one");
    } else if (fits == 0 && of_right_type.size() == 1) {
      // "null or this": what is wrong with this is what the caller needs to hear.
      for (Invalid& fault : of_right_type[0]) Fault(fault.pointer, std::move(fault.detail));
    } else if (fits == 0) {
      Fault(where, "fits none of the allowed forms");
    }
  }
}

}  // namespace

std::string CanonicalText(const json::value& value) {
  if (const auto* number = value.if_double()) {
    if (*number == std::trunc(*number) && std::abs(*number) < 0x1p62) {
      return std::to_string(static_cast<std::int64_t>(*number));
    }
  }
  if (const auto* array = value.if_array()) {
    std::string text = "[";
    for (const json::value& one : *array) text += CanonicalText(one) + ",";
    return text + "]";
  }
  if (const auto* object = value.if_object()) {
    std::set<std::string> members;
    for (const auto& [key, member] : *object) {
      members.insert(json::serialize(json::value(key)) + ":" + CanonicalText(member));
    }
    std::string text = "{";
    for (const std::string& member : members) text += member + ",";
    return text + "}";
  }
  return json::serialize(value);
}

std::vector<Invalid> Schema::Check(const json::value& value, std::string_view where) const {
  CHECK(node_);
  Checker checker;
  checker.Check(*node_, value, std::string(where));
  return checker.Take();
}

std::string_view Schema::SingleType() const {
  const SchemaNode* node = node_;
  while (node && node->types == kAnyType && node->reference) node = node->reference;
  if (!node) return {};
  switch (node->types) {
    case kNullType:
      return "null";
    case kBooleanType:
      return "boolean";
    case kIntegerType:
      return "integer";
    case kNumberType | kIntegerType:
      return "number";
    case kStringType:
      return "string";
    case kArrayType:
      return "array";
    case kObjectType:
      return "object";
    default:
      return {};
  }
}

Schema Schema::Items() const {
  const SchemaNode* node = node_;
  while (node && !node->items && node->reference) node = node->reference;
  return Schema(node ? node->items : nullptr);
}

const json::value* Schema::Default() const {
  const SchemaNode* node = node_;
  while (node && !node->default_value && node->reference) node = node->reference;
  return node ? node->default_value : nullptr;
}

}  // namespace jikimi::http
