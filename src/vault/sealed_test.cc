#include "vault/sealed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/bytes.h"
#include "vault/test_bytes.h"
#include "vault/wrap.h"

namespace jikimi::vault {
namespace {

constexpr std::string_view kPlanted = "planted-string-7f3a: 김지은, 010-1234-5678";

Context FieldOf(CaseId id, std::string field = "name", std::uint64_t version = 1) {
  return {.purpose = Purpose::kField,
          .of = id,
          .about = {},
          .field = std::move(field),
          .version = version};
}

class SealedTest : public testing::Test {
 protected:
  CaseId case_ = CaseId::Random();
  ItemKey key_ = ItemKey::Generate({ItemId::Random(), 2});
  CaseKeyPair pair_ = CaseKeyPair::Generate({case_, 2});
};

TEST_F(SealedTest, TextOfEveryLengthComesBack) {
  for (std::size_t size = 0; size <= 100; ++size) {
    const auto plain = CopyOf(SecretBytes::Random(size).bytes());
    for (const auto padding : {Padding::kNone, Padding::kTo32}) {
      const auto under = Open(key_, FieldOf(case_), Seal(key_, FieldOf(case_), plain, padding));
      ASSERT_TRUE(under.has_value()) << size;
      EXPECT_EQ(CopyOf(under->bytes()), plain);
      const auto to = Open(pair_, FieldOf(case_),
                           Seal(pair_.public_key(), FieldOf(case_), plain, padding).value());
      ASSERT_TRUE(to.has_value()) << size;
      EXPECT_EQ(CopyOf(to->bytes()), plain);
    }
  }
}

TEST_F(SealedTest, AMegabyteOfAllByteValuesComesBack) {
  std::vector<std::byte> plain(1 << 20);
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::byte>(i * 7 >> 3);
  const auto opened = Open(key_, FieldOf(case_), Seal(key_, FieldOf(case_), plain));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(CopyOf(opened->bytes()), plain);
}

TEST_F(SealedTest, NamesOfUnlikeLengthsLookAlike) {
  const auto size = [&](std::string_view name) {
    return Seal(key_, FieldOf(case_), AsBytes(name)).bytes().size();
  };
  EXPECT_EQ(size("김"), size("남궁민수진영"));
  EXPECT_EQ(size(""), size(std::string(31, 'a')));
  EXPECT_LT(size(""), size(std::string(32, 'a')));
}

TEST_F(SealedTest, TheSameTextTwiceSharesNoBytesBeyondTheHeader) {
  const auto one = Seal(key_, FieldOf(case_), AsBytes(kPlanted)).bytes();
  const auto two = Seal(key_, FieldOf(case_), AsBytes(kPlanted)).bytes();
  int equal = 0;
  for (std::size_t i = 8; i < one.size(); ++i) equal += one[i] == two[i] ? 1 : 0;
  EXPECT_LT(equal, 16);
}

TEST_F(SealedTest, NothingOfThePlainTextOrTheKeyStandsInTheBlob) {
  const auto contains = [](const std::vector<std::byte>& blob, std::span<const std::byte> part) {
    return std::search(blob.begin(), blob.end(), part.begin(), part.end()) != blob.end();
  };
  for (const auto& blob :
       {Seal(key_, FieldOf(case_), AsBytes(kPlanted)).bytes(),
        Seal(pair_.public_key(), FieldOf(case_), AsBytes(kPlanted)).value().bytes()}) {
    for (std::size_t i = 0; i + 8 <= kPlanted.size(); ++i) {
      EXPECT_FALSE(contains(blob, AsBytes(kPlanted.substr(i, 8))));
    }
    for (std::size_t i = 0; i + 8 <= kKeyBytes; ++i) {
      EXPECT_FALSE(contains(blob, key_.bytes().subspan(i, 8)));
      EXPECT_FALSE(contains(blob, pair_.private_half().subspan(i, 8)));
    }
    EXPECT_FALSE(contains(blob, case_.bytes()));
  }
}

TEST_F(SealedTest, UnderAKeyNeitherFlippedNorCutOpens) {
  for (const auto padding : {Padding::kNone, Padding::kTo32}) {
    ExpectNeitherFlippedNorCutOpens(
        Seal(key_, FieldOf(case_), AsBytes(kPlanted), padding).bytes(), [&](const auto& form) {
          const auto sealed = SealedUnder<KeyKind::kItem>::Parse(form);
          return sealed && Open(key_, FieldOf(case_), *sealed).has_value();
        });
  }
}

TEST_F(SealedTest, ToAPairNeitherFlippedNorCutOpens) {
  for (const auto padding : {Padding::kNone, Padding::kTo32}) {
    ExpectNeitherFlippedNorCutOpens(
        Seal(pair_.public_key(), FieldOf(case_), AsBytes(kPlanted), padding).value().bytes(),
        [&](const auto& form) {
          const auto sealed = SealedTo<KeyKind::kCase>::Parse(form);
          return sealed && Open(pair_, FieldOf(case_), *sealed).has_value();
        });
  }
}

TEST_F(SealedTest, EveryBitOfTheEphemeralHalfCounts) {
  // X25519 itself ignores the topmost bit.
  const auto form = Seal(pair_.public_key(), FieldOf(case_), AsBytes(kPlanted)).value().bytes();
  for (std::size_t bit = 8 * 8; bit < 40 * 8; ++bit) {
    auto flipped = form;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(
        Open(pair_, FieldOf(case_), SealedTo<KeyKind::kCase>::Parse(flipped).value()).has_value())
        << bit;
  }
}

struct Moved {
  std::string name;
  std::function<void(Context&)> move;
};
class MovedBlobTest : public testing::TestWithParam<Moved> {};

TEST_P(MovedBlobTest, DoesNotOpenAndSaysSo) {
  const auto id = CaseId::Random();
  const auto key = ItemKey::Generate({ItemId::Random(), 1});
  const auto pair = CaseKeyPair::Generate({id, 1});
  auto elsewhere = FieldOf(id);
  GetParam().move(elsewhere);
  const auto under = Open(key, elsewhere, Seal(key, FieldOf(id), AsBytes(kPlanted)));
  const auto to =
      Open(pair, elsewhere, Seal(pair.public_key(), FieldOf(id), AsBytes(kPlanted)).value());
  for (const auto* opened : {&under, &to}) {
    ASSERT_FALSE(opened->has_value());
    EXPECT_EQ(opened->error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(opened->error().message, testing::HasSubstr("another record, field or version"));
    EXPECT_THAT(opened->error().message, testing::Not(testing::HasSubstr("planted")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    , MovedBlobTest,
    testing::Values(Moved{"ToAnotherCase", [](Context& c) { c.of = CaseId::Random(); }},
                    Moved{"ToAPersonOfTheSameNumber",
                          [](Context& c) {
                            c.of.kind = static_cast<std::uint8_t>(KeyKind::kPerson);
                          }},
                    Moved{"ToAnotherField", [](Context& c) { c.field = "alias"; }},
                    Moved{"ToALongerField", [](Context& c) { c.field += '\0'; }},
                    Moved{"ToNoField", [](Context& c) { c.field.clear(); }},
                    Moved{"ToAnotherVersion", [](Context& c) { c.version = 2; }},
                    Moved{"ForAnotherPerson", [](Context& c) { c.about = PersonId::Random(); }},
                    Moved{"ToAnotherPurpose", [](Context& c) { c.purpose = Purpose::kSession; }}),
    [](const auto& test) { return test.param.name; });

TEST_F(SealedTest, AnotherKeyIsNamedAsTheReason) {
  const auto sealed = Seal(key_, FieldOf(case_), AsBytes(kPlanted));
  const auto same_name = ItemKey::Generate(key_.name());
  const auto older = ItemKey::FromBytes({key_.name().owner, 1}, key_.bytes());
  const auto other_owner = ItemKey::FromBytes({ItemId::Random(), 2}, key_.bytes());
  for (const auto* key : {&same_name, &older, &other_owner}) {
    const auto opened = Open(*key, FieldOf(case_), sealed);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kPermissionDenied);
    EXPECT_THAT(opened.error().message, testing::HasSubstr("another item key"));
  }
  EXPECT_THAT(Open(older, FieldOf(case_), sealed).error().message,
              testing::HasSubstr("version 2; version 1 was tried"));
}

TEST_F(SealedTest, AnotherPairIsNamedAsTheReason) {
  const auto sealed = Seal(pair_.public_key(), FieldOf(case_), AsBytes(kPlanted)).value();
  const auto other = CaseKeyPair::Generate(pair_.name());
  const auto opened = Open(other, FieldOf(case_), sealed);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("another case key"));
}

TEST_F(SealedTest, BlobsOfAnotherKindOfKeyAreRefusedAtTheEdge) {
  const auto form = Seal(key_, FieldOf(case_), AsBytes("x")).bytes();
  EXPECT_EQ(SealedUnder<KeyKind::kServer>::Parse(form).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(SealedTo<KeyKind::kCase>::Parse(form).error().code, ErrorCode::kCorrupt);
  auto newer = form;
  newer[1] = std::byte{9};
  EXPECT_EQ(SealedUnder<KeyKind::kItem>::Parse(newer).error().code, ErrorCode::kUnsupported);
}

TEST_F(SealedTest, PublicHalvesOfLowOrderAreRefused) {
  // u = 0, 1 and p - 1, and one of order 8 (Curve25519's small-order points).
  for (const auto* hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"}) {
    std::array<std::byte, 32> half;
    std::ranges::copy(FromHex(hex), half.begin());
    const auto sealed = Seal(CasePublicKey({case_, 1}, half), FieldOf(case_), AsBytes("x"));
    ASSERT_FALSE(sealed.has_value()) << hex;
    EXPECT_EQ(sealed.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(SealedTest, WrappedKeysComeBackOnlyUnderTheirOwnName) {
  const auto file = FileKey::Generate({FileId::Random(), 1});
  const auto wrapped = Wrap(key_, file);
  const auto back = Unwrap(key_, file.name(), wrapped);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(CopyOf(back->bytes()), CopyOf(file.bytes()));
  EXPECT_FALSE(Unwrap(key_, KeyName<KeyKind::kFile>{FileId::Random(), 1}, wrapped).has_value());
  EXPECT_FALSE(Unwrap(key_, KeyName<KeyKind::kFile>{file.name().owner, 2}, wrapped).has_value());
}

TEST_F(SealedTest, AWrapForOnePersonDoesNotOpenAsAnothers) {
  const auto person = PersonKeyPair::Generate({PersonId::Random(), 1});
  const auto wrapped = WrapPair(person.public_key(), pair_).value();
  EXPECT_TRUE(UnwrapPair(person, pair_.name(), wrapped).has_value());
  const auto impostor =
      PersonKeyPair::FromPrivateHalf({PersonId::Random(), 1}, person.private_half());
  EXPECT_FALSE(UnwrapPair(impostor, pair_.name(), wrapped).has_value());
}

}  // namespace
}  // namespace jikimi::vault
