#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "access/approvals.h"
#include "access/people.h"
#include "access/test_centre.h"

namespace jikimi::access {
namespace {

using store::Must;
using store::Transaction;
using testing::HasSubstr;

class ApprovalTest : public CentreTest {
 protected:
  NewApproval Peer() const {
    NewApproval what;
    what.kind = ActKind::kPeer;
    what.subject = "peer hashes.example";
    what.payload = store::Bytes("https://hashes.example/v1");
    what.reason = "The other centre asked for it";
    return what;
  }
  ApprovalId Put(const Actor& who, const NewApproval& what) {
    return Write([&](Transaction& transaction) {
      return Propose(transaction, *keys_, who, what, clock_.Now());
    });
  }
  Result<ApprovalState> VoteOf(const Actor& who, ApprovalId id, const CarryOut& carry_out = {}) {
    return database_->Write([&](Transaction& transaction) -> Result<ApprovalState> {
      const Approval seen = TRY(FindApproval(transaction, *keys_, id));
      return Vote(transaction, *keys_, who, id, seen.digest, carry_out, clock_.Now());
    });
  }
  Approval Find(ApprovalId id) {
    return Write([&](Transaction& transaction) { return FindApproval(transaction, *keys_, id); });
  }
  Result<Approval> Use(ApprovalId id, ActKind kind, std::string_view subject) {
    return database_->Write([&](Transaction& transaction) {
      return UseApproval(transaction, *keys_, id, kind, subject, clock_.Now());
    });
  }
};
JIKIMI_ON_BOTH_DATABASES(ApprovalTest);

TEST_P(ApprovalTest, TheSecondSupervisorsVoteCarriesItOutOnceInItsTransaction) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(first, Peer());
  EXPECT_EQ(Find(id).votes.size(), 1u);
  int carried = 0;
  EXPECT_EQ(Must(VoteOf(second, id,
                        [&](Transaction&, const Approval& approval) -> Result<void> {
                          ++carried;
                          EXPECT_EQ(approval.payload, Peer().payload);
                          EXPECT_EQ(approval.reason, Peer().reason);
                          return {};
                        })),
            ApprovalState::kDone);
  EXPECT_EQ(carried, 1);
  EXPECT_EQ(Find(id).state, ApprovalState::kDone);
  EXPECT_EQ(VoteOf(MakeStaff(Role::kSupervisor), id).error().code, ErrorCode::kPermissionDenied);
}

TEST_P(ApprovalTest, TheProposersOwnVoteCountsOnceAndNeverTwice) {
  const Actor first = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(first, Peer());
  const auto again = VoteOf(first, id);
  EXPECT_EQ(again.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Find(id).state, ApprovalState::kOpen);
}

TEST_P(ApprovalTest, AnAdministratorProposesAndTwoSupervisorsMustVote) {
  const Actor administrator = MakeStaff(Role::kAdministrator);
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(administrator, Peer());
  EXPECT_TRUE(Find(id).votes.empty());
  EXPECT_EQ(VoteOf(administrator, id).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Must(VoteOf(first, id)), ApprovalState::kOpen);
  EXPECT_EQ(Must(VoteOf(second, id)), ApprovalState::kApproved);
}

TEST_P(ApprovalTest, ACounsellorProposesAnEmergencyAndNothingElse) {
  const Actor counsellor = MakeStaff(Role::kCounsellor);
  NewApproval what = Peer();
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return Propose(transaction, *keys_, counsellor, what, clock_.Now());
            }).code,
            ErrorCode::kPermissionDenied);
  what.kind = ActKind::kEmergencyOverride;
  Put(counsellor, what);
}

TEST_P(ApprovalTest, NobodyVotesAboutThemselves) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  NewApproval what = Peer();
  what.about = IdOfStaff(second);
  const ApprovalId id = Put(first, what);
  EXPECT_EQ(VoteOf(second, id).error().code, ErrorCode::kPermissionDenied);
  what.about = IdOfStaff(first);
  EXPECT_TRUE(Find(Put(first, what)).votes.empty());
}

TEST_P(ApprovalTest, AVoteForSomethingElseThanWasSeenIsRefused) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(first, Peer());
  const auto other = ApprovalDigest(ActKind::kPeer, "peer hashes.example", store::Bytes("other"));
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return Vote(transaction, *keys_, second, id, other, {}, clock_.Now());
            }).code,
            ErrorCode::kInvalidArgument);
}

TEST_P(ApprovalTest, WhenItCannotBeCarriedOutTheVoteIsNotCounted) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(first, Peer());
  const auto failed = VoteOf(second, id, [](Transaction&, const Approval&) -> Result<void> {
    return Error{ErrorCode::kInvalidArgument, "no such peer"};
  });
  EXPECT_EQ(failed.error().message, "no such peer");
  EXPECT_EQ(Find(id).votes.size(), 1u);
  EXPECT_EQ(Must(VoteOf(second, id)), ApprovalState::kApproved);
}

TEST_P(ApprovalTest, ItIsUsedOnceForExactlyItsKindAndSubject) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(first, Peer());
  EXPECT_EQ(Use(id, ActKind::kPeer, "peer hashes.example").error().code,
            ErrorCode::kPermissionDenied);
  Must(VoteOf(second, id));
  EXPECT_EQ(Use(id, ActKind::kEgress, "peer hashes.example").error().code,
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Use(id, ActKind::kPeer, "peer other.example").error().code,
            ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Use(id, ActKind::kPeer, "peer hashes.example"));
  EXPECT_EQ(Use(id, ActKind::kPeer, "peer hashes.example").error().code,
            ErrorCode::kPermissionDenied);
}

TEST_P(ApprovalTest, ItRunsOutBeforeTheVoteAndBeforeTheUse) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId late = Put(first, Peer());
  clock_.Advance(kVotingTime);
  EXPECT_THAT(VoteOf(second, late).error().message, HasSubstr("run out"));
  const ApprovalId unused = Put(first, Peer());
  Must(VoteOf(second, unused));
  clock_.Advance(kUsingTime);
  EXPECT_THAT(Use(unused, ActKind::kPeer, "peer hashes.example").error().message,
              HasSubstr("run out"));
}

TEST_P(ApprovalTest, AWithdrawnOneIsNeitherVotedForNorUsed) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId open = Put(first, Peer()), approved = Put(first, Peer());
  Must(VoteOf(second, approved));
  for (const ApprovalId id : {open, approved}) {
    Write([&](Transaction& transaction) {
      return WithdrawApproval(transaction, *keys_, first, id, clock_.Now());
    });
  }
  EXPECT_EQ(VoteOf(second, open).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Use(approved, ActKind::kPeer, "peer hashes.example").error().code,
            ErrorCode::kPermissionDenied);
  const Actor counsellor = MakeStaff(Role::kCounsellor);
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return WithdrawApproval(transaction, *keys_, counsellor, open, clock_.Now());
            }).code,
            ErrorCode::kPermissionDenied);
}

TEST_P(ApprovalTest, TheVoteOfWhoWasLockedSinceDoesNotCount) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const Actor third = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(first, Peer());
  Write([&](Transaction& transaction) {
    return LockPerson(transaction, *keys_, third, IdOfStaff(first), "lost laptop", clock_.Now());
  });
  EXPECT_EQ(Must(VoteOf(second, id)), ApprovalState::kOpen);
  EXPECT_EQ(Must(VoteOf(third, id)), ApprovalState::kApproved);
}

TEST_P(ApprovalTest, TwoVotesAtOnceCarryItOutOnce) {
  const Actor administrator = MakeStaff(Role::kAdministrator);
  std::vector<Actor> supervisors;
  for (int i = 0; i < 4; ++i) supervisors.push_back(MakeStaff(Role::kSupervisor));
  for (int round = 0; round < 5; ++round) {
    const ApprovalId id = Put(administrator, Peer());
    std::atomic<int> done = 0, over = 0, open = 0;
    std::vector<std::thread> threads;
    for (const Actor& supervisor : supervisors) {
      threads.emplace_back([&] {
        const auto voted = VoteOf(supervisor, id,
                                  [](Transaction&, const Approval&) -> Result<void> { return {}; });
        if (!voted) {
          EXPECT_EQ(voted.error().code, ErrorCode::kPermissionDenied) << voted.error().message;
          ++over;
        } else {
          ++(*voted == ApprovalState::kDone ? done : open);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(done, 1);
    EXPECT_EQ(open, 1);
    EXPECT_EQ(over, 2);
    EXPECT_EQ(Find(id).votes.size(), 2u);
  }
}

TEST_P(ApprovalTest, TwoUsesAtOnceGiveOne) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const ApprovalId id = Put(first, Peer());
  Must(VoteOf(second, id));
  std::atomic<int> used = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { used += Use(id, ActKind::kPeer, "peer hashes.example") ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(used, 1);
}

TEST_P(ApprovalTest, TheListGoesFromNewestToOldestInPages) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  std::vector<ApprovalId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(Put(first, Peer()));
    clock_.Advance(std::chrono::seconds(1));
  }
  Write([&](Transaction& transaction) {
    return WithdrawApproval(transaction, *keys_, second, ids[2], clock_.Now());
  });
  const auto list = [&](Listed listed, const std::optional<ApprovalId>& before) {
    return Write([&](Transaction& transaction) {
      return ListApprovals(transaction, *keys_, listed, before, 3, clock_.Now());
    });
  };
  const auto page = list(Listed::kAll, std::nullopt);
  ASSERT_EQ(page.size(), 3u);
  EXPECT_EQ(page[0].id, ids[4]);
  const auto rest = list(Listed::kAll, page[2].id);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[1].id, ids[0]);
  const auto waiting = list(Listed::kWaiting, std::nullopt);
  ASSERT_EQ(waiting.size(), 3u);
  EXPECT_EQ(waiting[2].id, ids[1]);
}

TEST_P(ApprovalTest, BadProposalsAreRefused) {
  const Actor first = MakeStaff(Role::kSupervisor);
  for (const auto& spoil : std::vector<std::function<void(NewApproval&)>>{
           [](NewApproval& what) { what.subject.clear(); },
           [](NewApproval& what) { what.subject = std::string(1'001, 'x'); },
           [](NewApproval& what) { what.reason.clear(); },
           [](NewApproval& what) { what.payload.resize(64 * 1024 + 1); }}) {
    NewApproval what = Peer();
    spoil(what);
    EXPECT_EQ(WriteError([&](Transaction& transaction) {
                return Propose(transaction, *keys_, first, what, clock_.Now());
              }).code,
              ErrorCode::kInvalidArgument);
  }
}

class PeopleTest : public ApprovalTest {};
JIKIMI_ON_BOTH_DATABASES(PeopleTest);

TEST_P(PeopleTest, ARoleChangesWithTwoSupervisorsAndEndsTheSession) {
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const Actor counsellor = MakeStaff(Role::kCounsellor);
  const auto id = IdOfStaff(counsellor);
  NewApproval what = Peer();
  what.kind = ActKind::kRole;
  what.subject = RoleSubject(id, Role::kStatistician, std::nullopt);
  const ApprovalId approval = Put(first, what);
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return ChangeRole(transaction, *keys_, first, approval, id, Role::kStatistician,
                                std::nullopt, clock_.Now());
            }).code,
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Must(VoteOf(second, approval,
                        [&](Transaction& transaction, const Approval&) {
                          return ChangeRole(transaction, *keys_, second, approval, id,
                                            Role::kStatistician, std::nullopt, clock_.Now());
                        })),
            ApprovalState::kDone);
  const Person person =
      Write([&](Transaction& transaction) { return FindPerson(transaction, *keys_, id); });
  EXPECT_EQ(person.role, Role::kStatistician);
  EXPECT_EQ(person.name, "Made Up");
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return Require(transaction, counsellor, Permission::kReportTake);
            }).code,
            ErrorCode::kPermissionDenied);
}

TEST_P(PeopleTest, WhoIsLockedOrLeftActsNoMore) {
  const Actor supervisor = MakeStaff(Role::kSupervisor);
  const Actor counsellor = MakeStaff(Role::kCounsellor), other = MakeStaff(Role::kCounsellor);
  const auto may_act = [&](const Actor& actor) {
    return database_
        ->Write([&](Transaction& transaction) {
          return Require(transaction, actor, Permission::kReportTake);
        })
        .has_value();
  };
  EXPECT_TRUE(may_act(counsellor));
  Write([&](Transaction& transaction) {
    return LockPerson(transaction, *keys_, supervisor, IdOfStaff(counsellor), "away", clock_.Now());
  });
  EXPECT_FALSE(may_act(counsellor));
  Write([&](Transaction& transaction) {
    return UnlockPerson(transaction, *keys_, supervisor, IdOfStaff(counsellor), clock_.Now());
  });
  EXPECT_FALSE(may_act(counsellor));  // the session is over
  Write([&](Transaction& transaction) {
    return LeaveCentre(transaction, *keys_, supervisor, IdOfStaff(other), clock_.Now());
  });
  EXPECT_FALSE(may_act(other));
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return FindPersonKey(transaction, *keys_, IdOfStaff(other));
            }).code,
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return LockPerson(transaction, *keys_, supervisor, IdOfStaff(supervisor), "me",
                                clock_.Now());
            }).code,
            ErrorCode::kPermissionDenied);
}

TEST_P(PeopleTest, AKeyThatWasSlippedIntoTheRowIsNotGranted) {
  const Actor counsellor = MakeStaff(Role::kCounsellor);
  const auto id = IdOfStaff(counsellor);
  const auto find = [&] {
    return database_->Write(
        [&](Transaction& transaction) { return FindPersonKey(transaction, *keys_, id); });
  };
  EXPECT_EQ(Must(find()).key(), counsellor.staff()->pair.public_key());
  const auto forged = vault::PersonKeyPair::Generate({id, 1}).public_key().ToBytes();
  Write([&](Transaction& transaction) { return UpdateKey(transaction, id, 1, forged); });
  EXPECT_EQ(find().error().code, ErrorCode::kPermissionDenied);
}

TEST_P(PeopleTest, LeaveCoverLetsSomebodyStandInForItsTimeOnly) {
  const Actor supervisor = MakeStaff(Role::kSupervisor);
  const Actor absent = MakeStaff(Role::kCounsellor), stand_in = MakeStaff(Role::kCounsellor);
  using std::chrono::hours;
  const Cover cover{0, IdOfStaff(absent), IdOfStaff(stand_in), clock_.Now() + hours(1),
                    clock_.Now() + hours(10)};
  const std::int64_t id = Write([&](Transaction& transaction) {
    return AddCover(transaction, *keys_, supervisor, cover, clock_.Now());
  });
  const auto covered = [&] {
    return Write([&](Transaction& transaction) {
             return CoveredBy(transaction, IdOfStaff(stand_in), clock_.Now());
           })
        .size();
  };
  EXPECT_EQ(covered(), 0u);
  clock_.Advance(hours(2));
  EXPECT_EQ(covered(), 1u);
  Write([&](Transaction& transaction) {
    return EndCover(transaction, *keys_, supervisor, id, clock_.Now());
  });
  EXPECT_EQ(covered(), 0u);
  for (const Cover& bad :
       {Cover{0, IdOfStaff(absent), IdOfStaff(absent), clock_.Now(), clock_.Now() + hours(1)},
        Cover{0, IdOfStaff(absent), IdOfStaff(stand_in), clock_.Now(), clock_.Now()},
        Cover{0, IdOfStaff(absent), IdOfStaff(MakeStaff(Role::kStatistician)), clock_.Now(),
              clock_.Now() + hours(1)}}) {
    EXPECT_EQ(WriteError([&](Transaction& transaction) {
                return AddCover(transaction, *keys_, supervisor, bad, clock_.Now());
              }).code,
              ErrorCode::kInvalidArgument);
  }
}

TEST_P(PeopleTest, StaffNumbersAreNeverGivenTwiceAlsoAtOnce) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::int64_t> numbers;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const std::int64_t number = MakeStaff(Role::kCounsellor).staff()->number;
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(numbers.insert(number).second);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(numbers.size(), 8u);
}

TEST_P(PeopleTest, SealedColumnsMoveToANewServerKey) {
  const Actor supervisor = MakeStaff(Role::kSupervisor);
  Put(supervisor, Peer());
  auto rotated = Must(vault::ServerKeys::Parse(keys_->server()->ToBytes().bytes()));
  rotated.Rotate();
  std::int64_t resealed = 0;
  for (const ServerField& field : PeopleServerFields()) {
    resealed +=
        Write([&](Transaction& transaction) { return field.reseal(transaction, rotated, 100); });
    EXPECT_EQ(
        Write([&](Transaction& transaction) { return field.reseal(transaction, rotated, 100); }),
        0);
  }
  EXPECT_EQ(resealed, 2);  // a name and a reason
}

}  // namespace
}  // namespace jikimi::access
