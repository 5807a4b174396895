#include "access/server_key_recovery.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "access/escrow.h"
#include "access/key_folder.h"
#include "access/secret_file.h"
#include "base/file.h"
#include "log/entries.h"

namespace jikimi::access {
namespace {

Result<void> CheckUnused(const std::filesystem::path& folder) {
  std::error_code error;
  const auto status = std::filesystem::status(folder, error);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  if (error) return FileError(folder, "open", error.value());
  if (status.type() == std::filesystem::file_type::directory) {
    const bool empty = std::filesystem::is_empty(folder, error);
    if (error) return FileError(folder, "read", error.value());
    if (empty) return {};
  }
  return Error{ErrorCode::kAlreadyExists,
               Printable(folder.native()) + ": is not an empty folder; name one that is not there"};
}

}  // namespace

Result<std::vector<std::uint32_t>> RecoverServerKeyFile(store::Database& database,
                                                        std::span<const vault::KeyShare> shares,
                                                        const std::filesystem::path& folder,
                                                        Timestamp now) {
  TRY(CheckUnused(folder));
  const auto recover = [&](store::Transaction& transaction) -> Result<vault::ServerKeys> {
    auto ring = TRY(RecoverServerKeys(transaction, shares));
    TRY(log::Append(transaction,
                    log::Entry{.kind = "escrow.used",
                               .at = now,
                               .actor = log::ActorRef::System(),
                               .fields = {{"for", "server keys"}}},
                    log::EntrySeals::ForCentre(ring)));
    return ring;
  };
  const auto ring = TRY(database.Write(recover));
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return FileError(folder, "make", errno);
  }
  TRY(WriteSecretFile(folder / kServerKeysFile, 1, ring.ToBytes().bytes()));
  return ring.versions();
}

}  // namespace jikimi::access
