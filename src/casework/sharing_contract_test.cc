#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "access/agencies.h"
#include "access/consent.h"
#include "access/destructions.h"
#include "access/receipts.h"
#include "casework/checklist.h"
#include "casework/contact.h"
#include "casework/export.h"
#include "casework/import_tables.h"
#include "casework/incident.h"
#include "casework/item.h"
#include "casework/lists.h"
#include "casework/note.h"
#include "casework/party.h"
#include "casework/referral.h"
#include "casework/service.h"
#include "casework/survivor_page.h"
#include "casework/task.h"
#include "casework/test_desk.h"
#include "casework/upload.h"
#include "casework/withdrawal.h"
#include "vault/receipt.h"

namespace jikimi::casework {
namespace {

using access::FieldCodes;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// A case whose every shareable field holds a text that stands nowhere else.
class SharingTest : public CaseworkTest {
 protected:
  void SetUp() override {
    CaseworkTest::SetUp();
    NewReport report = SomeReport();
    report.items[0].sheet = {{"title", "MARK-items.title"},
                             {"description", "MARK-items.description"},
                             {"uploader", "MARK-items.uploader"}};
    report.items[0].marks = {Url("https://mark-items.urls.example/"), Photo("words")};
    taken_ = OpenCaseOf(report);
    of_ = taken_.of;
    ConfirmTheItem();
    Add({PartyRole::kSurvivor,
         false,
         {{"name", "MARK-survivor.name"},
          {"telephone", "010-7777-0001"},
          {"mail", "mark-survivor.mail@example.org"},
          {"birth_date", "1991-03-04"},
          {"gender", "MARK-survivor.gender"},
          {"address", "MARK-survivor.address"}}});
    Add({PartyRole::kFamily,
         false,
         {{"name", "MARK-persons.name"},
          {"telephone", "010-7777-0002"},
          {"relation", "MARK-persons.relation"}}});
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return SetSheet(transaction, desk, of_, RecordOfIn(transaction),
                      {{"story", "MARK-case.story"},
                       {"suspect", "MARK-case.suspect"},
                       {"wishes", "MARK-case.wishes"},
                       {"safety", "MARK-case.safety"},
                       {"statement_of_harm", "MARK-case.statement_of_harm"}});
    }));
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return RecordService(transaction, desk, of_, "consultation", "1", Now());
    }));
    uploads_["case.uploads"] = PutUpload(UploadKind::kChat, "MARK-case.uploads");
    uploads_["case.papers"] = PutUpload(UploadKind::kPaper, "MARK-case.papers");
  }

  std::int64_t RecordOfIn(store::Transaction& transaction) {
    const access::Actor who = As(anna_);
    const Desk desk{who, keys(), TestRules(), Now()};
    return Must(GetCase(transaction, desk, of_)).revision;
  }
  void Add(const NewParty& party) {
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddParty(transaction, desk, of_, party);
    }));
  }
  void ConfirmTheItem() {
    EXPECT_EQ(Must(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ConfirmItem(transaction, desk, taken_.items[0], 1);
                      })),
              ItemState::kConfirmed);
  }
  vault::FileId PutUpload(UploadKind kind, const std::string& mark) {
    return Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      std::string_view left = mark;
      const auto next = [&](std::span<std::byte> out) -> Result<std::size_t> {
        const std::size_t count = std::min(out.size(), left.size());
        std::copy_n(AsBytes(left).begin(), count, out.begin());
        left.remove_prefix(count);
        return count;
      };
      return AddUpload(transaction, desk, of_, kind, mark + ".txt", next);
    }));
  }
  // The bytes that are handed over of a field's file; nothing of one that is refused.
  Result<std::string> GetFile(const std::string& agency, const std::string& purpose,
                              const std::string& field) {
    std::string bytes;
    const auto sent = Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      bytes.clear();
      return ExportFile(transaction, desk, of_, uploads_.at(field), agency, purpose,
                        [&](std::span<const std::byte> piece) -> Result<void> {
                          bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
                          return {};
                        });
    });
    if (!sent) {
      EXPECT_EQ(bytes, "");
    }
    TRY(sent);
    return bytes;
  }
  // What shows that a field was given out; "" for those whose value doesn't mark them.
  static std::string MarkOf(const std::string& field) {
    if (field == "survivor.telephone") return "7777-0001";
    if (field == "persons.telephone") return "7777-0002";
    if (field == "survivor.mail") return "mark-survivor.mail";
    if (field == "survivor.birth_date") return "1991-03-04";
    if (field == "survivor.age_band") return "30s";
    if (field == "items.urls") return "mark-items.urls";
    if (field == "items.photo_words") return "776f726473";
    if (field == "case.harms") return "illegal_filming";
    if (field == "services.given") return "consultation";
    return "MARK-" + field;
  }
  static bool HasValue(const std::string& field) {
    return field != "persons.mail" && field != "persons.accounts" &&
           field != "survivor.contact_windows";
  }
  access::ConsentId Give(const std::string& agency, const std::string& purpose,
                         const FieldCodes& fields,
                         std::chrono::hours time = std::chrono::hours(240)) {
    return Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return access::GiveConsent(transaction, keys(), desk.who, of_,
                                 {agency, purpose, fields, Now(), Now() + time},
                                 access::ConsentGiven::kInPerson, Now());
    }));
  }
  Result<Export> Get(const std::string& agency, const std::string& purpose,
                     const FieldCodes& wanted) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return ExportFor(transaction, desk, of_, agency, purpose, wanted);
    });
  }
  static FieldCodes AllFields() {
    return {TestRules().fields.shares().begin(), TestRules().fields.shares().end()};
  }
  std::string AnAgency(const std::string& kind) {
    const auto agencies = Must(Write([&](store::Transaction& transaction) {
      return access::ListAgencies(transaction, kind, Now());
    }));
    return agencies.at(0).code;
  }

  TakenReport taken_;
  vault::CaseId of_;
  std::map<std::string, vault::FileId> uploads_;  // by the field that gives them away
};

TEST_P(SharingTest, EveryPurposeGivesExactlyTheFieldsOfItsConsentByteForByte) {
  const std::string agency = AnAgency("police");
  for (const access::ConsentPurpose& purpose : access::Terms().purposes) {
    // One consent for each field of the purpose, one after the other.
    for (const std::string& field : purpose.fields) {
      if (!TestRules().fields.shares().contains(field)) continue;
      const auto consent = Give(agency, purpose.code, {field});
      const auto bundle = Get(agency, purpose.code, AllFields());
      ASSERT_TRUE(bundle.has_value()) << bundle.error().message;
      for (const std::string& other : TestRules().fields.shares()) {
        const std::string mark = MarkOf(other);
        if (other == field) {
          if (HasValue(field)) {
            EXPECT_THAT(bundle->json, HasSubstr(mark)) << purpose.code;
          }
        } else {
          EXPECT_THAT(bundle->json, Not(HasSubstr(mark))) << purpose.code << " " << field;
          EXPECT_THAT(bundle->json, Not(HasSubstr(other))) << purpose.code << " " << field;
        }
      }
      EXPECT_THAT(bundle->json, Not(HasSubstr(IdText(of_))));
      for (const auto& [share, file] : uploads_) {
        const auto sent = GetFile(agency, purpose.code, share);
        if (share == field) {
          EXPECT_EQ(Must(sent), "MARK-" + share) << purpose.code;
          EXPECT_THAT(bundle->json, HasSubstr(IdText(file)));
        } else {
          EXPECT_EQ(CodeOf(sent), ErrorCode::kPermissionDenied) << purpose.code << " " << field;
          EXPECT_THAT(bundle->json, Not(HasSubstr(IdText(file))));
        }
      }
      Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
        return access::EndConsent(transaction, keys(), desk.who, consent, Now());
      }));
    }
    EXPECT_EQ(CodeOf(Get(agency, purpose.code, AllFields())), ErrorCode::kPermissionDenied);
    for (const auto& [share, file] : uploads_) {
      EXPECT_EQ(CodeOf(GetFile(agency, purpose.code, share)), ErrorCode::kPermissionDenied);
    }
  }
}

TEST_P(SharingTest, AFileGoesToItsAgencyForItsPurposeInItsTimeAndNoFurther) {
  const std::string agency = AnAgency("police");
  Give(agency, "investigation", {"case.uploads", "case.papers"});
  for (const auto& [share, file] : uploads_) {
    EXPECT_EQ(Must(GetFile(agency, "investigation", share)), "MARK-" + share);
    EXPECT_EQ(LogOf(anna_, of_).front(), "consent.used");
    EXPECT_EQ(CodeOf(GetFile(AnAgency("regulator"), "investigation", share)),
              ErrorCode::kPermissionDenied);
    EXPECT_EQ(CodeOf(GetFile(agency, "transfer", share)), ErrorCode::kPermissionDenied);
  }
  clock_.Advance(std::chrono::hours(240));
  for (const auto& [share, file] : uploads_) {
    EXPECT_EQ(CodeOf(GetFile(agency, "investigation", share)), ErrorCode::kPermissionDenied);
  }
  Give(agency, "investigation", {"case.uploads"});
  Must(GetFile(agency, "investigation", "case.uploads"));
  const TakenReport other = OpenCaseOf(SomeReport());
  EXPECT_EQ(CodeOf(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ExportFile(transaction, desk, other.of, uploads_.at("case.uploads"),
                                          agency, "investigation", [](std::span<const std::byte>) {
                                            return Result<void>();
                                          });
                      })),
            ErrorCode::kNotFound)
      << "of another case";
  Must(Do(Enter(taken_).actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kSharing, Confirmed::kNo);
  }));
  EXPECT_EQ(CodeOf(GetFile(agency, "investigation", "case.uploads")), ErrorCode::kPermissionDenied);
}

TEST_P(SharingTest, AnotherAgencyAnotherPurposeOrALaterTimeGetsNothing) {
  const std::string agency = AnAgency("police");
  Give(agency, "investigation", {"case.story"});
  EXPECT_TRUE(Get(agency, "investigation", {"case.story"}).has_value());
  EXPECT_EQ(CodeOf(Get(AnAgency("regulator"), "investigation", {"case.story"})),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Get(agency, "transfer", {"case.story"})), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Get(agency, "investigation", {"case.suspect"})), ErrorCode::kPermissionDenied);
  EXPECT_EQ(LogOf(anna_, of_).front(), "consent.used");
  clock_.Advance(std::chrono::hours(240));
  EXPECT_EQ(CodeOf(Get(agency, "investigation", {"case.story"})), ErrorCode::kPermissionDenied);
}

TEST_P(SharingTest, UnconfirmedItemsAreNeverSent) {
  const std::string agency = AnAgency("police");
  Give(agency, "investigation", {"items.urls"});
  NewItem item;
  item.marks = {Url("https://unconfirmed.example/")};
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return AddItem(transaction, desk, of_, item);
  }));
  const auto bundle = Must(Get(agency, "investigation", {"items.urls"}));
  EXPECT_THAT(bundle.json, HasSubstr("mark-items.urls"));
  EXPECT_THAT(bundle.json, Not(HasSubstr("unconfirmed.example")));
}

TEST_P(SharingTest, SuspectsAreSentOnlyWithWhatIsKnownOfThem) {
  Add({PartyRole::kSuspect, false, {{"name", "박용의"}}});
  const std::string agency = AnAgency("police");
  Give(agency, "investigation", {"persons.name"});
  EXPECT_THAT(Must(Get(agency, "investigation", AllFields())).json, Not(HasSubstr("박용의")));
  Give(agency, "investigation", {"case.suspect"});
  EXPECT_THAT(Must(Get(agency, "investigation", AllFields())).json, HasSubstr("박용의"));
}

TEST_P(SharingTest, AReferralIsOfferedOnceAndFollowed) {
  const std::string agency = AnAgency("police");
  const auto offer = [&] {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return OfferReferral(transaction, desk, of_, agency, "investigation", {"case.story"});
    });
  };
  EXPECT_EQ(CodeOf(offer()), ErrorCode::kPermissionDenied);
  Give(agency, "investigation", {"case.story"});
  const auto offered = Must(offer());
  EXPECT_THAT(offered.bundle.json, HasSubstr("MARK-case.story"));
  EXPECT_EQ(CodeOf(offer()), ErrorCode::kAlreadyExists);
  const auto move = [&](std::int64_t revision, ReferralState state) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return MoveReferral(transaction, desk, offered.referral.id, revision, state);
    });
  };
  EXPECT_EQ(CodeOf(move(1, ReferralState::kDone)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Must(move(1, ReferralState::kAccepted)), 2);
  EXPECT_EQ(CodeOf(move(1, ReferralState::kDone)), ErrorCode::kStale);
  EXPECT_TRUE(RecordOf(of_).referred_to_investigators);
  Must(move(2, ReferralState::kDone));
  EXPECT_TRUE(offer().has_value()) << "a finished one doesn't stand in the way";
}

TEST_P(SharingTest, AReferralWhoseConsentRanOutIsRevokedByTheWorkInTheBackground) {
  const std::string agency = AnAgency("police");
  const TakenReport other = OpenCaseOf(SomeReport());
  Give(agency, "investigation", {"case.story"});
  const auto consent = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return access::GiveConsent(
        transaction, keys(), desk.who, other.of,
        {agency, "investigation", {"case.story"}, Now(), Now() + std::chrono::hours(2400)},
        access::ConsentGiven::kInPerson, Now());
  }));
  for (const vault::CaseId of : {of_, other.of}) {
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return OfferReferral(transaction, desk, of, agency, "investigation", {"case.story"});
    }));
  }
  // Everything that is uncovered, one case at a time.
  const auto uncovered = [&] {
    std::vector<vault::CaseId> all;
    std::optional<vault::CaseId> after;
    do {
      const auto found = Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
        return FindUncovered(transaction, desk, after, 1);
      }));
      all.insert(all.end(), found.cases.begin(), found.cases.end());
      after = found.next;
    } while (after);
    return all;
  };
  const auto revoke = [&](vault::CaseId of) {
    return Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return RevokeUncovered(transaction, desk, of);
    }));
  };
  EXPECT_THAT(uncovered(), IsEmpty());
  EXPECT_EQ(revoke(of_), 0) << "its consent holds";
  clock_.Advance(std::chrono::hours(240));
  EXPECT_THAT(uncovered(), testing::ElementsAre(of_));
  EXPECT_EQ(revoke(of_), 1);
  EXPECT_EQ(LogOf(anna_, of_).front(), "referral.revoked");
  EXPECT_EQ(store::Number(database(),
                          "SELECT COUNT(*) FROM store_event WHERE topic = "
                          "'referral.changed'"),
            3);
  EXPECT_THAT(uncovered(), IsEmpty());
  EXPECT_EQ(revoke(of_), 0) << "once";
  const auto states = [&](vault::CaseId of) {
    return Must(Do(anna_, [&](store::Transaction& transaction,
                              const Desk& desk) { return ReferralsOf(transaction, desk, of); }))
        .at(0)
        .state;
  };
  EXPECT_EQ(states(of_), ReferralState::kRevoked);
  EXPECT_EQ(states(other.of), ReferralState::kOffered);
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return access::EndConsent(transaction, keys(), desk.who, consent, Now());
  }));
  EXPECT_THAT(uncovered(), testing::ElementsAre(other.of));
}

TEST_P(SharingTest, NewsHostsAndRivalsNeedASecondPerson) {
  NewItem item;
  item.marks = {Url("https://paper.example/story", "news")};
  const auto id = Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return AddItem(transaction, desk, of_, item);
  }));
  const auto confirm = [&](const Staff& staff, vault::ItemId which, std::int64_t revision) {
    return Do(staff, [&](store::Transaction& transaction, const Desk& desk) {
      return ConfirmItem(transaction, desk, which, revision);
    });
  };
  EXPECT_EQ(Must(confirm(anna_, id, 1)), ItemState::kFirstLook);
  EXPECT_EQ(CodeOf(confirm(anna_, id, 2)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Must(confirm(bora_, id, 2)), ItemState::kConfirmed);

  const TakenReport other = OpenCaseOf(SomeReport());
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return MarkRivals(transaction, desk, taken_.items[0], other.items[0]);
  }));
  EXPECT_EQ(Must(confirm(anna_, taken_.items[0], 3)), ItemState::kFirstLook);
  EXPECT_EQ(Must(confirm(bora_, taken_.items[0], 4)), ItemState::kConfirmed);
}

TEST_P(SharingTest, AnItemOfAnUnconfirmedReporterIsNotConfirmed) {
  const TakenReport taken = Take(SomeReport());
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return TakeCase(transaction, desk, taken.of, anna_.id, bora_.id);
  }));
  EXPECT_EQ(CodeOf(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ConfirmItem(transaction, desk, taken.items[0], 1);
                      })),
            ErrorCode::kPermissionDenied);
}

TEST_P(SharingTest, WithdrawingFromSharingEndsConsentsAndReferralsAtOnce) {
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

TEST_P(SharingTest, DestroyingWaitsThreeDaysAndLeavesNoRow) {
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

TEST_P(SharingTest, TheReceiptOfADestructionWaitsUnderACodeOfItsOwnAndNamesNoCase) {
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

TEST_P(SharingTest, TakingBackMakesTheReceiptCodeVoid) {
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

TEST_P(SharingTest, EveryTableWithACaseIsEmptyAfterItsDestruction) {
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
    return InsertImported(transaction, *keys().server(), of_, "A-17");
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

TEST_P(SharingTest, DestroyingIsTakenBackInTimeAndComesAtOnceOverSafeContact) {
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

TEST_P(SharingTest, AHoldKeepsTheCaseUntilItEndsAndSheSeesIt) {
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

TEST_P(SharingTest, RetentionEndsFiveYearsAfterClosing) {
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

TEST_P(SharingTest, ASingleItemIsDestroyedOnHerDemand) {
  const auto in = Enter(taken_);
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return DestroyItem(transaction, desk, taken_.items[0], {});
  }));
  EXPECT_EQ(CountOf("casework_item"), 0);
  EXPECT_EQ(CountOf("casework_mark"), 0);
  EXPECT_TRUE(Open(As(anna_), of_).has_value());
}

TEST_P(SharingTest, ThePageShowsWhatIsHersAndTheLogInPlainWords) {
  Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
    return AddResultReport(transaction, desk, of_, "두 곳에서 지워졌습니다.");
  }));
  Give(AnAgency("police"), "investigation", {"case.story"});
  const auto in = Enter(taken_);
  const auto page = Must(Do(in.actor, [](store::Transaction& transaction, const Desk& desk) {
    return ReadSurvivorPage(transaction, desk);
  }));
  EXPECT_THAT(page.services, SizeIs(1));
  EXPECT_THAT(page.consents, SizeIs(1));
  EXPECT_EQ(page.results.at(0).text, "두 곳에서 지워졌습니다.");
  EXPECT_EQ(page.items, 1);
  const auto lines = Must(Do(in.actor, [](store::Transaction& transaction, const Desk& desk) {
    return ReadAccessLog(transaction, desk, 100);
  }));
  std::vector<std::string> said;
  for (const AccessLine& line : lines) said.push_back(line.who + ": " + line.en);
  EXPECT_THAT(said, Contains("counsellor " + std::to_string(anna_.number) +
                             ": Your report was confirmed."));
  // Another one's page is not there.
  const TakenReport other = Take(SomeReport());
  EXPECT_EQ(CodeOf(Do(in.actor,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ReferralsOf(transaction, desk, other.of);
                      })),
            ErrorCode::kNotFound);
}

JIKIMI_ON_BOTH_DATABASES(SharingTest);

}  // namespace
}  // namespace jikimi::casework
