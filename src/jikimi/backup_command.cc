#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "access/destructions.h"
#include "access/people.h"
#include "base/file.h"
#include "casework/schema.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/reading.h"
#include "jikimi/restore_log.h"
#include "store/backup.h"

namespace jikimi {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

void Print(const store::BackupReport& report) {
  for (const store::TableCount& count : report.tables) {
    std::printf("%12lld  %s\n", static_cast<long long>(count.rows), count.table.c_str());
  }
  if (report.bytes > 0) std::printf("%12lld  bytes\n", static_cast<long long>(report.bytes));
}

Result<void> Backup(const BackupOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  auto database = TRY(OpenExistingDatabase(loaded.config));
  const auto schemas = AllSchemas();
  Print(TRY(store::Backup(database, options.file, schemas)));
  std::printf("%s is whole. It holds no key: keep %s apart from it.\n",
              Printable(options.file).c_str(), Printable(loaded.config.keys.folder).c_str());
  return {};
}

// What is printed of a restore.
struct Restored {
  access::ReplayReport replay;
  NewLogKey log;
};

// Brings a database of a former day to what the centre has ended since, and its log to a new key.
Result<Restored> RestoreInPlace(const Config& config) {
  const auto centre = TRY(OpenCentre(config, Expect::kDatabase));
  // Before anything is changed that a later backup would do without.
  TRY(centre->keys.CheckBelongsTo(centre->database, centre->clock.Now()));
  TRY(access::CheckServerFields(centre->database, centre->keys, AllServerFields()));
  const std::array<access::CaseEraser, 1> erasers = {casework::Eraser()};
  auto replay = TRY(access::ReplayOnRestore(centre->database, centre->keys, erasers,
                                            access::EraseDeparted, centre->clock.Now()));
  TRY(access::CheckReplayed(centre->database, centre->keys));
  return Restored{replay, TRY(GoOnUnderNewLogKey(*centre))};
}

Error FileSystemError(const std::filesystem::path& path, const std::error_code& code) {
  return {ErrorCode::kInternal, Printable(path.native()) + ": " + code.message()};
}

Result<void> RemoveFiles(const std::filesystem::path& database) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::filesystem::path path = database.native() + suffix;
    std::error_code code;
    std::filesystem::remove(path, code);
    if (code) return FileSystemError(path, code);
  }
  return {};
}

// Makes `beside` the restored database of a backup file, whole and synced.
Result<Restored> RestoreBeside(const std::string& from, const std::filesystem::path& beside,
                               Config config) {
  std::error_code code;
  std::filesystem::copy_file(from, beside, code);
  if (!code) {
    std::filesystem::permissions(
        beside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, code);
  }
  if (code) return FileSystemError(beside, code);
  config.database.url = std::string(kSqlite) + beside.native();
  const auto restored = TRY(RestoreInPlace(config));
  // The last connection to a database puts its write-ahead log into the file.
  if (std::filesystem::exists(beside.native() + "-wal", code)) {
    return Error{ErrorCode::kUnavailable,
                 Printable(beside.native()) + ": is in use by another program"};
  }
  TRY(SyncFile(beside));
  return restored;
}

// Restores a copy of the file beside the place of the database, and moves it there when all is
// done: a restore that is killed leaves no database that could be served. One that is there already
// is never replaced.
Result<Restored> RestoreTo(const std::filesystem::path& path, const std::string& from,
                           const Config& config) {
  std::error_code code;
  for (const char* suffix : {"", "-wal"}) {  // the old one's log would be read into the new one
    const std::filesystem::path present = path.native() + suffix;
    if (!std::filesystem::exists(present, code)) continue;
    return Error{ErrorCode::kAlreadyExists,
                 Printable(present.native()) + ": move the present database away first"};
  }
  const auto schemas = AllSchemas();
  TRY(store::VerifyBackup(from, schemas));
  const std::filesystem::path beside = path.native() + ".restoring";
  TRY(RemoveFiles(beside));  // of one that was killed
  const auto restored = RestoreBeside(from, beside, config);
  if (!restored.has_value()) {
    TRY(RemoveFiles(beside));
    return restored.error();
  }
  std::filesystem::rename(beside, path, code);
  if (code) return FileSystemError(path, code);
  TRY(SyncFolderOf(path));
  return restored;
}

Result<Restored> RestoreFrom(const std::string& from, const Config& config) {
  if (!config.database.url.starts_with(kSqlite)) {
    return Error{
        ErrorCode::kUnsupported,
        "--from: is for SQLite; restore PostgreSQL with its own tools (doc/store.md), then "
        "run this without --from"};
  }
  const std::filesystem::path path = config.database.url.substr(kSqlite.size());
  // Two at the same time would work on one copy.
  const std::filesystem::path lock_file = path.native() + ".restoring.lock";
  const auto lock = TRY(FileLock::Acquire(lock_file));
  auto restored = RestoreTo(path, from, config);
  std::error_code code;
  std::filesystem::remove(lock_file, code);
  return restored;
}

Result<void> Restore(const RestoreOptions& options) {
  if (!options.verify.empty()) {
    const auto schemas = AllSchemas();
    Print(TRY(store::VerifyBackup(options.verify, schemas)));
    std::printf("%s is whole.\n", Printable(options.verify).c_str());
    return {};
  }
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto restored = TRY(options.from.empty() ? RestoreInPlace(loaded.config)
                                                 : RestoreFrom(options.from, loaded.config));
  const auto& report = restored.replay;
  std::printf(
      "Done again: %lld cases and %lld items destroyed, %lld grants revoked, %lld consents ended, "
      "%lld people left, %lld left teams.\n",
      static_cast<long long>(report.cases), static_cast<long long>(report.items),
      static_cast<long long>(report.grants), static_cast<long long>(report.consents),
      static_cast<long long>(report.persons), static_cast<long long>(report.members));
  if (report.members > 0) {
    std::printf(
        "A team has lost a member since: one who is still in it gives it new keys "
        "(POST /v1/teams/TEAM/rotation).\n");
  }
  const auto& succession = restored.log.succession;
  std::printf(
      "The log goes on from its first %llu entries under a new key; what %s signed of more than "
      "these does not count any more. At least %llu entries are lost. Publish the new key:\n%s\n",
      static_cast<unsigned long long>(succession.size), Printable(succession.former.name()).c_str(),
      static_cast<unsigned long long>(restored.log.known_lost),
      Printable(succession.next.ToText()).c_str());
  return {};
}

}  // namespace

ExitCode RunBackup(const BackupOptions& options) { return Ended(Backup(options)); }
ExitCode RunRestore(const RestoreOptions& options) { return Ended(Restore(options)); }

}  // namespace jikimi
