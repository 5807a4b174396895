#include "casework/rulebook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/consent.h"

namespace jikimi::casework {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

const Rulebook& Shipped() {
  static const Rulebook book = Rulebook::Load().value();
  return book;
}

CivilDay Day(std::string_view text) { return ParseDay(text).value(); }

std::vector<std::string> CodesOf(const std::vector<const HarmTable::Article*>& articles) {
  std::vector<std::string> codes;
  for (const auto* article : articles) codes.push_back(article->code);
  return codes;
}

TEST(RulebookTest, ShippedTablesAreRight) {
  const auto book = Rulebook::Load();
  ASSERT_TRUE(book.has_value()) << book.error().message;
  EXPECT_EQ(book->harms.harms().labels().size(), 8U);
  EXPECT_EQ(book->services.labels().size(), 7U);
}

TEST(RulebookTest, EverythingThatCanBeSharedCanBeConsentedTo) {
  const access::FieldCodes shares(Shipped().fields.shares().begin(),
                                  Shipped().fields.shares().end());
  const auto known = access::Terms().CheckFields(shares);
  EXPECT_TRUE(known.has_value()) << known.error().message;
}

TEST(RulebookTest, HarmsTogetherHaveTheClassesOfEach) {
  const std::vector<std::string> harms = {"illegal_filming", "distribution", "fabrication",
                                          "distribution_threat"};
  EXPECT_THAT(Shipped().harms.ClassesOf(harms),
              UnorderedElementsAre("capture", "sharing", "fabrication", "digital_violence"));
  EXPECT_TRUE(Shipped().harms.ClassesOf({}).empty());
}

TEST(RulebookTest, FabricationIsJudgedByTheLawOfItsDay) {
  const std::vector<std::string> harm = {"fabrication"};
  const auto of = [&](const char* day) {
    return CodesOf(Shipped().harms.ArticlesFor(harm, Day(day), HarmTable::Victim::kAdult));
  };
  EXPECT_THAT(of("2020-06-24"), ElementsAre());
  const auto before = ElementsAre("special_act_14_2_1_with_purpose", "special_act_14_2_2");
  const auto since = ElementsAre("special_act_14_2_1", "special_act_14_2_2", "special_act_14_2_4");
  EXPECT_THAT(of("2020-06-25"), before);
  EXPECT_THAT(of("2024-10-15"), before);
  EXPECT_THAT(of("2024-10-16"), since);
  EXPECT_THAT(of("1965-01-01"), ElementsAre());
  EXPECT_THAT(of("2150-01-01"), since);
}

TEST(RulebookTest, TheChildActCountsForMinorsOnlyAndForThoseOfUnknownAge) {
  const std::vector<std::string> harm = {"distribution"};
  const auto of = [&](HarmTable::Victim victim) {
    return CodesOf(Shipped().harms.ArticlesFor(harm, Day("2025-01-01"), victim));
  };
  EXPECT_THAT(of(HarmTable::Victim::kMinor), Contains("child_act_11"));
  EXPECT_THAT(of(HarmTable::Victim::kUnknown), Contains("child_act_11"));
  EXPECT_THAT(of(HarmTable::Victim::kAdult), Not(Contains("child_act_11")));
}

TEST(RulebookTest, WhoIsAMinorChangedWithTheLaw) {
  const auto is_minor = [&](const char* birth, const char* day) {
    return Shipped().rights.IsMinor("KR", Day(birth), Day(day)).value();
  };
  // Before: until the year of turning 19 begins. After: until the birthday.
  EXPECT_FALSE(is_minor("2005-12-31", "2024-01-01"));
  EXPECT_TRUE(is_minor("2006-01-01", "2024-06-26"));
  EXPECT_TRUE(is_minor("2005-12-31", "2024-06-27"));
  EXPECT_FALSE(is_minor("2005-06-27", "2024-06-27"));
  const auto elsewhere = Shipped().rights.IsMinor("XX", Day("2005-01-01"), Day("2026-01-01"));
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kNotFound);
}

struct RightCase {
  std::string name;
  Right right;
  Claimant claimant;
  std::optional<const char*> birth;
  bool may;
};
class RightsTest : public testing::TestWithParam<RightCase> {};
TEST_P(RightsTest, DependOnAgeRoleAndPapers) {
  const RightCase& test = GetParam();
  std::optional<CivilDay> birth;
  if (test.birth) birth = Day(*test.birth);
  const auto may =
      Shipped().rights.Check("KR", test.right, test.claimant, birth, Day("2026-07-01"));
  EXPECT_EQ(may.has_value(), test.may) << (may ? "" : may.error().message);
  if (!test.may) {
    EXPECT_EQ(may.error().code, ErrorCode::kPermissionDenied);
  }
}
const std::set<std::string> kGuardianPapers = {"requester_id", "relationship_proof"};
INSTANTIATE_TEST_SUITE_P(
    , RightsTest,
    testing::Values(
        RightCase{"AdultConsents", Right::kConsent, {}, "1990-01-01", true},
        RightCase{"ChildOf13DoesNotConsentAlone", Right::kConsent, {}, "2012-07-02", false},
        RightCase{"ChildOf14Consents", Right::kConsent, {}, "2012-07-01", true},
        RightCase{"GuardianOfChildConsents",
                  Right::kConsent,
                  {PartyRole::kGuardian, false, kGuardianPapers},
                  "2013-01-01",
                  true},
        RightCase{"GuardianWithoutProofDoesNot",
                  Right::kConsent,
                  {PartyRole::kGuardian, false, {"requester_id"}},
                  "2013-01-01",
                  false},
        RightCase{"GuardianOfAdultDoesNot",
                  Right::kConsent,
                  {PartyRole::kGuardian, false, kGuardianPapers},
                  "1990-01-01",
                  false},
        RightCase{"SuspectedGuardianIsNotTold",
                  Right::kBeTold,
                  {PartyRole::kGuardian, true, kGuardianPapers},
                  "2016-01-01",
                  false},
        RightCase{"SuspectedGuardianSeesNothing",
                  Right::kSee,
                  {PartyRole::kGuardian, true, kGuardianPapers},
                  "2016-01-01",
                  false},
        RightCase{"GuardianOf15CannotDestroy",
                  Right::kWithdraw,
                  {PartyRole::kGuardian, false, kGuardianPapers},
                  "2011-01-01",
                  false},
        RightCase{
            "FriendSeesNothing", Right::kSee, {PartyRole::kFriend, false, {}}, "1990-01-01", false},
        RightCase{"SurvivorOfUnknownAgeSees", Right::kSee, {}, std::nullopt, true},
        RightCase{"ConsentOfUnknownAgeDoesNotHold", Right::kConsent, {}, std::nullopt, false}),
    [](const auto& test) { return test.param.name; });

TEST(RulebookTest, TheMostUrgentAnswerCounts) {
  const auto& triage = Shipped().triage;
  const auto now = triage.Assess({{"self_harm", Answer::kYes}, {"spreading_now", Answer::kYes}});
  EXPECT_EQ(now->urgency, 0);
  EXPECT_EQ(now->advice.size(), 2U);
  TriageAnswers all_no;
  for (const Label& question : triage.questions().labels()) all_no[question.code] = Answer::kNo;
  EXPECT_EQ(triage.Assess(all_no)->urgency, triage.least_urgent());
  EXPECT_LT(triage.Assess({})->urgency, triage.least_urgent()) << "what isn't known isn't safe";
  EXPECT_EQ(triage.Assess({{"weather", Answer::kYes}}).error().code, ErrorCode::kInvalidArgument);
}

TEST(RulebookTest, RetentionGoesByTheFirstRuleThatApplies) {
  const auto& table = Shipped().retention;
  const CivilDay closed = Day("2024-02-29");
  EXPECT_EQ(table.EndsOn({.minor_material = true, .investigation = true}, closed), std::nullopt);
  EXPECT_EQ(DayText(*table.EndsOn({.minor_material = false, .investigation = true}, closed)),
            "2034-03-01");
  EXPECT_EQ(DayText(*table.EndsOn({}, closed)), "2029-03-01");
  EXPECT_EQ(table.ShortestYears(), 5);
}

TEST(RulebookTest, SheetsTakeKnownFieldsOnly) {
  const auto& fields = Shipped().fields;
  EXPECT_TRUE(
      fields.Check(SheetKind::kSurvivor, {{"name", "한지우 🌱"}, {"telephone", "010-1234-5678"}}));
  const auto unknown = fields.Check(SheetKind::kSurvivor, {{"shoe_size", "38"}});
  EXPECT_THAT(unknown.error().message, HasSubstr("shoe_size"));
  const auto date = fields.Check(SheetKind::kSurvivor, {{"birth_date", "2026-02-30"}});
  EXPECT_EQ(date.error().code, ErrorCode::kInvalidArgument);
  const auto number = fields.Check(SheetKind::kSurvivor, {{"telephone", "not a number"}});
  EXPECT_THAT(number.error().message, Not(HasSubstr("not a number"))) << "texts aren't repeated";
  EXPECT_FALSE(fields.Check(SheetKind::kCase, {{"story", std::string("a\0b", 3)}}));
  EXPECT_FALSE(fields.Check(SheetKind::kCase, {{"story", "\xff\xfe"}}));
  EXPECT_FALSE(
      fields.Check(SheetKind::kCase, {{"story", std::string(Sheet::kMaxTextBytes + 1, 'a')}}));
  EXPECT_TRUE(fields.Check(SheetKind::kCase, {{"story", std::string(Sheet::kMaxTextBytes, 'a')}}));
}

struct BadTable {
  std::string name, file, text, says;
};
class BadTableTest : public testing::TestWithParam<BadTable> {};
TEST_P(BadTableTest, SaysWhichFileLineAndKey) {
  const auto book = Rulebook::Load({{GetParam().file, GetParam().text}});
  ASSERT_FALSE(book.has_value());
  EXPECT_EQ(book.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(book.error().message, HasSubstr(GetParam().file));
  EXPECT_THAT(book.error().message, HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    , BadTableTest,
    testing::Values(
        BadTable{"NotToml", "places.toml", "[[place", ""},
        BadTable{"Empty", "places.toml", "", "no [[place]] at all"},
        BadTable{"MisspeltKey", "places.toml",
                 "[[place]]\ncode = \"a\"\nko = \"a\"\nen = \"a\"\nsecond_persn = true\n",
                 "second_person"},
        BadTable{"UnknownKey", "services.toml",
                 "[[service]]\ncode=\"a\"\nko=\"a\"\nen=\"a\"\n[[queue]]\ncode=\"intake\"\n"
                 "ko=\"a\"\nen=\"a\"\nsize=3\n",
                 "services.toml:5: [[queue]]: 'size' is not known here"},
        BadTable{"NoIntakeQueue", "services.toml",
                 "[[service]]\ncode=\"a\"\nko=\"a\"\nen=\"a\"\n[[queue]]\ncode=\"b\"\nko=\"b\"\n"
                 "en=\"b\"\n",
                 "'intake' is no queue"},
        BadTable{
            "CodeTwice", "neutral_texts.toml",
            "[[text]]\ncode=\"a\"\nko=\"a\"\nen=\"a\"\n[[text]]\ncode=\"a\"\nko=\"a\"\nen=\"a\"\n",
            "'a' stands there twice"},
        BadTable{"UnknownClass", "harms.toml",
                 "[[harm]]\ncode=\"a\"\nko=\"a\"\nen=\"a\"\nclasses=[\"nope\"]\ngbvims=\"x\"\n"
                 "gbvims_loss=\"y\"\n",
                 "'nope' is no class"},
        BadTable{"NulInAText", "neutral_texts.toml",
                 "[[text]]\ncode=\"a\"\nko=\"b\\u0000\"\nen=\"a\"\n",
                 "neutral_texts.toml:1: [[text]]: 'ko'"},
        BadTable{"NulInAList", "papers.toml",
                 "[[required]]\nrole=\"proxy\"\npapers=[\"a\\u0000\"]\n", "'papers'"},
        BadTable{"NoSuchDay", "rights_by_age.toml",
                 "[[minor]]\njurisdiction=\"KR\"\nage=19\ncounts=\"birthday\"\nfrom=\"soon\"\n"
                 "checked=\"facts\"\nsource=\"s\"\n",
                 "'from' is not a date"},
        BadTable{"UnknownPaper", "papers.toml",
                 "[[required]]\nrole=\"proxy\"\npapers=[\"passport\"]\n", "passport"},
        BadTable{"NoRuleForTheRest", "retention.toml",
                 "[[rule]]\ncode=\"a\"\nko=\"a\"\nen=\"a\"\napplies=\"investigation\"\n"
                 "keeps_against_demand=true\nsource=\"s\"\n",
                 "must apply always"},
        BadTable{"UrgencyOutOfRange", "triage.toml",
                 "[[urgency]]\nlevel=0\nko=\"a\"\nen=\"a\"\ndue_hours=1\n[[question]]\ncode=\"q\"\n"
                 "ko=\"q\"\nen=\"q\"\nyes=5\nunknown=0\nadvice=\"a\"\n",
                 "'yes' is not between 0 and 0"},
        BadTable{"SearchOverTexts", "case_fields.toml",
                 "[[field]]\ncode=\"a\"\nko=\"a\"\nen=\"a\"\nsheet=\"case\"\nkind=\"text\"\n"
                 "search=true\n",
                 "only names and telephone numbers"},
        BadTable{"UnknownFile", "secrets.toml", "", "none of the tables"}),
    [](const auto& test) { return test.param.name; });

TEST(SheetTest, GoesRoundTripInNfcAndNfd) {
  const Sheet sheet = {{"story", "각 한글 ‏שלום 😀 \"\\\n\t\x01"}};
  EXPECT_EQ(Sheet::FromJson(sheet.ToJson()).value(), sheet);
  EXPECT_EQ(Sheet::FromJson("[]").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(Sheet::FromJson("{\"a\":1}").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(Sheet::FromJson("{").error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace jikimi::casework
