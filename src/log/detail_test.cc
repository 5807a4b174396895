#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "log/entry.h"
#include "log/entry_samples.h"
#include "log/seal.h"
#include "vault/sealed.h"
#include "vault/test_bytes.h"

namespace jikimi::log {
namespace {

using testing::HasSubstr;

vault::CaseId CaseOf(int number) {
  std::array<std::byte, 16> bytes = {};
  bytes[15] = static_cast<std::byte>(number);
  return vault::CaseId(bytes);
}

Detail Sample() {
  Detail detail{SampleEntry("case.opened", CaseOf(5)), {}};
  detail.salt.fill(std::byte{0xab});
  detail.entry.fields.push_back({"reason", "통화 요청, 세 번째"});
  return detail;
}

TEST(DetailTest, ComesBackAsItWas) {
  const Detail staff = Sample();
  Detail survivor = Sample();
  survivor.entry.actor = ActorRef::Survivor();
  Detail centre{{"key.pinned", Timestamp::min(), ActorRef::System()}, {}};
  Detail late = Sample();
  late.entry.at = Timestamp::max();
  late.entry.fields.clear();
  for (const Detail& detail : {staff, survivor, centre, late}) {
    const auto form = detail.Encode().value();
    const auto read = Detail::Parse(form);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->entry, detail.entry);
    EXPECT_EQ(read->salt, detail.salt);
  }
}

// doc/log.md gives these bytes; stored details and leaves rest on them.
TEST(DetailTest, HasTheBytesThatAreWrittenDown) {
  Detail detail{{"key.pinned", kSampleDay, ActorRef::Staff("admin", "A-1")}, {}};
  detail.salt.fill(std::byte{0x11});
  detail.entry.fields.push_back({"kind", "person"});
  const auto form = detail.Encode().value();
  const std::string salt(64, '1');
  EXPECT_EQ(form, vault::FromHex("01" + salt + "0020675f81550600" + "0a" + "6b65792e70696e6e6564" +
                                 "01" + "05" + "61646d696e" + "03" + "412d31" + "00" + "0100" +
                                 "04" + "6b696e64" + "06000000" + "706572736f6e"));
  EXPECT_EQ(EntryDigest::Of(form).LeafEntry().size(), 18U + 32U);
}

TEST(DetailTest, AnyChangeIsAnotherDigestAndCutsAreRefused) {
  const auto form = Sample().Encode().value();
  const auto digest = EntryDigest::Of(form);
  vault::ExpectNeitherFlippedNorCutOpens(form, [&](const std::vector<std::byte>& changed) {
    return CheckDetail(changed, digest).has_value();
  });
  for (std::size_t size = 0; size < form.size(); ++size) {
    EXPECT_FALSE(Detail::Parse(std::span(form).first(size)).has_value()) << size;
  }
}

TEST(DetailTest, TheDigestDependsOnTheSalt) {
  Detail other = Sample();
  other.salt[31] = std::byte{0};
  EXPECT_NE(EntryDigest::Of(Sample().Encode().value()), EntryDigest::Of(other.Encode().value()));
}

struct BadEntry {
  std::string name;
  Entry entry;
  ErrorCode code = ErrorCode::kInvalidArgument;
};
class BadEntryTest : public testing::TestWithParam<BadEntry> {};

TEST_P(BadEntryTest, IsRefused) {
  const auto form = Detail{GetParam().entry, {}}.Encode();
  ASSERT_FALSE(form.has_value());
  EXPECT_EQ(form.error().code, GetParam().code) << form.error().message;
}

Entry With(EntryField field) {
  Entry entry = SampleEntry("case.opened", CaseOf(1));
  entry.fields.push_back(std::move(field));
  return entry;
}
Entry By(const ActorRef& actor) {
  Entry entry = SampleEntry("case.opened", CaseOf(1));
  entry.actor = actor;
  return entry;
}

INSTANTIATE_TEST_SUITE_P(
    , BadEntryTest,
    testing::Values(BadEntry{"NoCase", {"case.opened", kSampleDay, ActorRef::System()}},
                    BadEntry{"CaseForTheCentre",
                             {"key.pinned", kSampleDay, ActorRef::System(), CaseOf(1)}},
                    BadEntry{"NoRole", By({ActorRef::Kind::kStaff, "", "C-1"})},
                    BadEntry{"ANameForANumber", By(ActorRef::Staff("counsellor", "Kim Ha-neul"))},
                    BadEntry{"NoNumber", By(ActorRef::Staff("counsellor", ""))},
                    BadEntry{"SurvivorWithNumber", By({ActorRef::Kind::kSurvivor, "", "1"})},
                    BadEntry{"FieldWithoutName", With({"", "x"})},
                    BadEntry{"FieldWithSpaces", With({"a b", "x"})},
                    BadEntry{"FieldNameTooLong", With({std::string(65, 'a'), "x"})},
                    BadEntry{"TextNotUtf8", With({"a", "\xff"})},
                    BadEntry{"TextWithNul", With({"a", std::string(1, '\0')})},
                    BadEntry{"TooLong", With({"a", std::string(kMaxDetailBytes, 'x')}),
                             ErrorCode::kResourceExhausted}),
    [](const auto& test) { return test.param.name; });

TEST(DetailTest, TheLongestDetailIsTakenAndOneMoreByteIsNot) {
  const auto empty = Detail{With({"a", ""}), {}}.Encode().value().size();
  EXPECT_TRUE(
      Detail({With({"a", std::string(kMaxDetailBytes - empty, 'x')}), {}}).Encode().has_value());
  EXPECT_FALSE(Detail({With({"a", std::string(kMaxDetailBytes - empty + 1, 'x')}), {}})
                   .Encode()
                   .has_value());
}

TEST(DetailTest, LaterVersionsAndUnknownKindsAreToldApartFromDamage) {
  auto form = Sample().Encode().value();
  auto later = form;
  later[0] = std::byte{2};
  EXPECT_EQ(Detail::Parse(later).error().code, ErrorCode::kUnsupported);
  auto other_kind = form;
  other_kind[42 + 4] ^= std::byte{1};
  EXPECT_EQ(Detail::Parse(other_kind).error().code, ErrorCode::kUnsupported);
}

class SealedEntryTest : public testing::Test {
 protected:
  vault::CaseKeyring::Created case_ = SampleCase();
  vault::AuditKeyPair audit_ = SampleAudit();
  vault::ServerKeys server_keys_ = vault::ServerKeys::Create();
  EntrySeals case_seals_ = EntrySeals::ForCase(case_.keyring.public_key(), audit_.public_key());
};

TEST_F(SealedEntryTest, TheAuditCopyHoldsWhatStaffDoAndNothingOfOthers) {
  const auto entry = SampleEntry("case.opened", case_.keyring.id());
  const auto sealed = SealedEntry::Seal(entry, case_seals_).value();
  ASSERT_EQ(sealed.copies().size(), 2U);
  EXPECT_EQ(sealed.copies()[0].kind, SealKind::kCase);
  EXPECT_EQ(sealed.copies()[1].kind, SealKind::kAudit);
  const auto audited = [&](const SealedEntry& of) {
    const auto copy =
        vault::SealedTo<vault::KeyKind::kAudit>::Parse(of.copies().at(1).sealed).value();
    const auto context = AuditContext(audit_.name().owner, case_.keyring.id(), of.digest());
    return vault::CopyOf(vault::Open(audit_, context, copy).value().bytes());
  };
  EXPECT_EQ(CheckDetail(audited(sealed), sealed.digest()).value(), entry);
  auto own = entry;
  own.actor = ActorRef::Survivor();
  const auto sealed_own = SealedEntry::Seal(own, case_seals_).value();
  EXPECT_TRUE(IsNothing(audited(sealed_own)));
  // Nor does its length tell her from staff.
  EXPECT_EQ(sealed_own.copies()[0].sealed.size(), sealed_own.copies()[1].sealed.size());
}

TEST_F(SealedEntryTest, NeitherLeafNorSealedBytesShowTheEntry) {
  const std::string planted = "planted-words-of-an-entry";
  auto entry = SampleEntry("case.opened", case_.keyring.id(), planted);
  const auto sealed = SealedEntry::Seal(entry, case_seals_).value();
  const auto shows = [](std::span<const std::byte> bytes, std::string_view text) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find(text) !=
           std::string_view::npos;
  };
  const auto leaf = sealed.digest().LeafEntry();
  const auto id = case_.keyring.id().bytes();
  const std::string_view case_bytes(reinterpret_cast<const char*>(id.data()), id.size());
  for (const auto& copy : sealed.copies()) {
    for (const std::string_view text : {std::string_view(planted), std::string_view("case.opened"),
                                        std::string_view("C-017"), case_bytes}) {
      EXPECT_FALSE(shows(copy.sealed, text));
      EXPECT_FALSE(shows(leaf, text));
    }
  }
  EXPECT_TRUE(shows(leaf, "jikimi.log.entry.1"));
}

TEST_F(SealedEntryTest, TheSameEntryTwiceHasTwoDigests) {
  const auto entry = SampleEntry("case.opened", case_.keyring.id());
  EXPECT_NE(SealedEntry::Seal(entry, case_seals_).value().digest(),
            SealedEntry::Seal(entry, case_seals_).value().digest());
}

TEST_F(SealedEntryTest, KeysThatDontFitTheEntryAreRefused) {
  const auto of_case = SampleEntry("case.opened", case_.keyring.id());
  const Entry of_centre{"key.pinned", kSampleDay, ActorRef::System()};
  const auto code = [](const Entry& entry, const EntrySeals& seals) {
    return SealedEntry::Seal(entry, seals).error().code;
  };
  EXPECT_EQ(code(of_case, EntrySeals::ForCentre(server_keys_)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(of_centre, case_seals_), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(SampleEntry("case.opened", CaseOf(9)), case_seals_), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace jikimi::log
