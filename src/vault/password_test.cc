#include "vault/password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

// The least that is allowed, so that the tests end: about 0.1 s each time.
constexpr Argon2Cost kCheapest{Argon2Cost::kMinMemoryKib, 1};
constexpr std::string_view kPassword = "지킴이 correct horse";

class PersonLockTest : public testing::Test {
 protected:
  PersonKeyPair pair_ = PersonKeyPair::Generate({PersonId::Random(), 1});
  PersonLock lock_ = PersonLock::Create(pair_, kPassword, kCheapest).value();
};

TEST(Argon2idTest, AgreesWithThePublishedReference) {
  // phc-winner-argon2 20190702 (Debian's argon2):
  //   printf password | argon2 0123456789abcdef -id -v 13 -t 1 -k 131072 -p 1 -l 32
  std::array<std::byte, 32> output;
  const auto salt = AsBytes("0123456789abcdef");
  ASSERT_TRUE(Argon2id(AsBytes("password"), salt.first<16>(), kCheapest, output).has_value());
  EXPECT_EQ(CopyOf(output),
            FromHex("41000f200aba1f935d396a776245bc58ce95e6cb24ad569b75da93bdb4ef86a0"));
}

TEST_F(PersonLockTest, OpensWithItsPassword) {
  const auto stored = PersonLock::Parse(lock_.bytes());
  ASSERT_TRUE(stored.has_value()) << stored.error().message;
  const auto opened = stored->Open(pair_.name(), kPassword);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->public_key(), pair_.public_key());
  EXPECT_EQ(CopyOf(opened->private_half()), CopyOf(pair_.private_half()));
}

TEST_F(PersonLockTest, AWrongPasswordIsPermissionDenied) {
  for (const auto* password :
       {"지킴이 correct horsf", "지킴이 Correct horse", " 지킴이 correct horse"}) {
    const auto opened = lock_.Open(pair_.name(), password);
    ASSERT_FALSE(opened.has_value()) << password;
    EXPECT_EQ(opened.error().code, ErrorCode::kPermissionDenied);
    EXPECT_EQ(opened.error().message, "password: is not the right one");
  }
}

TEST_F(PersonLockTest, OpensWhetherHangulIsTypedComposedOrDecomposed) {
  const std::string decomposed =
      "\u110c\u1175\u110f\u1175\u11b7\u110b\u1175 correct horse";  // as a Mac gives it
  ASSERT_NE(decomposed, kPassword);
  EXPECT_TRUE(lock_.Open(pair_.name(), decomposed).has_value());
}

TEST_F(PersonLockTest, DoesNotOpenForAnotherPersonOrVersion) {
  EXPECT_FALSE(lock_.Open({PersonId::Random(), 1}, kPassword).has_value());
  EXPECT_FALSE(lock_.Open({pair_.name().owner, 2}, kPassword).has_value());
}

TEST_F(PersonLockTest, TheSamePairOpensWithTheNewPasswordOnly) {
  const auto changed = lock_.ChangePassword(pair_.name(), kPassword, "another one", kCheapest);
  ASSERT_TRUE(changed.has_value());
  EXPECT_EQ(changed->Open(pair_.name(), "another one")->public_key(), pair_.public_key());
  EXPECT_FALSE(changed->Open(pair_.name(), kPassword).has_value());
  EXPECT_FALSE(lock_.ChangePassword(pair_.name(), "wrong", "another one", kCheapest).has_value());
}

TEST_F(PersonLockTest, BadPasswordsAreRefused) {
  EXPECT_EQ(PersonLock::Create(pair_, "", kCheapest).error().code, ErrorCode::kInvalidArgument);
  const auto broken = PersonLock::Create(pair_, "ab\xff", kCheapest);
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().message, testing::HasSubstr("not UTF-8 from byte 2"));
  EXPECT_FALSE(PersonLock::Create(pair_, std::string(5000, 'a'), kCheapest).has_value());
}

TEST_F(PersonLockTest, CostsOutsideTheBoundsAreRefused) {
  for (const Argon2Cost cost :
       {Argon2Cost{Argon2Cost::kMinMemoryKib - 1, 3}, Argon2Cost{Argon2Cost::kMaxMemoryKib + 1, 3},
        Argon2Cost{Argon2Cost::kMinMemoryKib, 0}, Argon2Cost{Argon2Cost::kMinMemoryKib, 17}}) {
    EXPECT_EQ(PersonLock::Create(pair_, kPassword, cost).error().code, ErrorCode::kInvalidArgument);
    auto bytes = lock_.bytes();
    std::memcpy(bytes.data() + 4, &cost.memory_kib, 4);
    std::memcpy(bytes.data() + 8, &cost.passes, 4);
    EXPECT_EQ(PersonLock::Parse(bytes).error().code, ErrorCode::kCorrupt);
  }
  EXPECT_GE(Argon2Cost{}.memory_kib, 128u * 1024);
}

TEST_F(PersonLockTest, NeitherFlippedNorCutOpens) {
  // Each try that reaches the password costs 0.1 s: every byte once in turn with what is before it.
  ExpectNeitherFlippedNorCutOpens(lock_.bytes(), [&](const auto& form) {
    const auto lock = PersonLock::Parse(form);
    if (!lock) return false;
    if (lock->cost().passes > 3 || lock->cost().memory_kib > 2 * Argon2Cost::kMinMemoryKib) {
      return false;  // another cost is another key: not worth the minute
    }
    return lock->Open(pair_.name(), kPassword).has_value();
  });
}

TEST_F(PersonLockTest, HoldsNeitherThePasswordNorThePrivateHalf) {
  const auto bytes = lock_.bytes();
  const auto contains = [&](std::span<const std::byte> part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
  };
  EXPECT_FALSE(contains(AsBytes(kPassword.substr(0, 6))));
  EXPECT_FALSE(contains(pair_.private_half().first(8)));
}

}  // namespace
}  // namespace jikimi::vault
