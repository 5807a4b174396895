#include "jikimi/log_head.h"

#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/file.h"
#include "log/note_checkpoint.h"
#include "log/tree.h"

namespace jikimi {
namespace {

struct Head {
  std::string note;
  log::OpenedCheckpoint opened;
};

std::filesystem::path PathIn(const std::filesystem::path& key_folder) {
  return key_folder / "log.head";
}

Result<std::optional<Head>> ReadHead(const std::filesystem::path& key_folder,
                                     std::span<const log::NoteVerifier> keys) {
  const auto path = PathIn(key_folder);
  const auto bytes = ReadFile(path, log::kMaxNoteBytes);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return std::optional<Head>();
  if (!bytes) return bytes.error();
  std::string note(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  auto opened = log::OpenCheckpoint(note, keys);
  if (!opened) return Prefixed(Printable(path.native()), std::move(opened).error());
  return std::optional(Head{std::move(note), std::move(*opened)});
}

Result<void> CheckHead(store::Database& database, const std::optional<Head>& head) {
  // After a restore the head of a former key is not this log's any more.
  if (!head || head->opened.key != 0) return {};
  if (TRY(log::Tree(database).Has(head->opened.checkpoint.size, head->note))) return {};
  return Error{ErrorCode::kUnavailable,
               "the database doesn't know the log's checkpoint of " +
                   std::to_string(head->opened.checkpoint.size) +
                   " entries, which was kept with the keys: it was put back from a backup; run "
                   "`jikimi restore` on it first"};
}

}  // namespace

Result<void> CheckLogHead(store::Database& database, const std::filesystem::path& key_folder,
                          std::span<const log::NoteVerifier> keys) {
  return CheckHead(database, TRY(ReadHead(key_folder, keys)));
}

Result<void> KeepLogHead(store::Database& database, const std::filesystem::path& key_folder,
                         std::span<const log::NoteVerifier> keys) {
  const auto head = TRY(ReadHead(key_folder, keys));
  TRY(CheckHead(database, head));
  const auto last = log::Tree(database).Checkpoint();
  if (!last && last.error().code == ErrorCode::kNotFound) return {};
  if (!last) return last.error();
  // Nothing that the log's keys didn't sign may take the place of what they did.
  TRY(log::OpenCheckpoint(*last, keys));
  if (head && head->note == *last) return {};
  return WriteFileAtomically(PathIn(key_folder), AsBytes(*last));
}

Result<std::optional<std::uint64_t>> KeptLogSize(const std::filesystem::path& key_folder,
                                                 std::span<const log::NoteVerifier> keys) {
  const auto head = TRY(ReadHead(key_folder, keys));
  if (!head) return std::optional<std::uint64_t>();
  return std::optional(head->opened.checkpoint.size);
}

}  // namespace jikimi
