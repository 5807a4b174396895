#include "vault/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "vault/base64.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

class SessionTest : public testing::Test {
 protected:
  SessionSecret secret_ = SessionSecret::Generate();
  PersonKeyPair pair_ = PersonKeyPair::Generate({PersonId::Random(), 1});
};

TEST_F(SessionTest, TheCookieOpensTheStoredSessionOnAnyMachine) {
  const auto stored = SealSession(secret_, pair_);
  const auto cookie = TextOf(secret_.ToText());
  EXPECT_EQ(cookie.size(), 43u);
  const auto elsewhere = SessionSecret::Parse(cookie);
  ASSERT_TRUE(elsewhere.has_value());
  EXPECT_EQ(elsewhere->Id(), secret_.Id());
  const auto opened = OpenSession(*elsewhere, pair_.name(), stored);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->public_key(), pair_.public_key());
}

TEST_F(SessionTest, AnotherCookieOrPersonDoesNotOpen) {
  const auto stored = SealSession(secret_, pair_);
  EXPECT_FALSE(OpenSession(SessionSecret::Generate(), pair_.name(), stored).has_value());
  EXPECT_FALSE(OpenSession(secret_, {PersonId::Random(), 1}, stored).has_value());
}

TEST_F(SessionTest, NeitherFlippedNorCutOpens) {
  ExpectNeitherFlippedNorCutOpens(SealSession(secret_, pair_).bytes(), [&](const auto& form) {
    const auto stored = SealedUnder<KeyKind::kSession>::Parse(form);
    return stored && OpenSession(secret_, pair_.name(), *stored).has_value();
  });
}

TEST_F(SessionTest, EachFlippedOrCutCookieIsRefusedOrAnother) {
  const auto cookie = TextOf(secret_.ToText());
  for (std::size_t i = 0; i < cookie.size(); ++i) {
    EXPECT_FALSE(SessionSecret::Parse(cookie.substr(0, i)).has_value());
    for (const char c : {'A', 'b', '9', '-', '+', '=', '\0', ' '}) {
      auto changed = cookie;
      if (changed[i] == c) continue;
      changed[i] = c;
      const auto secret = SessionSecret::Parse(changed);
      EXPECT_TRUE(!secret || secret->Id() != secret_.Id()) << i;
    }
  }
}

TEST_F(SessionTest, WhatIsStoredTellsNothingOfTheCookie) {
  const auto cookie = TextOf(secret_.ToText());
  const auto id = CopyOf(secret_.Id().bytes());
  const auto key = CopyOf(secret_.Key().bytes());
  EXPECT_FALSE(std::equal(id.begin(), id.end(), key.begin()));
  EXPECT_THAT(cookie, testing::Not(testing::HasSubstr(ToBase64(id).substr(0, 6))));
}

TEST(Base64Test, TakesItsOneFormOnly) {
  // RFC 4648, section 10.
  EXPECT_EQ(ToBase64(AsBytes("")), "");
  EXPECT_EQ(ToBase64(AsBytes("f")), "Zg==");
  EXPECT_EQ(ToBase64(AsBytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(FromBase64("Zm8=").value(), CopyOf(AsBytes("fo")));
  EXPECT_EQ(FromBase64("").value().size(), 0u);
  for (const auto* bad :
       {"Zg", "Zg=", "Zh==", "Zg==\n", " Zg==", "Zg==Zg==", "Z", "Zm9v!mFy", "===="}) {
    EXPECT_EQ(FromBase64(bad).error().code, ErrorCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace jikimi::vault
