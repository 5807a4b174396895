#include "vault/server_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

Context UrlOf(ItemId item) {
  return {.purpose = Purpose::kField, .of = item, .about = {}, .field = "url", .version = 1};
}

class ServerKeysTest : public testing::Test {
 protected:
  ServerKeys keys_ = ServerKeys::Create();
  Context context_ = UrlOf(ItemId::Random());
};

TEST_F(ServerKeysTest, AnotherMachineWithTheSameFileOpens) {
  const auto sealed = keys_.SealField(context_, AsBytes("https://example.org/1"));
  const auto other = ServerKeys::Parse(keys_.ToBytes().bytes()).value();
  EXPECT_EQ(TextOf(other.OpenField(context_, sealed).value()), "https://example.org/1");
}

TEST_F(ServerKeysTest, AnotherCentresKeysDontOpen) {
  const auto sealed = keys_.SealField(context_, AsBytes("x"));
  EXPECT_EQ(ServerKeys::Create().OpenField(context_, sealed).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_F(ServerKeysTest, RotatingKeepsOldFieldsReadableUntilTheyAreRetired) {
  const auto old = keys_.SealField(context_, AsBytes("x"));
  keys_.Rotate();
  EXPECT_TRUE(keys_.OpenField(context_, old).has_value());
  EXPECT_EQ(keys_.SealField(context_, AsBytes("x")).key_version(), 2u);
  const auto fresh = keys_.Reseal(context_, old).value();
  EXPECT_EQ(fresh.key_version(), 2u);
  EXPECT_EQ(keys_.Reseal(context_, fresh)->bytes(), fresh.bytes());
  ASSERT_TRUE(keys_.RetireBefore(2).has_value());
  EXPECT_EQ(keys_.versions(), std::vector<std::uint32_t>{2});
  const auto gone = keys_.OpenField(context_, old);
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(gone.error().message, testing::HasSubstr("server key 1"));
  EXPECT_TRUE(keys_.OpenField(context_, fresh).has_value());
}

TEST_F(ServerKeysTest, TheCurrentVersionIsNeverRetired) {
  EXPECT_EQ(keys_.RetireBefore(2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(keys_.versions().size(), 1u);
}

TEST_F(ServerKeysTest, ComeBackFromTheEscrow) {
  keys_.Rotate();
  const auto escrow = EscrowKeyPair::Generate({EscrowId::Random(), 1});
  const auto sealed = keys_.SealTo(escrow.public_key()).value();
  const auto back = ServerKeys::OpenFrom(escrow, sealed);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(CopyOf(back->ToBytes().bytes()), CopyOf(keys_.ToBytes().bytes()));
  const auto other = EscrowKeyPair::Generate(escrow.name());
  EXPECT_FALSE(ServerKeys::OpenFrom(other, sealed).has_value());
}

TEST_F(ServerKeysTest, ADigestFindsTheSameTextOfTheSameFieldAndNothingElse) {
  const auto digest = keys_.DigestField("reference", AsBytes("A-17"));
  ASSERT_EQ(digest.size(), 1U);
  EXPECT_EQ(digest[0].digest, keys_.DigestField("reference", AsBytes("A-17"))[0].digest);
  EXPECT_NE(digest[0].digest, keys_.DigestField("reference", AsBytes("A-18"))[0].digest);
  EXPECT_NE(digest[0].digest, keys_.DigestField("referenceA", AsBytes("-17"))[0].digest);
  EXPECT_NE(digest[0].digest,
            ServerKeys::Create().DigestField("reference", AsBytes("A-17"))[0].digest);
}

TEST_F(ServerKeysTest, ADigestOfAFormerVersionIsFoundUntilThatIsRetired) {
  const auto old = keys_.DigestField("reference", AsBytes("A-17")).at(0);
  keys_.Rotate();
  const auto both = keys_.DigestField("reference", AsBytes("A-17"));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].key_version, 2U);
  EXPECT_EQ(both[1].digest, old.digest);
  ASSERT_TRUE(keys_.RetireBefore(2).has_value());
  EXPECT_EQ(keys_.DigestField("reference", AsBytes("A-17")).size(), 1U);
}

TEST_F(ServerKeysTest, CutOrDisorderedFilesAreRefused) {
  keys_.Rotate();
  auto form = CopyOf(keys_.ToBytes().bytes());
  for (std::size_t size = 0; size < form.size(); ++size) {
    EXPECT_FALSE(ServerKeys::Parse(std::span(form).first(size)).has_value()) << size;
  }
  auto longer = form;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(ServerKeys::Parse(longer).has_value());
  form[22] = std::byte{5};  // the first version's number
  EXPECT_THAT(ServerKeys::Parse(form).error().message, testing::HasSubstr("not in order"));
}

}  // namespace
}  // namespace jikimi::vault
