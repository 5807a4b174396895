#include "vault/hkdf.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

struct Vector {
  std::string name, secret, salt, info, output;
};
class HkdfTest : public testing::TestWithParam<Vector> {};

TEST_P(HkdfTest, AgreesWithRfc5869) {
  const auto& vector = GetParam();
  const auto expected = FromHex(vector.output);
  std::vector<std::byte> output(expected.size());
  HkdfSha256(FromHex(vector.secret), FromHex(vector.salt), FromHex(vector.info), output);
  EXPECT_EQ(output, expected);
}

// RFC 5869, appendix A.1 to A.3.
INSTANTIATE_TEST_SUITE_P(
    , HkdfTest,
    testing::Values(
        Vector{
            "A1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        Vector{
            "A2LongInputs",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829"
            "2a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
            "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283848586878889"
            "8a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
            "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9"
            "dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb"
            "41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
        Vector{"A3NoSaltNoInfo", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c"
               "8"}),
    [](const auto& test) { return test.param.name; });

TEST(HmacSha256Test, AgreesWithRfc4231) {
  // Test case 2.
  EXPECT_EQ(CopyOf(HmacSha256(AsBytes("Jefe"), AsBytes("what do ya want for nothing?"))),
            FromHex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

TEST(Sha256Test, AgreesWithFips180) {
  EXPECT_EQ(CopyOf(Sha256(AsBytes("abc"))),
            FromHex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

}  // namespace
}  // namespace jikimi::vault
