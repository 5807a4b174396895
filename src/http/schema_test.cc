#include "http/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/format.h"
#include "http/json.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;

class JsonTest : public testing::TestWithParam<std::pair<std::string, std::string>> {};
TEST_P(JsonTest, IsRefused) {
  const auto value = ParseJson(GetParam().second);
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(value.error().message.find("at byte"), std::string::npos) << value.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    , JsonTest,
    testing::Values(
        std::pair("Empty", ""), std::pair("Blank", "  "), std::pair("Cut", "{\"a\":"),
        std::pair("Tail", "{} {}"), std::pair("Comment", "/**/{}"), std::pair("Comma", "[1,]"),
        std::pair("Single", "{'a':1}"), std::pair("Nan", "NaN"), std::pair("Plus", "+1"),
        std::pair("LeadingZero", "01"), std::pair("NameTwice", R"({"a":1,"b":{"a":1},"a":2})"),
        std::pair("NameTwiceByEscape", R"({"a":1,"\u0061":2})"),
        std::pair("EscapedNul", R"("a\u0000")"), std::pair("NulInName", R"({"a\u0000":1})"),
        std::pair("HalfSurrogate", R"("\ud800")"), std::pair("LoneLowSurrogate", R"("\udc00")"),
        std::pair("BadUtf8", "\"\xff\""), std::pair("OverlongUtf8", "\"\xc0\xaf\""),
        std::pair("SurrogateUtf8", "\"\xed\xa0\x80\""), std::pair("Control", "\"\n\""),
        std::pair("HugeInteger", "9223372036854775808"),
        std::pair("HugerInteger", "123456789012345678901234567890"),
        std::pair("HugeNegative", "-9223372036854775809"), std::pair("HugeNumber", "1e400"),
        std::pair("Deep", std::string(33, '[') + std::string(33, ']')),
        std::pair("VeryDeep", std::string(100'000, '['))),
    [](const auto& test) { return test.param.first; });

TEST(ParseJsonTest, TakesTheExtremes) {
  EXPECT_EQ(ParseJson("9223372036854775807")->get_int64(), INT64_MAX);
  EXPECT_EQ(ParseJson("-9223372036854775808")->get_int64(), INT64_MIN);
  EXPECT_TRUE(ParseJson(std::string(32, '[') + std::string(32, ']')).has_value());
  EXPECT_EQ(ParseJson(R"({"a":{"x":1},"b":{"x":2}})")->at("b").at("x"), 2);
  const std::string long_text(1 << 20, 'x');
  EXPECT_EQ(ParseJson("\"" + long_text + "\"")->get_string().size(), long_text.size());
  EXPECT_EQ(*ParseJson("\"\\ud83d\\ude00\""), json::value("😀"));
}

std::vector<Invalid> CheckOne(const std::string& schema, const std::string& value) {
  const json::value document = *ParseJson(R"({"s":)" + schema + R"(,"defs":{
    "Tree":{"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#/defs/Tree"}}},
            "additionalProperties":false},
    "Short":{"type":"string","maxLength":3}}})",
                                          100);
  Schemas schemas(document);
  const auto compiled = schemas.At("#/s");
  if (!compiled) return {{"schema", compiled.error().message}};
  return compiled->Check(*ParseJson(value), "#");
}

struct SchemaCase {
  std::string name, schema;
  std::vector<std::string> good, bad;
};
class SchemaTest : public testing::TestWithParam<SchemaCase> {};
TEST_P(SchemaTest, TakesTheGoodAndRefusesTheBad) {
  for (const std::string& value : GetParam().good) {
    const auto faults = CheckOne(GetParam().schema, value);
    EXPECT_TRUE(faults.empty()) << value << ": " << faults[0].pointer << " " << faults[0].detail;
  }
  for (const std::string& value : GetParam().bad) {
    const auto faults = CheckOne(GetParam().schema, value);
    ASSERT_FALSE(faults.empty()) << value;
    EXPECT_NE(faults[0].pointer, "schema") << faults[0].detail;
  }
}
INSTANTIATE_TEST_SUITE_P(
    , SchemaTest,
    testing::Values(
        SchemaCase{"Anything", "true", {"1", "null", "[]"}, {}},
        SchemaCase{"Nothing", "false", {}, {"1", "null"}},
        SchemaCase{"Integer", R"({"type":"integer"})", {"1", "-5"}, {"1.5", "\"1\"", "true"}},
        SchemaCase{"Number", R"({"type":"number"})", {"1", "1.5"}, {"\"1\"", "null"}},
        SchemaCase{"TwoTypes", R"({"type":["string","null"]})", {"\"a\"", "null"}, {"1"}},
        SchemaCase{
            "Bounds", R"({"type":"integer","minimum":1,"maximum":3})", {"1", "3"}, {"0", "4"}},
        SchemaCase{"LargeBounds",
                   R"({"minimum":9007199254740993})",
                   {"9007199254740993"},
                   {"9007199254740992"}},
        SchemaCase{
            "OpenBounds", R"({"exclusiveMinimum":0,"exclusiveMaximum":1})", {"0.5"}, {"0", "1"}},
        SchemaCase{"Multiple", R"({"multipleOf":5})", {"10", "0", "-5", "10.0"}, {"3", "2.5"}},
        SchemaCase{
            "Int32", R"({"type":"integer","format":"int32"})", {"2147483647"}, {"2147483648"}},
        SchemaCase{"LengthInCodePoints",
                   R"({"type":"string","minLength":2,"maxLength":3})",
                   {"\"한국어\"", "\"😀😀\""},
                   {"\"a\"", "\"abcd\""}},
        SchemaCase{"Pattern",
                   R"({"type":"string","pattern":"^[가-힣]+$"})",
                   {"\"한국\""},
                   {"\"korea\"", "\"한국\\n\"", "\"\""}},
        SchemaCase{"PatternAnywhere", R"({"pattern":"b"})", {"\"abc\"", "5"}, {"\"ac\""}},
        SchemaCase{"Enum",
                   R"({"enum":["a",1,null,{"x":[1,2]}]})",
                   {"\"a\"", "1", "1.0", "null", R"({"x":[1,2.0]})"},
                   {"\"b\"", "2", "{}"}},
        SchemaCase{"Const", R"({"const":"a"})", {"\"a\""}, {"\"b\"", "null"}},
        SchemaCase{"Object",
                   R"({"type":"object","required":["a"],"additionalProperties":false,
                      "properties":{"a":{"type":"integer"},"b":{"type":"string"}}})",
                   {R"({"a":1})", R"({"a":1,"b":""})"},
                   {"{}", R"({"a":"1"})", R"({"a":1,"c":1})", "[]"}},
        SchemaCase{"TypedRest",
                   R"({"additionalProperties":{"type":"integer"},"maxProperties":2})",
                   {"{}", R"({"x":1,"y":2})"},
                   {R"({"x":"1"})", R"({"x":1,"y":2,"z":3})"}},
        SchemaCase{"Names",
                   R"({"propertyNames":{"pattern":"^[a-z]+$"},"minProperties":1})",
                   {R"({"a":1})"},
                   {"{}", R"({"A":1})"}},
        SchemaCase{"Items",
                   R"({"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2})",
                   {"[1]", "[1,2]"},
                   {"[]", "[1,2,3]", "[\"1\"]"}},
        SchemaCase{"Tuple",
                   R"({"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false})",
                   {R"(["a",1])", R"(["a"])"},
                   {R"([1,1])", R"(["a",1,2])"}},
        SchemaCase{"Unique",
                   R"({"uniqueItems":true})",
                   {"[1,2]", "[]", R"([{"a":1},{"a":2}])"},
                   {"[1,1.0]", R"([{"a":1,"b":2},{"b":2,"a":1}])"}},
        SchemaCase{"OneOf",
                   R"({"oneOf":[{"type":"integer"},{"type":"number","minimum":5}]})",
                   {"1", "5.5"},
                   {"6", "1.5", "\"a\""}},
        SchemaCase{
            "AnyOf", R"({"anyOf":[{"type":"string"},{"type":"null"}]})", {"\"a\"", "null"}, {"1"}},
        SchemaCase{"AllOf", R"({"allOf":[{"minimum":1},{"maximum":3}]})", {"2"}, {"0", "4"}},
        SchemaCase{"Not", R"({"not":{"const":1}})", {"2"}, {"1"}},
        SchemaCase{"Reference",
                   R"({"$ref":"#/defs/Short","minLength":2})",
                   {"\"ab\""},
                   {"\"a\"", "\"abcd\""}},
        SchemaCase{"Recursive",
                   R"({"$ref":"#/defs/Tree"})",
                   {R"({"children":[{"children":[]},{}]})"},
                   {R"({"children":[{"children":[{"x":1}]}]})"}}),
    [](const auto& test) { return test.param.name; });

TEST(SchemaFaultTest, FaultsPointAtTheirPlace) {
  const auto faults = CheckOne(
      R"({"type":"object","properties":{"items":{"type":"array","items":{"type":"object",
          "required":["a/b"],"properties":{"n":{"type":["null","integer"],"maximum":3}}}}}})",
      R"({"items":[{"a/b":1},{"n":4}]})");
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0], (Invalid{"#/items/1/a~1b", "is missing"}));
  EXPECT_EQ(faults[1], (Invalid{"#/items/1/n", "must be at most 3"}));
}

TEST(SchemaFaultTest, AMissedAlternativeSaysWhatItMisses) {
  const auto faults =
      CheckOne(R"({"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]})", R"({"b":1})");
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0], (Invalid{"#/a", "is missing"}));
}

TEST(SchemaFaultTest, FaultsAreBounded) {
  std::string list = "[0";
  for (int i = 0; i < 1000; ++i) list += ",0";
  EXPECT_EQ(CheckOne(R"({"items":{"type":"string"}})", list + "]").size(), 20u);
}

TEST(SchemaFaultTest, PatternsTakeLinearTime) {
  const std::string text = "\"" + std::string(200'000, 'a') + "!\"";
  EXPECT_EQ(CheckOne(R"({"pattern":"^(a+)+$"})", text).size(), 1u);
}

class BadSchemaTest : public testing::TestWithParam<std::pair<std::string, std::string>> {};
TEST_P(BadSchemaTest, IsRefusedWhenCompiling) {
  const json::value document = *ParseJson(R"({"s":)" + GetParam().second + "}");
  Schemas schemas(document);
  const auto compiled = schemas.At("#/s");
  ASSERT_FALSE(compiled.has_value());
  EXPECT_EQ(compiled.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(compiled.error().message.find("#/"), std::string::npos) << compiled.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    , BadSchemaTest,
    testing::Values(
        std::pair("Text", "\"a\""), std::pair("Keyword", R"({"if":true})"),
        std::pair("Unevaluated", R"({"unevaluatedProperties":false})"),
        std::pair("Type", R"({"type":"float"})"), std::pair("NoTypes", R"({"type":[1]})"),
        std::pair("Count", R"({"minLength":-1})"),
        std::pair("FractionCount", R"({"maxItems":1.5})"), std::pair("Bound", R"({"minimum":"1"})"),
        std::pair("Fraction", R"({"multipleOf":0.1})"),
        std::pair("Pattern", R"j({"pattern":"("})j"),
        std::pair("LookAhead", R"j({"pattern":"(?=a)"})j"),
        std::pair("BackReference", R"j({"pattern":"(a)\\1"})j"),
        std::pair("Format", R"({"format":"hostname"})"),
        std::pair("Reference", R"({"$ref":"#/nowhere"})"),
        std::pair("ForeignReference", R"({"$ref":"http://x/y"})"),
        std::pair("Loop", R"({"allOf":[{"$ref":"#/s"}]})"),
        std::pair("EmptyEnum", R"({"enum":[]})"), std::pair("EmptyOneOf", R"({"oneOf":[]})"),
        std::pair("Inside", R"({"properties":{"a":{"x":1}}})"),
        std::pair("RequiredButForbidden", R"({"required":["a"],"additionalProperties":false})")),
    [](const auto& test) { return test.param.first; });

struct FormatCase {
  std::string name;
  std::vector<std::string> good, bad;
};
class FormatTest : public testing::TestWithParam<FormatCase> {};
TEST_P(FormatTest, TakesTheGoodAndRefusesTheBad) {
  const auto format = ParseFormat(GetParam().name == "datetime" ? "date-time" : GetParam().name);
  ASSERT_TRUE(format.has_value());
  for (const std::string& text : GetParam().good) EXPECT_TRUE(HasFormat(text, *format)) << text;
  for (const std::string& text : GetParam().bad) EXPECT_FALSE(HasFormat(text, *format)) << text;
}
INSTANTIATE_TEST_SUITE_P(
    , FormatTest,
    testing::Values(
        FormatCase{"id",
                   {"0123456789abcdef0123456789abcdef"},
                   {"", "0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcde"}},
        FormatCase{"uuid",
                   {"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
                   {"f81d4fae7dec11d0a76500a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bfg"}},
        FormatCase{"date",
                   {"2026-07-01", "2024-02-29", "0001-01-01", "9999-12-31"},
                   {"2026-02-29", "2026-13-01", "2026-7-1", "2026-07-01T", "20260701", ""}},
        FormatCase{
            "datetime",
            {"2026-07-01T09:30:00Z", "2026-07-01t09:30:00.123456789+09:00", "1969-12-31T23:59:59z"},
            {"2026-07-01 09:30:00Z", "2026-07-01T09:30:00", "2026-07-01T24:00:00Z",
             "2026-07-01T09:30:60Z", "2026-07-01T09:30:00.Z", "2026-07-01T09:30:00+9:00",
             "2026-07-01T09:30:00.1234567890Z", "2026-07-01T09:30:00Zx"}},
        FormatCase{"uri",
                   {"http://a", "HTTPS://a.example:8443/x?y=%ED#z", "http://[2001:db8::1]/",
                    "https://user@host/x"},
                   {"ftp://a", "javascript:alert(1)", "http://", "https:///x", "http://:80/",
                    "http://a/ b", "http://a/<", "http://a/%2", "http://한국", "//a"}},
        FormatCase{"email",
                   {"a@b", "a.b+c@d-e.example"},
                   {"", "a", "@b", "a@", "a@@b", "a b@c", "a@b..c", ".a@b", "a.@b", "a@-b", "a@b_c",
                    "a\n@b"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace jikimi::http
