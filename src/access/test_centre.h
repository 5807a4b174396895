#ifndef JIKIMI_ACCESS_TEST_CENTRE_H_
#define JIKIMI_ACCESS_TEST_CENTRE_H_

#include <optional>
#include <string>

#include "access/actor.h"
#include "access/argon2_gate.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "access/escrow.h"
#include "access/people_tables.h"
#include "access/roles.h"
#include "access/schema.h"
#include "access/sealed_columns.h"
#include "access/session_tables.h"
#include "access/source.h"
#include "base/bytes.h"
#include "log/entries.h"
#include "log/pin.h"
#include "store/contract.h"
#include "store/migration.h"

// A whole centre on a new database, for this room's tests.
namespace jikimi::access {

class CentreTest : public store::ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open());
    const store::Schema schemas[] = {store::StoreSchema(), log::LogSchema(), AccessSchema()};
    store::Must(store::Migrate(*database_, schemas, clock_));
    const CentreKeysOptions options{.folder = folder() / "keys", .copies = {}};
    store::Must(CentreKeys::Init(options, clock_.Now()));
    keys_.emplace(store::Must(CentreKeys::Load(options)));
    roles_.emplace(store::Must(Roles::BuiltIn()));
    store::Must(database_->Write([&](store::Transaction& transaction) -> Result<void> {
      TRY(CreateEscrow(transaction, *keys_, 2, 3, clock_.Now()));
      TRY(CreateAuditKey(transaction, *keys_, 2, 3, clock_.Now()));
      return {};
    }));
  }
  void TearDown() override {
    keys_.reset();
    database_.reset();
    ContractTest::TearDown();
  }

  // The value of `work` in a transaction, or a failure of the test.
  template <typename Work>
  auto Write(Work&& work) {
    return store::Must(database_->Write(work));
  }
  // The error of `work`, which must fail.
  template <typename Work>
  Error WriteError(Work&& work) {
    const auto result = database_->Write(work);
    if (result) throw std::runtime_error("was not refused");
    return result.error();
  }

  // Somebody of staff with a pair, a pinned key and a session, as if they had enrolled and signed
  // in, without the time that a password takes.
  Actor MakeStaff(Role role, const std::optional<vault::TeamId>& team = std::nullopt) {
    const auto id = vault::PersonId::Random();
    auto pair = vault::PersonKeyPair::Generate({id, 1});
    const auto session = vault::SessionId::Random();
    const std::int64_t number = Write([&](store::Transaction& transaction) -> Result<std::int64_t> {
      PersonRow row;
      row.person.id = id;
      row.person.number = TRY(NextStaffNumber(transaction));
      row.person.sign_in_name = "staff" + std::to_string(row.person.number);
      row.person.role = role;
      row.person.team = team;
      row.person.enrolled_at = clock_.Now();
      row.person.revision = 1;
      row.name = SealColumn(*keys_, id, kPersonNameField, AsBytes("Made Up"));
      row.public_key = pair.public_key().ToBytes();
      TRY(InsertPerson(transaction, row));
      const auto server = keys_->server();
      TRY(log::Pin(transaction, pair.public_key(), log::ActorRef::System(), clock_.Now(), *server));
      TRY(InsertSession(transaction, {.id = session,
                                      .kind = SessionKind::kStaff,
                                      .subject = id.bytes(),
                                      .sealed = {},
                                      .revision = 1,
                                      .began_at = clock_.Now(),
                                      .last_used_at = clock_.Now(),
                                      .ends_at = clock_.Now() + std::chrono::hours(1000),
                                      .device = "test",
                                      .challenge = {}}));
      return row.person.number;
    });
    return Actor(StaffActor{.person = id,
                            .number = number,
                            .role = role,
                            .team = team,
                            .session = session,
                            .revision = 1,
                            .covers = {},
                            .pair = std::move(pair)},
                 roles_->Of(role));
  }
  static vault::PersonId IdOfStaff(const Actor& actor) { return actor.staff()->person; }

  ManualClock clock_{store::kSomeDay};
  std::optional<store::Database> database_;
  std::optional<CentreKeys> keys_;
  std::optional<Roles> roles_;
  Argon2Gate gate_{Argon2Gate::Limits{.at_once = 1, .patience = std::chrono::minutes(5)}};
  SourceHasher sources_;
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_TEST_CENTRE_H_
