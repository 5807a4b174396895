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
  auto database = TRY(store::Database::Open(loaded.config.database.url));
  const auto schemas = AllSchemas();
  Print(TRY(store::Backup(database, options.file, schemas)));
  std::printf("%s is whole. It holds no key: keep %s apart from it.\n",
              Printable(options.file).c_str(), Printable(loaded.config.keys.folder).c_str());
  return {};
}

// Puts the file where the database is to be. One that is there already is never replaced.
Result<void> PutInPlace(const std::string& from, const std::string& url) {
  if (!url.starts_with(kSqlite)) {
    return Error{
        ErrorCode::kUnsupported,
        "--from: is for SQLite; restore PostgreSQL with its own tools (doc/store.md), then "
        "run this without --from"};
  }
  const std::filesystem::path path = url.substr(kSqlite.size());
  std::error_code code;
  if (std::filesystem::exists(path, code)) {
    return Error{ErrorCode::kAlreadyExists,
                 Printable(path.string()) + ": move the present database away first"};
  }
  const auto schemas = AllSchemas();
  TRY(store::VerifyBackup(from, schemas));
  std::filesystem::path beside = path;
  beside += ".restoring";
  std::filesystem::copy_file(from, beside, std::filesystem::copy_options::overwrite_existing, code);
  if (!code) {
    std::filesystem::permissions(
        beside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, code);
  }
  if (!code) std::filesystem::rename(beside, path, code);
  if (code) {
    return Error{ErrorCode::kInternal, Printable(path.string()) + ": " + code.message()};
  }
  return SyncFolderOf(path);
}

Result<void> Restore(const RestoreOptions& options) {
  if (!options.verify.empty()) {
    const auto schemas = AllSchemas();
    Print(TRY(store::VerifyBackup(options.verify, schemas)));
    std::printf("%s is whole.\n", Printable(options.verify).c_str());
    return {};
  }
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  if (!options.from.empty()) TRY(PutInPlace(options.from, loaded.config.database.url));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kDatabase));
  const std::array<access::CaseEraser, 1> erasers = {casework::Eraser()};
  const auto report = TRY(access::ReplayOnRestore(centre->database, centre->keys, erasers,
                                                  access::EraseDeparted, centre->clock.Now()));
  TRY(centre->keys.CheckBelongsTo(centre->database, centre->clock.Now()));
  TRY(access::CheckReplayed(centre->database, centre->keys));
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
  return {};
}

}  // namespace

ExitCode RunBackup(const BackupOptions& options) { return Ended(Backup(options)); }
ExitCode RunRestore(const RestoreOptions& options) { return Ended(Restore(options)); }

}  // namespace jikimi
