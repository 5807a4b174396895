#ifndef JIKIMI_JIKIMI_LOG_HEAD_H_
#define JIKIMI_JIKIMI_LOG_HEAD_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "base/result.h"
#include "log/note.h"
#include "store/database.h"

// The log's newest checkpoint, kept as `log.head` in the folder of keys: outside the database and
// its backups, so that a database which was put back is noticed also when nothing was destroyed
// since.
namespace jikimi {

// `keys`: the log's present key, then its former ones. kUnavailable: the log under its present key
// has been further than this database is.
Result<void> CheckLogHead(store::Database& database, const std::filesystem::path& key_folder,
                          std::span<const log::NoteVerifier> keys);

// The same, and then keeps the last checkpoint. Any machine may call it at any time.
Result<void> KeepLogHead(store::Database& database, const std::filesystem::path& key_folder,
                         std::span<const log::NoteVerifier> keys);

// The size of the log as it was kept last, under whichever of these keys; none: never.
Result<std::optional<std::uint64_t>> KeptLogSize(const std::filesystem::path& key_folder,
                                                 std::span<const log::NoteVerifier> keys);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_LOG_HEAD_H_
