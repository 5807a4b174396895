#include "vault/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "vault/base64.h"
#include "vault/survivor_code.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

class ReceiptTest : public testing::Test {
 protected:
  ReceiptTest() {
    receipt_.centre = "지킴이 센터";
    receipt_.destroyed_at = 1'795'314'600;  // 2026-11-22T02:30:00Z
    receipt_.last_copy_dies = {20'786};     // 2026-11-29
    receipt_.keys = 14;
    receipt_.subject_salt = RandomArray<16>();
    receipt_.subject_digest =
        DestructionReceipt::SubjectDigest(receipt_.subject_salt, code_.ToText().bytes());
  }

  SurvivorCode code_ = SurvivorCode::Generate();
  SigningKey key_ = SigningKey::Generate();
  DestructionReceipt receipt_;
};

TEST_F(ReceiptTest, IsReadableAndComesBack) {
  const auto text = receipt_.ToSignedText(key_);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  EXPECT_THAT(*text, testing::StartsWith("jikimi destruction receipt 1\n"
                                         "centre: 지킴이 센터\n"
                                         "destroyed: case\n"
                                         "keys: 14\n"
                                         "at: 2026-11-22T02:30:00Z\n"
                                         "last copy dies: 2026-11-29\n"
                                         "subject salt: "));
  const auto back = DestructionReceipt::Verify(*text, key_.verify_key());
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, receipt_);
}

TEST_F(ReceiptTest, ShowsOnlyToTheHolderOfTheCodeThatItIsHers) {
  const auto text = receipt_.ToSignedText(key_).value();
  EXPECT_THAT(text, testing::Not(testing::HasSubstr(code_.Locator())));
  const auto other = SurvivorCode::Generate();
  EXPECT_NE(DestructionReceipt::SubjectDigest(receipt_.subject_salt, other.ToText().bytes()),
            receipt_.subject_digest);
}

TEST_F(ReceiptTest, NeitherFlippedNorCutVerifies) {
  const auto text = receipt_.ToSignedText(key_).value();
  ExpectNeitherFlippedNorCutOpens(CopyOf(AsBytes(text)), [&](const auto& form) {
    return DestructionReceipt::Verify({reinterpret_cast<const char*>(form.data()), form.size()},
                                      key_.verify_key())
        .has_value();
  });
}

TEST_F(ReceiptTest, OpensslAgreesWithItsSignature) {
  const auto text = receipt_.ToSignedText(key_).value();
  const std::string label = "signature: ";
  const auto at = text.find(label);
  const auto signature = FromBase64(std::string_view(text).substr(at + label.size(), 88)).value();
  const auto& raw = key_.verify_key().bytes();
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(raw.data()), raw.size());
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ASSERT_EQ(EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key), 1);
  EXPECT_EQ(
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(text.data()), at),
      1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
}

TEST_F(ReceiptTest, AnotherKeysSignatureIsDenied) {
  const auto text = receipt_.ToSignedText(key_).value();
  const auto verified = DestructionReceipt::Verify(text, SigningKey::Generate().verify_key());
  EXPECT_EQ(verified.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(ReceiptTest, ABrokenLineIsNamed) {
  auto text = receipt_.ToSignedText(key_).value();
  text.replace(text.find("keys: 14"), 8, "keys: 1x");
  EXPECT_THAT(DestructionReceipt::Verify(text, key_.verify_key()).error().message,
              testing::HasSubstr("line 4 is no number"));
}

TEST_F(ReceiptTest, WhatCantBePromisedIsNotSigned) {
  const auto refused = [&](auto&& change) {
    auto receipt = receipt_;
    change(receipt);
    return !receipt.ToSignedText(key_).has_value();
  };
  EXPECT_TRUE(refused([](auto& r) { r.last_copy_dies.days += 1; }));
  EXPECT_TRUE(refused([](auto& r) { r.last_copy_dies.days -= 8; }));
  EXPECT_TRUE(refused([](auto& r) { r.destroyed_at = -1; }));
  EXPECT_TRUE(refused([](auto& r) { r.destroyed_at = INT64_MAX; }));
  EXPECT_TRUE(refused([](auto& r) { r.centre = "two\nlines"; }));
  EXPECT_TRUE(refused([](auto& r) { r.centre = ""; }));
  EXPECT_FALSE(refused([](auto& r) { r.what = DestroyedRecord::kItem; }));
}

}  // namespace
}  // namespace jikimi::vault
