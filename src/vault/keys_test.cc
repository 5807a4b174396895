#include "vault/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "vault/test_bytes.h"
#include "vault/wrap.h"

namespace jikimi::vault {
namespace {

static_assert(!std::is_copy_constructible_v<ItemKey> && !std::is_copy_assignable_v<ItemKey>);
static_assert(!std::is_copy_constructible_v<CaseKeyPair>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);
static_assert(!std::is_convertible_v<ItemKey, FileKey> &&
              !std::is_constructible_v<FileKey, ItemKey>);
static_assert(!std::is_constructible_v<PersonKeyPair, CaseKeyPair>);
static_assert(!std::is_convertible_v<CaseId, ItemId>);
static_assert(!MayWrap(KeyKind::kSession, KeyKind::kCase) &&
              !MayWrap(KeyKind::kFile, KeyKind::kCase));

std::array<std::byte, 32> Half(std::string_view hex) {
  const auto bytes = FromHex(hex);
  std::array<std::byte, 32> half;
  std::copy(bytes.begin(), bytes.end(), half.begin());
  return half;
}

struct Rfc7748Pair {
  std::string name, private_half, public_half;
};
class KeyPairVectorTest : public testing::TestWithParam<Rfc7748Pair> {};

TEST_P(KeyPairVectorTest, AgreesWithRfc7748) {
  const auto pair = PersonKeyPair::FromPrivateHalf({}, Half(GetParam().private_half));
  EXPECT_EQ(pair.public_key().half(), Half(GetParam().public_half));
}

// RFC 7748, section 6.1.
INSTANTIATE_TEST_SUITE_P(
    , KeyPairVectorTest,
    testing::Values(
        Rfc7748Pair{"Alice", "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"},
        Rfc7748Pair{"Bob", "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"}),
    [](const auto& test) { return test.param.name; });

TEST(KeyPairTest, TwoAreDifferent) {
  const auto one = CaseKeyPair::Generate({CaseId::Random(), 1});
  const auto other = CaseKeyPair::Generate({CaseId::Random(), 1});
  EXPECT_NE(one.public_key(), other.public_key());
  EXPECT_NE(CopyOf(one.private_half()), CopyOf(other.private_half()));
}

TEST(PublicKeyTest, ComesBackFromItsForm) {
  const auto pair = PersonKeyPair::Generate({PersonId::Random(), 3});
  const auto form = pair.public_key().ToBytes();
  EXPECT_EQ(form.size(), 56u);
  const auto back = PersonPublicKey::Parse(form);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, pair.public_key());
}

TEST(PublicKeyTest, AFormOfAnotherKindIsRefused) {
  const auto form = PersonKeyPair::Generate({PersonId::Random(), 1}).public_key().ToBytes();
  const auto as_case = CasePublicKey::Parse(form);
  ASSERT_FALSE(as_case.has_value());
  EXPECT_EQ(as_case.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(as_case.error().message, testing::HasSubstr("another kind"));
}

TEST(PublicKeyTest, CutOrLongerFormsAreRefused) {
  auto form = PersonKeyPair::Generate({PersonId::Random(), 1}).public_key().ToBytes();
  for (std::size_t size = 0; size < form.size(); ++size) {
    EXPECT_FALSE(PersonPublicKey::Parse(std::span(form).first(size)).has_value()) << size;
  }
  form.push_back(std::byte{0});
  EXPECT_FALSE(PersonPublicKey::Parse(form).has_value());
}

TEST(PublicKeyTest, ANewerFormSaysSo) {
  auto form = PersonKeyPair::Generate({PersonId::Random(), 1}).public_key().ToBytes();
  form[1] = std::byte{2};
  const auto newer = PersonPublicKey::Parse(form);
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(newer.error().message, testing::HasSubstr("version 2"));
}

TEST(PinnedKeyTest, AnyFlippedByteOfTheKeyBreaksThePin) {
  const auto pair = PersonKeyPair::Generate({PersonId::Random(), 1});
  const auto pin = pair.public_key().Pin();
  EXPECT_TRUE(PinnedPersonKey::Check(pair.public_key(), pin).has_value());
  const auto form = pair.public_key().ToBytes();
  for (std::size_t i = 4; i < form.size(); ++i) {  // the first four are refused by Parse()
    auto flipped = form;
    flipped[i] ^= std::byte{1};
    const auto key = PersonPublicKey::Parse(flipped);
    ASSERT_TRUE(key.has_value());
    const auto pinned = PinnedPersonKey::Check(*key, pin);
    ASSERT_FALSE(pinned.has_value()) << i;
    EXPECT_EQ(pinned.error().code, ErrorCode::kPermissionDenied);
  }
}

}  // namespace
}  // namespace jikimi::vault
