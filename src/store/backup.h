#ifndef JIKIMI_STORE_BACKUP_H_
#define JIKIMI_STORE_BACKUP_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/migration.h"

// A copy of the database while it is in use, and what can be said of a copy. What a backup must not
// bring back (destroyed keys, ended consents) is kept outside of it and is others' task.
namespace jikimi::store {

struct TableCount {
  std::string table;
  std::int64_t rows = 0;
};

struct BackupReport {
  std::vector<TableCount> tables;  // by name
  std::int64_t bytes = 0;          // of the file; 0 for a server
};

// Copies an SQLite database, as it is at one moment, to a new file at `path`, readable by its owner
// only; then reads the copy back whole and checks it as VerifyBackup() does. Others go on reading
// and writing. An existing file is kAlreadyExists; after any failure nothing is left at `path`.
// A PostgreSQL database is kUnsupported: the server's own tools do it (doc/store.md).
Result<BackupReport> Backup(Database& database, const std::filesystem::path& path,
                            std::span<const Schema> schemas);

// Checks an SQLite file that nobody has open: every page, index and constraint, every foreign key,
// that it is exactly at `schemas`; counts rows. Doesn't change it. kCorrupt says what is broken,
// the errors of CheckSchema() what is of another version.
Result<BackupReport> VerifyBackup(const std::filesystem::path& path,
                                  std::span<const Schema> schemas);

// The same for a database that is open, such as a restored PostgreSQL one, whose constraints and
// indexes must all be valid; that its pages are whole only the server's tools can tell
// (doc/store.md). Opened without a statement_timeout, or a large one runs into it.
Result<BackupReport> VerifyDatabase(Database& database, std::span<const Schema> schemas);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_BACKUP_H_
