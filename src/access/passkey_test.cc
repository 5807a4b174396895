#include "access/passkey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/attestation.h"
#include "access/software_authenticator.h"
#include "vault/secret_bytes.h"

namespace jikimi::access {
namespace {

using testing::HasSubstr;
using Algorithm = SoftwareAuthenticator::Algorithm;
using Attestation = SoftwareAuthenticator::Attestation;
using Words = SoftwareAuthenticator::Words;

const PasskeySite kSite{"centre.example", "https://desk.centre.example"};
const Words kTrue{{}, kSite.origin, kSite.rp_id};

struct Kind {
  std::string name;
  Algorithm algorithm;
  Attestation attestation;
};
class PasskeyTest : public testing::TestWithParam<Kind> {
 protected:
  Result<Passkey> Register(const Words& words = kTrue) {
    const auto created = key_.Create(challenge_, words, GetParam().attestation);
    return CheckPasskeyRegistration(kSite, challenge_, created.answer());
  }
  Passkey Registered() {
    auto passkey = Register();
    if (!passkey) throw std::runtime_error(passkey.error().message);
    return *passkey;
  }

  SoftwareAuthenticator key_{GetParam().algorithm};
  PasskeyChallenge challenge_ = vault::RandomArray<32>();
};
INSTANTIATE_TEST_SUITE_P(, PasskeyTest,
                         testing::Values(Kind{"Es256None", Algorithm::kEs256, Attestation::kNone},
                                         Kind{"Es256Self", Algorithm::kEs256, Attestation::kSelf},
                                         Kind{"EddsaNone", Algorithm::kEddsa, Attestation::kNone},
                                         Kind{"EddsaSelf", Algorithm::kEddsa, Attestation::kSelf}),
                         [](const auto& test) { return test.param.name; });

TEST_P(PasskeyTest, RegistersAndThenAnswersWithARisingCounter) {
  Passkey passkey = Registered();
  EXPECT_EQ(passkey.credential_id, key_.credential_id());
  EXPECT_EQ(passkey.algorithm, GetParam().algorithm == Algorithm::kEddsa ? -8 : -7);
  for (std::uint32_t i = 1; i <= 3; ++i) {
    const auto asserted = key_.Assert(challenge_, kTrue);
    const auto count = CheckPasskeyAssertion(kSite, challenge_, passkey, asserted.answer());
    ASSERT_TRUE(count.has_value()) << count.error().message;
    EXPECT_EQ(*count, i);
    passkey.sign_count = *count;
  }
}

TEST_P(PasskeyTest, RefusesACounterThatDoesNotGoUp) {
  Passkey passkey = Registered();
  passkey.sign_count = 5;
  key_.counter = 4;
  const auto same =
      CheckPasskeyAssertion(kSite, challenge_, passkey, key_.Assert(challenge_, kTrue).answer());
  ASSERT_FALSE(same.has_value());
  EXPECT_THAT(same.error().message, HasSubstr("counter"));
  key_.counter = 5;
  EXPECT_TRUE(
      CheckPasskeyAssertion(kSite, challenge_, passkey, key_.Assert(challenge_, kTrue).answer()));
}

TEST_P(PasskeyTest, AcceptsAnAuthenticatorThatDoesNotCount) {
  const Passkey passkey = Registered();
  key_.counts = false;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(
        *CheckPasskeyAssertion(kSite, challenge_, passkey, key_.Assert(challenge_, kTrue).answer()),
        0u);
  }
}

TEST_P(PasskeyTest, RefusesAnotherChallenge) {
  const Passkey passkey = Registered();
  const auto other = vault::RandomArray<32>();
  EXPECT_FALSE(
      CheckPasskeyAssertion(kSite, other, passkey, key_.Assert(challenge_, kTrue).answer()));
  const auto created = key_.Create(challenge_, kTrue, GetParam().attestation);
  EXPECT_FALSE(CheckPasskeyRegistration(kSite, other, created.answer()));
}

TEST_P(PasskeyTest, RefusesAnotherKeysSignatureAndAnyChangedByte) {
  const Passkey passkey = Registered();
  SoftwareAuthenticator other(GetParam().algorithm);
  auto forged = other.Assert(challenge_, kTrue);
  forged.credential_id = passkey.credential_id;
  EXPECT_FALSE(CheckPasskeyAssertion(kSite, challenge_, passkey, forged.answer()));
  const auto whole = key_.Assert(challenge_, kTrue);
  for (std::size_t i = 0; i < whole.authenticator_data.size(); ++i) {
    auto changed = whole;
    changed.authenticator_data[i] ^= std::byte{1};
    EXPECT_FALSE(CheckPasskeyAssertion(kSite, challenge_, passkey, changed.answer())) << i;
  }
  for (std::size_t i = 0; i < whole.client_data_json.size(); ++i) {
    auto changed = whole;
    changed.client_data_json[i] ^= std::byte{1};
    EXPECT_FALSE(CheckPasskeyAssertion(kSite, challenge_, passkey, changed.answer())) << i;
  }
}

TEST_P(PasskeyTest, RefusesAnswersThatAreCutAnywhere) {
  const auto created = key_.Create(challenge_, kTrue, GetParam().attestation);
  for (std::size_t size = 0; size < created.attestation_object.size(); ++size) {
    const std::span cut = std::span(created.attestation_object).first(size);
    EXPECT_FALSE(CheckPasskeyRegistration(kSite, challenge_, {created.client_data_json, cut}))
        << size;
  }
  const Passkey passkey = Registered();
  const auto asserted = key_.Assert(challenge_, kTrue);
  for (std::size_t size = 0; size < asserted.authenticator_data.size(); ++size) {
    auto answer = asserted.answer();
    answer.authenticator_data = answer.authenticator_data.first(size);
    EXPECT_FALSE(CheckPasskeyAssertion(kSite, challenge_, passkey, answer)) << size;
  }
  for (std::size_t size = 0; size < asserted.signature.size(); ++size) {
    auto answer = asserted.answer();
    answer.signature = answer.signature.first(size);
    EXPECT_FALSE(CheckPasskeyAssertion(kSite, challenge_, passkey, answer)) << size;
  }
}

struct Lie {
  std::string name;
  Words words;
};
class PasskeyLieTest : public testing::TestWithParam<Lie> {};

TEST_P(PasskeyLieTest, IsRefusedAtRegistrationAndAtSignIn) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEddsa}) {
    SoftwareAuthenticator key(algorithm);
    const auto challenge = vault::RandomArray<32>();
    for (const Attestation attestation : {Attestation::kNone, Attestation::kSelf}) {
      const auto lie = key.Create(challenge, GetParam().words, attestation);
      const auto refused = CheckPasskeyRegistration(kSite, challenge, lie.answer());
      ASSERT_FALSE(refused.has_value());
      EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied) << refused.error().message;
    }
    const auto created = key.Create(challenge, kTrue, Attestation::kNone);
    const auto passkey = CheckPasskeyRegistration(kSite, challenge, created.answer());
    ASSERT_TRUE(passkey.has_value()) << passkey.error().message;
    const auto lie = key.Assert(challenge, GetParam().words);
    const auto refused = CheckPasskeyAssertion(kSite, challenge, *passkey, lie.answer());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied) << refused.error().message;
  }
}
INSTANTIATE_TEST_SUITE_P(
    , PasskeyLieTest,
    testing::Values(Lie{"OtherType", {"webauthn.else", kSite.origin, kSite.rp_id}},
                    Lie{"OtherOrigin", {{}, "https://centre.example.evil", kSite.rp_id}},
                    Lie{"PlainHttp", {{}, "http://desk.centre.example", kSite.rp_id}},
                    Lie{"OtherSite", {{}, kSite.origin, "evil.example"}},
                    Lie{"WithinAnotherPage", {{}, kSite.origin, kSite.rp_id, true}},
                    Lie{"NobodyThere", {{}, kSite.origin, kSite.rp_id, false, 0x04}},
                    Lie{"NotVerified", {{}, kSite.origin, kSite.rp_id, false, 0x01}}),
    [](const auto& test) { return test.param.name; });

TEST(Passkey, OtherAlgorithmsAreRefused) {
  SoftwareAuthenticator key(Algorithm::kEs384);
  const auto challenge = vault::RandomArray<32>();
  const auto created = key.Create(challenge, kTrue, Attestation::kNone);
  const auto refused = CheckPasskeyRegistration(kSite, challenge, created.answer());
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("ES256"));
}

TEST(Passkey, ASelfAttestationThatSomebodyElseSignedIsRefused) {
  const auto challenge = vault::RandomArray<32>();
  SoftwareAuthenticator key(Algorithm::kEs256);
  auto created = key.Create(challenge, kTrue, Attestation::kSelf);
  // The signature stands before authData; one bit of it is enough.
  const std::string marker = "sig";
  const auto at = std::search(created.attestation_object.begin(), created.attestation_object.end(),
                              reinterpret_cast<const std::byte*>(marker.data()),
                              reinterpret_cast<const std::byte*>(marker.data()) + marker.size());
  ASSERT_NE(at, created.attestation_object.end());
  *(at + 30) ^= std::byte{1};
  EXPECT_FALSE(CheckPasskeyRegistration(kSite, challenge, created.answer()));
}

struct Site {
  std::string name, rp_id, origin;
  bool is_good;
};
class PasskeySiteTest : public testing::TestWithParam<Site> {};

TEST_P(PasskeySiteTest, IsJudgedByItsHost) {
  EXPECT_EQ((PasskeySite{GetParam().rp_id, GetParam().origin}.Check().has_value()),
            GetParam().is_good);
}
INSTANTIATE_TEST_SUITE_P(
    , PasskeySiteTest,
    testing::Values(Site{"Same", "centre.example", "https://centre.example", true},
                    Site{"Under", "centre.example", "https://desk.centre.example:8443", true},
                    Site{"Localhost", "localhost", "http://localhost:8080", true},
                    Site{"SuffixOfAName", "centre.example", "https://mycentre.example", false},
                    Site{"Plain", "centre.example", "http://centre.example", false},
                    Site{"Elsewhere", "centre.example", "https://other.example", false},
                    Site{"WithPath", "centre.example", "https://centre.example/", false},
                    Site{"NoRpId", "", "https://centre.example", false}),
    [](const auto& test) { return test.param.name; });

TEST(AttestationObject, DeepNestingAndHugeCountsAreRefusedAtOnce) {
  std::vector<std::byte> deep(100'000, std::byte{0x81});
  EXPECT_FALSE(ParseAttestationObject(deep));
  const std::vector<std::byte> huge = {std::byte{0xbb}, std::byte{0xff}, std::byte{0xff},
                                       std::byte{0xff}, std::byte{0xff}, std::byte{0xff},
                                       std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
  EXPECT_FALSE(ParseAttestationObject(huge));
  EXPECT_FALSE(ParseAttestationObject({}));
}

}  // namespace
}  // namespace jikimi::access
