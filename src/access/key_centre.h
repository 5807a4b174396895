#ifndef JIKIMI_ACCESS_KEY_CENTRE_H_
#define JIKIMI_ACCESS_KEY_CENTRE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/actor.h"
#include "access/approvals.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "access/escrow.h"
#include "access/team_keys.h"
#include "base/clock.h"
#include "store/contract.h"

// A centre with keys, staff, a team and survivors, for the tests of this room's keys; without the
// slow parts of people (passwords, sign-in), which have tests of their own.
namespace jikimi::access {

using store::Must;

class KeyCentreTest : public store::ContractTest {
 protected:
  struct Staff {
    vault::PersonId id;
    std::int64_t number = 0;
    Role role = Role::kCounsellor;
    vault::SessionId session;
    std::vector<std::byte> private_half;
    std::int64_t revision = 0;
  };
  struct Survivor {
    vault::SurvivorId id;
    vault::SessionId session;
    vault::CaseId of_case;
    std::vector<std::byte> private_half;

    vault::SurvivorKeyPair Pair() const;
  };

  void SetUp() override;
  // Opens the database of this test, migrated, and the keys.
  void Start();
  void Stop();

  store::Database& database() { return *database_; }
  CentreKeys& keys() { return *keys_; }
  CentreKeysOptions key_options() const { return {folder() / "keys", {folder() / "copy"}}; }
  Timestamp Now() const { return clock_.Now(); }

  Staff AddStaff(Role role, std::optional<vault::TeamId> team = std::nullopt);
  Actor As(const Staff& staff) const;
  Actor As(const Survivor& survivor) const;
  static Actor System() { return Actor(SystemActor{"test"}); }
  // An approval that two supervisors voted for.
  ApprovalId Approved(ActKind kind, const std::string& subject);

  // A case of counsellors `a` and `b` with a survivor and one item.
  struct Case {
    vault::CaseId id;
    vault::ItemId item;
    Survivor survivor;
  };
  Case NewCaseOf(const Staff& a, const Staff& b);
  Case NewReport(vault::TeamId team);

  template <typename Work>
  auto Write(Work&& work) {
    return database().Write(std::forward<Work>(work));
  }
  Result<OpenedCase> Open(const Actor& who, vault::CaseId id) {
    return Write(
        [&](store::Transaction& transaction) { return OpenCase(transaction, keys(), who, id); });
  }

  ManualClock clock_{store::kSomeDay};
  vault::TeamId team_;
  std::vector<std::string> escrow_shares_;  // as printed
  std::vector<std::string> audit_shares_;
  std::optional<Staff> supervisor_;
  std::optional<Staff> second_supervisor_;

  // The k first shares after `skip`.
  std::vector<vault::KeyShare> Shares(const std::vector<std::string>& printed, std::size_t skip,
                                      std::size_t count) const;

 private:
  std::optional<store::Database> database_;
  std::optional<CentreKeys> keys_;
  std::int64_t last_number_ = 0;
};

std::vector<std::string> TextsOf(const PrintedShares& shares);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_KEY_CENTRE_H_
