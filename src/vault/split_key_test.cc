#include "vault/split_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/bytes.h"
#include "base/random.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

std::vector<ShamirPoint> Chosen(const std::vector<ShamirPoint>& points, unsigned mask) {
  std::vector<ShamirPoint> chosen;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if ((mask >> i & 1) != 0) {
      chosen.push_back({points[i].x, SecretBytes::CopyOf(points[i].y.bytes())});
    }
  }
  return chosen;
}

TEST(GaloisFieldTest, AgreesWithFips197) {
  EXPECT_EQ(internal::GfMultiply(0x57, 0x83), 0xc1);
  EXPECT_EQ(internal::GfMultiply(0x57, 0x13), 0xfe);
}

TEST(GaloisFieldTest, IsAField) {
  for (unsigned a = 0; a < 256; ++a) {
    const auto x = static_cast<std::uint8_t>(a);
    EXPECT_EQ(internal::GfMultiply(x, 1), x);
    EXPECT_EQ(internal::GfMultiply(x, internal::GfInverse(x)), a == 0 ? 0 : 1);
    for (unsigned b = 0; b < 256; b += 7) {
      const auto y = static_cast<std::uint8_t>(b);
      EXPECT_EQ(internal::GfMultiply(x, y), internal::GfMultiply(y, x));
      EXPECT_EQ(internal::GfMultiply(x, static_cast<std::uint8_t>(y ^ 0x35)),
                internal::GfMultiply(x, y) ^ internal::GfMultiply(x, 0x35));
    }
  }
}

TEST(ShamirTest, GivesTheKnownLineThroughKnownPoints) {
  // f(x) = 0x42 + 0x57 x: f(0x83) = 0x42 ^ 0xc1, f(0x13) = 0x42 ^ 0xfe (FIPS 197's products).
  std::vector<ShamirPoint> points;
  points.push_back({0x83, SecretBytes::CopyOf(FromHex("83"))});
  points.push_back({0x13, SecretBytes::CopyOf(FromHex("bc"))});
  EXPECT_EQ(CopyOf(CombinePoints(points)->bytes()), FromHex("42"));
}

TEST(ShamirTest, AnyKOfNGiveTheSecretAndFewerNever) {
  const auto secret = SecretBytes::Random(32);
  for (int n = 1; n <= 6; ++n) {
    for (int k = 1; k <= n; ++k) {
      const auto points = SplitSecret(secret.bytes(), k, n);
      for (unsigned mask = 1; mask < 1U << n; ++mask) {
        const auto combined = CombinePoints(Chosen(points, mask)).value();
        EXPECT_EQ(EqualInConstantTime(combined.bytes(), secret.bytes()), std::popcount(mask) >= k)
            << k << " of " << n << ", mask " << mask;
      }
    }
  }
}

TEST(ShamirTest, FewerSharesAreDistributedAlikeWhateverTheSecretIs) {
  // The two points of a 3-of-5 splitting, for a secret byte of 0x00 and of 0xff: chi-squared over
  // 256 values, each about 255 +- 23; 400 is six standard deviations.
  constexpr int kRounds = 20'000;
  for (const auto value : {std::byte{0}, std::byte{0xff}}) {
    const std::array<std::byte, 1> secret = {value};
    std::array<std::array<int, 256>, 3> counts = {};
    for (int round = 0; round < kRounds; ++round) {
      const auto points = SplitSecret(secret, 3, 5);
      const auto one = std::to_integer<unsigned>(points[0].y.bytes()[0]);
      const auto two = std::to_integer<unsigned>(points[3].y.bytes()[0]);
      ++counts[0][one];
      ++counts[1][two];
      ++counts[2][one ^ two];
    }
    for (const auto& histogram : counts) {
      constexpr double kExpected = kRounds / 256.0;
      double chi_squared = 0;
      for (const int count : histogram) {
        chi_squared += (count - kExpected) * (count - kExpected) / kExpected;
      }
      EXPECT_LT(chi_squared, 400);
    }
  }
}

TEST(ShamirTest, ImpossiblePointsAreRefused) {
  EXPECT_FALSE(CombinePoints({}).has_value());
  std::vector<ShamirPoint> points;
  points.push_back({1, SecretBytes(4)});
  points.push_back({1, SecretBytes(4)});
  EXPECT_THAT(CombinePoints(points).error().message, testing::HasSubstr("twice"));
  points[1].x = 0;
  EXPECT_FALSE(CombinePoints(points).has_value());
  points[1] = {2, SecretBytes(5)};
  EXPECT_THAT(CombinePoints(points).error().message, testing::HasSubstr("another length"));
}

class SplitKeyTest : public testing::Test {
 protected:
  // Copies of the shares with these numbers.
  std::vector<KeyShare> Shares(std::initializer_list<std::size_t> numbers) const {
    std::vector<KeyShare> chosen;
    for (const auto number : numbers) chosen.push_back(CopyShare(made_.shares[number - 1]));
    return chosen;
  }
  static KeyShare CopyShare(const KeyShare& share) {
    return KeyShare::FromText(TextOf(share.ToText())).value();
  }

  EscrowKeyPair pair_ = EscrowKeyPair::Generate({EscrowId::Random(), 1});
  EscrowRecord::Made made_ = EscrowRecord::Split(pair_, 3, 5).value();
};

TEST_F(SplitKeyTest, AnyThreeOfFiveBringTheKeyBack) {
  const auto record = EscrowRecord::Parse(made_.record.bytes()).value();
  for (const auto& numbers :
       {std::initializer_list<std::size_t>{1, 2, 3}, {5, 1, 3}, {2, 4, 5}, {1, 2, 3, 4, 5}}) {
    const auto back = record.Recover(Shares(numbers));
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(back->public_key(), pair_.public_key());
    EXPECT_EQ(CopyOf(back->private_half()), CopyOf(pair_.private_half()));
  }
}

TEST_F(SplitKeyTest, TooFewSharesAreDenied) {
  const auto back = made_.record.Recover(Shares({2, 5}));
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(back.error().message, testing::HasSubstr("2 were given, 3 are needed"));
}

TEST_F(SplitKeyTest, AWrongShareIsNamed) {
  for (std::size_t byte = 0; byte < kKeyBytes; ++byte) {
    auto shares = Shares({1, 4, 5});
    shares[1].point.y.bytes()[byte] ^= std::byte{1};
    const auto back = made_.record.Recover(shares);
    ASSERT_FALSE(back.has_value());
    EXPECT_THAT(back.error().message, testing::HasSubstr("share 4: is wrong"));
  }
}

TEST_F(SplitKeyTest, AShareGivenTwiceIsNamed) {
  EXPECT_THAT(made_.record.Recover(Shares({1, 2, 2})).error().message,
              testing::HasSubstr("share 2: was given twice"));
}

TEST_F(SplitKeyTest, SharesOfAnotherSplittingVersionOrKindAreNamed) {
  auto shares = Shares({1, 2});
  auto again = EscrowRecord::Split(pair_, 3, 5).value();
  shares.push_back(CopyShare(again.shares[2]));
  EXPECT_THAT(made_.record.Recover(shares).error().message,
              testing::HasSubstr("share 3: belongs to another splitting"));
  shares[2] = CopyShare(
      EscrowRecord::Split(EscrowKeyPair::Generate({pair_.name().owner, 2}), 3, 5)->shares[2]);
  EXPECT_THAT(made_.record.Recover(shares).error().message,
              testing::HasSubstr("share 3: belongs to version 2"));
  shares[2] = CopyShare(
      AuditRecord::Split(AuditKeyPair::Generate({AuditId::Random(), 1}), 3, 5)->shares[2]);
  EXPECT_THAT(made_.record.Recover(shares).error().message, testing::HasSubstr("another kind"));
}

TEST_F(SplitKeyTest, TheTextIsFiveLinesThatComeBack) {
  for (const auto& share : made_.shares) {
    const auto text = TextOf(share.ToText());
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
    EXPECT_EQ(text.size(), 120u);
    const auto back = KeyShare::FromText(text);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(back->Digest(pair_.name().owner), share.Digest(pair_.name().owner));
    EXPECT_TRUE(made_.record.CheckShare(*back).has_value());
  }
}

TEST_F(SplitKeyTest, EveryMistypedCharacterNamesItsGroup) {
  const auto text = TextOf(made_.shares[0].ToText());
  std::size_t group = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' || text[i] == '\n') {
      ++group;
      continue;
    }
    for (const char c : std::string_view("0123456789ABCDEFGHJKMNPQRSTVWXYZ")) {
      if (c == text[i]) continue;
      auto typed = text;
      typed[i] = c;
      const auto share = KeyShare::FromText(typed);
      ASSERT_FALSE(share.has_value());
      EXPECT_EQ(share.error().message,
                "share: mistyped in group " + std::to_string(group) + " of 20");
    }
  }
}

TEST_F(SplitKeyTest, SwappedGroupsAndCutTextsAreRefused) {
  const auto text = TextOf(made_.shares[0].ToText());
  for (std::size_t a = 0; a < 20; ++a) {
    for (std::size_t b = a + 1; b < 20; ++b) {
      auto swapped = text;
      std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(a * 6),
                       swapped.begin() + static_cast<std::ptrdiff_t>(a * 6 + 5),
                       swapped.begin() + static_cast<std::ptrdiff_t>(b * 6));
      if (swapped != text) {
        EXPECT_FALSE(KeyShare::FromText(swapped).has_value());
      }
    }
  }
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_FALSE(KeyShare::FromText(text.substr(0, size)).has_value());
  }
}

TEST_F(SplitKeyTest, RecordsNeitherFlippedNorCutGiveTheKey) {
  ExpectNeitherFlippedNorCutOpens(made_.record.bytes(), [&](const auto& form) {
    const auto record = EscrowRecord::Parse(form);
    // Digests of shares 2 and 4 have no part in this recovery; all five are used.
    return record && record->k() == 3 && record->n() == 5 &&
           record->Recover(Shares({1, 2, 3, 4, 5})).has_value();
  });
}

TEST_F(SplitKeyTest, ImpossibleThresholdsAreRefused) {
  for (const auto& [k, n] : {std::pair{1, 3}, {0, 0}, {4, 3}, {2, 32}, {-1, 5}}) {
    EXPECT_EQ(EscrowRecord::Split(pair_, k, n).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(EscrowRecord::Split(pair_, 2, 2)->shares.size(), 2u);
  EXPECT_EQ(EscrowRecord::Split(pair_, 31, 31)->shares.size(), 31u);
}

TEST_F(SplitKeyTest, TheRecordHoldsNothingOfTheShares) {
  const auto bytes = made_.record.bytes();
  for (const auto& share : made_.shares) {
    const auto part = share.point.y.bytes().first(6);
    EXPECT_EQ(std::search(bytes.begin(), bytes.end(), part.begin(), part.end()), bytes.end());
  }
}

}  // namespace
}  // namespace jikimi::vault
