#include "base/word256.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace jikimi {
namespace {

constexpr char kHex[] = "e003be65c6ace48e8ca1bb8e805f88f8723e362fbb16c91ac6c836e1b337ea13";

TEST(Word256Test, HexRoundTrips) {
  const auto word = Word256::FromHex(kHex);
  ASSERT_TRUE(word.has_value());
  EXPECT_EQ(word->ToHex(), kHex);
}

TEST(Word256Test, UpperCaseHexIsTheSameWord) {
  EXPECT_EQ(*Word256::FromHex(std::string(64, 'A')), *Word256::FromHex(std::string(64, 'a')));
}

TEST(Word256Test, FirstHexDigitHoldsTheHighestBits) {
  Word256 word;
  word.set_bit(255, true);
  EXPECT_EQ(word.ToHex(), "8" + std::string(63, '0'));
  word.flip_bit(255);
  word.flip_bit(0);
  EXPECT_EQ(word.ToHex(), std::string(63, '0') + "1");
  EXPECT_TRUE(word.bit(0));
}

TEST(Word256Test, BytesRoundTripLeastSignificantFirst) {
  const Word256 word = *Word256::FromHex(std::string(62, '0') + "ff");
  std::array<std::byte, 32> bytes;
  word.ToBytes(bytes);
  EXPECT_EQ(bytes[0], std::byte{0xff});
  EXPECT_EQ(Word256::FromBytes(bytes), word);
}

TEST(Word256Test, DistanceCountsDifferingBits) {
  const Word256 word = *Word256::FromHex(kHex);
  EXPECT_EQ(HammingDistance(word, word), 0);
  EXPECT_EQ(HammingDistance(word, ~word), 256);
  Word256 near = word;
  for (const int bit : {0, 63, 64, 255}) near.flip_bit(bit);
  EXPECT_EQ(HammingDistance(word, near), 4);
}

struct BadText {
  std::string name, text, says;
};
class Word256BadTextTest : public testing::TestWithParam<BadText> {};

TEST_P(Word256BadTextTest, IsInvalidArgument) {
  const auto word = Word256::FromHex(GetParam().text);
  ASSERT_FALSE(word.has_value());
  EXPECT_EQ(word.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(word.error().message, testing::HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    , Word256BadTextTest,
    testing::Values(BadText{"Empty", "", "got 0"},
                    BadText{"OneDigitShort", std::string(63, '0'), "got 63"},
                    BadText{"OneDigitLong", std::string(65, '0'), "got 65"},
                    BadText{"NotHexInLastPlace", std::string(63, '0') + "g", "place 64"},
                    BadText{"Prefixed", "0x" + std::string(62, '0'), "place 2"},
                    BadText{"NulByte", std::string(64, '\0'), "place 1"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace jikimi
