#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "access/case_key_tables.h"
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
  ApprovalId ApprovedRotation() {
    return Approved(ActKind::kEscrowRotation, std::string(kEscrowRotationSubject));
  }
  struct Rotated {
    vault::EscrowKeyPair former;
    std::vector<std::string> shares;
  };
  Rotated Rotate(std::span<const vault::KeyShare> shares, const Threshold& wanted) {
    const auto approval = ApprovedRotation();
    const auto fresh = Must(Write([&](store::Transaction& transaction) {
      return PrepareEscrowRotation(transaction, approval, shares, wanted, Now());
    }));
    auto former = Must(Write([&](store::Transaction& transaction) {
      return BeginEscrowRotation(transaction, keys(), As(*supervisor_), approval, shares, fresh,
                                 Now());
    }));
    return {std::move(former), TextsOf(fresh.shares)};
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
  const auto shares = Shares(escrow_shares_, 0, 3);
  const auto [former, fresh_shares] = Rotate(shares, {2, 3});
  EXPECT_EQ(fresh_shares.size(), 3U);
  cases.push_back(NewCaseOf(anna_, bora_));  // goes to the new key at once
  const auto batch = Must(RewrapEscrow(database(), keys(), former, {}, std::nullopt, 2, clock_));
  EXPECT_EQ(batch.left, 3);
  EXPECT_TRUE(batch.next.has_value());

  // Killed: another run, with the former shares and another approval.
  const auto state = Must(Write(FindEscrowRotation));
  EXPECT_EQ(state.version, 2U);
  EXPECT_TRUE(state.unfinished);
  EXPECT_EQ(state.cases_left, 3);
  const auto again = ApprovedRotation();
  const auto prepared = Write([&](store::Transaction& transaction) {
    return PrepareEscrowRotation(transaction, again, shares, {}, Now());
  });
  EXPECT_THAT(prepared.error().message, HasSubstr("not finished"));
  const auto reopen = [&](std::span<const vault::KeyShare> with) {
    return Write([&](store::Transaction& transaction) {
      return ReopenFormerEscrow(transaction, keys(), As(*supervisor_), again, with, Now());
    });
  };
  EXPECT_THAT(reopen(Shares(fresh_shares, 0, 2)).error().message, HasSubstr("not the former"));
  const auto reopened = Must(reopen(shares));
  const auto rest = Must(RewrapEscrow(database(), keys(), reopened, {}, batch.next, 100, clock_));
  EXPECT_EQ(rest.left, 0);
  EXPECT_FALSE(rest.next.has_value());
  EXPECT_FALSE(Must(Write(FindEscrowRotation)).unfinished);

  for (const auto& made : cases) {
    const auto by_new = Approved(ActKind::kEscrowUse, EscrowUseSubject(made.id));
    const auto by_former = OpenWith(by_new, made.id, shares);
    EXPECT_THAT(by_former.error().message, HasSubstr("share 1: belongs to version 1"))
        << "the former key's record is gone";
    const auto opened = Must(OpenWith(by_new, made.id, Shares(fresh_shares, 1, 2)));
    EXPECT_FALSE(opened.keyring().OpenByEscrow(former).has_value());
    EXPECT_FALSE(opened.reseal_due());
  }
  EXPECT_TRUE(Open(As(anna_), cases[0].id).has_value());
}

TEST_P(EscrowTest, ARotationTellsWhoWantedIt) {
  Rotate(Shares(escrow_shares_, 0, 3), {});
  const auto server = keys().server();
  const auto page = Must(Write(
      [&](store::Transaction& transaction) { return log::ReadCentre(transaction, *server, {}); }));
  const auto entry = std::find_if(page.entries.begin(), page.entries.end(), [](const auto& each) {
    return each.entry && each.entry->kind.code() == "escrow.rotated";
  });
  ASSERT_NE(entry, page.entries.end());
  const auto first = std::to_string(supervisor_->number);
  EXPECT_THAT(entry->entry->fields,
              testing::Contains(testing::AnyOf(
                  log::EntryField{"proposer", first},
                  log::EntryField{"proposer", std::to_string(second_supervisor_->number)})));
  EXPECT_EQ(entry->entry->fields.back().name, "voters");
  EXPECT_THAT(entry->entry->fields.back().text, HasSubstr(first));
  EXPECT_THAT(entry->entry->fields.back().text,
              HasSubstr(std::to_string(second_supervisor_->number)));
}

TEST_P(EscrowTest, WhatIsWrongWithARotationIsNamedAndUsesNothingUp) {
  const auto approval = ApprovedRotation();
  const auto other = Approved(ActKind::kEscrowUse, EscrowUseSubject(vault::CaseId::Random()));
  const auto good = Shares(escrow_shares_, 0, 3);
  auto mixed = Shares(escrow_shares_, 0, 2);
  mixed.push_back(std::move(Shares(audit_shares_, 2, 1)[0]));
  const auto prepare = [&](ApprovalId by, std::span<const vault::KeyShare> shares, Threshold of) {
    const auto made = Write([&](store::Transaction& transaction) {
      return PrepareEscrowRotation(transaction, by, shares, of, Now());
    });
    return made ? std::string("made") : made.error().message;
  };
  EXPECT_THAT(prepare(approval, {}, {}), HasSubstr("none was given"));
  EXPECT_THAT(prepare(approval, Shares(escrow_shares_, 0, 2), {}), HasSubstr("3 are needed"));
  EXPECT_THAT(prepare(approval, mixed, {}), HasSubstr("share 3: belongs to a key of another kind"));
  EXPECT_THAT(prepare(other, good, {}), HasSubstr("not about escrow_rotation"));
  EXPECT_THAT(prepare(approval, good, {5, 4}), HasSubstr("5 of 4 is not possible"));
  EXPECT_FALSE(Must(Write(FindEscrowRotation)).unfinished);
  EXPECT_EQ(Must(Write(FindEscrowRotation)).version, 1U);
  EXPECT_EQ(prepare(approval, good, {}), "made");
}

TEST_P(EscrowTest, OfTwoRotationsAtOnceOneIsMade) {
  const auto shares = Shares(escrow_shares_, 0, 3);
  const auto first = ApprovedRotation();
  const auto second = ApprovedRotation();
  const auto late = Must(Write([&](store::Transaction& transaction) {
    return PrepareEscrowRotation(transaction, second, shares, {}, Now());
  }));
  const auto fresh = Must(Write([&](store::Transaction& transaction) {
    return PrepareEscrowRotation(transaction, first, shares, {}, Now());
  }));
  const auto begin = [&](ApprovalId by, const NewEscrow& with) {
    return Write([&](store::Transaction& transaction) {
      return BeginEscrowRotation(transaction, keys(), System(), by, shares, with, Now());
    });
  };
  const auto former = Must(begin(first, fresh));
  EXPECT_EQ(begin(second, late).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(Must(RewrapEscrow(database(), keys(), former, {}, std::nullopt, 10, clock_)).left, 0);
  EXPECT_EQ(begin(second, late).error().code, ErrorCode::kStale);
}

TEST_P(EscrowTest, ACaseThatDoesNotOpenIsNamedAndHoldsNoOtherUp) {
  std::vector<Case> cases;
  for (int i = 0; i < 3; ++i) cases.push_back(NewCaseOf(anna_, bora_));
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    auto row = TRY(FindCaseKeyRow(transaction, cases[1].id));
    row->keyring[row->keyring.size() / 2] ^= std::byte{1};
    TRY(UpdateCaseKey(transaction, *row, row->revision, Now()));
    return {};
  }));
  const auto [former, fresh] = Rotate(Shares(escrow_shares_, 0, 3), {});
  const auto done = Must(RewrapEscrow(database(), keys(), former, {}, std::nullopt, 100, clock_));
  EXPECT_EQ(done.left, 1);
  ASSERT_EQ(done.failed.size(), 1U);
  EXPECT_EQ(done.failed[0].id, cases[1].id);
  EXPECT_EQ(done.failed[0].error.code, ErrorCode::kCorrupt);
  EXPECT_TRUE(Must(Write(FindEscrowRotation)).unfinished) << "the former shares are still needed";
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
    return PrepareAuditRotation(transaction, rotation, {2, 4}, Now());
  }));
  EXPECT_EQ(fresh.shares.size(), 4u);
  Must(Write([&](store::Transaction& transaction) {
    return RotateAuditKey(transaction, keys(), As(*supervisor_), rotation, fresh, Now());
  }));
  // What came before stays readable with the former shares, what comes now with the new ones.
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    auto opened = TRY(OpenCase(transaction, keys(), As(anna_), made.id));
    return Revoke(transaction, keys(), As(anna_), opened, chul_.id, Now());
  }));
  const auto later = Approved(ActKind::kAuditUse, std::string(kAuditUseSubject));
  const auto open = [&](std::vector<vault::KeyShare> shares) {
    return Write([&](store::Transaction& transaction) {
      return OpenAudit(transaction, keys(), As(*supervisor_), later, shares, Now());
    });
  };
  auto both = Shares(audit_shares_, 1, 3);
  EXPECT_FALSE(open({}).has_value());
  both.push_back(std::move(Shares(TextsOf(fresh.shares), 3, 1)[0]));
  auto too_few = std::move(both);
  EXPECT_EQ(open(std::move(too_few)).error().message,
            "version 2 of the audit key: shares: 1 were given, 2 are needed");
  both = Shares(audit_shares_, 1, 3);
  for (auto& share : Shares(TextsOf(fresh.shares), 1, 2)) both.push_back(std::move(share));
  const auto pairs = Must(open(std::move(both)));
  ASSERT_EQ(pairs.size(), 2U);
  const auto count = [&](std::span<const vault::AuditKeyPair> with, bool readable) {
    const auto read = Must(Write([&](store::Transaction& transaction) {
      return log::ReadStaffAccess(transaction, with, {});
    }));
    return std::count_if(read.entries.begin(), read.entries.end(),
                         [&](const auto& each) { return each.entry.has_value() == readable; });
  };
  EXPECT_EQ(count(pairs, false), 0);
  const auto all = count(pairs, true);
  const auto fresh_only = count(std::span(pairs).first(1), true);
  const auto former_only = count(std::span(pairs).last(1), true);
  EXPECT_GT(fresh_only, 0);
  EXPECT_GT(former_only, 0);
  EXPECT_EQ(fresh_only + former_only, all);
  EXPECT_GT(count(std::span(pairs).first(1), false), 0);
}

JIKIMI_ON_BOTH_DATABASES(EscrowTest);

}  // namespace
}  // namespace jikimi::access
