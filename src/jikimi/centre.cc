#include "jikimi/centre.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "access/agencies.h"
#include "access/destructions.h"
#include "access/schema.h"
#include "casework/schema.h"
#include "http/idempotency.h"
#include "log/entries.h"
#include "vault/signing.h"

namespace jikimi {

std::vector<store::Schema> AllSchemas() {
  return {store::StoreSchema(), log::LogSchema(), access::AccessSchema(),
          casework::CaseworkSchema(), http::HttpSchema()};
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

Result<std::unique_ptr<Centre>> OpenCentre(const Config& config, Expect expect) {
  SystemClock clock;
  auto database = TRY(store::Database::Open(
      config.database.url, {.max_connections = static_cast<int>(config.database.connections)}));
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
  if (expect == Expect::kUpgrade) {
    // Agencies that are new, or have another name, since the version before.
    TRY(database.Write([&](store::Transaction& transaction) {
      return access::AddShippedAgencies(transaction, clock.Now());
    }));
  }
  auto signer = TRY(log::NoteSigner::Create(config.centre.origin,
                                            vault::SigningKey::FromSeed(keys.log_key().seed())));
  auto roles = TRY(access::Roles::BuiltIn());
  auto rules = TRY(casework::Rulebook::Load());
  rules.jurisdiction = config.centre.country;
  return std::unique_ptr<Centre>(new Centre{config, clock, std::move(database), std::move(keys),
                                            std::move(roles), std::move(rules), std::move(signer)});
}

}  // namespace jikimi
