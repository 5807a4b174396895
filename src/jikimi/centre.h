#ifndef JIKIMI_JIKIMI_CENTRE_H_
#define JIKIMI_JIKIMI_CENTRE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/centre_keys.h"
#include "access/roles.h"
#include "base/clock.h"
#include "base/result.h"
#include "casework/rulebook.h"
#include "jikimi/config.h"
#include "log/note.h"
#include "log/succession.h"
#include "store/database.h"
#include "store/migration.h"

namespace jikimi {

// Tables of all rooms, a lower room first.
std::vector<store::Schema> AllSchemas();

// How much a command expects of what it opens.
enum class Expect {
  kUsable,    // at this version's schema, its own keys, all destructions replayed
  kUpgrade,   // the same, after bringing schema and shipped agencies to this version
  kDatabase,  // a database at this version's schema and the keys; not whether they agree (restore)
};

// A centre that is open: its configuration, database and keys. For commands and for the server.
struct Centre {
  Config config;
  SystemClock clock;
  store::Database database;
  access::CentreKeys keys;
  access::Roles roles;
  casework::Rulebook rules;
  log::NoteSigner log_signer;
  std::vector<log::Succession> log_successions;  // how the log came to that key

  // The log's present key, then its former ones, the latest first.
  std::vector<log::NoteVerifier> LogKeys() const;
};

// Errors say what to do: `jikimi init` where there is no centre, `jikimi restore` where the
// database is an old copy, or where a restore was begun and not ended.
Result<std::unique_ptr<Centre>> OpenCentre(const Config& config, Expect expect);

// The database alone. Never makes one: a path that was mistyped leaves no file behind.
Result<store::Database> OpenExistingDatabase(const Config& config);

// All rooms' columns under the server keys.
std::vector<access::ServerField> AllServerFields();

// The folder of keys, and the folders of `keys.copies`, which stand there with ':' between them.
access::CentreKeysOptions KeysOptions(const Config& config);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_CENTRE_H_
