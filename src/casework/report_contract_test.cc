#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/destructions.h"
#include "access/team_keys.h"
#include "casework/lists.h"
#include "casework/party.h"
#include "casework/survivor_page.h"
#include "casework/test_desk.h"
#include "casework/upload.h"

namespace jikimi::casework {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class ReportTest : public CaseworkTest {};

TEST_P(ReportTest, IsTakenOnceSealedAndReadByTheTeam) {
  const TakenReport taken = Take(SomeReport());
  ASSERT_TRUE(taken.code.has_value());
  EXPECT_EQ(taken.items.size(), 1U);
  const Report report = TheReport(anna_, taken.of);
  EXPECT_EQ(report.sheet.Get("survivor_name"), "한지우");
  EXPECT_EQ(report.state, ReportState::kUnconfirmed);
  const CaseRecord record = RecordOf(taken.of);
  EXPECT_EQ(record.state, CaseState::kIntake);
  EXPECT_EQ(record.queue, "intake");
  EXPECT_THAT(record.harms, ElementsAre("illegal_filming", "distribution"));
  EXPECT_THAT(LogOf(anna_, taken.of), ElementsAre("case.opened", "report.taken"));
}

TEST_P(ReportTest, PreparedOnesAreStoredAgainAfterARollbackAndOnlyUnderCurrentSeals) {
  access::IntakeSealsCache cache;
  const auto seals = Must(cache.Get(database(), keys()));
  EXPECT_EQ(Must(cache.Get(database(), keys())), seals);
  const access::Actor portal(access::SystemActor{"portal"});
  const Desk at{portal, keys(), TestRules(), Now(), nullptr};
  const NewReport report = SomeReport();
  const auto prepared = Must(PrepareReport(at, report, *seals));
  int tries = 0;
  const auto store = [&](store::Transaction& transaction) -> Result<void> {
    const bool current = TRY(access::AreCurrent(transaction, *seals));
    EXPECT_TRUE(current);
    TRY(StoreReport(transaction, at, prepared));
    if (++tries == 1) return Error{ErrorCode::kInterrupted, "rolled back"};
    return {};
  };
  EXPECT_FALSE(Write(store));
  EXPECT_EQ(CountOf("casework_report"), 0);
  Must(Write(store));
  ASSERT_TRUE(prepared.taken().code.has_value());
  EXPECT_EQ(TheReport(anna_, prepared.taken().of).sheet.Get("survivor_name"), "한지우");
  EXPECT_THAT(LogOf(anna_, prepared.taken().of), ElementsAre("case.opened", "report.taken"));

  Must(Do(*supervisor_, [&](store::Transaction& transaction, const Desk& desk) {
    return access::RotateTeam(transaction, desk.keys, desk.who, team_, desk.now);
  }));
  EXPECT_FALSE(Must(Write(
      [&](store::Transaction& transaction) { return access::AreCurrent(transaction, *seals); })));
  cache.Drop(seals);
  EXPECT_NE(Must(cache.Get(database(), keys())), seals);
}

TEST_P(ReportTest, OfSomebodyElseGivesNoCode) {
  for (const Reporter reporter : {Reporter::kFamily, Reporter::kFriend, Reporter::kBystander,
                                  Reporter::kGuardian, Reporter::kProxy}) {
    NewReport report = SomeReport();
    report.reporter = reporter;
    EXPECT_FALSE(Take(report).code.has_value()) << ReporterName(reporter);
  }
  NewReport transfer = SomeReport();
  transfer.channel = Channel::kTransfer;
  transfer.reporter = Reporter::kPolice;
  EXPECT_FALSE(Take(transfer).code.has_value());
}

TEST_P(ReportTest, WrongOnesAreRefusedAndLeaveNothing) {
  const auto refused = [&](const std::function<void(NewReport&)>& spoil) {
    NewReport report = SomeReport();
    spoil(report);
    EXPECT_EQ(CodeOf(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
                return TakeReport(transaction, desk, report, team_);
              })),
              ErrorCode::kInvalidArgument);
  };
  refused([](NewReport& report) { report.harms.clear(); });
  refused([](NewReport& report) { report.harms = {"nonsense"}; });
  refused([](NewReport& report) { report.harms = {"other", "other"}; });
  refused([](NewReport& report) { report.reporter = Reporter::kPolice; });
  refused([](NewReport& report) { report.channel = Channel::kTransfer; });
  refused([](NewReport& report) { report.channel = Channel::kExOfficio; });
  refused([](NewReport& report) { report.sheet.Set("shoe_size", "38"); });
  refused([](NewReport& report) { report.sheet.Set("story", "\xc3"); });
  refused([](NewReport& report) { report.triage["nonsense"] = Answer::kYes; });
  refused([](NewReport& report) { report.neutral_text = "hello"; });
  refused([](NewReport& report) { report.items[0].marks[0].place = "moon"; });
  refused([](NewReport& report) { report.items[0].marks = {Url("ftp://a.example/")}; });
  refused([](NewReport& report) { report.items[0].marks = {Url("https:///x")}; });
  refused([](NewReport& report) { report.items[0].marks = {Url("https://a@b.example/")}; });
  refused([](NewReport& report) { report.items[0].marks = {Url("https://a.example/한글")}; });
  refused([](NewReport& report) { report.items[0].marks.clear(); });
  refused([](NewReport& report) { report.items[0].kind = ItemKind::kConcern; });
  refused([](NewReport& report) { report.items[0].altered = AlteredRegion{}; });
  refused([](NewReport& report) {
    report.items[0].fabricated = true;
    report.items[0].altered = AlteredRegion{500, 0, 400, 1000};
  });
  EXPECT_EQ(CountOf("casework_report"), 0);
  EXPECT_EQ(CountOf("casework_case"), 0);
  EXPECT_EQ(CountOf("access_case_key"), 0);
}

TEST_P(ReportTest, NothingThatIsPersonalStandsInTheDatabase) {
  NewReport report = SomeReport();
  report.sheet.Set("story", "PLANTED-STORY");
  report.sheet.Set("survivor_name", "PLANTED-NAME");
  report.items[0].sheet.Set("title", "PLANTED-TITLE");
  report.items[0].marks = {Url("https://planted-host.example/")};
  Take(report);
  for (const auto& row : store::Rows(database(), "SELECT sealed FROM casework_sealed")) {
    const auto bytes = Must(row.Get<std::vector<std::byte>>(0));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(text.find("PLANTED"), std::string_view::npos);
  }
  for (const auto& row : store::Rows(database(), "SELECT sealed FROM casework_mark")) {
    const auto bytes = Must(row.Get<std::vector<std::byte>>(0));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(text.find("planted"), std::string_view::npos);
  }
}

TEST_P(ReportTest, ConfirmingOpensTheCase) {
  const TakenReport taken = Take(SomeReport());
  Confirm(anna_, taken);
  EXPECT_EQ(RecordOf(taken.of).state, CaseState::kOpen);
  EXPECT_EQ(TheReport(anna_, taken.of).state, ReportState::kConfirmed);
  // Once more, or with a revision of before, is refused.
  EXPECT_EQ(CodeOf(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ConfirmReport(transaction, desk, taken.report, 1);
                      })),
            ErrorCode::kStale);
  EXPECT_EQ(CodeOf(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ConfirmReport(transaction, desk, taken.report, 2);
                      })),
            ErrorCode::kInvalidArgument);
}

TEST_P(ReportTest, RefusingClosesTheCaseAndRefusesItsItems) {
  const TakenReport taken = Take(SomeReport());
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return RefuseReport(transaction, desk, taken.report, 1, "a prank");
  }));
  EXPECT_EQ(RecordOf(taken.of).state, CaseState::kClosed);
  const auto items = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ListItems(transaction, desk, taken.of, std::nullopt, 10);
  }));
  EXPECT_EQ(items.at(0).state, ItemState::kRefused);
}

TEST_P(ReportTest, StaffOfAnotherRoleOrTeamDoNotReadIt) {
  const TakenReport taken = Take(SomeReport());
  const Staff administrator = AddStaff(Role::kAdministrator);
  const Staff statistician = AddStaff(Role::kStatistician);
  const Staff outsider = AddStaff(Role::kCounsellor, team_);  // never joined the team's keys
  for (const Staff& staff : {administrator, statistician, outsider}) {
    EXPECT_EQ(CodeOf(Do(staff,
                        [&](store::Transaction& transaction, const Desk& desk) {
                          return ReadReports(transaction, desk, taken.of);
                        })),
              ErrorCode::kPermissionDenied);
  }
}

TEST_P(ReportTest, TheSurvivorEntersWithHerCode) {
  const TakenReport taken = Take(SomeReport());
  const auto in = EnterBare(taken);
  const auto status = [&] {
    return Must(Do(in.actor, [](store::Transaction& transaction, const Desk& desk) {
      return ReadBareStatus(transaction, desk);
    }));
  };
  EXPECT_EQ(status(), BareStatus::kReceived);
  Confirm(anna_, taken);
  EXPECT_EQ(status(), BareStatus::kInProgress);
  EXPECT_EQ(
      CodeOf(Do(in.actor, [](store::Transaction& transaction,
                             const Desk& desk) { return ReadSurvivorPage(transaction, desk); })),
      ErrorCode::kPermissionDenied);
}

TEST_P(ReportTest, ADuplicateIsFoundByNameAndJoined) {
  NewReport first = SomeReport();
  const TakenReport one = OpenCaseOf(first);
  NewReport second = SomeReport();
  second.reporter = Reporter::kFriend;
  second.harms = {"cyber_harassment"};
  second.sheet = {{"survivor_name", "한 지 우"}, {"story", "친구 이야기예요."}};
  const TakenReport two = Take(second);
  const auto likely = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return LikelyDuplicates(transaction, desk, two.of, 10);
  }));
  EXPECT_THAT(likely, ElementsAre(one.of));
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    std::size_t at = 0;
    const std::string content = "chat";
    const auto next = [&](std::span<std::byte> out) -> Result<std::size_t> {
      const std::size_t count = content.size() - at;
      std::copy_n(AsBytes(content).begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
      at += count;
      return count;
    };
    return AddUpload(transaction, desk, one.of, UploadKind::kChat, "chat.txt", next);
  }));

  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return MergeCases(transaction, desk, two.of, one.of);
  }));
  const auto reports = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadReports(transaction, desk, one.of);
  }));
  EXPECT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].sheet.fields().size() + reports[1].sheet.fields().size(), 4U);
  const CaseRecord record = RecordOf(one.of);
  EXPECT_THAT(record.harms, Contains("cyber_harassment"));
  EXPECT_EQ(RecordOf(two.of).state, CaseState::kClosed);
  // The item came along, with what was told of it and its marks, under a key of this case.
  const auto item = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadItem(transaction, desk, two.items[0]);
  }));
  EXPECT_EQ(item.item.of, one.of);
  EXPECT_EQ(item.sheet.Get("title"), "a title");
  EXPECT_EQ(item.marks.size(), 2U);
}

TEST_P(ReportTest, AJoinedSurvivorsCodeOpensTheCaseThatHadNone) {
  NewReport tip = SomeReport();
  tip.reporter = Reporter::kBystander;
  const TakenReport one = OpenCaseOf(tip);
  const TakenReport two = Take(SomeReport());  // hers
  const std::vector<vault::PersonId> persons = {anna_.id};
  const access::ScopeFacts facts{.of_case = {}, .persons = persons, .team = team_};
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) -> Result<void> {
    const auto key = TRY(access::FindCaseKey(transaction, keys(), two.of));
    const auto sealed = TRY(vault::Seal(key, access::AgreedQuestionContext(two.of), AsBytes("17")));
    return access::SetAgreedQuestion(transaction, keys(), desk.who, facts, two.of, sealed, Now());
  }));
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return MergeCases(transaction, desk, two.of, one.of);
  }));
  const auto in = Enter(two);
  EXPECT_EQ(in.actor.survivor()->of_case, one.of);
  const auto page = Must(Do(in.actor, [](store::Transaction& transaction, const Desk& desk) {
    return ReadSurvivorPage(transaction, desk);
  }));
  EXPECT_EQ(page.items, 2);
  const auto answer =
      Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) -> Result<std::string> {
        const auto bytes = TRY(access::FindAgreedQuestion(transaction, desk.who, facts, one.of));
        const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(bytes));
        const auto opened = TRY(access::OpenCase(transaction, keys(), desk.who, one.of));
        const auto plain = TRY(opened.OpenField(access::AgreedQuestionContext(one.of), sealed));
        return std::string(reinterpret_cast<const char*>(plain.bytes().data()), plain.size());
      }));
  EXPECT_EQ(answer, "17");
}

TEST_P(ReportTest, ReadsNeedNoWritingTransactionWhenTheirEntriesAreKeptApart) {
  const TakenReport taken = OpenCaseOf(SomeReport());
  const access::Actor who = As(anna_);
  std::vector<log::SealedEntry> entries;
  const Desk desk{who, keys(), TestRules(), Now(), &entries};
  const auto read = database().Read(
      [&](store::Transaction& transaction) { return ReadCase(transaction, desk, taken.of); });
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(entries.size(), 1U);
  Must(
      Write([&](store::Transaction& transaction) { return log::AppendAll(transaction, entries); }));
  EXPECT_EQ(LogOf(anna_, taken.of).front(), "case.opened");
}

JIKIMI_ON_BOTH_DATABASES(ReportTest);

}  // namespace
}  // namespace jikimi::casework
