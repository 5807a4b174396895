#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "access/people.h"
#include "access/team_keys.h"
#include "casework/import.h"
#include "casework/import_tables.h"
#include "casework/lists.h"
#include "casework/note.h"
#include "casework/search_index.h"
#include "casework/test_desk.h"
#include "casework/withdrawal.h"

namespace jikimi::casework {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ImportTest : public CaseworkTest {
 protected:
  OldCase Old(const std::string& reference) {
    OldCase old_case;
    old_case.reference = reference;
    old_case.report = SomeReport();
    old_case.report.past = ReportPast{};
    old_case.report.past->received_at = Now() - std::chrono::days(400);
    old_case.report.past->note = "a note of " + reference;
    return old_case;
  }
  OldCase OldClosed(const std::string& reference) {
    OldCase old_case = Old(reference);
    old_case.report.past->closed_at = Now() - std::chrono::days(300);
    return old_case;
  }
  access::IntakeSeals Seals() {
    return Must(Write([&](store::Transaction& transaction) {
      return access::LoadIntakeSeals(transaction, keys(), team_);
    }));
  }
  PreparedCases Prepare(std::vector<OldCase> cases) {
    const access::Actor who(access::SystemActor{"import"});
    return Must(PrepareCases({who, keys(), TestRules(), Now()}, std::move(cases), Seals()));
  }
  Result<std::int64_t> Store(const PreparedCases& prepared) {
    const access::Actor who(access::SystemActor{"import"});
    return Do(who, [&](store::Transaction& transaction, const Desk& desk) {
      return StoreCases(transaction, desk, prepared);
    });
  }
  vault::CaseId Import(OldCase old_case) {
    std::vector<OldCase> cases;
    cases.push_back(std::move(old_case));
    const PreparedCases prepared = Prepare(std::move(cases));
    EXPECT_EQ(Must(Store(prepared)), 1);
    return prepared.reports[0].taken().of;
  }
  std::vector<Imported> Known(const std::vector<std::string>& references) {
    return Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return AreImported(transaction, desk, references);
    }));
  }
  void Destroy(vault::CaseId of) {
    clock_.Advance(std::chrono::days(6 * 366));
    Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return DestroyCase(transaction, desk, of, {});
    }));
  }
  void RotateServerKeys() {
    Must(access::BeginServerKeyRotation(database(), keys(), Now()));
    clock_.Advance(access::kServerKeyGrace);
    auto fields = ServerFields();
    for (auto& field : access::PeopleServerFields()) fields.push_back(std::move(field));
    Must(access::FinishServerKeyRotation(database(), keys(), fields, Now()));
  }
  std::int64_t Index(const Staff& staff, int limit) {
    return Must(Do(staff, [&](store::Transaction& transaction, const Desk& desk) {
      return IndexImported(transaction, desk, limit);
    }));
  }
};

TEST_P(ImportTest, AnOpenCaseWaitsAtIntakeAsItWasReceived) {
  const vault::CaseId of = Import(Old("A-17"));
  const CaseRecord record = RecordOf(of);
  EXPECT_EQ(record.state, CaseState::kIntake);
  EXPECT_EQ(record.queue, "intake");
  EXPECT_EQ(record.opened_at, Now() - std::chrono::days(400));
  EXPECT_GT(record.due_at, Now());
  const Report report = TheReport(anna_, of);
  EXPECT_EQ(report.received_at, Now() - std::chrono::days(400));
  EXPECT_EQ(report.state, ReportState::kUnconfirmed);
  EXPECT_EQ(report.sheet.Get("survivor_name"), "한지우");
  EXPECT_EQ(CountOf("access_survivor"), 0) << "nobody could hand her a code";
  EXPECT_THAT(LogOf(anna_, of), ElementsAre("case.opened", "note.added", "case.imported"));
}

TEST_P(ImportTest, AnOpenCaseIsTakenAndItsNoteReadLikeAnyOther) {
  const vault::CaseId of = Import(Old("A-17"));
  const Report report = TheReport(anna_, of);
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ConfirmReport(transaction, desk, report.id, report.revision);
  }));
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return TakeCase(transaction, desk, of, anna_.id, bora_.id);
  }));
  const auto notes = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadNotes(transaction, desk, of, std::nullopt, 10);
  }));
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_EQ(notes[0].text, "a note of A-17");
  EXPECT_EQ(notes[0].by, "system: import");
  EXPECT_EQ(Index(anna_, 100), 0) << "confirming has indexed it, and it is not the team's any more";
}

TEST_P(ImportTest, AClosedCaseIsClosedOnItsDayAndItsTimeRunsFromThere) {
  const vault::CaseId of = Import(OldClosed("A-18"));
  const CaseRecord record = RecordOf(of);
  EXPECT_EQ(record.state, CaseState::kClosed);
  EXPECT_EQ(record.closed_at, Now() - std::chrono::days(300));
  const auto over = [&] {
    return Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return RetentionOver(transaction, desk, 10);
    }));
  };
  EXPECT_THAT(over(), IsEmpty());
  clock_.Advance(std::chrono::days(5 * 366 - 300));
  EXPECT_THAT(over(), ElementsAre(of));
}

TEST_P(ImportTest, AnOldCaseIsKeptByWhatItsOwnSystemSaidOfInvestigators) {
  OldCase old_case = OldClosed("A-19");
  old_case.report.past->referred_to_investigators = true;
  const vault::CaseId of = Import(std::move(old_case));
  EXPECT_EQ(
      Must(Do(*supervisor_, [&](store::Transaction& transaction,
                                const Desk& desk) { return RetentionOf(transaction, desk, of); }))
          .rule,
      "investigation");
}

TEST_P(ImportTest, WhatIsHereAlreadyIsLeftOut) {
  std::vector<OldCase> cases;
  for (const char* reference : {"A-1", "A-2"}) cases.push_back(Old(reference));
  EXPECT_EQ(Must(Store(Prepare(std::move(cases)))), 2);
  EXPECT_THAT(Known({"A-1", "A-3", "A-2"}),
              ElementsAre(Imported::kHere, Imported::kNot, Imported::kHere));
  std::vector<OldCase> more;
  for (const char* reference : {"A-2", "A-3"}) more.push_back(Old(reference));
  const PreparedCases prepared = Prepare(std::move(more));
  EXPECT_EQ(Must(Store(prepared)), 1);
  EXPECT_EQ(Must(Store(prepared)), 0) << "done once more after a commit of unknown outcome";
  EXPECT_EQ(CountOf("casework_case"), 3);
}

TEST_P(ImportTest, OverManyReferencesEachIsFound) {
  std::vector<std::string> references;
  for (int i = 0; i < 250; ++i) references.push_back("R-" + std::to_string(i));
  Import(Old("R-0"));
  Import(Old("R-249"));
  const auto here = Known(references);
  ASSERT_EQ(here.size(), references.size());
  EXPECT_EQ(here.front(), Imported::kHere);
  EXPECT_EQ(here.back(), Imported::kHere);
  EXPECT_EQ(std::count(here.begin(), here.end(), Imported::kHere), 2);
}

TEST_P(ImportTest, AReferenceIsFoundThroughARotationOfTheServerKeysAndAfterIt) {
  Import(Old("A-17"));
  Must(access::BeginServerKeyRotation(database(), keys(), Now()));
  EXPECT_THAT(Known({"A-17"}), ElementsAre(Imported::kHere)) << "while both versions are known";
  Import(Old("A-18"));
  clock_.Advance(access::kServerKeyGrace);
  auto fields = ServerFields();
  for (auto& field : access::PeopleServerFields()) fields.push_back(std::move(field));
  Must(access::FinishServerKeyRotation(database(), keys(), fields, Now()));
  EXPECT_EQ(keys().server()->versions().size(), 1U);
  EXPECT_THAT(Known({"A-17", "A-18", "A-19"}),
              ElementsAre(Imported::kHere, Imported::kHere, Imported::kNot));
}

TEST_P(ImportTest, ACaseThatWasDestroyedIsNotTakenInAgain) {
  const vault::CaseId of = Import(OldClosed("A-17"));
  std::vector<OldCase> again;
  again.push_back(OldClosed("A-17"));
  const PreparedCases prepared = Prepare(std::move(again));
  Destroy(of);
  EXPECT_EQ(CountOf("casework_imported"), 0);
  EXPECT_THAT(Known({"A-17", "A-18"}), ElementsAre(Imported::kDestroyed, Imported::kNot));
  EXPECT_EQ(Must(Store(prepared)), 0) << "also when it was prepared before";
  // Through a rotation of the server keys, which the destroyed reference can't be sealed under.
  RotateServerKeys();
  EXPECT_THAT(Known({"A-17"}), ElementsAre(Imported::kDestroyed));
  EXPECT_EQ(Must(Store(prepared)), 0);
}

TEST_P(ImportTest, ACaseThatCameInBeforeDestroyedOnesWereRememberedIsAfterTheUpgrade) {
  const vault::CaseId of = Import(OldClosed("A-17"));
  const vault::CaseId other = Import(OldClosed("A-18"));
  // As the version before left the tables.
  for (const char* statement :
       {"DROP INDEX casework_imported_lasting", "ALTER TABLE casework_imported DROP COLUMN lasting",
        "DROP TABLE casework_import_gone",
        "DELETE FROM store_migration WHERE room = 'casework' AND name = 'import gone'"}) {
    Must(store::Do(database(), statement));
  }
  const store::Schema schemas[] = {store::StoreSchema(), log::LogSchema(), access::AccessSchema(),
                                   CaseworkSchema()};
  Must(store::Migrate(database(), schemas, clock_));
  const std::span<const std::byte> damaged = other.bytes();
  Must(store::Do(database(), "UPDATE casework_imported SET sealed = $2 WHERE case_id = $1",
                 {damaged, std::vector<std::byte>(80)}));
  for (int i = 0; i < 2; ++i) Must(CompleteImported(database(), keys()));
  Destroy(of);
  EXPECT_THAT(Known({"A-17", "A-18"}), ElementsAre(Imported::kDestroyed, Imported::kHere));
}

TEST_P(ImportTest, AReferenceFollowsItsCaseIntoTheOneThatItIsJoinedTo) {
  const auto into = OpenCaseOf(SomeReport());
  const vault::CaseId duplicate = Import(Old("A-17"));
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return MergeCases(transaction, desk, duplicate, into.of);
  }));
  EXPECT_THAT(Known({"A-17"}), ElementsAre(Imported::kHere));
  EXPECT_EQ(store::Number(database(), "SELECT COUNT(*) FROM casework_imported WHERE case_id = $1",
                          {std::span<const std::byte>(into.of.bytes())}),
            1);
}

TEST_P(ImportTest, SearchFindsImportedCasesWhenSomebodyOfTheTeamHasIndexedThem) {
  std::vector<OldCase> cases;
  for (const char* reference : {"A-1", "A-2", "A-3"}) cases.push_back(OldClosed(reference));
  EXPECT_EQ(Must(Store(Prepare(std::move(cases)))), 3);
  const auto found = [&] {
    return Must(Write([&](store::Transaction& transaction) -> Result<std::size_t> {
      const access::Actor who = As(anna_);
      const auto key = TRY(access::OpenIndexKey(transaction, who, team_));
      const auto token = TRY(TokenOf(key, SearchKind::kName, "한지우"));
      return TRY(FindTokens(transaction, team_, SearchKind::kName, token, 10)).size();
    }));
  };
  EXPECT_EQ(CountOf("casework_token"), 0);
  EXPECT_EQ(Index(anna_, 2), 1);
  EXPECT_EQ(Index(bora_, 2), 0);
  EXPECT_EQ(Index(bora_, 2), 0);
  EXPECT_EQ(found(), 3U);
}

TEST_P(ImportTest, NobodyWithoutThePermissionIndexes) {
  const auto index = [](store::Transaction& transaction, const Desk& desk) {
    return IndexImported(transaction, desk, 10);
  };
  EXPECT_EQ(CodeOf(Do(Member(Role::kRemovalOfficer), index)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(DoAsSystem(index)), ErrorCode::kPermissionDenied);
}

JIKIMI_ON_BOTH_DATABASES(ImportTest);

}  // namespace
}  // namespace jikimi::casework
