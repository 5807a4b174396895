#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/escrow.h"
#include "access/key_centre.h"
#include "base/bytes.h"
#include "log/reader.h"

namespace jikimi::access {
namespace {

using testing::HasSubstr;

class EscrowTest : public KeyCentreTest {
 protected:
  void SetUp() override {
    KeyCentreTest::SetUp();
    anna_ = AddStaff(Role::kCounsellor, team_);
    bora_ = AddStaff(Role::kCounsellor, team_);
    chul_ = AddStaff(Role::kCounsellor, team_);
  }
  Result<OpenedCase> OpenWith(ApprovalId approval, vault::CaseId id,
                              std::span<const vault::KeyShare> shares) {
    return Write([&](store::Transaction& transaction) {
      return OpenByEscrow(transaction, keys(), As(*supervisor_), approval, shares, id, Now());
    });
  }
  std::vector<std::string> KindsInCentreLog() {
    const auto server = keys().server();
    const auto page = Must(Write([&](store::Transaction& transaction) {
      return log::ReadCentre(transaction, *server, {});
    }));
    std::vector<std::string> kinds;
    for (const auto& entry : page.entries) {
      if (entry.entry) kinds.emplace_back(entry.entry->kind.code());
    }
    return kinds;
  }

  Staff anna_;
  Staff bora_;
  Staff chul_;
};

TEST_P(EscrowTest, ALostCaseworkersCaseIsOpenedAndGrantedAgain) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto approval = Approved(ActKind::kEscrowUse, EscrowUseSubject(made.id));
  const auto shares = Shares(escrow_shares_, 1, 3);  // the first one is lost
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    auto opened =
        TRY(OpenByEscrow(transaction, keys(), As(*supervisor_), approval, shares, made.id, Now()));
    return Grant(transaction, keys(), System(), opened, chul_.id, Now());
  }));
  const auto opened = Must(Open(As(chul_), made.id));
  EXPECT_THAT(KindsInCentreLog(), testing::Contains("escrow.used"));
  const auto page = Must(Write([&](store::Transaction& transaction) {
    return log::ReadCase(transaction, opened.keyring(), opened.pair(), {});
  }));
  ASSERT_EQ(page.entries.size(), 2u) << "she sees the use and the grant";
  EXPECT_EQ(page.entries[1].entry->kind.code(), "case.escrow_used");
  EXPECT_EQ(OpenWith(approval, made.id, shares).error().code, ErrorCode::kPermissionDenied)
      << "an approval is good once";
}

TEST_P(EscrowTest, WrongSharesUseNothingUp) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto other = NewCaseOf(anna_, bora_);
  const auto approval = Approved(ActKind::kEscrowUse, EscrowUseSubject(made.id));
  EXPECT_FALSE(OpenWith(approval, made.id, {}).has_value());
  EXPECT_FALSE(OpenWith(approval, made.id, Shares(escrow_shares_, 0, 2)).has_value());
  EXPECT_FALSE(OpenWith(approval, made.id, Shares(audit_shares_, 0, 3)).has_value());
  auto mixed = Shares(escrow_shares_, 0, 2);
  mixed.push_back(std::move(Shares(audit_shares_, 2, 1)[0]));
  EXPECT_FALSE(OpenWith(approval, made.id, mixed).has_value());
  EXPECT_FALSE(OpenWith(approval, other.id, Shares(escrow_shares_, 0, 3)).has_value())
      << "another case than the approved one";
  EXPECT_TRUE(OpenWith(approval, made.id, Shares(escrow_shares_, 0, 3)).has_value());
}

TEST_P(EscrowTest, AShareIsCheckedAlone) {
  const auto check = [&](const vault::KeyShare& share) {
    return Write(
        [&](store::Transaction& transaction) { return CheckEscrowShare(transaction, share); });
  };
  const auto status = Must(check(Shares(escrow_shares_, 4, 1)[0]));
  EXPECT_EQ(status.k, 3);
  EXPECT_EQ(status.n, 5);
  EXPECT_FALSE(check(Shares(audit_shares_, 4, 1)[0]).has_value());
  Must(Write([&](store::Transaction& transaction) {
    return CheckAuditShare(transaction, Shares(audit_shares_, 0, 1)[0]);
  }));
}

TEST_P(EscrowTest, ARotationPutsTheNewKeyIntoEveryCaseAndTeamInBatches) {
  std::vector<Case> cases;
  for (int i = 0; i < 4; ++i) cases.push_back(NewCaseOf(anna_, bora_));
  cases.push_back(NewReport(team_));
  const auto approval = Approved(ActKind::kEscrowRotation, std::string(kEscrowRotationSubject));
  const auto shares = Shares(escrow_shares_, 0, 3);
  auto rotation = Must(Write([&](store::Transaction& transaction) {
    return BeginEscrowRotation(transaction, keys(), As(*supervisor_), approval, shares, 2, 3,
                               Now());
  }));
  const auto fresh_shares = TextsOf(rotation.shares);
  cases.push_back(NewCaseOf(anna_, bora_));  // goes to the new key at once
  EXPECT_EQ(Must(RewrapEscrow(database(), keys(), rotation.former, {}, 2, clock_)), 3);

  // Killed: another run, with the former shares and another approval.
  const auto again = Approved(ActKind::kEscrowRotation, std::string(kEscrowRotationSubject));
  const auto former = Must(Write([&](store::Transaction& transaction) {
    return ReopenFormerEscrow(transaction, keys(), As(*supervisor_), again, shares, Now());
  }));
  EXPECT_EQ(Must(RewrapEscrow(database(), keys(), former, {}, 100, clock_)), 0);

  for (const auto& made : cases) {
    const auto by_new = Approved(ActKind::kEscrowUse, EscrowUseSubject(made.id));
    const auto by_former = OpenWith(by_new, made.id, shares);
    EXPECT_FALSE(by_former.has_value()) << "the former key's record is gone";
    const auto opened = Must(OpenWith(by_new, made.id, Shares(fresh_shares, 1, 2)));
    EXPECT_FALSE(opened.keyring().OpenByEscrow(former).has_value());
    EXPECT_FALSE(opened.reseal_due());
  }
  EXPECT_TRUE(Open(As(anna_), cases[0].id).has_value());
}

TEST_P(EscrowTest, TheServerKeysComeBackFromTheEscrow) {
  const vault::Context context{vault::Purpose::kField, vault::CaseId::Random(), {}, "url", 1};
  const auto sealed = keys().SealField(context, AsBytes("https://example.test/"));
  const auto ring = Must(Write([&](store::Transaction& transaction) {
    return RecoverServerKeys(transaction, Shares(escrow_shares_, 2, 3));
  }));
  EXPECT_TRUE(ring.OpenField(context, sealed).has_value());
}

TEST_P(EscrowTest, TheAuditKeyReadsWhoReadWhat) {
  const auto made = NewCaseOf(anna_, bora_);
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    auto opened = TRY(OpenCase(transaction, keys(), As(anna_), made.id));
    return Grant(transaction, keys(), As(anna_), opened, chul_.id, Now());
  }));
  const auto approval = Approved(ActKind::kAuditUse, std::string(kAuditUseSubject));
  const auto audit = Must(Write([&](store::Transaction& transaction) {
    return OpenAudit(transaction, keys(), As(*supervisor_), approval, Shares(audit_shares_, 0, 3),
                     Now());
  }));
  const auto page = Must(Write([&](store::Transaction& transaction) {
    return log::ReadStaffAccess(transaction, audit, {});
  }));
  ASSERT_FALSE(page.entries.empty());
  EXPECT_EQ(page.entries[0].entry->kind.code(), "case.granted");
  EXPECT_THAT(KindsInCentreLog(), testing::Contains("audit.used"));

  const auto rotation = Approved(ActKind::kEscrowRotation, std::string(kAuditRotationSubject));
  const auto fresh = Must(Write([&](store::Transaction& transaction) {
    return RotateAuditKey(transaction, keys(), As(*supervisor_), rotation, 2, 4, Now());
  }));
  EXPECT_EQ(fresh.size(), 4u);
  const auto later = Approved(ActKind::kAuditUse, std::string(kAuditUseSubject));
  EXPECT_TRUE(Write([&](store::Transaction& transaction) {
                return OpenAudit(transaction, keys(), As(*supervisor_), later,
                                 Shares(audit_shares_, 1, 3), Now());
              }).has_value())
      << "older entries stay readable with the older shares";
}

JIKIMI_ON_BOTH_DATABASES(EscrowTest);

}  // namespace
}  // namespace jikimi::access
