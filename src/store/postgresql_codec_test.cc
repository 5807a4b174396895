#include "store/postgresql_codec.h"

#include <gtest/gtest.h>

namespace jikimi::store {
namespace {

std::uint32_t Number(PostgresqlType type) { return static_cast<std::uint32_t>(type); }

// The bytes of a value as COPY sends them, without the tuple's and the field's headers.
std::vector<std::byte> Encoded(const Value& value) {
  std::vector<std::byte> buffer;
  AppendCopyRow(Parameters(&value, 1), buffer);
  return {buffer.begin() + 6, buffer.end()};
}

std::vector<std::byte> Raw(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

// Published: an int8 is its big-endian bytes, a timestamptz microseconds from 2000-01-01.
TEST(PostgresqlCodecTest, NumbersAndTimesAreBigEndian) {
  EXPECT_EQ(Encoded(0x0102030405060708), Raw("\1\2\3\4\5\6\7\x08"));
  EXPECT_EQ(Encoded(-2), Raw("\xff\xff\xff\xff\xff\xff\xff\xfe"));
  EXPECT_EQ(Encoded(1.0), Raw(std::string_view("\x3f\xf0\0\0\0\0\0\0", 8)));
  EXPECT_EQ(Encoded(Timestamp(std::chrono::microseconds(946'684'800'000'001))),
            Raw(std::string_view("\0\0\0\0\0\0\0\1", 8)));
}

TEST(PostgresqlCodecTest, CopyBeginsAndEndsAsTheManualSays) {
  std::vector<std::byte> buffer;
  AppendCopyHeader(buffer);
  EXPECT_EQ(buffer, Raw(std::string_view("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19)));
  buffer.clear();
  const Value row[] = {std::nullopt, "ab"};
  AppendCopyRow(row, buffer);
  AppendCopyEnd(buffer);
  EXPECT_EQ(buffer, Raw(std::string_view("\0\2\xff\xff\xff\xff\0\0\0\2ab\xff\xff", 14)));
}

TEST(PostgresqlCodecTest, DecodesWhatItEncodes) {
  const auto decoded = [](PostgresqlType type, const Value& value) {
    return DecodeCell(Number(type), Encoded(value)).value();
  };
  EXPECT_EQ(decoded(PostgresqlType::kInt8, INT64_MIN), Cell(std::int64_t{INT64_MIN}));
  EXPECT_EQ(decoded(PostgresqlType::kFloat8, -0.5), Cell(-0.5));
  EXPECT_EQ(decoded(PostgresqlType::kTimestamptz, Timestamp()), Cell(Timestamp()));
  EXPECT_EQ(decoded(PostgresqlType::kText, "각"), Cell(std::string("각")));
  EXPECT_EQ(decoded(PostgresqlType::kBytea, Raw("")), Cell(std::vector<std::byte>()));
}

TEST(PostgresqlCodecTest, SmallerIntegersAndTruthValuesAreIntegers) {
  EXPECT_EQ(DecodeCell(21, Raw("\xff\xfe")).value(), Cell(std::int64_t{-2}));
  EXPECT_EQ(DecodeCell(23, Raw("\x80\1\1\1")).value(), Cell(std::int64_t{INT32_MIN + 0x010101}));
  EXPECT_EQ(DecodeCell(26, Raw("\xff\xff\xff\xff")).value(), Cell(std::int64_t{UINT32_MAX}));
  EXPECT_EQ(DecodeCell(16, Raw("\1")).value(), Cell(std::int64_t{1}));
}

TEST(PostgresqlCodecTest, MalformedValuesAreCorruptAndStrangeTypesUnsupported) {
  for (const PostgresqlType type :
       {PostgresqlType::kBool, PostgresqlType::kInt2, PostgresqlType::kInt4, PostgresqlType::kInt8,
        PostgresqlType::kOid, PostgresqlType::kFloat8, PostgresqlType::kTimestamptz}) {
    EXPECT_EQ(DecodeCell(Number(type), {}).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(DecodeCell(Number(type), Raw("123456789")).error().code, ErrorCode::kCorrupt);
  }
  EXPECT_EQ(DecodeCell(1700, Raw("12")).error().code, ErrorCode::kUnsupported);  // numeric
  for (const std::string_view infinity : {"\x7f\xff\xff\xff\xff\xff\xff\xff", "\x80"}) {
    std::vector<std::byte> bytes = Raw(infinity);
    bytes.resize(8);
    EXPECT_EQ(DecodeCell(1184, bytes).error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace jikimi::store
