#include "jikimi/centre.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "access/agencies.h"
#include "access/destructions.h"
#include "access/people.h"
#include "access/schema.h"
#include "casework/import.h"
#include "casework/schema.h"
#include "http/idempotency.h"
#include "jikimi/log_head.h"
#include "log/entries.h"
#include "log/sequencer.h"
#include "vault/signing.h"

namespace jikimi {
namespace {

struct LogKeys {
  log::NoteSigner signer;
  std::vector<log::Succession> successions;
};

// The log's name is the centre's origin until a restore gives it another one.
Result<LogKeys> LogKeysOf(const Config& config, const access::CentreKeys& keys) {
  auto successions = log::OpenSuccessions(keys.log_successions());
  if (!successions) return Prefixed(keys.folder().native(), std::move(successions).error());
  const std::string& first =
      successions->empty() ? config.centre.origin : successions->front().former.name();
  if (first != config.centre.origin) {
    return Error{ErrorCode::kInvalidArgument,
                 "centre.origin: the log began as \"" + first + "\", which is for good"};
  }
  auto signer =
      TRY(log::NoteSigner::Create(successions->empty() ? first : successions->back().next.name(),
                                  vault::SigningKey::FromSeed(keys.log_key().seed())));
  if (!successions->empty() && successions->back().next.ToText() != signer.verifier().ToText()) {
    return Error{ErrorCode::kCorrupt,
                 keys.folder().native() + ": the log's key is not the one that its notes lead to"};
  }
  return LogKeys{std::move(signer), std::move(*successions)};
}

// Refuses a database that another key than the present one signed last, or that the present one
// has been further with.
Result<void> CheckLogKey(Centre& centre) {
  const auto keys = centre.LogKeys();
  const auto signer = log::LastSigner(centre.database, keys);
  if (!signer && signer.error().code == ErrorCode::kPermissionDenied) {
    return Error{ErrorCode::kPermissionDenied,
                 "the log was last signed by a key that is not in the folder of keys: that is an "
                 "old copy, or another centre's"};
  }
  // What is damaged the sequencer refuses, and `jikimi verify log` names.
  if (!signer && signer.error().code == ErrorCode::kInvalidArgument) return {};
  if (!signer && signer.error().code == ErrorCode::kCorrupt) return {};
  if (!signer) return signer.error();
  if (*signer != std::size_t{0} && (*signer || !centre.log_successions.empty())) {
    return Error{ErrorCode::kUnavailable,
                 "the database goes back to before the log's present key: it was put back from a "
                 "backup, or a restore of it did not end; run `jikimi restore` on it first"};
  }
  return CheckLogHead(centre.database, centre.keys.folder(), keys);
}

}  // namespace

std::vector<store::Schema> AllSchemas() {
  return {store::StoreSchema(), log::LogSchema(), access::AccessSchema(),
          casework::CaseworkSchema(), http::HttpSchema()};
}

std::vector<access::ServerField> AllServerFields() {
  auto fields = access::PeopleServerFields();
  for (auto& field : casework::ServerFields()) fields.push_back(std::move(field));
  return fields;
}

access::CentreKeysOptions KeysOptions(const Config& config) {
  access::CentreKeysOptions options{config.keys.folder, {}};
  for (std::string_view rest = config.keys.copies; !rest.empty();) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (end > 0) options.copies.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return options;
}

Result<store::Database> OpenExistingDatabase(const Config& config) {
  auto database = store::Database::Open(
      config.database.url, {.max_connections = static_cast<int>(config.database.connections),
                            .missing_file = store::MissingFile::kIsRefused});
  if (!database.has_value() && database.error().code == ErrorCode::kNotFound) {
    Error error = database.error();
    error.message +=
        " (database.url); `jikimi init` opens a centre, `jikimi restore` brings one back";
    return error;
  }
  return database;
}

Result<std::unique_ptr<Centre>> OpenCentre(const Config& config, Expect expect) {
  SystemClock clock;
  auto database = TRY(OpenExistingDatabase(config));
  const auto schemas = AllSchemas();
  if (expect == Expect::kUpgrade) {
    TRY(store::Migrate(database, schemas, clock));
  } else {
    TRY(store::CheckSchema(database, schemas));
  }
  auto loaded = access::CentreKeys::Load(KeysOptions(config));
  if (!loaded.has_value()) {
    Error error = loaded.error();
    if (error.code == ErrorCode::kNotFound) error.message += "; `jikimi init` opens a centre";
    return error;
  }
  access::CentreKeys keys = std::move(*loaded);
  if (expect != Expect::kDatabase) {
    TRY(keys.CheckBelongsTo(database, clock.Now()));
    TRY(access::FlushJournal(database, keys));
    TRY(access::CheckReplayed(database, keys));
  }
  auto log_keys = TRY(LogKeysOf(config, keys));
  auto roles = TRY(access::Roles::BuiltIn());
  auto rules = TRY(casework::Rulebook::Load());
  rules.jurisdiction = config.centre.country;
  std::unique_ptr<Centre> centre(
      new Centre{config, clock, std::move(database), std::move(keys), std::move(roles),
                 std::move(rules), std::move(log_keys.signer), std::move(log_keys.successions)});
  if (expect != Expect::kDatabase) TRY(CheckLogKey(*centre));
  if (expect == Expect::kUpgrade) {
    // Agencies that are new, or have another name, since the version before.
    TRY(centre->database.Write([&](store::Transaction& transaction) {
      return access::AddShippedAgencies(transaction, centre->clock.Now());
    }));
    TRY(casework::CompleteImported(centre->database, centre->keys));
  }
  return centre;
}

std::vector<log::NoteVerifier> Centre::LogKeys() const {
  std::vector<log::NoteVerifier> all = {log_signer.verifier()};
  const auto former = log::FormerKeys(log_successions);
  all.insert(all.end(), former.begin(), former.end());
  return all;
}

}  // namespace jikimi
