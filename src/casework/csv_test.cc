#include "casework/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jikimi::casework {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<CsvRecord> ReadAll(std::string_view text, CsvLimits limits = {}) {
  CsvReader reader(text, limits);
  std::vector<CsvRecord> records;
  while (true) {
    auto record = reader.Next();
    if (!record) {
      ADD_FAILURE() << record.error().message;
      return records;
    }
    if (!*record) return records;
    records.push_back(std::move(**record));
  }
}

std::string FailureOf(std::string_view text, CsvLimits limits = {}) {
  CsvReader reader(text, limits);
  while (true) {
    const auto record = reader.Next();
    if (record && !*record) return "none";
    if (record) continue;
    EXPECT_EQ(record.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(reader.Next().error().message, record.error().message) << "fails again";
    return record.error().message;
  }
}

struct Good {
  std::string name, text;
  std::vector<std::vector<std::string>> records;
};
class CsvGoodTest : public testing::TestWithParam<Good> {};

TEST_P(CsvGoodTest, IsReadAsItsFields) {
  std::vector<std::vector<std::string>> read;
  for (const CsvRecord& record : ReadAll(GetParam().text)) {
    EXPECT_FALSE(record.fault) << record.fault->what;
    read.push_back(record.fields);
  }
  EXPECT_EQ(read, GetParam().records);
}
INSTANTIATE_TEST_SUITE_P(
    , CsvGoodTest,
    testing::Values(
        Good{"Nothing", "", {}}, Good{"OnlyAByteOrderMark", "\xef\xbb\xbf", {}},
        Good{"ByteOrderMark", "\xef\xbb\xbf\"a\",b\n", {{"a", "b"}}},
        Good{"LineFeeds", "a,b\nc,d\n", {{"a", "b"}, {"c", "d"}}},
        Good{"CarriageReturns", "a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
        Good{"NoLastLineEnd", "a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
        Good{"EmptyFields", ",,\n,", {{"", "", ""}, {"", ""}}},
        Good{"EmptyLine", "a\n\nb", {{"a"}, {""}, {"b"}}},
        Good{"QuotedSeparators", "\"a,b\",\"c\r\nd\n\"\n", {{"a,b", "c\r\nd\n"}}},
        Good{"DoubledQuotes", "\"\"\"a\"\"\",\"\"", {{"\"a\"", ""}}},
        Good{"KoreanAndSpaces", " 한 글 ,\"지우\"\n", {{" 한 글 ", "지우"}}},
        Good{"AnyByte", std::string("\x00,\xff\n", 4), {{std::string(1, '\0'), "\xff"}}}),
    [](const auto& test) { return test.param.name; });

TEST(CsvReaderTest, ARecordKnowsItsRowAndTheLineOnWhichItBegins) {
  const auto records = ReadAll("head\n\"two\nlines\"\n\nlast");
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[1].line, 2U);
  EXPECT_EQ(records[2].line, 4U);
  EXPECT_EQ(records[3].line, 5U);
  EXPECT_EQ(records[3].row, 4U);
  EXPECT_TRUE(records[2].IsBlank());
  EXPECT_FALSE(records[3].IsBlank());
}

TEST(CsvReaderTest, GoesOnFromTheOffsetOfARecord) {
  const std::string text = "\xef\xbb\xbfhead\n\"two\nlines\",x\nlast";
  const auto records = ReadAll(text);
  for (const CsvRecord& record : records) {
    CsvReader again(text, CsvReader::Start{record.offset, record.row, record.line});
    const auto read = again.Next().value();
    EXPECT_EQ(read->fields, record.fields);
    EXPECT_EQ(read->row, record.row);
    EXPECT_EQ(read->line, record.line);
  }
}

struct Faulty {
  std::string name, text, what;
  std::size_t field;
};
class CsvFaultyTest : public testing::TestWithParam<Faulty> {};

TEST_P(CsvFaultyTest, SaysWhichFieldAndReadsTheNextRecord) {
  const auto records = ReadAll(GetParam().text + "\nx,y\n");
  ASSERT_EQ(records.size(), 2U);
  ASSERT_TRUE(records[0].fault);
  EXPECT_THAT(records[0].fault->what, HasSubstr(GetParam().what));
  EXPECT_EQ(records[0].fault->field, GetParam().field);
  EXPECT_FALSE(records[1].fault);
  EXPECT_THAT(records[1].fields, ElementsAre("x", "y"));
}
INSTANTIATE_TEST_SUITE_P(
    , CsvFaultyTest,
    testing::Values(Faulty{"QuoteWithin", "a,b\"c\"", "quote within", 1},
                    Faulty{"AfterTheClosingQuote", "\"a\" ,b", "after its closing quote", 0},
                    Faulty{"LoneCarriageReturn", "a,b\rc", "carriage return", 1},
                    Faulty{"CarriageReturnAtTheEnd", "a\r\r", "carriage return", 0}),
    [](const auto& test) { return test.param.name; });

TEST(CsvReaderTest, AQuoteThatIsNeverClosedIsToldWithTheLineOnWhichItOpened) {
  EXPECT_EQ(FailureOf("a\nb,\"c\nd\ne"), "the quote that opens on line 2 is never closed");
  EXPECT_EQ(FailureOf("\""), "the quote that opens on line 1 is never closed");
  EXPECT_EQ(FailureOf("\"a\"\""), "the quote that opens on line 1 is never closed");
}

TEST(CsvReaderTest, LimitsHoldToTheByte) {
  const CsvLimits limits{.field_bytes = 4, .record_bytes = 12, .fields = 3};
  EXPECT_EQ(FailureOf("1234,\"1\"\"34\",1", limits),
            "the row that begins on line 1 has more than 12 bytes");
  EXPECT_EQ(FailureOf("1234,\"1234\"\n", limits), "none");
  EXPECT_THAT(FailureOf("\n12345", limits), HasSubstr("line 2 has a field of more than 4 bytes"));
  EXPECT_THAT(FailureOf("\"12345\"", limits), HasSubstr("isn't closed within 4 bytes"));
  EXPECT_THAT(FailureOf("\"1234\"5", limits), HasSubstr("more than 4 bytes"));
  EXPECT_EQ(FailureOf("1,2,3\n", limits), "none");
  EXPECT_THAT(FailureOf("1,2,3,\n", limits), HasSubstr("more than 3 fields"));
}

}  // namespace
}  // namespace jikimi::casework
