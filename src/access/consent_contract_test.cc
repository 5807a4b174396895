#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/agencies.h"
#include "access/consent.h"
#include "access/key_centre.h"
#include "access/schema.h"
#include "base/random.h"
#include "log/entries.h"
#include "store/migration.h"

namespace jikimi::access {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ConsentTest : public KeyCentreTest {
 protected:
  void SetUp() override {
    KeyCentreTest::SetUp();
    anna_ = AddStaff(Role::kCounsellor, team_);
    bora_ = AddStaff(Role::kCounsellor, team_);
    case_ = NewCaseOf(anna_, bora_);
  }
  ConsentChoice Choice(FieldCodes fields) const {
    return {"kr.police", "investigation", std::move(fields), Now(), Now() + days(100)};
  }
  Result<ConsentId> Give(const Actor& who, const ConsentChoice& choice,
                         ConsentGiven given = ConsentGiven::kBySurvivor) {
    return Write([&](store::Transaction& transaction) {
      return GiveConsent(transaction, keys(), who, case_.id, choice, given, Now());
    });
  }
  Allowance Allowed(std::string_view agency, std::string_view purpose, const FieldCodes& wanted) {
    return Must(Write([&](store::Transaction& transaction) {
      return Obey(transaction, case_.id, agency, purpose, wanted, Now());
    }));
  }

  Staff anna_;
  Staff bora_;
  Case case_;
};

// Many consents at once, ended and not, and every field for every agency and purpose at moments
// around every limit, against a model that is a plain list.
TEST_P(ConsentTest, OfEveryFieldAgencyPurposeAndExpiryOnlyWhatIsAllowedComesOut) {
  const std::vector<std::string> agencies = {"kr.police", "kr.kcsc", "kr.prosecution.suwon"};
  FieldCodes every;
  for (const auto& field : Terms().fields) every.insert(field.code);
  struct Model {
    ConsentChoice choice;
    std::optional<Timestamp> ended;
  };
  std::vector<Model> model;
  std::vector<Timestamp> moments;
  SplitMix64 random(17);
  const auto began = Now();
  for (const auto& purpose : Terms().purposes) {
    for (const auto& agency : agencies) {
      if (random.Below(4) == 0) continue;  // nothing was said about this one
      for (std::uint32_t i = 0; i <= random.Below(2); ++i) {
        ConsentChoice choice{agency, purpose.code, {}, began + hours(random.Below(40)), {}};
        choice.until = choice.from + hours(1 + random.Below(60));
        for (const auto& field : purpose.fields) {
          if (random.Below(2) == 0) choice.fields.insert(field);
        }
        if (choice.fields.empty()) continue;
        const auto id = Must(Give(As(case_.survivor), choice));
        Model row{choice, std::nullopt};
        if (random.Below(4) == 0) {
          row.ended = began + hours(1);
          Must(Write([&](store::Transaction& transaction) {
            return EndConsent(transaction, keys(), As(case_.survivor), id, *row.ended);
          }));
        }
        model.push_back(row);
      }
    }
  }
  ASSERT_GT(model.size(), 20u);
  for (int hour = 0; hour <= 102; hour += 17) moments.push_back(began + hours(hour));
  for (std::size_t i = 0; i < model.size(); i += 7) {
    const auto& choice = model[i].choice;
    for (const auto at : {choice.from, choice.until}) {
      moments.push_back(at - std::chrono::microseconds(1));
      moments.push_back(at);
    }
  }
  int given = 0;
  for (const auto at : moments) {
    const auto check = [&](store::Transaction& transaction) -> Result<void> {
      for (const auto& agency : agencies) {
        for (const auto& purpose : Terms().purposes) {
          FieldCodes expected;
          for (const auto& row : model) {
            if (row.choice.agency != agency || row.choice.purpose != purpose.code || row.ended ||
                at < row.choice.from || at >= row.choice.until) {
              continue;
            }
            expected.insert(row.choice.fields.begin(), row.choice.fields.end());
          }
          const auto allowance = TRY(Obey(transaction, case_.id, agency, purpose.code, every, at));
          EXPECT_EQ(allowance.fields, expected) << agency << " " << purpose.code;
          EXPECT_EQ(allowance.grounds.empty(), expected.empty());
          given += static_cast<int>(expected.size());
          // And one by one: what wasn't asked for never comes.
          if (expected.empty()) continue;
          const FieldCodes one = {*expected.begin()};
          EXPECT_EQ(TRY(Obey(transaction, case_.id, agency, purpose.code, one, at)).fields, one);
        }
      }
      return {};
    };
    Must(database().Read(check));
  }
  EXPECT_GT(given, 100) << "the model allowed something";
  EXPECT_THAT(Must(Write([&](store::Transaction& transaction) {
                return Obey(transaction, vault::CaseId::Random(), "kr.police", "investigation",
                            every, Now());
              })).fields,
              IsEmpty());
}

TEST_P(ConsentTest, AChangeEndsTheFormerVersionAndKeepsIt) {
  const auto id = Must(Give(As(case_.survivor), Choice({"survivor.name", "case.story"})));
  const auto change = [&](int expected, FieldCodes fields) {
    return Write([&](store::Transaction& transaction) {
      return ChangeConsent(transaction, keys(), As(anna_), id, expected, Choice(fields),
                           ConsentGiven::kByTelephone, Now());
    });
  };
  clock_.Advance(hours(1));
  EXPECT_EQ(Must(change(1, {"survivor.name"})), 2);
  EXPECT_EQ(change(1, {"case.story"}).error().code, ErrorCode::kStale) << "a lost update";
  EXPECT_THAT(Allowed("kr.police", "investigation", {"survivor.name", "case.story"}).fields,
              ElementsAre("survivor.name"));
  const auto versions =
      Must(Write([&](store::Transaction& transaction) { return VersionsOf(transaction, id); }));
  ASSERT_THAT(versions, SizeIs(2));
  EXPECT_TRUE(versions[0].ended_at.has_value());
  EXPECT_EQ(versions[0].choice.fields.size(), 2u);
  EXPECT_EQ(versions[1].given, ConsentGiven::kByTelephone);
  EXPECT_EQ(versions[1].recorded_by, As(anna_).Describe());
  EXPECT_THAT(Must(Write([&](store::Transaction& transaction) {
                return ConsentsOf(transaction, case_.id);
              })),
              SizeIs(1));
}

TEST_P(ConsentTest, SheEndsOneOrAllAtOnce) {
  const auto id = Must(Give(As(case_.survivor), Choice({"survivor.name"})));
  auto other = Choice({"items.urls"});
  other.agency = "kr.kcsc";
  other.purpose = "removal";
  Must(Give(As(case_.survivor), other));
  const auto end = [&] {
    return Write([&](store::Transaction& transaction) {
      return EndConsent(transaction, keys(), As(case_.survivor), id, Now());
    });
  };
  Must(end());
  Must(end());
  EXPECT_THAT(Allowed("kr.police", "investigation", {"survivor.name"}).fields, IsEmpty());
  EXPECT_EQ(Must(Write([&](store::Transaction& transaction) {
              return EndAllConsents(transaction, keys(), As(case_.survivor), case_.id, Now());
            })),
            1);
  EXPECT_THAT(Allowed("kr.kcsc", "removal", {"items.urls"}).fields, IsEmpty());
}

TEST_P(ConsentTest, WhatMakesNoSenseIsRefused) {
  const auto her = As(case_.survivor);
  const auto refuse = [&](auto&& change) {
    auto choice = Choice({"survivor.name"});
    change(choice);
    return Give(her, choice).error().code;
  };
  EXPECT_EQ(refuse([](auto& choice) { choice.agency = "kr.nobody"; }), ErrorCode::kNotFound);
  EXPECT_EQ(refuse([](auto& choice) { choice.purpose = "gossip"; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refuse([](auto& choice) { choice.fields = {"survivor.shoe_size"}; }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refuse([](auto& choice) { choice.fields = {}; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refuse([](auto& choice) { choice.fields = {"services.given"}; }),
            ErrorCode::kInvalidArgument)
      << "not for this purpose";
  EXPECT_EQ(refuse([](auto& choice) { choice.until = choice.from; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refuse([](auto& choice) { choice.until += days(40'000); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Give(her, Choice({"survivor.name"}), ConsentGiven::kInPerson).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Give(As(anna_), Choice({"survivor.name"})).error().code, ErrorCode::kInvalidArgument);
  const auto stranger = AddStaff(Role::kCounsellor);
  EXPECT_EQ(Give(As(stranger), Choice({"survivor.name"}), ConsentGiven::kInPerson).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_P(ConsentTest, ThoseThatEndSoonAreListedInPages) {
  for (const int last : {5, 20, 29, 31, 200}) {
    auto choice = Choice({"survivor.name"});
    choice.until = Now() + days(last);
    Must(Give(As(case_.survivor), choice));
  }
  const auto page = [&](const std::optional<Consent>& after) {
    return Must(Write([&](store::Transaction& transaction) {
      return ConsentsEndingSoon(transaction, Now(), after, 2);
    }));
  };
  const auto first = page(std::nullopt);
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_EQ(first[0].choice.until, Now() + days(5));
  EXPECT_THAT(page(first[1]), SizeIs(1));
}

TEST_P(ConsentTest, CarriesForHowLongTheRecipientKeepsWhatItGets) {
  const auto latest = [&](ConsentId id) {
    return Must(Write([&](store::Transaction& transaction) { return VersionsOf(transaction, id); }))
        .back();
  };
  const auto change = [&](ConsentId id, int version, const ConsentChoice& choice) {
    return Write([&](store::Transaction& transaction) {
      return ChangeConsent(transaction, keys(), As(case_.survivor), id, version, choice,
                           ConsentGiven::kBySurvivor, Now());
    });
  };
  auto choice = Choice({"survivor.name"});
  const auto id = Must(Give(As(case_.survivor), choice));
  EXPECT_EQ(latest(id).choice.keep_days, kKeptByLaw) << "the purpose's own: investigation";
  EXPECT_EQ(Allowed(choice.agency, choice.purpose, choice.fields).keep_days, std::nullopt);
  choice.keep_days = 90;
  EXPECT_EQ(Must(change(id, 1, choice)), 2);
  choice.keep_days.reset();
  EXPECT_EQ(Must(change(id, 2, choice)), 3);
  EXPECT_EQ(latest(id).choice.keep_days, 90) << "as agreed, where nothing else is said";
  choice.keep_days = 30;
  Must(Give(As(case_.survivor), choice));
  EXPECT_EQ(Allowed(choice.agency, choice.purpose, choice.fields).keep_days, 30) << "the shortest";
  for (const int wrong : {-1, kMaxKeepDays + 1}) {
    choice.keep_days = wrong;
    EXPECT_EQ(Give(As(case_.survivor), choice).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Terms().Keeping(90).en.find("{days}"), std::string::npos);
  EXPECT_NE(Terms().Keeping(90).ko.find("90일"), std::string::npos);
  EXPECT_EQ(Terms().Keeping(kKeptByLaw).en, Terms().keeping_by_law.en);
}

TEST_P(ConsentTest, OneOfBeforeConsentsToldOfKeepingIsObeyedAfterTheUpgrade) {
  const auto choice = Choice({"survivor.name"});
  const auto id = Must(Give(As(case_.survivor), choice));
  // As the version before left the table.
  Must(store::Do(database(), "ALTER TABLE access_consent DROP COLUMN keep_days"));
  Must(store::Do(database(),
                 "DELETE FROM store_migration WHERE room = 'access' AND name = 'consent keeping'"));
  const store::Schema schemas[] = {store::StoreSchema(), log::LogSchema(), AccessSchema()};
  Must(store::Migrate(database(), schemas, clock_));
  const auto found =
      Must(Write([&](store::Transaction& transaction) { return VersionsOf(transaction, id); }));
  EXPECT_EQ(found.at(0).choice.keep_days, std::nullopt);
  EXPECT_THAT(Allowed(choice.agency, choice.purpose, choice.fields).fields,
              ElementsAre("survivor.name"));
}

TEST_P(ConsentTest, AnOverrideNeedsTwoGivesTheLeastAndIsShown) {
  const ConsentChoice choice{
      "kr.police", "rescue", {"survivor.name", "case.safety"}, Now(), Now() + hours(10)};
  const auto decide = [&](ApprovalId approval, const ConsentChoice& what) {
    return Write([&](store::Transaction& transaction) {
      return DecideEmergency(transaction, keys(), As(*supervisor_), approval, case_.id, what,
                             "she may be in danger", Now());
    });
  };
  EXPECT_FALSE(decide({}, choice).has_value()) << "nobody approved";
  auto more = choice;
  more.fields.insert("persons.name");
  EXPECT_EQ(decide(Approved(ActKind::kEmergencyOverride, EmergencySubject(case_.id, more)), more)
                .error()
                .code,
            ErrorCode::kPermissionDenied);
  const auto id = Must(
      decide(Approved(ActKind::kEmergencyOverride, EmergencySubject(case_.id, choice)), choice));
  const auto obey = [&](std::string_view agency, const FieldCodes& wanted, Timestamp at) {
    return Must(Write([&](store::Transaction& transaction) {
             return ObeyOverride(transaction, id, agency, "rescue", wanted, at);
           }))
        .fields;
  };
  const FieldCodes wanted = {"survivor.name", "survivor.address"};
  EXPECT_THAT(obey("kr.police", wanted, Now()), ElementsAre("survivor.name"));
  EXPECT_THAT(obey("kr.kcsc", wanted, Now()), IsEmpty());
  EXPECT_THAT(obey("kr.police", wanted, Now() + hours(10)), IsEmpty());
  EXPECT_THAT(Allowed("kr.police", "rescue", wanted).fields, IsEmpty()) << "it is no consent";

  const auto shown = Must(
      Write([&](store::Transaction& transaction) { return OverridesOf(transaction, case_.id); }));
  ASSERT_THAT(shown, SizeIs(1));
  EXPECT_EQ(shown[0].basis, Basis::kEmergency);
  EXPECT_EQ(shown[0].seconded_by, "1 2");
  // After a rotation, too.
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    auto opened = TRY(OpenCase(transaction, keys(), As(anna_), case_.id));
    return RotateCase(transaction, keys(), As(anna_), opened, Now());
  }));
  auto opened = Must(Open(As(case_.survivor), case_.id));
  EXPECT_EQ(Must(OpenReason(opened, shown[0])), "she may be in danger");
  EXPECT_TRUE(Must(ResealCase(database(), keys(), As(anna_), opened, {}, Now())).finished);
  const auto resealed = Must(
      Write([&](store::Transaction& transaction) { return OverridesOf(transaction, case_.id); }));
  EXPECT_EQ(Must(OpenReason(opened, resealed[0])), "she may be in danger");
}

TEST_P(ConsentTest, ADutyToReportNeedsItsBasis) {
  const ConsentChoice choice{
      "kr.police", "investigation", {"survivor.name"}, Now(), Now() + hours(10)};
  const auto decide = [&](const Actor& who, std::string_view basis) {
    return Write([&](store::Transaction& transaction) {
      return DecideDuty(transaction, keys(), who, case_.id, choice, basis, "a child", Now());
    });
  };
  EXPECT_EQ(decide(As(anna_), "kr.no-act.1").error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(decide(As(case_.survivor), "kr.youth-protection-act.34").has_value());
  const auto id = Must(decide(As(anna_), "kr.youth-protection-act.34"));
  const auto allowed = Must(Write([&](store::Transaction& transaction) {
    return ObeyOverride(transaction, id, "kr.police", "investigation", {"survivor.name"}, Now());
  }));
  EXPECT_EQ(allowed.basis, Basis::kDuty);
  EXPECT_THAT(allowed.fields, ElementsAre("survivor.name"));
}

TEST_P(ConsentTest, TheDirectoryKnowsNamesByTheirDates) {
  const auto find = [&](std::string_view code, std::chrono::sys_days day) {
    return Write(
        [&](store::Transaction& transaction) { return FindAgency(transaction, code, day); });
  };
  using std::chrono::sys_days;
  using namespace std::chrono_literals;
  EXPECT_EQ(find("kr.kcsc", sys_days(2025y / 9 / 30))->name, "방송통신심의위원회");
  EXPECT_EQ(find("kr.kcsc", sys_days(2025y / 10 / 1))->name, "방송미디어통신심의위원회");
  EXPECT_EQ(find("kr.gender-ministry", sys_days(2025y / 10 / 1))->name, "성평등가족부");
  EXPECT_EQ(find("kr.prosecution.suwon", sys_days(2026y / 10 / 1))->name, "수원지방검찰청");
  EXPECT_EQ(find("kr.prosecution.suwon", sys_days(2026y / 10 / 2))->name, "수원지방공소청");
  EXPECT_EQ(find("kr.central-centre", sys_days(2025y / 4 / 16))->name,
            "디지털성범죄피해자지원센터");
  EXPECT_THAT(Must(Write([&](store::Transaction& transaction) {
                return ListAgencies(transaction, "prosecution", Now());
              })),
              SizeIs(18));
  EXPECT_EQ(Must(Write([&](store::Transaction& transaction) {
              return AddShippedAgencies(transaction, Now());
            })),
            0)
      << "there already";
}

TEST_P(ConsentTest, AnEditedAgencyTakesTwoSupervisorsAndIsNotOverwritten) {
  Agency agency{"kr.police",
                "police",
                "경찰청 국가수사본부",
                "National Office of Investigation",
                "KR",
                std::chrono::floor<days>(Now()),
                std::nullopt,
                "office@police.example",
                "letter"};
  const auto put = [&](ApprovalId approval) {
    return Write([&](store::Transaction& transaction) {
      return PutAgency(transaction, keys(), As(*supervisor_), approval, agency, Now());
    });
  };
  EXPECT_FALSE(put({}).has_value());
  const auto approval = Approved(ActKind::kRecipientAddress, AgencySubject(agency));
  agency.address = "elsewhere@police.example";
  EXPECT_EQ(put(approval).error().code, ErrorCode::kPermissionDenied) << "not what they approved";
  agency.address = "office@police.example";
  Must(put(approval));
  Must(Write(
      [&](store::Transaction& transaction) { return AddShippedAgencies(transaction, Now()); }));
  EXPECT_EQ(Must(Write([&](store::Transaction& transaction) {
              return FindAgency(transaction, "kr.police", Now());
            })),
            agency);
  EXPECT_THAT(Must(Write([&](store::Transaction& transaction) {
                return AgencyHistory(transaction, "kr.police");
              })),
              SizeIs(2));
}

JIKIMI_ON_BOTH_DATABASES(ConsentTest);

struct BadTerms {
  std::string name;
  std::string change_from;
  std::string change_to;
  std::string complaint;
};
class ConsentTermsTest : public testing::TestWithParam<BadTerms> {};

constexpr std::string_view kGoodTerms = R"([limits]
warn_days = 30
max_days = 100
override_hours = 10

[keeping]
by_law_ko = "바"
by_law_en = "by law"
days_ko = "{days}일"
days_en = "{days} days"

[[field]]
code = "a.b"
ko = "가"
en = "a"

[[purpose]]
code = "p"
ko = "나"
en = "p"
meaning_ko = "다"
meaning_en = "m"
meaning_version = 1
keep_days = 5
refusing_ko = "사"
refusing_en = "r"
fields = ["a.b"]
override_fields = []

[[duty]]
code = "d"
ko = "라"
en = "d"
purposes = ["p"]
source = "s"
)";

TEST_P(ConsentTermsTest, IsRefusedWithItsPlace) {
  ASSERT_TRUE(ConsentTerms::Parse(kGoodTerms, "x.toml").has_value());
  std::string text(kGoodTerms);
  const auto at = text.find(GetParam().change_from);
  ASSERT_NE(at, text.npos);
  text.replace(at, GetParam().change_from.size(), GetParam().change_to);
  const auto terms = ConsentTerms::Parse(text, "x.toml");
  ASSERT_FALSE(terms.has_value());
  EXPECT_EQ(terms.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(terms.error().message, testing::HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    , ConsentTermsTest,
    testing::Values(BadTerms{"Malformed", "[limits]", "[limits", "x.toml"},
                    BadTerms{"MissingLimit", "max_days = 100\n", "", "x.toml:1"},
                    BadTerms{"NoKeeping", "[keeping]", "[keping]", "[keeping]"},
                    BadTerms{"KeepingWithoutNumber", "\"{days} days\"", "\"some days\"", "{days}"},
                    BadTerms{"NumberByLaw", "\"by law\"", "\"{days}\"", "by_law"},
                    BadTerms{"KeptTooLong", "keep_days = 5", "keep_days = 36501", "keep_days"},
                    BadTerms{"NothingOfRefusing", "refusing_en = \"r\"\n", "", "refusing_en"},
                    BadTerms{"LimitOutOfRange", "= 100", "= 0", "max_days"},
                    BadTerms{"UnknownKey", "en = \"a\"", "en = \"a\"\nfr = \"a\"", "fr"},
                    BadTerms{"UnknownField", "[\"a.b\"]", "[\"a.c\"]", "a.c"},
                    BadTerms{"FieldTwice", "[\"a.b\"]", "[\"a.b\", \"a.b\"]", "twice"},
                    BadTerms{"OverrideOfNoField", "override_fields = []",
                             "override_fields = [\"z\"]", "z"},
                    BadTerms{"DutyForNoPurpose", "purposes = [\"p\"]", "purposes = [\"q\"]", "q"},
                    // What was read before the mistake must not leak (the sanitizers' build says).
                    BadTerms{"FieldHalfRead", "code = \"a.b\"\nko = \"가\"",
                             "code = \"a.field.whose.code.is.not.short\"", "'ko'"},
                    BadTerms{"DutyHalfRead", "code = \"d\"\nko = \"라\"",
                             "code = \"kr.a.duty.whose.code.is.not.short\"", "'ko'"},
                    BadTerms{"UnknownTable", "[[duty]]", "[[dutty]]", "tables"}),
    [](const auto& test) { return test.param.name; });

TEST(ShippedDataTest, IsGood) {
  EXPECT_GE(Terms().purposes.size(), 10u);
  const auto agencies = ShippedAgencies();
  ASSERT_TRUE(agencies.has_value()) << agencies.error().message;
  EXPECT_FALSE(ParseAgencies("[[agency]]\ncode = \"X\"", "x.toml").has_value());
}

}  // namespace
}  // namespace jikimi::access
