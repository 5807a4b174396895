#include "jikimi/restore_log.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "access/act_log.h"
#include "access/actor.h"
#include "base/bytes.h"
#include "jikimi/log_head.h"
#include "log/sequencer.h"
#include "vault/signing.h"

namespace jikimi {
namespace {

std::vector<log::EntryField> FieldsOf(const log::Succession& succession) {
  return {{"size", std::to_string(succession.size)},
          {"root", ToHex(succession.root.bytes)},
          {"former_key", succession.former.ToText()},
          {"next_key", succession.next.ToText()}};
}

}  // namespace

Result<NewLogKey> GoOnUnderNewLogKey(Centre& centre) {
  const auto key = vault::SigningKey::Generate();
  const auto name =
      centre.config.centre.origin + "-" + std::to_string(centre.log_successions.size() + 2);
  const auto next = TRY(log::NoteSigner::Create(name, vault::SigningKey::FromSeed(key.seed())));
  const auto former = centre.LogKeys();
  const auto& folder = centre.keys.folder();
  const auto kept_size = TRY(KeptLogSize(folder, former));
  const Timestamp now = centre.clock.Now();
  const auto keep = [&](store::Transaction& transaction, const log::Succession& succession,
                        const std::string& note) -> Result<void> {
    TRY(access::LogCentreAct(transaction, centre.keys,
                             access::Actor(access::SystemActor{"restore"}), "restore.done",
                             FieldsOf(succession), now));
    // The file comes before the commit: no key that signed in the database is without its file.
    return centre.keys.ReplaceLogKey(key, centre.keys.log_successions() + note);
  };
  const auto succession = TRY(log::HandOver(centre.database, centre.log_signer, next,
                                            std::span(former).subspan(1), now, keep));
  log::Sequencer sequencer(centre.database, next, centre.clock, {.former = former});
  while (TRY(sequencer.RunOnce()) > 0) {
  }
  std::vector<log::NoteVerifier> keys = {next.verifier()};
  keys.insert(keys.end(), former.begin(), former.end());
  TRY(KeepLogHead(centre.database, folder, keys));
  const std::uint64_t kept = kept_size.value_or(0);
  return NewLogKey{succession, kept > succession.size ? kept - succession.size : 0};
}

}  // namespace jikimi
