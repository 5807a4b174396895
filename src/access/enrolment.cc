#include "access/enrolment.h"

#include <algorithm>
#include <set>

#include "access/actor_log.h"
#include "access/people_tables.h"
#include "access/sealed_columns.h"
#include "access/session_tables.h"
#include "base/bytes.h"
#include "log/pin.h"
#include "vault/code_symbols.h"
#include "vault/hkdf.h"
#include "vault/normal_text.h"
#include "vault/password.h"
#include "vault/totp.h"

namespace jikimi::access {
namespace {

constexpr std::int64_t kFirstSupervisors = 3;
constexpr std::size_t kCodeSymbols = 20;  // 100 random bits, then a check symbol
constexpr std::size_t kMaxNameBytes = 200;

using Purpose = InvitationRow::Purpose;

Error CodeIsNoGood() {
  return {ErrorCode::kPermissionDenied, "invitation: this code is unknown, used or expired"};
}

vault::SecretBytes MakeCode() {
  vault::SecretBytes symbols(kCodeSymbols + 1);
  vault::FillRandom(symbols.bytes());
  for (std::byte& symbol : symbols.bytes()) symbol &= std::byte{31};
  symbols.bytes()[kCodeSymbols] = vault::CheckSymbol(symbols.bytes().first(kCodeSymbols));
  return symbols;
}

std::vector<std::byte> CodeHash(std::span<const std::byte> symbols) {
  const auto hash = vault::Sha256(symbols);
  return {hash.begin(), hash.end()};
}

// The hash of a typed code; a mistyped one is told so.
Result<std::vector<std::byte>> ReadCode(std::string_view text) {
  const auto symbols = TRY(vault::ReadSymbols("invitation", text, kCodeSymbols + 1));
  if (symbols.size() != kCodeSymbols + 1 || !vault::IsCodeword(symbols.bytes())) {
    return Error{ErrorCode::kInvalidArgument, "invitation: this code is mistyped"};
  }
  return CodeHash(symbols.bytes());
}

Result<InvitationRow> FindGood(store::Transaction& transaction,
                               const std::vector<std::byte>& code_hash, Timestamp now) {
  auto row = TRY(FindInvitation(transaction, code_hash));
  if (!row || row->ends_at <= now) return CodeIsNoGood();
  return std::move(*row);
}

SealedColumn SealNewTotp(const CentreKeys& keys, vault::PersonId person) {
  const auto totp = vault::Totp::Generate();
  return SealColumn(keys, person, kTotpField, totp.secret());
}

// Puts an invitation and returns its code.
Result<Invitation> PutNew(store::Transaction& transaction, const CentreKeys& keys,
                          InvitationRow row, Timestamp now) {
  const auto symbols = MakeCode();
  row.code_hash = CodeHash(symbols.bytes());
  row.totp = SealNewTotp(keys, row.person);
  row.ends_at = now + kInvitationTime;
  TRY(PutInvitation(transaction, row));
  return Invitation{row.person, vault::SymbolText(symbols.bytes()), row.ends_at};
}

// Whether a role must be wanted by two before somebody comes in with it.
bool TakesApproval(const Roles& roles, Role role) {
  return role == Role::kAdministrator || roles.Of(role).Of(Permission::kApprovalVote).has_value();
}

Result<PersonRow> LoadPresent(store::Transaction& transaction, vault::PersonId id) {
  auto row = TRY(FindPersonRow(transaction, id));
  if (!row) return Error{ErrorCode::kNotFound, "person: no such one"};
  if (row->person.state == PersonState::kLeft) {
    return Error{ErrorCode::kInvalidArgument, "person: has left the centre"};
  }
  return std::move(*row);
}

Result<std::int64_t> CheckTotp(const CentreKeys& keys, const InvitationRow& row,
                               std::string_view code, Timestamp now) {
  const auto secret = TRY(OpenColumn(keys, row.person, kTotpField, row.totp));
  const auto totp = TRY(vault::Totp::FromSecret(secret.bytes()));
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return totp.Verify(code, seconds, std::nullopt);
}

// What is made of a form before the transaction that stores it.
struct Made {
  std::optional<vault::PersonPublicKey> key;  // none: the pair stays
  std::vector<std::byte> lock;
  std::int64_t totp_step = 0;
};

Result<Made> MakeLock(const InvitationRow& row, const std::optional<PersonRow>& person,
                      const EnrolmentForm& form) {
  if (row.purpose == Purpose::kSecondFactor) {
    if (!person || !person->lock) return CodeIsNoGood();
    const auto lock = TRY(vault::PersonLock::Parse(*person->lock));
    TRY(lock.Open({row.person, person->person.key_version}, form.password));
    return Made{};
  }
  const std::uint32_t version = person ? person->person.key_version + 1 : 1;
  const auto pair = vault::PersonKeyPair::Generate({row.person, version});
  const auto lock = TRY(vault::PersonLock::Create(pair, form.password));
  return Made{pair.public_key(), lock.bytes(), 0};
}

Result<void> StoreNewcomer(store::Transaction& transaction, const CentreKeys& keys,
                           const InvitationRow& row, std::string_view name, const Made& made,
                           Timestamp now) {
  PersonRow person;
  person.person = {.id = row.person,
                   .number = TRY(NextStaffNumber(transaction)),
                   .sign_in_name = std::string(name),
                   .name = {},
                   .role = row.role,
                   .team = row.team,
                   .state = PersonState::kActive,
                   .enrolled_at = now,
                   .key_version = 1,
                   .revision = 1};
  if (!row.name) return Error{ErrorCode::kCorrupt, "invitation: has no name"};
  person.name = *row.name;
  person.public_key = made.key->ToBytes();
  person.lock = made.lock;
  person.totp = row.totp;
  person.totp_last_step = made.totp_step;
  TRY(InsertPerson(transaction, person));
  const auto actor = log::ActorRef::Staff(RoleCode(row.role), std::to_string(person.person.number));
  TRY(LogForCentre(transaction, keys, actor, "staff.enrolled", now,
                   {{"person", ToHex(row.person.bytes())},
                    {"staff_number", std::to_string(person.person.number)},
                    {"role", std::string(RoleCode(row.role))}}));
  const auto server = keys.server();
  TRY(log::Pin(transaction, *made.key, actor, now, *server));
  return TellOf(transaction, "person.enrolled", row.person, now);
}

Result<void> StoreReset(store::Transaction& transaction, const CentreKeys& keys,
                        const InvitationRow& row, const Made& made, Timestamp now) {
  const PersonRow person = TRY(LoadPresent(transaction, row.person));
  const auto actor =
      log::ActorRef::Staff(RoleCode(person.person.role), std::to_string(person.person.number));
  TRY(UpdateTotp(transaction, row.person, row.totp));
  TRY(UseTotpStep(transaction, row.person, made.totp_step));
  TRY(DeleteSessionsOf(transaction, row.person.bytes(), std::nullopt));
  TRY(LogForCentre(transaction, keys, actor, "staff.factor_changed", now,
                   {{"staff_number", std::to_string(person.person.number)}}));
  if (!made.key) return {};
  if (made.key->name().version != person.person.key_version + 1) return CodeIsNoGood();
  TRY(UpdateKey(transaction, row.person, made.key->name().version, made.key->ToBytes()));
  TRY(UpdateLock(transaction, row.person, made.lock));
  const auto server = keys.server();
  TRY(log::Pin(transaction, *made.key, actor, now, *server));
  return TellOf(transaction, "person.key_reset", row.person, now);
}

}  // namespace

std::string InvitationSubject(const NewPerson& who) {
  // The name as a digest: subjects stand in the clear.
  const auto digest = vault::Sha256(AsBytes(who.name));
  std::array<std::byte, 16> name;
  std::copy_n(digest.begin(), name.size(), name.begin());
  return "invite " + ToHex(name) + " role " + std::string(RoleCode(who.role)) + " team " +
         (who.team ? ToHex(who.team->bytes()) : "none");
}

Result<Invitation> Invite(store::Transaction& transaction, const CentreKeys& keys,
                          const Roles& roles, const Actor& who,
                          const std::optional<ApprovalId>& approval, const NewPerson& person,
                          Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonInvite));
  if (person.name.empty() || person.name.size() > kMaxNameBytes) {
    return Error{ErrorCode::kInvalidArgument, "name: has 1 to 200 bytes"};
  }
  if (person.role == Role::kSurvivor) {
    return Error{ErrorCode::kInvalidArgument, "role: survivors get a code and no account"};
  }
  if (person.team && !TRY(HasTeam(transaction, *person.team))) {
    return Error{ErrorCode::kNotFound, "team: no such one"};
  }
  if (who.system() != nullptr) {
    if (person.role != Role::kSupervisor ||
        TRY(CountActive(transaction, Role::kSupervisor)) >= kFirstSupervisors) {
      return Error{ErrorCode::kPermissionDenied,
                   "person.invite: the system invites the first three supervisors only; "
                   "supervisors invite the others"};
    }
  } else if (TakesApproval(roles, person.role)) {
    if (!approval) {
      return Error{ErrorCode::kPermissionDenied, "person.invite: the role " +
                                                     std::string(RoleCode(person.role)) +
                                                     " takes two supervisors: propose it first"};
    }
    TRY(UseApproval(transaction, keys, *approval, ActKind::kRole, InvitationSubject(person), now));
  }
  const auto id = vault::PersonId::Random();
  InvitationRow row;
  row.person = id;
  row.purpose = Purpose::kEnrol;
  row.name = SealColumn(keys, id, kPersonNameField, AsBytes(person.name));
  row.role = person.role;
  row.team = person.team;
  Invitation invitation = TRY(PutNew(transaction, keys, std::move(row), now));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.invited", now,
                   {{"person", ToHex(id.bytes())}, {"role", std::string(RoleCode(person.role))}}));
  return invitation;
}

Result<void> WithdrawInvitation(store::Transaction& transaction, const CentreKeys& keys,
                                const Actor& who, vault::PersonId person, Timestamp now) {
  TRY(Require(transaction, who, Permission::kPersonInvite));
  if (!TRY(DeleteInvitation(transaction, person))) {
    return Error{ErrorCode::kNotFound, "invitation: none waits for this person"};
  }
  return LogForCentre(transaction, keys, LogRefOf(who), "staff.invitation_withdrawn", now,
                      {{"person", ToHex(person.bytes())}});
}

Result<Invitation> ResetKey(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, ApprovalId approval, vault::PersonId person,
                            Timestamp now) {
  TRY(Require(transaction, who, Permission::kApprovalVote));
  const PersonRow row = TRY(LoadPresent(transaction, person));
  TRY(UseApproval(transaction, keys, approval, ActKind::kKeyReset, PersonSubject(person), now));
  TRY(UpdateLock(transaction, person, std::nullopt));
  TRY(UpdateTotp(transaction, person, std::nullopt));
  TRY(DeletePasskeys(transaction, person));
  TRY(DeleteSessionsOf(transaction, person.bytes(), std::nullopt));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.keys_reset", now,
                   {{"staff_number", std::to_string(row.person.number)}}));
  InvitationRow invitation;
  invitation.person = person;
  invitation.purpose = Purpose::kKey;
  invitation.role = row.person.role;
  return PutNew(transaction, keys, std::move(invitation), now);
}

Result<Invitation> ResetSecondFactor(store::Transaction& transaction, const CentreKeys& keys,
                                     const Actor& who, ApprovalId approval, vault::PersonId person,
                                     Timestamp now) {
  TRY(Require(transaction, who, Permission::kApprovalVote));
  const PersonRow row = TRY(LoadPresent(transaction, person));
  if (!row.lock) {
    return Error{ErrorCode::kInvalidArgument,
                 "staff " + std::to_string(row.person.number) + " waits for a new key already"};
  }
  TRY(UseApproval(transaction, keys, approval, ActKind::kSecondFactorReset, PersonSubject(person),
                  now));
  TRY(UpdateTotp(transaction, person, std::nullopt));
  TRY(DeletePasskeys(transaction, person));
  TRY(DeleteSessionsOf(transaction, person.bytes(), std::nullopt));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "staff.factor_changed", now,
                   {{"staff_number", std::to_string(row.person.number)}, {"reset", "yes"}}));
  InvitationRow invitation;
  invitation.person = person;
  invitation.purpose = Purpose::kSecondFactor;
  invitation.role = row.person.role;
  return PutNew(transaction, keys, std::move(invitation), now);
}

Result<Welcome> OpenInvitation(store::Database& database, const CentreKeys& keys,
                               std::string_view centre, std::string_view code, Timestamp now) {
  const auto hash = TRY(ReadCode(code));
  return database.Read([&](store::Transaction& transaction) -> Result<Welcome> {
    const InvitationRow row = TRY(FindGood(transaction, hash, now));
    Welcome welcome;
    welcome.role = row.role;
    welcome.asks_name = row.purpose == Purpose::kEnrol;
    welcome.asks_new_password = row.purpose != Purpose::kSecondFactor;
    welcome.name = row.name ? TRY(OpenTextColumn(keys, row.person, kPersonNameField, *row.name))
                            : TRY(FindPerson(transaction, keys, row.person)).name;
    const auto secret = TRY(OpenColumn(keys, row.person, kTotpField, row.totp));
    const auto totp = TRY(vault::Totp::FromSecret(secret.bytes()));
    welcome.totp_uri = totp.Uri(centre, welcome.name);
    welcome.totp_secret = totp.SecretText();
    return welcome;
  });
}

Result<vault::PersonId> AcceptInvitation(store::Database& database, const CentreKeys& keys,
                                         Argon2Gate& gate, const Source& source,
                                         std::string_view code, const EnrolmentForm& form,
                                         const Clock& clock) {
  const auto hash = TRY(ReadCode(code));
  struct Start {
    InvitationRow row;
    std::optional<PersonRow> person;
  };
  auto read = database.Read([&](store::Transaction& transaction) -> Result<Start> {
    InvitationRow found = TRY(FindGood(transaction, hash, clock.Now()));
    auto person = TRY(FindPersonRow(transaction, found.person));
    return Start{std::move(found), std::move(person)};
  });
  if (!read) return read.error();
  const Start& start = *read;
  std::string name;
  if (start.row.purpose == Purpose::kEnrol) name = TRY(NormalSignInName(form.sign_in_name));
  if (start.row.purpose != Purpose::kSecondFactor) {
    TRY(CheckPassword(form.password, start.person ? start.person->person.sign_in_name : name));
  }
  const std::int64_t step = TRY(CheckTotp(keys, start.row, form.totp_code, clock.Now()));
  Made made = TRY([&]() -> Result<Made> {
    const auto pass = gate.Enter(source);
    if (!pass) return pass.error();
    return MakeLock(start.row, start.person, form);
  }());
  made.totp_step = step;
  return database.Write([&](store::Transaction& transaction) -> Result<vault::PersonId> {
    const Timestamp now = clock.Now();
    const InvitationRow row = TRY(FindGood(transaction, hash, now));
    TRY(DeleteInvitation(transaction, row.person));
    TRY(row.purpose == Purpose::kEnrol ? StoreNewcomer(transaction, keys, row, name, made, now)
                                       : StoreReset(transaction, keys, row, made, now));
    return row.person;
  });
}

Result<void> CheckPassword(std::string_view password, std::string_view sign_in_name) {
  const auto refuse = [](const char* rule) {
    return Error{ErrorCode::kInvalidArgument, std::string("password: ") + rule};
  };
  if (password.size() > 1024) return refuse("has 1,024 bytes at most");
  const auto normal = TRY(vault::NormalPassword(password));
  // Every byte of UTF-8 that doesn't go on begins a character.
  const auto begins = [](std::byte byte) { return (byte & std::byte{0xc0}) != std::byte{0x80}; };
  // One that is typed may become many (U+FDFA: eighteen), and many may become one.
  const auto characters = std::min(std::ranges::count_if(AsBytes(password), begins),
                                   std::ranges::count_if(normal.bytes(), begins));
  std::set<std::string> different;
  std::string character;
  for (const std::byte byte : normal.bytes()) {
    if (begins(byte)) {
      if (!character.empty()) different.insert(character);
      character.clear();
    }
    character += static_cast<char>(byte);
  }
  different.insert(character);
  if (characters < 12) return refuse("must have 12 characters or more");
  if (different.size() < 5) return refuse("must have 5 different characters or more");
  if (!sign_in_name.empty() && password.find(sign_in_name) != std::string_view::npos) {
    return refuse("must not hold the sign-in name");
  }
  return {};
}

Result<std::string> NormalSignInName(std::string_view name) {
  const auto folded = TRY(vault::NormalName(name));
  const auto is_allowed = [](char letter) {
    return static_cast<unsigned char>(letter) >= 0x80 || (letter >= 'a' && letter <= 'z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_';
  };
  if (folded.size() < 2 || folded.size() > 64 ||
      !std::all_of(folded.begin(), folded.end(), is_allowed)) {
    return Error{ErrorCode::kInvalidArgument,
                 "sign-in name: 2 to 64 bytes of letters, digits, '.' and '_'"};
  }
  return folded;
}

}  // namespace jikimi::access
