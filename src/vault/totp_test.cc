#include "vault/totp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

constexpr std::string_view kSecret64 =
    "1234567890123456789012345678901234567890123456789012345678901234";

struct Rfc6238 {
  std::int64_t seconds;
  std::string sha1, sha256, sha512;
};
class TotpVectorTest : public testing::TestWithParam<Rfc6238> {};

TEST_P(TotpVectorTest, AgreesWithRfc6238) {
  const auto code = [&](std::size_t size, TotpHash hash) {
    return Totp::FromSecret(AsBytes(kSecret64.substr(0, size)), hash, 8)
        .value()
        .Code(GetParam().seconds / 30);
  };
  EXPECT_EQ(code(20, TotpHash::kSha1), GetParam().sha1);
  EXPECT_EQ(code(32, TotpHash::kSha256), GetParam().sha256);
  EXPECT_EQ(code(64, TotpHash::kSha512), GetParam().sha512);
}

// RFC 6238, appendix B.
INSTANTIATE_TEST_SUITE_P(, TotpVectorTest,
                         testing::Values(Rfc6238{59, "94287082", "46119246", "90693936"},
                                         Rfc6238{1111111109, "07081804", "68084774", "25091201"},
                                         Rfc6238{1111111111, "14050471", "67062674", "99943326"},
                                         Rfc6238{1234567890, "89005924", "91819424", "93441116"},
                                         Rfc6238{2000000000, "69279037", "90698825", "38618901"},
                                         Rfc6238{20000000000, "65353130", "77737706", "47863826"}),
                         [](const auto& test) { return std::to_string(test.param.seconds); });

class TotpTest : public testing::Test {
 protected:
  static constexpr std::int64_t kNow = 1'790'000'000;
  static constexpr std::int64_t kStep = kNow / 30;
  Totp totp_ = Totp::FromSecret(AsBytes(kSecret64.substr(0, 20))).value();
};

TEST_F(TotpTest, AcceptsTheStepsOfItsWindowAndNoOther) {
  for (std::int64_t offset = -5; offset <= 5; ++offset) {
    const auto verified = totp_.Verify(totp_.Code(kStep + offset), kNow, {});
    EXPECT_EQ(verified.has_value(), offset >= -1 && offset <= 1) << offset;
    if (verified) {
      EXPECT_EQ(*verified, kStep + offset);
    }
  }
}

TEST_F(TotpTest, AUsedCodeAndAllBeforeItAreRefused) {
  const auto used = totp_.Verify(totp_.Code(kStep), kNow, {}).value();
  for (const std::int64_t offset : {-1, 0}) {
    const auto again = totp_.Verify(totp_.Code(kStep + offset), kNow, used);
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code, ErrorCode::kPermissionDenied);
  }
  EXPECT_TRUE(totp_.Verify(totp_.Code(kStep + 1), kNow, used).has_value());
}

TEST_F(TotpTest, AUsedCodeIsRefusedWhenTheClockJumpsBack) {
  const auto used = totp_.Verify(totp_.Code(kStep + 100), kNow + 3000, {}).value();
  EXPECT_FALSE(totp_.Verify(totp_.Code(kStep), kNow, used).has_value());
}

TEST_F(TotpTest, WhatIsNoCodeIsInvalidArgument) {
  for (const auto* text : {"", "12345", "1234567", "12345a", "12 34", "-12345", "12345\n6"}) {
    EXPECT_EQ(totp_.Verify(text, kNow, {}).error().code, ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(totp_.Verify("123456", -1, {}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(TotpTest, SpacesWithinACodeDontCount) {
  const auto code = totp_.Code(kStep);
  EXPECT_TRUE(totp_.Verify(code.substr(0, 3) + " " + code.substr(3), kNow, {}).has_value());
}

TEST_F(TotpTest, WorksInTheFirstStepOf1970) {
  EXPECT_TRUE(totp_.Verify(totp_.Code(0), 0, {}).has_value());
}

TEST_F(TotpTest, TheSecretIsWrittenInBase32) {
  // RFC 4648, section 10: "foobar" is MZXW6YTBOI; with more bytes for the minimum length.
  EXPECT_EQ(TextOf(Totp::FromSecret(AsBytes("foobarfoobarfoob")).value().SecretText()),
            "MZXW6YTBOJTG633CMFZGM33PMI");
  EXPECT_EQ(TextOf(totp_.SecretText()), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

TEST_F(TotpTest, TheUriIsEncoded) {
  EXPECT_EQ(TextOf(totp_.Uri("지킴", "a b&c")),
            "otpauth://totp/%EC%A7%80%ED%82%B4:a%20b%26c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=%EC%A7%80%ED%82%B4&algorithm=SHA1&digits=6&period=30");
}

TEST(TotpSecretTest, ShortOrLongSecretsAreRefused) {
  EXPECT_FALSE(Totp::FromSecret(AsBytes("fifteen bytes..")).has_value());
  EXPECT_FALSE(Totp::FromSecret(std::vector<std::byte>(65)).has_value());
  EXPECT_FALSE(Totp::FromSecret(AsBytes(kSecret64), TotpHash::kSha1, 9).has_value());
  EXPECT_EQ(Totp::Generate().secret().size(), 20u);
}

}  // namespace
}  // namespace jikimi::vault
