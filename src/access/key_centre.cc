#include "access/key_centre.h"

#include <array>
#include <span>
#include <stdexcept>

#include "access/agencies.h"
#include "access/people.h"
#include "access/people_tables.h"
#include "access/schema.h"
#include "access/sealed_columns.h"
#include "access/session_tables.h"
#include "access/survivor_tables.h"
#include "base/bytes.h"
#include "log/entries.h"
#include "log/pin.h"
#include "store/migration.h"

namespace jikimi::access {
namespace {

constexpr int kShares = 5;
constexpr int kNeeded = 3;

const Roles& BuiltInRoles() {
  static const Roles roles = Must(Roles::BuiltIn());
  return roles;
}

template <vault::KeyKind kKind>
vault::KeyPair<kKind> PairOf(const vault::RecordId<kKind>& id,
                             const std::vector<std::byte>& private_half) {
  return vault::KeyPair<kKind>::FromPrivateHalf(
      {id, 1}, std::span<const std::byte>(private_half).first<vault::kKeyBytes>());
}

template <vault::KeyKind kKind>
std::vector<std::byte> PrivateHalf(const vault::KeyPair<kKind>& pair) {
  return {pair.private_half().begin(), pair.private_half().end()};
}

}  // namespace

std::vector<std::string> TextsOf(const PrintedShares& shares) {
  std::vector<std::string> texts;
  for (const auto& share : shares) {
    texts.emplace_back(reinterpret_cast<const char*>(share.bytes().data()), share.size());
  }
  return texts;
}

vault::SurvivorKeyPair KeyCentreTest::Survivor::Pair() const { return PairOf(id, private_half); }

void KeyCentreTest::SetUp() {
  ContractTest::SetUp();
  std::filesystem::create_directory(folder() / "copy");
  Must(CentreKeys::Init(key_options(), Now()));
  Start();
  Must(keys().CheckBelongsTo(database(), Now()));
  const auto shares = Must(Write([&](store::Transaction& transaction) {
    return CreateEscrow(transaction, keys(), kNeeded, kShares, Now());
  }));
  escrow_shares_ = TextsOf(shares);
  audit_shares_ = TextsOf(Must(Write([&](store::Transaction& transaction) {
    return CreateAuditKey(transaction, keys(), kNeeded, kShares, Now());
  })));
  team_ = Must(Write([&](store::Transaction& transaction) {
    return AddTeam(transaction, keys(), System(), "intake", Now());
  }));
  Must(Write(
      [&](store::Transaction& transaction) { return AddShippedAgencies(transaction, Now()); }));
  supervisor_ = AddStaff(Role::kSupervisor, team_);
  second_supervisor_ = AddStaff(Role::kSupervisor, team_);
  const std::vector members = {supervisor_->id, second_supervisor_->id};
  Must(Write([&](store::Transaction& transaction) {
    return CreateTeamKeys(transaction, keys(), System(), team_, members, Now());
  }));
}

void KeyCentreTest::Start() {
  database_ = ContractTest::Open();
  const store::Schema schemas[] = {store::StoreSchema(), log::LogSchema(), AccessSchema()};
  Must(store::Migrate(*database_, schemas, clock_));
  keys_.emplace(Must(CentreKeys::Load(key_options())));
}

void KeyCentreTest::Stop() {
  keys_.reset();
  database_.reset();
}

KeyCentreTest::Staff KeyCentreTest::AddStaff(Role role, std::optional<vault::TeamId> team) {
  Staff staff{vault::PersonId::Random(), ++last_number_, role, vault::SessionId::Random(), {}, 0};
  const auto pair = vault::PersonKeyPair::Generate({staff.id, 1});
  staff.private_half = PrivateHalf(pair);
  PersonRow row;
  row.person.id = staff.id;
  row.person.number = staff.number;
  row.person.sign_in_name = "staff" + std::to_string(staff.number);
  row.person.role = role;
  row.person.team = team;
  row.person.enrolled_at = Now();
  row.name = SealColumn(keys(), staff.id, kPersonNameField, AsBytes("Someone Made-Up"));
  row.public_key = pair.public_key().ToBytes();
  StoredSession session;
  session.id = staff.session;
  session.subject = staff.id.bytes();
  session.began_at = session.last_used_at = Now();
  session.ends_at = Now() + std::chrono::days(1000);
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(InsertPerson(transaction, row));
    staff.revision = TRY(FindPerson(transaction, keys(), staff.id)).revision;
    session.revision = staff.revision;
    TRY(InsertSession(transaction, session));
    const auto server = keys().server();
    return log::Pin(transaction, pair.public_key(), log::ActorRef::System(), Now(), *server);
  }));
  return staff;
}

Actor KeyCentreTest::As(const Staff& staff) const {
  StaffActor actor{staff.id,
                   staff.number,
                   staff.role,
                   team_,
                   staff.session,
                   0,
                   {},
                   PairOf(staff.id, staff.private_half)};
  actor.revision = staff.revision;
  return Actor(std::move(actor), BuiltInRoles().Of(staff.role));
}

Actor KeyCentreTest::As(const Survivor& survivor) const {
  return Actor(SurvivorActor{survivor.id, survivor.of_case, survivor.session, survivor.Pair()},
               BuiltInRoles().Of(Role::kSurvivor));
}

ApprovalId KeyCentreTest::Approved(ActKind kind, const std::string& subject) {
  NewApproval what;
  what.kind = kind;
  what.subject = subject;
  what.reason = "needed for a test";
  const auto id = Must(Write([&](store::Transaction& transaction) {
    return Propose(transaction, keys(), As(*supervisor_), what, Now());
  }));
  const auto digest = ApprovalDigest(kind, subject, {});
  Must(Write([&](store::Transaction& transaction) {
    return Vote(transaction, keys(), As(*second_supervisor_), id, digest, nullptr, Now());
  }));
  return id;
}

namespace {

// A survivor's rows, so that what she does is allowed.
Result<void> AddSurvivorRows(store::Transaction& transaction, const vault::SurvivorId& id,
                             const vault::SessionId& session_id, vault::CaseId of, Timestamp now) {
  SurvivorRow row;
  row.id = id;
  row.of_case = of;
  row.locator = EscrowUseSubject(of).substr(5, 8);
  row.lock = {std::byte{1}};
  TRY(InsertSurvivor(transaction, row));
  StoredSession session;
  session.id = session_id;
  session.kind = SessionKind::kSurvivor;
  session.subject = id.bytes();
  session.revision = row.key_version;
  session.began_at = session.last_used_at = now;
  session.ends_at = now + std::chrono::days(1000);
  return InsertSession(transaction, session);
}

}  // namespace

KeyCentreTest::Case KeyCentreTest::NewCaseOf(const Staff& a, const Staff& b) {
  Case made{vault::CaseId::Random(),
            vault::ItemId::Random(),
            {vault::SurvivorId::Random(), vault::SessionId::Random(), {}, {}}};
  made.survivor.of_case = made.id;
  const auto pair = vault::SurvivorKeyPair::Generate({made.survivor.id, 1});
  made.survivor.private_half = PrivateHalf(pair);
  const std::array persons = {a.id, b.id};
  const std::array items = {made.item};
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(CreateForPersons(transaction, keys(), made.id, persons, pair.public_key(), items, Now()));
    return AddSurvivorRows(transaction, made.survivor.id, made.survivor.session, made.id, Now());
  }));
  return made;
}

KeyCentreTest::Case KeyCentreTest::NewReport(vault::TeamId team) {
  Case made{vault::CaseId::Random(),
            vault::ItemId::Random(),
            {vault::SurvivorId::Random(), vault::SessionId::Random(), {}, {}}};
  made.survivor.of_case = made.id;
  const auto pair = vault::SurvivorKeyPair::Generate({made.survivor.id, 1});
  made.survivor.private_half = PrivateHalf(pair);
  const std::array items = {made.item};
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    const auto intake = TRY(LoadIntakeKeys(transaction, keys(), team));
    TRY(CreateForIntake(transaction, keys(), intake, made.id, pair.public_key(), items, Now()));
    return AddSurvivorRows(transaction, made.survivor.id, made.survivor.session, made.id, Now());
  }));
  return made;
}

std::vector<vault::KeyShare> KeyCentreTest::Shares(const std::vector<std::string>& printed,
                                                   std::size_t skip, std::size_t count) const {
  std::vector<vault::KeyShare> shares;
  for (std::size_t i = skip; i < skip + count; ++i) {
    shares.push_back(Must(vault::KeyShare::FromText(printed.at(i))));
  }
  return shares;
}

}  // namespace jikimi::access
