#include "access/sign_in.h"

#include <algorithm>

#include "access/actor_log.h"
#include "access/enrolment.h"
#include "access/people_tables.h"
#include "access/sealed_columns.h"
#include "access/session_tables.h"
#include "base/bytes.h"
#include "vault/hkdf.h"
#include "vault/totp.h"

namespace jikimi::access {
namespace {

constexpr std::size_t kMaxDeviceBytes = 100;
constexpr std::size_t kKnownPlaces = 10'000;

Error WrongNameOrPassword() {
  return {ErrorCode::kPermissionDenied, "sign-in: wrong name or password"};
}
Error WrongSecondFactor() {
  return {ErrorCode::kPermissionDenied, "sign-in: the second factor is wrong"};
}

vault::PersonId PersonOf(const StoredSession& session) { return vault::PersonId(session.subject); }

std::vector<std::byte> NameAndSource(std::string_view name, const Source& source) {
  ByteWriter writer;
  writer.PutBytes(source.hash);
  writer.PutBytes(AsBytes(name));
  return std::move(writer).Take();
}

log::ActorRef LogStaff(const Person& person) {
  return log::ActorRef::Staff(RoleCode(person.role), std::to_string(person.number));
}

TryKey SecondFactorKey(const CentreKeys& keys, vault::PersonId person) {
  return MakeTryKey(keys.server()->current(), "second factor", person.bytes());
}

// What a browser says of itself, as far as it is plain text.
std::string ShownDevice(std::string_view device) {
  std::string shown;
  for (const char letter : device.substr(0, kMaxDeviceBytes)) {
    shown += letter >= ' ' && letter <= '~' ? letter : '?';
  }
  return shown;
}

// A pending session with its person, as both stand now.
struct PendingPerson {
  StoredSession session;
  PersonRow row;
};

Result<PendingPerson> FindPending(store::Transaction& transaction, vault::SessionId id,
                                  Timestamp now) {
  auto session = TRY(FindSession(transaction, id));
  if (!session || session->kind != SessionKind::kPending || session->ends_at <= now) {
    return SessionOver();
  }
  auto row = TRY(FindPersonRow(transaction, PersonOf(*session)));
  if (!row || row->person.state != PersonState::kActive ||
      row->person.revision != session->revision) {
    return SessionOver();
  }
  return PendingPerson{std::move(*session), std::move(*row)};
}

Result<std::int64_t> CheckTotpCode(const CentreKeys& keys, const PersonRow& row,
                                   std::string_view code, Timestamp now) {
  if (!row.totp) return WrongSecondFactor();
  const auto secret = TRY(OpenColumn(keys, row.person.id, kTotpField, *row.totp));
  const auto totp = TRY(vault::Totp::FromSecret(secret.bytes()));
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return totp.Verify(code, seconds, row.totp_last_step);
}

}  // namespace

Result<std::unique_ptr<SignIn>> SignIn::Create(store::Database& database, const CentreKeys& keys,
                                               const Roles& roles, const Clock& clock,
                                               Argon2Gate& gate, const SignInOptions& options) {
  if (!options.site.rp_id.empty()) TRY(options.site.Check());
  const auto pair = vault::PersonKeyPair::Generate({vault::PersonId::Random(), 1});
  const auto password = vault::SessionSecret::Generate().ToText();
  const auto text = password.bytes();
  auto decoy = TRY(vault::PersonLock::Create(
      pair, std::string_view(reinterpret_cast<const char*>(text.data()), text.size())));
  return std::unique_ptr<SignIn>(
      new SignIn(database, keys, roles, clock, gate, options, std::move(decoy)));
}

SignIn::SignIn(store::Database& database, const CentreKeys& keys, const Roles& roles,
               const Clock& clock, Argon2Gate& gate, const SignInOptions& options,
               vault::PersonLock decoy)
    : database_(database),
      keys_(keys),
      roles_(roles),
      clock_(clock),
      gate_(gate),
      options_(options),
      decoy_(std::move(decoy)),
      quota_(options.quota) {}

bool SignIn::IsKnownPlace(const TryKey& place) {
  const std::lock_guard lock(mutex_);
  return known_.contains(place);
}

void SignIn::RememberPlace(const TryKey& place) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kKnownPlaces) known_.clear();
  known_.insert(place);
}

Result<Pending> SignIn::Password(std::string_view name, std::string_view password,
                                 const Source& source, std::string_view device) {
  TRY(quota_.Take(source, clock_.Now()));
  // A name that can't be one is tried like an unknown one.
  const std::string normal = NormalSignInName(name).value_or(std::string());
  const auto server = keys_.server();
  const TryKey place =
      MakeTryKey(server->current(), "name and source", NameAndSource(normal, source));
  const TryKey anywhere = MakeTryKey(server->current(), "name", AsBytes(normal));
  const bool is_known = IsKnownPlace(place);
  auto charged =
      database_.Write([&](store::Transaction& transaction) -> Result<std::optional<PersonRow>> {
        TRY(ChargeTry(transaction, place, options_.name_and_source, clock_.Now()));
        if (!is_known) TRY(ChargeTry(transaction, anywhere, options_.name, clock_.Now()));
        return FindPersonByName(transaction, normal);
      });
  const auto row = TRY(std::move(charged));
  const bool may_enter = row && row->lock && row->person.state == PersonState::kActive;
  const vault::KeyName<vault::KeyKind::kPerson> key_name =
      row ? vault::KeyName<vault::KeyKind::kPerson>{row->person.id, row->person.key_version}
          : vault::KeyName<vault::KeyKind::kPerson>{};
  const auto opened = [&]() -> Result<vault::PersonKeyPair> {
    const auto pass = gate_.Enter(source);
    if (!pass) return pass.error();
    if (!row || !row->lock) return decoy_.Open(key_name, password);
    const auto lock = TRY(vault::PersonLock::Parse(*row->lock));
    return lock.Open(key_name, password);
  }();
  if (!opened && opened.error().code != ErrorCode::kPermissionDenied &&
      opened.error().code != ErrorCode::kInvalidArgument) {
    return opened.error();
  }
  if (!opened || !may_enter) return WrongNameOrPassword();
  auto pending = database_.Write([&](store::Transaction& transaction) -> Result<Pending> {
    const Timestamp now = clock_.Now();
    TRY(ForgiveTries(transaction, place));
    if (!is_known) TRY(ForgiveTries(transaction, anywhere));
    const auto secret = vault::SessionSecret::Generate();
    const auto sealed = vault::SealSession(secret, *opened);
    TRY(InsertSession(transaction, {.id = secret.Id(),
                                    .kind = SessionKind::kPending,
                                    .subject = row->person.id.bytes(),
                                    .sealed = sealed.bytes(),
                                    .revision = row->person.revision,
                                    .began_at = now,
                                    .last_used_at = now,
                                    .ends_at = now + options_.times.second_factor,
                                    .device = ShownDevice(device),
                                    .challenge = {}}));
    const auto passkeys = TRY(ListPasskeys(transaction, row->person.id));
    return Pending{secret.ToText(), now + options_.times.second_factor, row->totp.has_value(),
                   !passkeys.empty()};
  });
  if (pending) RememberPlace(place);
  return pending;
}

Result<SignedIn> SignIn::Begin(store::Transaction& transaction, const StoredSession& pending,
                               const Person& person, const vault::SessionSecret& old_secret) {
  const Timestamp now = clock_.Now();
  if (!pending.sealed) return SessionOver();
  const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kSession>::Parse(*pending.sealed));
  auto pair = TRY(vault::OpenSession(old_secret, {person.id, person.key_version}, sealed));
  if (!TRY(DeleteSession(transaction, pending.id))) return SessionOver();
  TRY(ForgiveTries(transaction, SecondFactorKey(keys_, person.id)));
  const auto secret = vault::SessionSecret::Generate();
  TRY(InsertSession(transaction, {.id = secret.Id(),
                                  .kind = SessionKind::kStaff,
                                  .subject = person.id.bytes(),
                                  .sealed = vault::SealSession(secret, pair).bytes(),
                                  .revision = person.revision,
                                  .began_at = now,
                                  .last_used_at = now,
                                  .ends_at = now + options_.times.absolute,
                                  .device = pending.device,
                                  .challenge = {}}));
  TRY(LogForCentre(transaction, keys_, LogStaff(person), "staff.signed_in", now, {}));
  StaffActor staff{.person = person.id,
                   .number = person.number,
                   .role = person.role,
                   .team = person.team,
                   .session = secret.Id(),
                   .revision = person.revision,
                   .covers = TRY(CoveredBy(transaction, person.id, now)),
                   .pair = std::move(pair)};
  return SignedIn{secret.ToText(), Actor(std::move(staff), roles_.Of(person.role))};
}

Result<SignedIn> SignIn::Totp(std::string_view pending_cookie, std::string_view code) {
  const auto secret = TRY(ParseCookie(pending_cookie));
  // Counted first and for good, so that many tries at once are no more than one after the other.
  auto charged = database_.Write([&](store::Transaction& transaction) -> Result<void> {
    const auto pending = TRY(FindPending(transaction, secret.Id(), clock_.Now()));
    return ChargeTry(transaction, SecondFactorKey(keys_, PersonOf(pending.session)),
                     options_.second_factor, clock_.Now());
  });
  TRY(std::move(charged));
  auto entered = database_.Write([&](store::Transaction& transaction) -> Result<SignedIn> {
    const auto pending = TRY(FindPending(transaction, secret.Id(), clock_.Now()));
    const auto step = TRY(CheckTotpCode(keys_, pending.row, code, clock_.Now()));
    if (!TRY(UseTotpStep(transaction, pending.row.person.id, step))) return WrongSecondFactor();
    return Begin(transaction, pending.session, pending.row.person, secret);
  });
  if (!entered) return Refused(secret.Id(), entered.error());
  return entered;
}

Error SignIn::Refused(const vault::SessionId& pending, const Error& error) {
  if (error.code != ErrorCode::kPermissionDenied && error.code != ErrorCode::kInvalidArgument) {
    return error;
  }
  // Somebody has the password and not the second factor: that is written down. Failing to is no
  // reason to say anything else.
  (void)database_.Write([&](store::Transaction& transaction) -> Result<void> {
    const auto found = TRY(FindPending(transaction, pending, clock_.Now()));
    return LogForCentre(transaction, keys_, LogStaff(found.row.person), "staff.sign_in_refused",
                        clock_.Now(), {});
  });
  return error == SessionOver() || error.code == ErrorCode::kInvalidArgument ? error
                                                                             : WrongSecondFactor();
}

Result<SignIn::PasskeyQuestion> SignIn::AskPasskey(std::string_view pending_cookie) {
  if (options_.site.rp_id.empty()) {
    return Error{ErrorCode::kUnsupported, "passkeys: this centre has none configured"};
  }
  const auto secret = TRY(ParseCookie(pending_cookie));
  return database_.Write([&](store::Transaction& transaction) -> Result<PasskeyQuestion> {
    const auto pending = TRY(FindPending(transaction, secret.Id(), clock_.Now()));
    PasskeyQuestion question{vault::RandomArray<32>(), {}};
    for (StoredPasskey& passkey : TRY(ListPasskeys(transaction, pending.row.person.id))) {
      question.credential_ids.push_back(std::move(passkey.passkey.credential_id));
    }
    TRY(PutChallenge(transaction, secret.Id(),
                     {question.challenge.begin(), question.challenge.end()}));
    return question;
  });
}

Result<PasskeyChallenge> SignIn::TakeChallengeOf(store::Transaction& transaction,
                                                 const vault::SessionId& session) {
  const auto bytes = TRY(TakeChallenge(transaction, session));
  PasskeyChallenge challenge;
  if (!bytes || bytes->size() != challenge.size()) {
    return Error{ErrorCode::kPermissionDenied,
                 "passkey: no question was asked, or it was answered"};
  }
  std::copy(bytes->begin(), bytes->end(), challenge.begin());
  return challenge;
}

Result<SignedIn> SignIn::AnswerPasskey(std::string_view pending_cookie,
                                       const PasskeyAssertion& answer) {
  const auto secret = TRY(ParseCookie(pending_cookie));
  auto charged = database_.Write([&](store::Transaction& transaction) -> Result<PasskeyChallenge> {
    const auto pending = TRY(FindPending(transaction, secret.Id(), clock_.Now()));
    TRY(ChargeTry(transaction, SecondFactorKey(keys_, PersonOf(pending.session)),
                  options_.second_factor, clock_.Now()));
    return TakeChallengeOf(transaction, secret.Id());
  });
  const PasskeyChallenge challenge = TRY(std::move(charged));
  auto entered = database_.Write([&](store::Transaction& transaction) -> Result<SignedIn> {
    const auto pending = TRY(FindPending(transaction, secret.Id(), clock_.Now()));
    for (const StoredPasskey& stored : TRY(ListPasskeys(transaction, pending.row.person.id))) {
      if (!std::equal(stored.passkey.credential_id.begin(), stored.passkey.credential_id.end(),
                      answer.credential_id.begin(), answer.credential_id.end())) {
        continue;
      }
      const auto count =
          TRY(CheckPasskeyAssertion(options_.site, challenge, stored.passkey, answer));
      TRY(UpdateSignCount(transaction, stored.passkey.credential_id, count));
      return Begin(transaction, pending.session, pending.row.person, secret);
    }
    return WrongSecondFactor();
  });
  if (!entered) return Refused(secret.Id(), entered.error());
  return entered;
}

Result<Actor> SignIn::Check(store::Transaction& transaction, std::string_view cookie) const {
  auto checked = TRY(Checked(transaction, cookie));
  return std::move(checked.actor);
}

Result<SignIn::CheckedActor> SignIn::Checked(store::Transaction& transaction,
                                             std::string_view cookie) const {
  const auto secret = TRY(ParseCookie(cookie));
  const Timestamp now = clock_.Now();
  const auto found = TRY(FindStaffSession(transaction, secret.Id(), now));
  if (!found || found->session.kind != SessionKind::kStaff || !found->is_active ||
      found->revision != found->session.revision || found->session.ends_at <= now ||
      found->session.last_used_at + options_.times.idle <= now || !found->session.sealed) {
    return SessionOver();
  }
  const auto person = PersonOf(found->session);
  const auto sealed =
      TRY(vault::SealedUnder<vault::KeyKind::kSession>::Parse(*found->session.sealed));
  auto pair = vault::OpenSession(secret, {person, found->key_version}, sealed);
  if (!pair) return SessionOver();
  StaffActor staff{.person = person,
                   .number = found->number,
                   .role = found->role,
                   .team = found->team,
                   .session = secret.Id(),
                   .revision = found->revision,
                   .covers = {},
                   .pair = std::move(*pair)};
  if (found->has_covers) staff.covers = TRY(CoveredBy(transaction, person, now));
  return CheckedActor{Actor(std::move(staff), roles_.Of(found->role)), found->session.last_used_at};
}

Result<Actor> SignIn::Check(std::string_view cookie) {
  auto checked = TRY(database_.Read(
      [&](store::Transaction& transaction) { return Checked(transaction, cookie); }));
  const Timestamp now = clock_.Now();
  if (now - checked.last_used_at >= kTouchEvery) {
    TRY(database_.Write([&](store::Transaction& transaction) {
      return TouchSession(transaction, checked.actor.staff()->session, now);
    }));
  }
  return std::move(checked.actor);
}

Result<void> SignIn::SignOut(std::string_view cookie) {
  const auto secret = vault::SessionSecret::Parse(cookie);
  if (!secret) return {};
  return database_.Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(DeleteSession(transaction, secret->Id()));
    return {};
  });
}

Result<void> SignIn::Prune() {
  return database_.Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(PruneSessions(transaction, clock_.Now()));
    TRY(PruneTries(transaction, clock_.Now()));
    return {};
  });
}

}  // namespace jikimi::access
