#include "vault/signing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

struct Rfc8032 {
  std::string name, seed, public_half, message, signature;
};
class SigningVectorTest : public testing::TestWithParam<Rfc8032> {};

TEST_P(SigningVectorTest, AgreesWithRfc8032) {
  const auto& vector = GetParam();
  const auto seed = FromHex(vector.seed);
  const auto key = SigningKey::FromSeed(std::span(seed).first<32>());
  EXPECT_EQ(CopyOf(key.verify_key().bytes()), FromHex(vector.public_half));
  EXPECT_EQ(CopyOf(key.seed()), seed);
  const auto message = FromHex(vector.message);
  const auto signature = key.Sign(message);
  EXPECT_EQ(CopyOf(signature), FromHex(vector.signature));
  EXPECT_TRUE(key.verify_key().Verify(message, signature));
}

// RFC 8032, section 7.1, tests 1 to 3.
INSTANTIATE_TEST_SUITE_P(
    , SigningVectorTest,
    testing::Values(
        Rfc8032{"Empty", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        Rfc8032{"OneByte", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
                "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        Rfc8032{"TwoBytes", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
                "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}),
    [](const auto& test) { return test.param.name; });

TEST(SigningTest, AnyFlippedByteIsSeen) {
  const auto key = SigningKey::Generate();
  const std::string message = "a message";
  const auto signature = key.Sign(AsBytes(message));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto flipped = signature;
    flipped[i] ^= std::byte{1};
    EXPECT_FALSE(key.verify_key().Verify(AsBytes(message), flipped)) << i;
  }
  for (std::size_t i = 0; i < message.size(); ++i) {
    auto flipped = message;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(key.verify_key().Verify(AsBytes(flipped), signature)) << i;
  }
  EXPECT_FALSE(SigningKey::Generate().verify_key().Verify(AsBytes(message), signature));
}

}  // namespace
}  // namespace jikimi::vault
