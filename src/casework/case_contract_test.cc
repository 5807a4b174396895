#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/consent.h"
#include "casework/checklist.h"
#include "casework/contact.h"
#include "casework/incident.h"
#include "casework/lists.h"
#include "casework/note.h"
#include "casework/party.h"
#include "casework/service.h"
#include "casework/task.h"
#include "casework/test_desk.h"
#include "casework/upload.h"

namespace jikimi::casework {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CaseTest : public CaseworkTest {
 protected:
  void SetUp() override {
    CaseworkTest::SetUp();
    of_ = OpenCaseOf(SomeReport()).of;
  }
  std::int64_t Revision() { return RecordOf(of_).revision; }
  PartyId Add(const NewParty& party) {
    return Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddParty(transaction, desk, of_, party);
    }));
  }

  vault::CaseId of_;
};

TEST_P(CaseTest, KeepsItsSheetAndGuardsAgainstLostUpdates) {
  const std::int64_t seen = Revision();
  const Sheet sheet = {{"story", "각 한글 😀 ‏שלום"}};
  const auto set = [&](store::Transaction& transaction, const Desk& desk) {
    return SetSheet(transaction, desk, of_, seen, sheet);
  };
  EXPECT_EQ(Must(Do(anna_, set)), seen + 1);
  EXPECT_EQ(CodeOf(Do(bora_, set)), ErrorCode::kStale);
  const auto read = Must(Do(bora_, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadCase(transaction, desk, of_);
  }));
  EXPECT_EQ(read.sheet, sheet);
  EXPECT_EQ(read.record.revision, seen + 1);
}

TEST_P(CaseTest, IsReadByNobodyWhoIsNotGranted) {
  EXPECT_EQ(CodeOf(Do(chul_, [&](store::Transaction& transaction,
                                 const Desk& desk) { return ReadCase(transaction, desk, of_); })),
            ErrorCode::kPermissionDenied);
}

TEST_P(CaseTest, TriageSetsUrgencyAndWhenSomebodyMustAct) {
  const TriageAnswers answers = {{"self_harm", Answer::kYes}};
  const std::int64_t seen = Revision();
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetTriage(transaction, desk, of_, seen, answers);
  }));
  const CaseRecord record = RecordOf(of_);
  EXPECT_EQ(record.urgency, 0);
  EXPECT_EQ(record.due_at, Now() + std::chrono::hours(1));
  EXPECT_EQ(Must(Do(anna_, [&](store::Transaction& transaction,
                               const Desk& desk) { return ReadTriage(transaction, desk, of_); })),
            answers);
}

TEST_P(CaseTest, ClosesAndReopensWithPermission) {
  const std::int64_t seen = Revision();
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetState(transaction, desk, of_, seen, CaseState::kClosed);
  }));
  EXPECT_EQ(RecordOf(of_).closed_at, Now());
  // A closed case takes no notes.
  EXPECT_EQ(
      CodeOf(Do(anna_, [&](store::Transaction& transaction,
                           const Desk& desk) { return AddNote(transaction, desk, of_, "late"); })),
      ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return SetState(transaction, desk, of_, seen + 1, CaseState::kMonitoring);
                      })),
            ErrorCode::kInvalidArgument);
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetState(transaction, desk, of_, seen + 1, CaseState::kOpen);
  }));
  EXPECT_EQ(RecordOf(of_).closed_at, std::nullopt);
}

TEST_P(CaseTest, HandingOverTakesTheKeysAlong) {
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return HandOver(transaction, desk, of_, chul_.id, Former::kLosesAccess);
  }));
  EXPECT_EQ(RecordOf(of_).assigned, chul_.id);
  EXPECT_EQ(CodeOf(Open(As(anna_), of_)), ErrorCode::kPermissionDenied);
  auto opened = Must(Open(As(chul_), of_));
  // What was sealed before still opens, and re-sealing lets the former pair go.
  EXPECT_TRUE(opened.reseal_due());
  const auto report = Must(
      access::ResealCase(database(), keys(), As(chul_), opened, CaseFields(), Now(), 100000, 2));
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(TheReport(chul_, of_).sheet.Get("survivor_name"), "한지우");
}

TEST_P(CaseTest, ACaseThatAnActRotatedOrFoundDueIsLeftForResealing) {
  const access::Actor anna = As(anna_);
  std::vector<access::OpenedCase> due;
  Desk desk{anna, keys(), TestRules(), Now()};
  desk.due = &due;
  Must(Write([&](store::Transaction& transaction) {
    return HandOver(transaction, desk, of_, chul_.id, Former::kLosesAccess);
  }));
  // Anna can't open it any more, and goes on with what she had opened.
  ASSERT_FALSE(due.empty());
  EXPECT_EQ(due.back().public_key(), Must(Open(As(chul_), of_)).public_key());
  EXPECT_TRUE(
      Must(access::RotateAndReseal(database(), keys(), anna, due.back(), CaseFields(), Now(), 3))
          .fields > 0);
  EXPECT_TRUE(Must(Open(As(chul_), of_)).reseal_due()) << "three fields of many";

  due.clear();
  const access::Actor chul = As(chul_);
  Desk of_chul{chul, keys(), TestRules(), Now()};
  of_chul.due = &due;
  const auto look = [&](store::Transaction& transaction) -> Result<void> {
    TRY(ReadCase(transaction, of_chul, of_));
    return {};
  };
  Must(Write(look));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_TRUE(Must(access::RotateAndReseal(database(), keys(), chul, due[0], CaseFields(), Now()))
                  .finished);
  due.clear();
  Must(Write(look));
  EXPECT_TRUE(due.empty());
}

TEST_P(CaseTest, CoverIsGrantedBeforeLeave) {
  const auto cover = [&](store::Transaction& transaction, const Desk& desk) {
    return GrantCover(transaction, desk, anna_.id, chul_.id, 10);
  };
  EXPECT_EQ(Must(Do(anna_, cover)), 0);
  EXPECT_TRUE(Open(As(chul_), of_).has_value());
  EXPECT_EQ(Must(Do(anna_, cover)), 0) << "once more is nothing new";
}

TEST_P(CaseTest, NotesOfOneMegabyteComeBackWholeAndLargerOnesAreRefused) {
  std::string large;
  while (large.size() + 3 <= kMaxNoteBytes) large += "가";
  const auto add = [&](const std::string& text) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddNote(transaction, desk, of_, text);
    });
  };
  Must(add(large));
  clock_.Advance(std::chrono::seconds(1));
  Must(add("second"));
  EXPECT_EQ(CodeOf(add(large + "가가")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(add("")), ErrorCode::kInvalidArgument);
  const auto read = [&](const std::optional<NotePosition>& before) {
    return Must(Do(bora_, [&](store::Transaction& transaction, const Desk& desk) {
      return ReadNotes(transaction, desk, of_, before, 1);
    }));
  };
  const auto newest = read(std::nullopt);
  EXPECT_EQ(newest.at(0).text, "second");
  const auto older = read(NotePosition{newest[0].written_at, newest[0].id});
  EXPECT_EQ(older.at(0).text, large);
  EXPECT_EQ(older[0].by, "counsellor " + std::to_string(anna_.number));
}

TEST_P(CaseTest, EachServiceCountsOnce) {
  const auto record = [&](const char* type, const char* key) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return RecordService(transaction, desk, of_, type, key, Now());
    });
  };
  EXPECT_EQ(Must(record("consultation", "2026-07-01")), Recorded::kNew);
  EXPECT_EQ(Must(record("consultation", "2026-07-01")), Recorded::kBefore);
  EXPECT_EQ(Must(record("legal", "2026-07-01")), Recorded::kNew);
  EXPECT_EQ(CodeOf(record("haircut", "1")), ErrorCode::kInvalidArgument);
  EXPECT_THAT(Must(Do(bora_, [&](store::Transaction& transaction,
                                 const Desk& desk) { return ServicesOf(transaction, desk, of_); })),
              SizeIs(2));
}

TEST_P(CaseTest, TasksComeInOrderAlsoBefore1970AndAfter2100) {
  const auto day = [](int year) {
    return Timestamp(std::chrono::sys_days(std::chrono::year(year) / 1 / 1));
  };
  for (const int year : {2150, 1965, 2026}) {
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddTask(transaction, desk, of_, {std::to_string(year), day(year), std::nullopt});
    }));
  }
  const auto tasks = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadTasks(transaction, desk, of_);
  }));
  EXPECT_EQ(tasks.at(0).text, "1965");
  EXPECT_EQ(tasks.at(2).text, "2150");
  const auto due = [&] {
    return Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return ListFollowUps(transaction, desk, anna_.id, Now(), std::nullopt, 1);
    }));
  };
  const auto first = due();
  ASSERT_THAT(first.entries, SizeIs(1));
  EXPECT_EQ(first.entries[0].due_at, day(1965));
  ASSERT_TRUE(first.next.has_value());
  const auto second = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ListFollowUps(transaction, desk, anna_.id, Now(), first.next, 1);
  }));
  ASSERT_THAT(second.entries, SizeIs(1));
  EXPECT_EQ(second.entries[0].due_at, day(2026));
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return FinishTask(transaction, desk, tasks[0].id);
  }));
  EXPECT_EQ(due().entries.at(0).due_at, day(2026));
}

TEST_P(CaseTest, AnEntryOfTheChecklistWithADateIsAFollowUp) {
  const auto set = [&](const char* code, bool done, std::optional<CivilDay> date) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return SetChecklist(transaction, desk, of_, code, done, date);
    });
  };
  const CivilDay day = std::chrono::floor<std::chrono::days>(Now()) + std::chrono::days(7);
  Must(set("opinion_letter", true, std::nullopt));
  Must(set("appeal_reminder", false, day));
  EXPECT_EQ(CodeOf(set("appeal_reminder", false, std::nullopt)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(set("opinion_letter", true, day)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(set("lunch", true, std::nullopt)), ErrorCode::kInvalidArgument);
  const auto follow_ups = [&] {
    return Must(Do(anna_,
                   [&](store::Transaction& transaction, const Desk& desk) {
                     return ListFollowUps(transaction, desk, std::nullopt,
                                          Now() + std::chrono::days(30), std::nullopt, 10);
                   }))
        .entries;
  };
  ASSERT_THAT(follow_ups(), SizeIs(1));
  EXPECT_EQ(follow_ups()[0].checklist, "appeal_reminder");
  Must(set("appeal_reminder", true, day));
  EXPECT_THAT(follow_ups(), IsEmpty());
  const auto entries = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadChecklist(transaction, desk, of_);
  }));
  EXPECT_EQ(entries.size(), TestRules().checklist.labels().size());
}

TEST_P(CaseTest, AGuardianNeedsPapersAndASuspectedOneHasNoRight) {
  Add({PartyRole::kSurvivor, false, {{"name", "한지우"}, {"birth_date", "2014-01-01"}}});
  EXPECT_EQ(RecordOf(of_).minor, MinorState::kYes);
  EXPECT_EQ(
      CodeOf(Do(anna_, [&](store::Transaction& transaction,
                           const Desk& desk) { return AddParty(transaction, desk, of_, {}); })),
      ErrorCode::kAlreadyExists);
  const PartyId guardian = Add({PartyRole::kGuardian, false, {{"name", "한보호"}}});
  const auto may = [&](Right right) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return CheckRight(transaction, desk, guardian, right);
    });
  };
  EXPECT_EQ(CodeOf(may(Right::kConsent)), ErrorCode::kPermissionDenied);
  std::int64_t revision = 1;
  for (const char* paper : {"requester_id", "relationship_proof"}) {
    revision = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return CheckPaper(transaction, desk, guardian, revision, paper);
    }));
  }
  EXPECT_TRUE(may(Right::kConsent).has_value());
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetParty(transaction, desk, guardian, revision,
                    {PartyRole::kGuardian, true, {{"name", "한보호"}}});
  }));
  for (const Right right : {Right::kConsent, Right::kSee, Right::kBeTold}) {
    EXPECT_EQ(CodeOf(may(right)), ErrorCode::kPermissionDenied);
  }
}

TEST_P(CaseTest, NamesAreFoundInNfcAndNfdAndTelephonesHoweverTheyAreWritten) {
  Add({PartyRole::kSurvivor,
       false,
       {{"name", "\u1100\u1161\u11a8\u110c\u1175"},  // NFD of 각지
        {"telephone", "010-1234-5678"}}});
  const auto search = [&](const Staff& staff, SearchKind kind, const char* text) {
    return Must(Do(staff, [&](store::Transaction& transaction, const Desk& desk) {
      return SearchExact(transaction, desk, kind, text, 10);
    }));
  };
  EXPECT_THAT(search(anna_, SearchKind::kName, "각지"), SizeIs(1));
  EXPECT_THAT(search(anna_, SearchKind::kName, "각 지"), SizeIs(1));
  EXPECT_THAT(search(anna_, SearchKind::kName, "각"), IsEmpty());
  EXPECT_THAT(search(anna_, SearchKind::kTelephone, "+82 10 1234 5678"), SizeIs(1));
  EXPECT_THAT(search(anna_, SearchKind::kTelephone, "010-1234-5679"), IsEmpty());
  EXPECT_THAT(search(chul_, SearchKind::kName, "각지"), IsEmpty()) << "not granted";
  EXPECT_EQ(LogOf(anna_, of_).front(), "case.found");
}

TEST_P(CaseTest, ARemovedPersonIsFoundNoMore) {
  const PartyId id = Add({PartyRole::kWitness, false, {{"name", "박증인"}}});
  const auto find = [&] {
    return Must(Do(anna_,
                   [&](store::Transaction& transaction, const Desk& desk) {
                     return SearchExact(transaction, desk, SearchKind::kName, "박증인", 10);
                   }))
        .size();
  };
  EXPECT_EQ(find(), 1U);
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return RemoveParty(transaction, desk, id, 1);
  }));
  EXPECT_EQ(find(), 0U);
}

TEST_P(CaseTest, IsNotifiedOnlyInAWindowWithATextAndNeverWhenUnsafe) {
  const auto may = [&] {
    return Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return MayNotify(transaction, desk, of_);
    }));
  };
  EXPECT_FALSE(may().has_value());
  ContactPlan plan;
  plan.windows = ContactWindows::Parse("Asia/Seoul; mon 19:00-21:00").value();
  plan.sheet = {{"address", "만나서만"}};
  const auto set = [&] {
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return SetContactPlan(transaction, desk, of_, plan);
    }));
  };
  set();
  EXPECT_FALSE(may().has_value()) << "no text chosen: nothing is sent";
  plan.neutral_text = "appointment";
  set();
  ASSERT_TRUE(may().has_value());
  EXPECT_EQ(may()->at, Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 7 / 6)) +
                           std::chrono::hours(10));
  EXPECT_EQ(
      Must(Do(bora_, [&](store::Transaction& transaction,
                         const Desk& desk) { return ReadContactPlan(transaction, desk, of_); }))
          .sheet,
      plan.sheet);
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return AddAttempt(transaction, desk, of_, Now(), Reached::kUnsafe, "someone else answered");
  }));
  EXPECT_FALSE(may().has_value());
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetContactUnsafe(transaction, desk, of_, false);
  }));
  EXPECT_TRUE(may().has_value());
}

TEST_P(CaseTest, UploadsComeBackWholeInPieces) {
  const std::size_t size = (std::size_t{600} << 10) + 13;
  std::vector<std::byte> content(size);
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<std::byte>(i * 7);
  std::size_t at = 0;
  const auto next = [&](std::span<std::byte> out) -> Result<std::size_t> {
    const std::size_t count = std::min({out.size(), size - at, std::size_t{10'000}});
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
    at += count;
    return count;
  };
  const auto file = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    at = 0;
    return AddUpload(transaction, desk, of_, UploadKind::kChat, "대화.txt", next);
  }));
  std::vector<std::byte> read;
  Must(Do(bora_, [&](store::Transaction& transaction, const Desk& desk) {
    read.clear();
    return ReadUpload(transaction, desk, of_, file, [&](std::span<const std::byte> piece) {
      read.insert(read.end(), piece.begin(), piece.end());
      return Result<void>();
    });
  }));
  EXPECT_EQ(read, content);
  const auto uploads = Must(Do(bora_, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadUploads(transaction, desk, of_);
  }));
  EXPECT_EQ(uploads.at(0).name, "대화.txt");
  EXPECT_EQ(uploads[0].bytes, size);
}

TEST_P(CaseTest, LinkedCasesShowOnlyWhatMayBeListed) {
  const vault::CaseId other = OpenCaseOf(SomeReport()).of;
  const auto link = [&](vault::CaseId to) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return LinkCases(transaction, desk, of_, to);
    });
  };
  Must(link(other));
  Must(link(other));
  EXPECT_EQ(CodeOf(link(of_)), ErrorCode::kInvalidArgument);
  EXPECT_THAT(
      Must(Do(anna_, [&](store::Transaction& transaction,
                         const Desk& desk) { return LinkedCases(transaction, desk, other); })),
      ElementsAre(of_));
  const auto incident = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return OpenIncident(transaction, desk, "○○학교 방");
  }));
  for (const vault::CaseId id : {of_, other}) {
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddToIncident(transaction, desk, incident, id);
    }));
  }
  EXPECT_THAT(Must(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return CasesOfIncident(transaction, desk, incident);
                      })),
              SizeIs(2));
  EXPECT_EQ(
      Must(Do(anna_, [&](store::Transaction& transaction,
                         const Desk& desk) { return IncidentTitle(transaction, desk, incident); })),
      "○○학교 방");
}

TEST_P(CaseTest, QueuesArePagedByUrgencyAndDueTimeWithoutGapOrRepeat) {
  for (int i = 0; i < 7; ++i) {
    NewReport report = SomeReport();
    if (i % 2 == 0) report.triage["self_harm"] = Answer::kYes;
    Take(report);
    clock_.Advance(std::chrono::minutes(1));
  }
  std::vector<CaseRecord> seen;
  std::optional<CasePosition> after;
  do {
    const auto page = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return ListQueue(transaction, desk, "intake", after, 3);
    }));
    EXPECT_LE(page.cases.size(), 3U);
    seen.insert(seen.end(), page.cases.begin(), page.cases.end());
    after = page.next;
    if (after) after = CasePosition::Parse(after->ToText()).value();
  } while (after);
  ASSERT_EQ(seen.size(), 7U);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    EXPECT_LT(std::tie(seen[i - 1].urgency, *seen[i - 1].due_at),
              std::tie(seen[i].urgency, *seen[i].due_at));
  }
  EXPECT_THAT(Must(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ListAssigned(transaction, desk, anna_.id, std::nullopt, 10);
                      }))
                  .cases,
              SizeIs(1));
  clock_.Advance(std::chrono::hours(2));
  EXPECT_THAT(Must(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ListOverdue(transaction, desk, std::nullopt, 10);
                      }))
                  .cases,
              SizeIs(4));
}

JIKIMI_ON_BOTH_DATABASES(CaseTest);

}  // namespace
}  // namespace jikimi::casework
