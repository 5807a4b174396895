#include <algorithm>

#include "access/actor_log.h"
#include "access/receipts.h"
#include "access/representative_end.h"
#include "access/session_tables.h"
#include "access/survivor_tables.h"
#include "access/survivors.h"
#include "base/bytes.h"
#include "vault/hkdf.h"
#include "vault/normal_text.h"
#include "vault/wrap.h"

namespace jikimi::access {
namespace {

// One answer for a wrong, an unknown, a locked and a destroyed code, and for a wrong word.
Error OpensNothing() {
  return {ErrorCode::kPermissionDenied, "code: opens nothing; look at each character again"};
}

std::vector<std::byte> LocatorAndSource(std::string_view locator, const Source& source) {
  ByteWriter writer;
  writer.PutBytes(source.hash);
  writer.PutBytes(AsBytes(locator));
  return std::move(writer).Take();
}

Error Changed() { return {ErrorCode::kUnavailable, "code: was changed meanwhile; come in again"}; }

// That the row is still what was read before the slow part.
Result<void> CheckSame(store::Transaction& transaction, const SurvivorRow& row) {
  const auto found = TRY(FindSurvivorRow(transaction, row.id));
  if (!found) return OpensNothing();
  if (found->lock != row.lock || found->of_case != row.of_case) return Changed();
  return {};
}

log::ActorRef RefOf(const SurvivorRow& row) {
  return row.representative ? log::ActorRef::Representative(row.representative->who.role)
                            : log::ActorRef::Survivor();
}

// ReplaceSurvivor() as ReplaceRepresentative() is called.
Result<void> ReplaceHers(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                         OpenedCase& opened, const vault::SurvivorPublicKey& key, Timestamp now) {
  return ReplaceSurvivor(transaction, keys, who, opened, key, now);
}

std::optional<vault::SurvivorKeyPair> CopyOf(const std::optional<vault::SurvivorKeyPair>& pair) {
  if (!pair) return std::nullopt;
  return vault::SurvivorKeyPair::FromPrivateHalf(pair->name(), pair->private_half());
}

}  // namespace

struct SurvivorDoor::Tried {
  SurvivorRow row;
  vault::SurvivorLock::Opened opened;
  std::optional<TryKey> key;  // that was charged
};

// What a code's locator leads to: a survivor, or nobody's decoy, which costs the same to try.
struct SurvivorDoor::Found {
  SurvivorRow row;
  vault::SurvivorLock lock;
  bool is_real = false;
};

SurvivorDoor::SurvivorDoor(store::Database& database, const CentreKeys& keys, const Roles& roles,
                           const Clock& clock, Argon2Gate& gate, const SurvivorOptions& options)
    : database_(database),
      keys_(keys),
      roles_(roles),
      clock_(clock),
      gate_(gate),
      options_(options),
      quota_(options.quota) {}

Result<SurvivorDoor::Found> SurvivorDoor::Find(const vault::SurvivorCode& code) {
  const std::string locator = code.Locator();
  auto row = TRY(database_.Read(
      [&](store::Transaction& transaction) { return FindByLocator(transaction, locator); }));
  // Whose time is over is nobody, from that moment on.
  if (row && TRY(IsOver(keys_, *row, clock_.Now()))) row.reset();
  const bool is_real = row.has_value();
  const auto decoy = vault::SurvivorLock::Decoy(keys_.server()->current(), locator).bytes();
  if (!row) {
    row.emplace();
    row->id = vault::SurvivorId::Random();
    row->locator = locator;
    row->lock = decoy;
  }
  auto lock = TRY(vault::SurvivorLock::Parse(row->lock));
  return Found{std::move(*row), std::move(lock), is_real};
}

Result<SurvivorIn> SurvivorDoor::Begin(store::Transaction& transaction, const SurvivorRow& row,
                                       std::optional<vault::SurvivorKeyPair> pair) {
  const Timestamp now = clock_.Now();
  const auto secret = vault::SessionSecret::Generate();
  std::optional<std::vector<std::byte>> sealed;
  if (pair) sealed = vault::WrapPair(secret.Key(), *pair).bytes();
  TRY(InsertSession(transaction, {.id = secret.Id(),
                                  .kind = SessionKind::kSurvivor,
                                  .subject = row.id.bytes(),
                                  .sealed = std::move(sealed),
                                  .revision = row.key_version,
                                  .began_at = now,
                                  .last_used_at = now,
                                  .ends_at = now + options_.absolute,
                                  .device = {},
                                  .challenge = {}}));
  return SurvivorIn{secret.ToText(), TRY(MakeActor(row, secret.Id(), std::move(pair)))};
}

Result<Actor> SurvivorDoor::MakeActor(const SurvivorRow& row, const vault::SessionId& session,
                                      std::optional<vault::SurvivorKeyPair> pair) const {
  if (row.representative) {
    const PermissionSet& permissions =
        pair ? roles_.Representative() : roles_.SurvivorWithoutWord();
    return Actor(
        SurvivorActor{row.id, row.of_case, session, std::move(pair), row.representative->who},
        permissions);
  }
  const bool has_words = TRY(vault::SurvivorLock::Parse(row.lock)).has_words();
  const PermissionSet& permissions = pair        ? roles_.Of(Role::kSurvivor)
                                     : has_words ? roles_.SurvivorWithoutWord()
                                                 : roles_.SurvivorBeforeWords();
  return Actor(SurvivorActor{row.id, row.of_case, session, std::move(pair)}, permissions);
}

Result<SurvivorIn> SurvivorDoor::Enter(std::string_view code_text, const Source& source) {
  TRY(quota_.Take(source, clock_.Now()));
  const auto code = TRY(vault::SurvivorCode::Parse(code_text));
  const Found found = TRY(Find(code));
  const bool fits = found.lock.CheckCode(code).has_value();
  if (!fits || !found.is_real) return OpensNothing();
  return database_.Write([&](store::Transaction& transaction) -> Result<SurvivorIn> {
    TRY(CheckSame(transaction, found.row));
    return Begin(transaction, found.row, std::nullopt);
  });
}

Result<SurvivorDoor::Tried> SurvivorDoor::Try(const vault::SurvivorCode& code,
                                              std::string_view word, const Source& source) {
  // What can't be a word is refused before anything is looked up, so it tells nothing.
  if (TRY(vault::NormalWord(word)).empty()) {
    return Error{ErrorCode::kInvalidArgument, "word: is empty"};
  }
  Found found = TRY(Find(code));
  const bool fits = found.lock.CheckCode(code).has_value() && found.is_real;
  // Words are counted for who has the right code, wherever they come from. Who has a wrong one is
  // counted where they come from, so that nobody can hold her up by trying her locator.
  const auto server = keys_.server();
  const TryKey key =
      fits ? MakeTryKey(server->current(), "word", AsBytes(found.row.locator))
           : MakeTryKey(server->current(), "code", LocatorAndSource(found.row.locator, source));
  const auto charged = database_.Write([&](store::Transaction& transaction) {
    return ChargeTry(transaction, key, fits ? options_.word : options_.wrong_code, clock_.Now());
  });
  // Who has to wait is answered as if the code opened nothing, after the same work: another answer
  // would tell a code that is there from one that isn't, since only that one counts words.
  const bool locked = !charged && charged.error().code == ErrorCode::kResourceExhausted;
  if (!charged && !locked) return charged.error();
  auto opened = TRY([&]() -> Result<vault::SurvivorLock::Opened> {
    const auto pass = gate_.Enter(source);
    if (!pass) return pass.error();
    auto result = found.lock.OpenWithWord(code, {found.row.id, found.row.key_version}, word);
    if (!result && result.error().code == ErrorCode::kPermissionDenied) return OpensNothing();
    return result;
  }());
  if (locked) return OpensNothing();
  return Tried{std::move(found.row), std::move(opened), key};
}

Result<void> SurvivorDoor::MarkUnsafe(store::Transaction& transaction, const SurvivorRow& row) {
  const Timestamp now = clock_.Now();
  // Who forces her guardian is near her.
  const auto hers = TRY(FindByCase(transaction, row.of_case));
  if (hers) TRY(UpdateContactUnsafe(transaction, hers->id, now));
  TRY(LogForCase(transaction, keys_, log::ActorRef::System(), row.of_case, "contact.unsafe", now));
  return TellOf(transaction, "survivor.duress", row.of_case, now);
}

Result<SurvivorIn> SurvivorDoor::EnterWithWord(std::string_view code_text, std::string_view word,
                                               const Source& source) {
  TRY(quota_.Take(source, clock_.Now()));
  const auto code = TRY(vault::SurvivorCode::Parse(code_text));
  const Tried tried = TRY(Try(code, word, source));
  const bool is_duress = tried.opened.word == vault::SurvivorLock::Word::kDuress;
  return database_.Write([&](store::Transaction& transaction) -> Result<SurvivorIn> {
    TRY(CheckSame(transaction, tried.row));
    TRY(ForgiveTries(transaction, *tried.key));
    if (is_duress) {
      TRY(MarkUnsafe(transaction, tried.row));
    } else {
      TRY(LogForCase(transaction, keys_, RefOf(tried.row), tried.row.of_case,
                     tried.row.representative ? log::EntryKind("representative.signed_in")
                                              : log::EntryKind("survivor.signed_in"),
                     clock_.Now()));
    }
    return Begin(transaction, tried.row, CopyOf(tried.opened.pair));
  });
}

Result<SurvivorIn> SurvivorDoor::ChooseWords(std::string_view code_text, std::string_view word,
                                             const vault::SurvivorWords& words,
                                             const Source& source) {
  TRY(quota_.Take(source, clock_.Now()));
  const auto code = TRY(vault::SurvivorCode::Parse(code_text));
  std::optional<Tried> tried;
  if (word.empty()) {
    Found found = TRY(Find(code));
    auto pair = found.lock.OpenWithoutWord(code, {found.row.id, found.row.key_version});
    if (!pair || !found.is_real) return OpensNothing();
    tried.emplace(Tried{std::move(found.row),
                        {vault::SurvivorLock::Word::kSecond, std::move(*pair)},
                        std::nullopt});
  } else {
    tried = TRY(Try(code, word, source));
  }
  if (!tried->opened.pair) {
    // The duress word changes nothing, and the answer doesn't say that it was one.
    auto marked = database_.Write([&](store::Transaction& transaction) -> Result<void> {
      TRY(CheckSame(transaction, tried->row));
      return MarkUnsafe(transaction, tried->row);
    });
    TRY(std::move(marked));
    return OpensNothing();
  }
  const std::uint32_t version = tried->row.key_version + 1;
  const auto made = TRY([&]() -> Result<vault::SurvivorLock::Made> {
    const auto pass = gate_.Enter(source);
    if (!pass) return pass.error();
    return vault::SurvivorLock::Create(code, {tried->row.id, version}, words);
  }());
  return database_.Write([&](store::Transaction& transaction) -> Result<SurvivorIn> {
    TRY(CheckSame(transaction, tried->row));
    if (tried->key) TRY(ForgiveTries(transaction, *tried->key));
    TRY(DeleteSessionsOf(transaction, tried->row.id.bytes(), std::nullopt));
    // The case is opened with the old pair, as in any session, and rotated to the new one.
    const auto before = TRY(Begin(transaction, tried->row, CopyOf(tried->opened.pair)));
    OpenedCase opened = TRY(OpenCase(transaction, keys_, before.actor, tried->row.of_case));
    const auto replace = tried->row.representative ? ReplaceRepresentative : ReplaceHers;
    TRY(replace(transaction, keys_, before.actor, opened, made.pair.public_key(), clock_.Now()));
    SurvivorRow row = tried->row;
    row.lock = made.lock.bytes();
    row.key_version = version;
    TRY(UpdateSurvivorLock(transaction, row));
    TRY(DeleteSession(transaction, before.actor.survivor()->session));
    TRY(LogForCase(transaction, keys_, RefOf(row), row.of_case,
                   row.representative ? log::EntryKind("representative.words_chosen")
                                      : log::EntryKind("survivor.words_chosen"),
                   clock_.Now()));
    return Begin(
        transaction, row,
        vault::SurvivorKeyPair::FromPrivateHalf(made.pair.name(), made.pair.private_half()));
  });
}

Result<SurvivorDoor::CheckedActor> SurvivorDoor::Checked(store::Transaction& transaction,
                                                         std::string_view cookie) const {
  const auto secret = TRY(ParseCookie(cookie));
  const Timestamp now = clock_.Now();
  const auto session = TRY(FindSession(transaction, secret.Id()));
  if (!session || session->kind != SessionKind::kSurvivor || session->ends_at <= now ||
      session->last_used_at + options_.idle <= now) {
    return SessionOver();
  }
  const auto row = TRY(FindSurvivorRow(transaction, vault::SurvivorId(session->subject)));
  if (!row || static_cast<std::int64_t>(row->key_version) != session->revision ||
      TRY(IsOver(keys_, *row, now))) {
    return SessionOver();
  }
  std::optional<vault::SurvivorKeyPair> pair;
  if (session->sealed) {
    const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kSession>::Parse(*session->sealed));
    auto opened = vault::UnwrapPair(
        secret.Key(), vault::KeyName<vault::KeyKind::kSurvivor>{row->id, row->key_version}, sealed);
    if (!opened) return SessionOver();
    pair = std::move(*opened);
  }
  const bool has_words = TRY(vault::SurvivorLock::Parse(row->lock)).has_words();
  auto actor = TRY(MakeActor(*row, secret.Id(), std::move(pair)));
  return CheckedActor{std::move(actor), session->last_used_at, has_words};
}

Result<Actor> SurvivorDoor::Check(store::Transaction& transaction, std::string_view cookie) const {
  auto checked = TRY(Checked(transaction, cookie));
  return std::move(checked.actor);
}

Result<Actor> SurvivorDoor::Check(std::string_view cookie) {
  auto checked = TRY(database_.Read(
      [&](store::Transaction& transaction) { return Checked(transaction, cookie); }));
  const Timestamp now = clock_.Now();
  if (now - checked.last_used_at >= kTouchEvery) {
    TRY(database_.Write([&](store::Transaction& transaction) {
      return TouchSession(transaction, checked.actor.survivor()->session, now);
    }));
  }
  return std::move(checked.actor);
}

Result<bool> SurvivorDoor::HasWords(std::string_view cookie) {
  const auto checked = TRY(database_.Read(
      [&](store::Transaction& transaction) { return Checked(transaction, cookie); }));
  return checked.has_words;
}

Result<std::string> SurvivorDoor::Receipt(std::string_view code, std::string_view centre,
                                          std::chrono::microseconds kept, const Source& source) {
  const Timestamp now = clock_.Now();
  TRY(quota_.Take(source, now));
  return FetchReceipt(database_, keys_, centre, code, now - kept, now);
}

Result<void> SurvivorDoor::SignOut(std::string_view cookie) {
  const auto secret = vault::SessionSecret::Parse(cookie);
  if (!secret) return {};
  return database_.Write([&](store::Transaction& transaction) -> Result<void> {
    TRY(DeleteSession(transaction, secret->Id()));
    return {};
  });
}

}  // namespace jikimi::access
