// A body against a schema that has every keyword: what is taken keeps what the parser promises, and
// checking the same value twice, or after writing and reading it, finds the same.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/json.h"
#include "http/schema.h"
#include "store/utf8.h"

namespace {

constexpr std::string_view kDocument = R"({"s":{"anyOf":[
  {"type":"object","required":["a"],"additionalProperties":{"$ref":"#/s"},"maxProperties":5,
   "propertyNames":{"pattern":"^[a-z]+$","maxLength":4},
   "properties":{"a":{"oneOf":[{"type":"integer","minimum":-5,"exclusiveMaximum":100,"multipleOf":5},
     {"type":"string","format":"date-time"},{"type":"string","format":"uri"},{"type":"null"}]},
     "b":{"type":"string","minLength":1,"maxLength":5,"pattern":"(x+)+y"},
     "c":{"allOf":[{"type":"number"},{"not":{"const":7}}]},"d":{"enum":["a",1,{"x":[1]}]}}},
  {"type":"array","items":{"$ref":"#/s"},"prefixItems":[{"type":"string","format":"email"}],
   "uniqueItems":true,"maxItems":8},
  {"type":"boolean"}]}})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::http;
  static const auto* document = new boost::json::value(*ParseJson(kDocument, 100));
  static auto* schemas = new Schemas(*document);
  static const Schema schema = *schemas->At("#/s");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = ParseJson(text);
  if (!value) return 0;
  CHECK(jikimi::store::FindBadText(text) == text.size());
  const auto faults = schema.Check(*value, "#");
  CHECK(faults.size() <= 20);
  const auto again = ParseJson(boost::json::serialize(*value));
  CHECK(again.has_value());
  CHECK(schema.Check(*again, "#") == faults);
  return 0;
}
