#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "access/consent.h"
#include "casework/contact.h"
#include "casework/incident.h"
#include "casework/marked_case.h"
#include "casework/referral.h"
#include "casework/survivor_page.h"
#include "casework/withdrawal.h"

namespace jikimi::casework {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class SharingTest : public MarkedCaseTest {};

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

TEST_P(SharingTest, AFileGoesByADecisionToItsAgencyForItsPurposeInItsTimeAndNoFurther) {
  const std::string agency = AnAgency("police");
  const auto decide = [&](vault::CaseId of, const access::FieldCodes& fields) {
    const access::ConsentChoice choice{agency, "rescue", fields, Now(),
                                       Now() + std::chrono::hours(10)};
    const auto approval =
        Approved(access::ActKind::kEmergencyOverride, access::EmergencySubject(of, choice));
    return Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return access::DecideEmergency(transaction, keys(), desk.who, approval, of, choice,
                                     "she may be in danger", Now());
    }));
  };
  const auto get = [&](access::ConsentId decided, const std::string& to, const std::string& purpose,
                       const std::string& share) {
    return Sent([&](store::Transaction& transaction, const Desk& desk, const TakePiece& take) {
      return ExportFileOnOverride(transaction, desk, of_, decided, uploads_.at(share), to, purpose,
                                  take);
    });
  };
  const auto decided = decide(of_, {"case.uploads", "survivor.name"});
  EXPECT_EQ(Must(get(decided, agency, "rescue", "case.uploads")), "MARK-case.uploads");
  EXPECT_EQ(LogOf(anna_, of_).front(), "export.made");
  EXPECT_EQ(CodeOf(GetFile(agency, "rescue", "case.uploads")), ErrorCode::kPermissionDenied)
      << "it is no consent";
  EXPECT_EQ(CodeOf(get(decided, agency, "rescue", "case.papers")), ErrorCode::kPermissionDenied)
      << "was not decided";
  EXPECT_EQ(CodeOf(get(decided, AnAgency("regulator"), "rescue", "case.uploads")),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(get(decided, agency, "investigation", "case.uploads")),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(get(decide(of_, {"survivor.name"}), agency, "rescue", "case.uploads")),
            ErrorCode::kPermissionDenied)
      << "decided without files";
  EXPECT_EQ(CodeOf(get({}, agency, "rescue", "case.uploads")), ErrorCode::kNotFound)
      << "nothing was decided";
  const TakenReport other = OpenCaseOf(SomeReport());
  EXPECT_EQ(CodeOf(get(decide(other.of, {"case.uploads"}), agency, "rescue", "case.uploads")),
            ErrorCode::kNotFound)
      << "about another case";
  EXPECT_EQ(LogOf(anna_, of_).front(), "emergency.override") << "what was refused sent nothing";

  // It stands apart from her consent, and her destroying a file doesn't.
  const auto in = Enter(taken_);
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return Withdraw(transaction, desk, of_, Withdrawal::kSharing, Confirmed::kNo);
  }));
  EXPECT_EQ(Must(get(decided, agency, "rescue", "case.uploads")), "MARK-case.uploads");
  uploads_["hers"] = PutUpload(UploadKind::kChat, "MARK-hers", in.actor);
  EXPECT_EQ(Must(get(decided, agency, "rescue", "hers")), "MARK-hers");
  Must(Do(in.actor, [&](store::Transaction& transaction, const Desk& desk) {
    return DestroyOwnUpload(transaction, desk, uploads_.at("hers"), {});
  }));
  EXPECT_EQ(CodeOf(get(decided, agency, "rescue", "hers")), ErrorCode::kNotFound);
  clock_.Advance(std::chrono::hours(10));
  EXPECT_EQ(CodeOf(get(decided, agency, "rescue", "case.uploads")), ErrorCode::kPermissionDenied)
      << "its time is over";
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
