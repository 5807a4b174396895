#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "access/destructions.h"
#include "access/receipts.h"
#include "casework/checklist.h"
#include "casework/contact.h"
#include "casework/import_tables.h"
#include "casework/incident.h"
#include "casework/lists.h"
#include "casework/marked_case.h"
#include "casework/note.h"
#include "casework/referral.h"
#include "casework/survivor_page.h"
#include "casework/task.h"
#include "casework/withdrawal.h"
#include "vault/receipt.h"

namespace jikimi::casework {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class WithdrawalTest : public MarkedCaseTest {};

TEST_P(WithdrawalTest, TenYearsAreForWhatInvestigatorsAskedForAndNotForWhatIsReferredToThem) {
  const auto rule = [&](vault::CaseId of) {
    return Must(Do(*supervisor_,
                   [&](store::Transaction& transaction, const Desk& desk) {
                     return RetentionOf(transaction, desk, of);
                   }))
        .rule;
  };
  const std::string agency = AnAgency("police");
  Give(agency, "investigation", {"case.story"});
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) -> Result<void> {
    const auto offer =
        TRY(OfferReferral(transaction, desk, of_, agency, "investigation", {"case.story"}));
    TRY(MoveReferral(transaction, desk, offer.referral.id, 1, ReferralState::kAccepted));
    return {};
  }));
  EXPECT_TRUE(RecordOf(of_).referred_to_investigators);
  EXPECT_EQ(rule(of_), "other");
  NewReport asked = SomeReport();
  asked.channel = Channel::kTransfer;
  asked.reporter = Reporter::kPolice;
  const TakenReport taken = Take(asked);
  EXPECT_EQ(rule(taken.of), "investigation");
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return RefuseReport(transaction, desk, taken.report, 1, "not theirs");
  }));
  EXPECT_EQ(rule(taken.of), "other");
}

TEST_P(WithdrawalTest, WithdrawingFromSharingEndsConsentsAndReferralsAtOnce) {
  const std::string agency = AnAgency("police");
  Give(agency, "investigation", {"case.story"});
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return OfferReferral(transaction, desk, of_, agency, "investigation", {"case.story"});
  }));
  const auto in = Enter(taken_);
  const auto answer = Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kSharing, Confirmed::kNo);
  }));
  EXPECT_EQ(answer.consents_ended, 1);
  EXPECT_EQ(answer.referrals_revoked, 1);
  EXPECT_EQ(CodeOf(Get(agency, "investigation", {"case.story"})), ErrorCode::kPermissionDenied);
  // Work goes on, and stops when she says so.
  const auto note = [&] {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddNote(transaction, desk, of_, "a note");
    });
  };
  EXPECT_TRUE(note().has_value());
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kWork, Confirmed::kNo);
  }));
  EXPECT_EQ(CodeOf(note()), ErrorCode::kPermissionDenied);
  EXPECT_THAT(Must(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ListAssigned(transaction, desk, anna_.id, std::nullopt, 10);
                      }))
                  .cases,
              IsEmpty());
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return TakeBack(transaction, desk, of_, Withdrawal::kNone);
  }));
  EXPECT_TRUE(note().has_value());
}

TEST_P(WithdrawalTest, DestroyingWaitsThreeDaysAndLeavesNoRow) {
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return AddTask(transaction, desk, of_, {"call", Now(), std::nullopt});
  }));
  const auto in = Enter(taken_);
  const auto answer = Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kDestroy, Confirmed::kNo);
  }));
  EXPECT_EQ(answer.destroy_at, Now() + kTakeBackTime);
  const auto due = [&] {
    return Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return DueForDestruction(transaction, desk, 10);
    }));
  };
  const auto destroy = [&] {
    return DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return DestroyCase(transaction, desk, of_, {});
    });
  };
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(CodeOf(destroy()), ErrorCode::kPermissionDenied);
  clock_.Advance(kTakeBackTime);
  EXPECT_THAT(due(), SizeIs(1));
  const Destroyed destroyed = Must(destroy());
  EXPECT_GE(destroyed.keys, 2U);
  EXPECT_EQ(CodeOf(destroy()), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(Open(As(anna_), of_)), ErrorCode::kNotFound);
  for (const char* table : {"casework_case", "casework_sealed", "casework_token", "casework_report",
                            "casework_item", "casework_mark", "casework_party", "casework_task",
                            "casework_service", "casework_referral"}) {
    EXPECT_EQ(CountOf(table), 0) << table;
  }
}

TEST_P(WithdrawalTest, TheReceiptOfADestructionWaitsUnderACodeOfItsOwnAndNamesNoCase) {
  constexpr std::chrono::hours kKept{24 * 90};
  access::SurvivorDoor door(database(), keys(), roles_, clock_, gate_, {});
  const auto in = Enter(taken_);
  const auto ask = [&](Withdrawal wanted) {
    return Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
      return Withdraw(transaction, desk, of_, wanted, Confirmed::kNo, WantsReceipt::kYes);
    });
  };
  const auto text_of = [](const WithdrawalAnswer& answer) {
    const auto text = answer.receipt_code.value().ToText();
    return std::string(reinterpret_cast<const char*>(text.bytes().data()), text.size());
  };
  const auto fetch = [&](const std::string& code) {
    return door.Receipt(code, "Example Centre", kKept, sources_.Local());
  };
  EXPECT_EQ(CodeOf(ask(Withdrawal::kWork)), ErrorCode::kInvalidArgument);
  const std::string former = text_of(Must(ask(Withdrawal::kDestroy)));
  const std::string code = text_of(Must(ask(Withdrawal::kDestroy)));
  EXPECT_EQ(LogOf(anna_, of_).front(), "receipt.asked");
  const auto unknown = fetch("0000-0000-0000-0000-0000-0000-0000-0");
  const auto refused_alike = [&](const Result<std::string>& answer) {
    return !answer.has_value() && answer.error().code == unknown.error().code &&
           answer.error().message == unknown.error().message;
  };
  EXPECT_TRUE(refused_alike(fetch(code))) << "not destroyed yet";
  EXPECT_FALSE(door.Enter(code, sources_.Local()).has_value()) << "it opens no page";
  clock_.Advance(kTakeBackTime);
  const Destroyed destroyed =
      Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
        return DestroyCase(transaction, desk, of_, {});
      }));
  EXPECT_TRUE(refused_alike(fetch(former)));
  EXPECT_TRUE(refused_alike(fetch(CodeText(taken_)))) << "her own code";
  Must(access::RotateEpochIfDue(database(), keys(), Now()));
  const std::string text = Must(fetch(code));
  const auto receipt =
      Must(vault::DestructionReceipt::Verify(text, keys().centre_key().verify_key()));
  EXPECT_EQ(receipt.keys, destroyed.keys);
  EXPECT_EQ(receipt.subject_digest,
            vault::DestructionReceipt::SubjectDigest(receipt.subject_salt, AsBytes(code)));
  EXPECT_EQ(store::Number(database(), "SELECT COUNT(*) FROM access_receipt WHERE case_id IS NULL"),
            1);
  clock_.Advance(kKept - std::chrono::seconds(1));
  Must(access::RotateEpochIfDue(database(), keys(), Now()));
  EXPECT_EQ(Must(access::PruneReceipts(database(), Now() - kKept)), 0);
  const auto later =
      Must(vault::DestructionReceipt::Verify(Must(fetch(code)), keys().centre_key().verify_key()));
  EXPECT_EQ(later.subject_digest, receipt.subject_digest);
  EXPECT_EQ(later.destroyed_at, receipt.destroyed_at);
  EXPECT_EQ(later.keys, receipt.keys);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(refused_alike(fetch(code))) << "its time is over";
  EXPECT_EQ(Must(access::PruneReceipts(database(), Now() - kKept)), 1);
  EXPECT_EQ(CountOf("access_receipt"), 0);
}

TEST_P(WithdrawalTest, TakingBackMakesTheReceiptCodeVoid) {
  const auto in = Enter(taken_);
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kDestroy, Confirmed::kNo,
                    WantsReceipt::kYes);
  }));
  EXPECT_EQ(CountOf("access_receipt"), 1);
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return TakeBack(transaction, desk, of_, Withdrawal::kNone);
  }));
  EXPECT_EQ(CountOf("access_receipt"), 0);
}

// The tables of this room that have a column of cases, from the schema's own text.
std::vector<std::string> TablesOfCases() {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  std::vector<std::string> tables;
  for (const store::Migration& migration : CaseworkSchema().migrations) {
    for (std::size_t at = migration.sql.find(kCreate); at != std::string_view::npos;
         at = migration.sql.find(kCreate, at + 1)) {
      const std::string_view rest = migration.sql.substr(at + kCreate.size());
      const std::string_view columns = rest.substr(0, rest.find(");"));
      if (columns.find("case_id") == std::string_view::npos) continue;
      tables.emplace_back(rest.substr(0, rest.find(' ')));
    }
  }
  return tables;
}

TEST_P(WithdrawalTest, EveryTableWithACaseIsEmptyAfterItsDestruction) {
  const std::string agency = AnAgency("police");
  Give(agency, "investigation", {"case.story"});
  const TakenReport other = OpenCaseOf(SomeReport());
  const auto chat = [](std::span<std::byte>) -> Result<std::size_t> { return std::size_t{0}; };
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) -> Result<void> {
    TRY(OfferReferral(transaction, desk, of_, agency, "investigation", {"case.story"}));
    TRY(AddTask(transaction, desk, of_, {"call", Now(), std::nullopt}));
    TRY(AddNote(transaction, desk, of_, "a note"));
    TRY(AddAttempt(transaction, desk, of_, Now(), Reached::kNo, "no answer"));
    TRY(SetChecklist(transaction, desk, of_, "opinion_letter", true, std::nullopt));
    TRY(AddUpload(transaction, desk, of_, UploadKind::kWallet, "wallet", chat));
    TRY(LinkCases(transaction, desk, other.of, of_));
    const auto incident = TRY(OpenIncident(transaction, desk, "a room"));
    TRY(AddToIncident(transaction, desk, incident, of_));
    ContactPlan plan;
    plan.windows = ContactWindows::Parse("Asia/Seoul; mon 19:00-21:00").value();
    return SetContactPlan(transaction, desk, of_, plan);
  }));
  Must(Do(*supervisor_, [&](store::Transaction& transaction, const Desk& desk) -> Result<void> {
    const auto hold = TRY(SetHold(transaction, desk, of_,
                                  {"kr.prosecution", "all of it", Now() + std::chrono::days(9)}));
    return EndHold(transaction, desk, hold);
  }));
  const auto rows_of = [&](const std::string& table) {
    return store::Number(database(), "SELECT COUNT(*) FROM " + table + " WHERE case_id = $1",
                         {std::span<const std::byte>(of_.bytes())});
  };
  Must(Write([&](store::Transaction& transaction) {
    return InsertImported(transaction, keys(), of_, "A-17");
  }));
  ASSERT_GE(TablesOfCases().size(), 18U);
  for (const std::string& table : TablesOfCases()) EXPECT_GT(rows_of(table), 0) << table;
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kDestroy, Confirmed::kOverSafeContact);
  }));
  Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
    return DestroyCase(transaction, desk, of_, {});
  }));
  for (const std::string& table : TablesOfCases()) EXPECT_EQ(rows_of(table), 0) << table;
  EXPECT_EQ(CountOf("casework_link"), 0);
  EXPECT_EQ(CountOf("casework_upload_piece"), 0);
  EXPECT_TRUE(Open(As(anna_), other.of).has_value()) << "the other case stays";
}

TEST_P(WithdrawalTest, DestroyingIsTakenBackInTimeAndComesAtOnceOverSafeContact) {
  const auto in = Enter(taken_);
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kDestroy, Confirmed::kNo);
  }));
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return TakeBack(transaction, desk, of_, Withdrawal::kSharing);
  }));
  clock_.Advance(kTakeBackTime * 2);
  const auto destroy = [&] {
    return DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return DestroyCase(transaction, desk, of_, {});
    });
  };
  EXPECT_EQ(CodeOf(destroy()), ErrorCode::kPermissionDenied);
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kDestroy, Confirmed::kOverSafeContact);
  }));
  EXPECT_TRUE(destroy().has_value());
}

TEST_P(WithdrawalTest, AHoldKeepsTheCaseUntilItEndsAndSheSeesIt) {
  const auto hold = Must(Do(*supervisor_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetHold(
        transaction, desk, of_,
        {"kr.prosecution", "the whole case, order 2026-12", Now() + std::chrono::days(30)});
  }));
  const auto answer = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kDestroy, Confirmed::kOverSafeContact);
  }));
  EXPECT_EQ(answer.retention.held_until, Now() + std::chrono::days(30));
  const auto destroy = [&] {
    return DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return DestroyCase(transaction, desk, of_, {});
    });
  };
  EXPECT_EQ(CodeOf(destroy()), ErrorCode::kPermissionDenied);
  const auto in = Enter(taken_);
  const auto holds = Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return ReadHolds(transaction, desk, of_);
  }));
  EXPECT_EQ(holds.at(0).scope, "the whole case, order 2026-12");
  Must(Do(*supervisor_, [&](store::Transaction& transaction, const Desk& desk) {
    return EndHold(transaction, desk, hold);
  }));
  EXPECT_TRUE(destroy().has_value());
}

TEST_P(WithdrawalTest, RetentionEndsFiveYearsAfterClosing) {
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return SetState(transaction, desk, of_, RecordOfIn(transaction), CaseState::kClosed);
  }));
  const auto over = [&] {
    return Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return RetentionOver(transaction, desk, 10);
    }));
  };
  clock_.Advance(std::chrono::days(365 * 5));
  EXPECT_THAT(over(), IsEmpty());
  clock_.Advance(std::chrono::days(2));
  EXPECT_THAT(over(), SizeIs(1));
  EXPECT_TRUE(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
                return DestroyCase(transaction, desk, of_, {});
              }).has_value());
}

TEST_P(WithdrawalTest, ASingleItemIsDestroyedOnHerDemand) {
  const auto in = Enter(taken_);
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return DestroyItem(transaction, desk, taken_.items[0], {});
  }));
  EXPECT_EQ(CountOf("casework_item"), 0);
  EXPECT_EQ(CountOf("casework_mark"), 0);
  EXPECT_TRUE(Open(As(anna_), of_).has_value());
}

JIKIMI_ON_BOTH_DATABASES(WithdrawalTest);

}  // namespace
}  // namespace jikimi::casework
