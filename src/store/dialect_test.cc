#include "store/dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jikimi::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Sample {
  std::string name, sql, sqlite, postgresql;
};
class TranslateTest : public testing::TestWithParam<Sample> {};

TEST_P(TranslateTest, GivesEachDatabaseItsOwn) {
  EXPECT_EQ(Translate(GetParam().sql, Engine::kSqlite)->sql, GetParam().sqlite);
  EXPECT_EQ(Translate(GetParam().sql, Engine::kPostgresql)->sql, GetParam().postgresql);
}
INSTANTIATE_TEST_SUITE_P(
    , TranslateTest,
    testing::Values(
        Sample{"Parameters", "SELECT $2,$1 , a<=$10+$2,$3,$4,$5,$6,$7,$8,$9",
               "SELECT ?2,?1 , a<=?10+?2,?3,?4,?5,?6,?7,?8,?9",
               "SELECT $2,$1 , a<=$10+$2,$3,$4,$5,$6,$7,$8,$9"},
        Sample{"QuotesAndComments", "SELECT '$1 BIGINT -- ''', \"TEXT\" /* $9 */ FROM t -- $8",
               "SELECT '$1 BIGINT -- ''', \"TEXT\" FROM t",
               "SELECT '$1 BIGINT -- ''', \"TEXT\" FROM t"},
        Sample{
            "Types",
            "create table t(a bigint, b BYTEA, c double  precision, d TimestampTZ, e Text)",
            "create table t(a INTEGER, b BLOB, c REAL, d INT, e Text) STRICT",
            "create table t(a bigint, b BYTEA, c double precision, d TimestampTZ, e Text COLLATE "
            "\"C\")"},
        Sample{"Identity", "CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
               "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT",
               "CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY)"},
        Sample{"Casts", "SELECT CAST($1 AS TEXT), CAST($2 AS BYTEA)",
               "SELECT CAST(?1 AS TEXT), CAST(?2 AS BLOB)",
               "SELECT CAST($1 AS TEXT), CAST($2 AS BYTEA)"},
        Sample{"CastInATable", "CREATE TABLE t (a TEXT CHECK (CAST(a AS TEXT) <> ''))",
               "CREATE TABLE t (a TEXT CHECK (CAST(a AS TEXT) <> '')) STRICT",
               "CREATE TABLE t (a TEXT COLLATE \"C\" CHECK (CAST(a AS TEXT) <> ''))"},
        Sample{"RowLocks", "SELECT 1 FROM t LIMIT 1 FOR UPDATE SKIP LOCKED",
               "SELECT 1 FROM t LIMIT 1 ", "SELECT 1 FROM t LIMIT 1 FOR UPDATE SKIP LOCKED"},
        Sample{"Numbers", "SELECT 1.5e-3, .5, 2-1, - -1", "SELECT 1.5e-3, .5, 2-1, - -1",
               "SELECT 1.5e-3, .5, 2-1, - -1"}),
    [](const auto& test) { return test.param.name; });

struct Refusal {
  std::string name, sql, says;
};
class RefusedSqlTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedSqlTest, IsInvalidArgumentOnBoth) {
  for (const Engine engine : {Engine::kSqlite, Engine::kPostgresql}) {
    const auto translated = Translate(GetParam().sql, engine);
    ASSERT_FALSE(translated.has_value());
    EXPECT_EQ(translated.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(translated.error().message, HasSubstr(GetParam().says));
  }
}
INSTANTIATE_TEST_SUITE_P(
    , RefusedSqlTest,
    testing::Values(Refusal{"Empty", " -- nothing", "no statement"},
                    Refusal{"TwoStatements", "SELECT 1; SELECT 2", "byte 8: more than one"},
                    Refusal{"Commit", " commit", "byte 1: transactions"},
                    Refusal{"OpenString", "SELECT 'it''s", "byte 7: a string that"},
                    Refusal{"OpenName", "SELECT \"a", "byte 7: a quoted name"},
                    Refusal{"OpenComment", "SELECT 1 /* *", "byte 9: a comment that"},
                    Refusal{"NestedComment", "SELECT /* /* */ 1", "byte 7: a comment inside"},
                    Refusal{"EscapeString", "SELECT E'a'", "byte 7: a string with a prefix"},
                    Refusal{"HexString", "SELECT x'41'", "byte 7: a string with a prefix"},
                    Refusal{"UnicodeString", "SELECT U&'a'", "byte 7: a string with a prefix"},
                    Refusal{"DollarQuotes", "SELECT $$a$$", "byte 7: '$'"},
                    Refusal{"QuestionMark", "SELECT ?", "byte 7: a character"},
                    Refusal{"ColonCast", "SELECT 1::TEXT", "byte 8: a character"},
                    Refusal{"Brackets", "SELECT [a]", "byte 7: a character"},
                    Refusal{"BackQuotes", "SELECT `a`", "byte 7: a character"},
                    Refusal{"NotAscii", "SELECT 이름", "byte 7: a character"},
                    Refusal{"ZeroByte", std::string("SELECT\0 1", 9), "byte 6: a character"},
                    Refusal{"ZeroInString", std::string("SELECT '\0'", 10), "byte 7: a string"},
                    Refusal{"ZeroInComment", std::string("SELECT /*\0*/ 1", 14), "a zero byte"},
                    Refusal{"ParameterZero", "SELECT $0", "byte 7: a parameter is"},
                    Refusal{"ParameterTooBig", "SELECT $1000", "byte 7: a parameter is"},
                    Refusal{"ParameterAndLetters", "SELECT $1a", "byte 7: a malformed"},
                    Refusal{"ParameterLeftOut", "SELECT $1, $3", "$2 is not used"},
                    Refusal{"Integer", "CREATE TABLE t (a INTEGER)", "byte 18: columns are"},
                    Refusal{"Trigger", "CREATE TRIGGER t", "triggers"}),
    [](const auto& test) { return test.param.name; });

TEST(SplitStatementsTest, MindsQuotesAndComments) {
  EXPECT_THAT(*SplitStatements("A 'x;y' ; -- c;\n B /* ; */ \";\";;  ; C"),
              ElementsAre("A 'x;y' ", "B /* ; */ \";\"", "C"));
  EXPECT_TRUE(SplitStatements(" ; -- ;")->empty());
  EXPECT_FALSE(SplitStatements("A; 'b").has_value());
}

TEST(PlainNameTest, IsLowerCaseWordsOnly) {
  for (const std::string_view good : {"a", "room_pair", "_x", "a1"}) EXPECT_TRUE(IsPlainName(good));
  for (const std::string_view bad : {"", "1a", "A", "a b", "a.b", "a\"", "각", "a;"}) {
    EXPECT_FALSE(IsPlainName(bad));
  }
  EXPECT_FALSE(IsPlainName(std::string(64, 'a')));
}

}  // namespace
}  // namespace jikimi::store
