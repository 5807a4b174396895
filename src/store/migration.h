#ifndef JIKIMI_STORE_MIGRATION_H_
#define JIKIMI_STORE_MIGRATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// How the tables of a database come to be what this version of the program wants. Once released a
// migration never changes: the next one changes what it made.
namespace jikimi::store {

// A step: statements of the common language, split at ';'. The n-th of a room is its version n.
struct Migration {
  std::string_view name;  // "jobs": for messages and for people
  std::string_view sql;
};

// The steps of one room, first to last. Its tables' names begin with the room's name.
struct Schema {
  std::string_view room;
  std::span<const Migration> migrations;
};

// The tables of this room itself: jobs and events.
Schema StoreSchema();

// Brings the database to exactly `schemas`, rooms in the order given (a lower room first), each
// step in a transaction of its own that also records it with its whole text and a checksum. Returns
// how many steps it took. Several programs may do this at once: one takes a step, the others wait
// and go on behind it. Stopped anywhere, it goes on there the next time.
//
// Before anything is changed: kUnsupported when the database has a room or a step that `schemas`
// doesn't (a newer version wrote it), kCorrupt when a step that it has was taken with another text.
Result<int> Migrate(Database& database, std::span<const Schema> schemas, const Clock& clock);

// What Migrate() would refuse, and kUnavailable when steps are missing; changes nothing.
Result<void> CheckSchema(Database& database, std::span<const Schema> schemas);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_MIGRATION_H_
