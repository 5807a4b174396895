#include "base/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jikimi {
namespace {

TEST(HexTest, EachByteIsTwoDigitsAndComesBack) {
  std::vector<std::byte> bytes(256);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  const std::string text = ToHex(bytes);
  EXPECT_EQ(text.substr(0, 8), "00010203");
  EXPECT_EQ(text.substr(504), "fcfdfeff");
  std::vector<std::byte> back(bytes.size());
  EXPECT_TRUE(FromHex(text, back));
  EXPECT_EQ(back, bytes);
  EXPECT_EQ(ToHex({}), "");
  EXPECT_TRUE(FromHex("", {}));
}

TEST(HexTest, AnythingButExactlyTheDigitsIsRefused) {
  std::array<std::byte, 2> into;
  for (const char* text : {"", "abc", "abcde", "ABCD", "abcg", "ab d", "0xab"}) {
    EXPECT_FALSE(FromHex(text, into)) << text;
  }
}

TEST(Crc32cTest, AgreesWithRfc3720) {
  EXPECT_EQ(Crc32c(AsBytes("")), 0u);
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::vector<std::byte>(32)), 0x8a9136aau);
}

TEST(Crc32cTest, AgreesWithThePortableReferenceAtEveryLengthAndAlignment) {
  std::vector<std::byte> bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37 + i / 7);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t length = 0; begin + length <= bytes.size(); ++length) {
      const auto part = std::span(bytes).subspan(begin, length);
      ASSERT_EQ(Crc32c(part, 77), PortableCrc32c(part, 77));
    }
  }
}

TEST(Crc32cTest, GoesOnFromWhatCameBefore) {
  const std::string text = "a text that is longer than one step of eight";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto bytes = AsBytes(text);
    EXPECT_EQ(Crc32c(bytes.subspan(cut), Crc32c(bytes.first(cut))), Crc32c(bytes)) << cut;
  }
}

TEST(ByteReaderTest, GivesBackWhatWasWritten) {
  ByteWriter writer;
  writer.Put<std::uint16_t>(0x1234);
  writer.Put<float>(1.5F);
  writer.PutBytes(AsBytes("word"));
  EXPECT_EQ(writer.bytes()[0], std::byte{0x34});

  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.Take<std::uint16_t>().value(), 0x1234);
  EXPECT_EQ(reader.Take<float>().value(), 1.5F);
  EXPECT_EQ(reader.TakeBytes(4).value().size(), 4u);
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReaderTest, SaysWhereTheBytesEnd) {
  const std::vector<std::byte> three(3);
  ByteReader reader(three);
  ASSERT_TRUE(reader.Take<std::uint8_t>().has_value());
  const auto four = reader.Take<std::uint32_t>();
  ASSERT_FALSE(four.has_value());
  EXPECT_EQ(four.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(four.error().message, testing::HasSubstr("at byte 1"));
  EXPECT_EQ(reader.remaining(), 2u);
}

}  // namespace
}  // namespace jikimi
