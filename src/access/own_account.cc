#include <algorithm>

#include "access/actor_log.h"
#include "access/enrolment.h"
#include "access/people_tables.h"
#include "access/session_tables.h"
#include "access/sign_in.h"

// What people of staff do with their own sessions, password and passkeys.
namespace jikimi::access {
namespace {

constexpr std::size_t kMaxLabelBytes = 100;
constexpr std::size_t kMaxPasskeys = 20;

// The actor's own row; the session must still hold.
Result<PersonRow> LoadOwn(store::Transaction& transaction, const StaffActor& staff) {
  TRY(CheckStaffSessionHolds(transaction, staff.session, staff.person, staff.revision));
  auto row = TRY(FindPersonRow(transaction, staff.person));
  if (!row) return SessionOver();
  return std::move(*row);
}

}  // namespace

Result<std::vector<SessionRow>> SignIn::Sessions(const Actor& who) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  return database_.Read([&](store::Transaction& transaction) -> Result<std::vector<SessionRow>> {
    std::vector<SessionRow> rows;
    const Timestamp now = clock_.Now();
    for (StoredSession& session :
         TRY(ListSessions(transaction, staff.person.bytes(), SessionKind::kStaff))) {
      const bool is_over =
          session.ends_at <= now || session.last_used_at + options_.times.idle <= now;
      if (is_over) continue;
      rows.push_back(
          {session.id, session.began_at, session.last_used_at, std::move(session.device)});
    }
    return rows;
  });
}

Result<void> SignIn::EndSession(const Actor& who, const vault::SessionId& session) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  return database_.Write([&](store::Transaction& transaction) -> Result<void> {
    const auto found = TRY(FindSession(transaction, session));
    if (!found || found->subject != staff.person.bytes()) {
      return Error{ErrorCode::kNotFound, "session: no such one of yours"};
    }
    TRY(DeleteSession(transaction, session));
    return {};
  });
}

Result<std::int64_t> SignIn::EndSessions(const Actor& who, vault::PersonId of) {
  const bool is_own = who.staff() != nullptr && who.staff()->person == of;
  return database_.Write([&](store::Transaction& transaction) -> Result<std::int64_t> {
    if (!is_own) TRY(Require(transaction, who, Permission::kPersonLock));
    return DeleteSessionsOf(transaction, of.bytes(), std::nullopt);
  });
}

Result<void> SignIn::ChangePassword(const Actor& who, std::string_view old_password,
                                    std::string_view new_password, const Source& source) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  TRY(quota_.Take(source, clock_.Now()));
  const TryKey tries = MakeTryKey(keys_.server()->current(), "own password", staff.person.bytes());
  auto charged = database_.Write([&](store::Transaction& transaction) -> Result<PersonRow> {
    TRY(ChargeTry(transaction, tries, options_.name_and_source, clock_.Now()));
    return LoadOwn(transaction, staff);
  });
  const PersonRow row = TRY(std::move(charged));
  if (!row.lock) return SessionOver();
  TRY(CheckPassword(new_password, row.person.sign_in_name));
  const auto old_lock = TRY(vault::PersonLock::Parse(*row.lock));
  const auto lock = TRY([&]() -> Result<vault::PersonLock> {
    const auto pass = gate_.Enter(source);
    if (!pass) return pass.error();
    return old_lock.ChangePassword({staff.person, row.person.key_version}, old_password,
                                   new_password);
  }());
  return database_.Write([&](store::Transaction& transaction) -> Result<void> {
    const PersonRow now_row = TRY(LoadOwn(transaction, staff));
    if (now_row.lock != row.lock) {
      return Error{ErrorCode::kUnavailable, "password: was changed meanwhile, elsewhere"};
    }
    TRY(ForgiveTries(transaction, tries));
    TRY(UpdateLock(transaction, staff.person, lock.bytes()));
    TRY(DeleteSessionsOf(transaction, staff.person.bytes(), staff.session));
    return LogForCentre(transaction, keys_, LogRefOf(who), "staff.password_changed", clock_.Now(),
                        {});
  });
}

Result<PasskeyChallenge> SignIn::AskNewPasskey(const Actor& who) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  if (options_.site.rp_id.empty()) {
    return Error{ErrorCode::kUnsupported, "passkeys: this centre has none configured"};
  }
  return database_.Write([&](store::Transaction& transaction) -> Result<PasskeyChallenge> {
    TRY(LoadOwn(transaction, staff));
    const PasskeyChallenge challenge = vault::RandomArray<32>();
    TRY(PutChallenge(transaction, staff.session, {challenge.begin(), challenge.end()}));
    return challenge;
  });
}

Result<void> SignIn::AddPasskey(const Actor& who, const PasskeyRegistration& answer,
                                std::string_view label) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  if (label.empty() || label.size() > kMaxLabelBytes) {
    return Error{ErrorCode::kInvalidArgument, "passkey: its label has 1 to 100 bytes"};
  }
  // The question is gone with the first answer, whatever that is.
  auto taken = database_.Write([&](store::Transaction& transaction) -> Result<PasskeyChallenge> {
    TRY(LoadOwn(transaction, staff));
    return TakeChallengeOf(transaction, staff.session);
  });
  const PasskeyChallenge challenge = TRY(std::move(taken));
  const Passkey passkey = TRY(CheckPasskeyRegistration(options_.site, challenge, answer));
  return database_.Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(LoadOwn(transaction, staff));
    if (TRY(ListPasskeys(transaction, staff.person)).size() >= kMaxPasskeys) {
      return Error{ErrorCode::kResourceExhausted, "passkeys: 20 at most, remove one first"};
    }
    TRY(InsertPasskey(transaction, {passkey, staff.person, std::string(label), clock_.Now()}));
    return LogForCentre(transaction, keys_, LogRefOf(who), "staff.factor_changed", clock_.Now(),
                        {{"passkey", "added"}});
  });
}

Result<std::vector<SignIn::PasskeyRow>> SignIn::Passkeys(const Actor& who) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  return database_.Read([&](store::Transaction& transaction) -> Result<std::vector<PasskeyRow>> {
    std::vector<PasskeyRow> rows;
    for (StoredPasskey& stored : TRY(ListPasskeys(transaction, staff.person))) {
      rows.push_back(
          {std::move(stored.passkey.credential_id), std::move(stored.label), stored.added_at});
    }
    return rows;
  });
}

Result<void> SignIn::RemovePasskey(const Actor& who, std::span<const std::byte> credential_id) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  return database_.Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(LoadOwn(transaction, staff));
    if (!TRY(DeletePasskey(transaction, staff.person, credential_id))) {
      return Error{ErrorCode::kNotFound, "passkey: no such one of yours"};
    }
    return LogForCentre(transaction, keys_, LogRefOf(who), "staff.factor_changed", clock_.Now(),
                        {{"passkey", "removed"}});
  });
}

}  // namespace jikimi::access
