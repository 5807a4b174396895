#include "vault/blind_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "vault/normal_text.h"
#include "vault/test_bytes.h"
#include "vault/wrap.h"

namespace jikimi::vault {
namespace {

class BlindIndexTest : public testing::Test {
 protected:
  IndexKey key_ = IndexKey::Generate({});
};

TEST_F(BlindIndexTest, KoreanNamesInNfcAndNfdFindEachOther) {
  // 김지은, composed and decomposed.
  const auto composed = NameToken(key_, "name", "\uae40\uc9c0\uc740").value();
  const auto decomposed =
      NameToken(key_, "name", "\u1100\u1175\u11b7\u110c\u1175\u110b\u1173\u11ab").value();
  EXPECT_EQ(composed, decomposed);
}

TEST_F(BlindIndexTest, SpacesCaseAndWidthDontCount) {
  const auto token = NameToken(key_, "name", "김지은").value();
  for (const auto* name : {"김 지은", " 김지은 ", "김\u00a0지은", "김\u200b지은", "김\u3000지은"}) {
    EXPECT_EQ(NameToken(key_, "name", name).value(), token) << name;
  }
  EXPECT_EQ(NameToken(key_, "name", "Anne-Marie STRAẞE").value(),
            NameToken(key_, "name", "anne marie strasse").value());
  EXPECT_EQ(NameToken(key_, "name", "Ｌｅｅ").value(), NameToken(key_, "name", "lee").value());
}

TEST_F(BlindIndexTest, FieldsAndKeysHaveTokensOfTheirOwn) {
  // One in 16,384 would agree by chance: a hundred names, of which at most three may.
  int same_field = 0;
  int same_key = 0;
  const auto other = IndexKey::Generate({});
  for (int i = 0; i < 100; ++i) {
    const auto name = "name" + std::to_string(i);
    const auto token = NameToken(key_, "name", name).value();
    same_field += token == NameToken(key_, "alias", name).value() ? 1 : 0;
    same_key += token == NameToken(other, "name", name).value() ? 1 : 0;
  }
  EXPECT_LE(same_field, 3);
  EXPECT_LE(same_key, 3);
}

TEST_F(BlindIndexTest, TokensSpreadEvenlyOver14Bits) {
  std::vector<int> counts(1 << 14);
  constexpr int kNames = 16 << 14;
  for (int i = 0; i < kNames; ++i) {
    const auto token = NameToken(key_, "name", std::to_string(i)).value();
    ASSERT_LT(token.value(), 1 << 14);
    ++counts[token.value()];
  }
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 16.0) * (count - 16.0) / 16.0;
  // 16,383 degrees of freedom: 181 is one standard deviation.
  EXPECT_NEAR(chi_squared, 16'383, 6 * 181);
}

TEST_F(BlindIndexTest, NamesWithoutLettersOrNotUtf8AreRefused) {
  for (const auto* name : {"", " ", "\u200b", "\xed\xa0\x80", "a\xc3"}) {
    EXPECT_EQ(NameToken(key_, "name", name).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_THAT(NameToken(key_, "name", "a\xc3").error().message, testing::HasSubstr("from byte 1"));
}

TEST_F(BlindIndexTest, TheKeyComesBackFromTheTeam) {
  const auto team = TeamKeyPair::Generate({TeamId::Random(), 1});
  const auto wrapped = Wrap(team.public_key(), key_).value();
  const auto back = Unwrap(team, key_.name(), wrapped).value();
  EXPECT_EQ(NameToken(back, "name", "김지은").value(), NameToken(key_, "name", "김지은").value());
}

struct Number {
  std::string name, number, normal;
};
class TelephoneTest : public testing::TestWithParam<Number> {};

TEST_P(TelephoneTest, HasItsPrefix) {
  const auto normal = NormalTelephone(GetParam().number, "82");
  ASSERT_TRUE(normal.has_value()) << normal.error().message;
  EXPECT_EQ(*normal, GetParam().normal);
}

INSTANTIATE_TEST_SUITE_P(
    , TelephoneTest,
    testing::Values(Number{"AtHome", "010-1234-5678", "+821012345678"},
                    Number{"Plain", "01012345678", "+821012345678"},
                    Number{"Abroad", "+82 10 1234 5678", "+821012345678"},
                    Number{"AbroadWithZeroInBrackets", "+82 (0)10-1234-5678", "+821012345678"},
                    Number{"AbroadByTwoZeros", "0082 10 1234 5678", "+821012345678"},
                    Number{"FullWidth", "０１０－１２３４－５６７８", "+821012345678"},
                    Number{"Dots", "02.123.4567", "+8221234567"},
                    Number{"OtherCountry", "+1 (212) 555-0100", "+12125550100"},
                    Number{"Dashes", "010\u20131234\u20145678", "+821012345678"}),
    [](const auto& test) { return test.param.name; });

TEST(NormalTelephoneTest, WhatIsNoNumberIsRefused) {
  for (const auto* number : {"", "+", "12", "010-1234-567x", "010+1234", "++821012345678",
                             "+8210123456789012", "전화번호", "010\xff", "+0123456789"}) {
    EXPECT_EQ(NormalTelephone(number, "82").error().code, ErrorCode::kInvalidArgument) << number;
  }
  for (const auto* country : {"", "+82", "0", "1234", "8a"}) {
    EXPECT_FALSE(NormalTelephone("01012345678", country).has_value()) << country;
  }
}

TEST(NormalReferenceTest, IsTheSameInBothFormsOfKoreanAndKeepsEverySign) {
  EXPECT_EQ(NormalReference("가람-17").value(),
            NormalReference("\u1100\u1161\u1105\u1161\u11b7-17").value());
  EXPECT_EQ(NormalReference("２０-17").value(), "20-17");
  EXPECT_NE(NormalReference("2-017").value(), NormalReference("20-17").value());
  EXPECT_NE(NormalReference("a").value(), NormalReference("A").value());
  EXPECT_FALSE(NormalReference("\xff").has_value());
}

TEST(NormalNameTest, IsTheSameWhenNormalisedTwice) {
  for (const auto* name :
       {"김지은", "ǅ", "ﬃ", "\u0345\u0301a", "İstanbul", "ΑΙΑΣ", "\u1e9e", "e\u0301\u0327", "٣",
        "\u00ad\u200dx", "👩‍👩‍👧", "שָׁלוֹם", "\u0041\u030a"}) {
    const auto once = NormalName(name).value();
    EXPECT_EQ(NormalName(once).value(), once) << name;
  }
}

}  // namespace
}  // namespace jikimi::vault
