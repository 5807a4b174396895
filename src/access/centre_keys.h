#ifndef JIKIMI_ACCESS_CENTRE_KEYS_H_
#define JIKIMI_ACCESS_CENTRE_KEYS_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/epoch_ring.h"
#include "vault/server_keys.h"
#include "vault/signing.h"

// The secrets of the centre itself, which stand in files outside the database and its backups.
namespace jikimi::access {

class KeyFolder;

// The day in UTC that `now` lies in.
vault::Day DayOf(Timestamp now);

struct CentreKeysOptions {
  // The folder of this centre's secret files, the same for all its machines: one that they share
  // (with working flock), readable by the program's user only.
  std::filesystem::path folder;
  // Folders that hold the same files, on other machines and never in a backup. A change needs all
  // of them: while one can't be written, rotations wait (no key is used that stands in one place
  // only, and none is called dropped that lives on in a copy). When one is gone for good, take it
  // off.
  std::vector<std::filesystem::path> copies;
};

// server.keys, epoch.ring, centre.key, log.key and the journal of destructions (destructions.h).
// Each file is 0600, replaced atomically, and carries a checksum. Thread-safe; several processes
// may have the same folder open: what another one changed is noticed at the next call. Losing the
// folder and all copies is losing every case.
class CentreKeys {
 public:
  // Makes the folder and new keys in it. Any secret file there already: kAlreadyExists, and nothing
  // is changed.
  static Result<void> Init(const CentreKeysOptions& options, Timestamp now);
  // Errors name the file: missing (kNotFound), readable by others (kPermissionDenied), damaged
  // (kCorrupt), of a newer program (kUnsupported).
  static Result<CentreKeys> Load(const CentreKeysOptions& options);
  CentreKeys(CentreKeys&&) noexcept;
  ~CentreKeys();

  // The rings as they are now: asks the file system whether another process wrote newer ones. If
  // the files can't be read just then, the last good ones.
  std::shared_ptr<const vault::ServerKeys> server() const;
  std::shared_ptr<const vault::EpochRing> epochs() const;
  const vault::SigningKey& centre_key() const;  // signs receipts
  const vault::SigningKey& log_key() const;     // signs checkpoints of the log
  // The succession notes that led to the log's key (log/succession.h), the earliest first.
  const std::string& log_successions() const;

  // Replaces the log's key, and the notes with it, in the files; this object keeps what it read,
  // and so does every other one that is open: what they sign the log refuses. For a restore.
  Result<void> ReplaceLogKey(const vault::SigningKey& key, std::string_view successions) const;

  // Fields under the server keys. Opening one that another process sealed a moment ago under a
  // newer version works; versions that are retired are kNotFound.
  vault::SealedUnder<vault::KeyKind::kServer> SealField(const vault::Context& context,
                                                        std::span<const std::byte> plain) const;
  Result<vault::SecretBytes> OpenField(
      const vault::Context& context,
      const vault::SealedUnder<vault::KeyKind::kServer>& sealed) const;

  // A keyed digest of a text that no rotation changes, for recognising it when the text itself is
  // gone. The same text in another field has an unrelated one. Who has the folder of keys can try
  // guesses against it; nobody else learns anything.
  std::array<std::byte, 32> LastingDigest(std::string_view field,
                                          std::span<const std::byte> plain) const;

  // Whether `database` and this folder belong together: each epoch and server key that the
  // database knows must be here, or be dropped. Call at the start, after migrating; the first time
  // it binds the two together. kUnavailable when the database knows newer keys than the folder (an
  // old copy of it), kPermissionDenied when they are another centre's, or none is left: a backup
  // from before all epochs that are still kept.
  Result<void> CheckBelongsTo(store::Database& database, Timestamp now) const;

  const std::filesystem::path& folder() const;
  KeyFolder& files() const { return *files_; }  // for this room

 private:
  explicit CentreKeys(std::unique_ptr<KeyFolder> files);

  std::unique_ptr<KeyFolder> files_;
};

// The daily rotation of the epoch layer (vault/epoch_ring.h). Opens a new epoch when one is due,
// re-seals all live keyrings in batches of a transaction each, retires the former epochs, drops
// those whose time has come. Killed anywhere, the next call goes on. One process does it at a time
// (file lock); others get `busy`. No epoch is retired or dropped while a row lies under it, and a
// process with an older ring can't write one any more (case_keys.h). Call it hourly or so, and at
// the start.
struct EpochRotation {
  bool busy = false;                   // another process is at it
  bool opened = false;                 // a new epoch was opened
  std::int64_t resealed = 0;           // keyrings
  std::vector<std::uint32_t> dropped;  // epochs that nothing opens any more
};
Result<EpochRotation> RotateEpochIfDue(store::Database& database, const CentreKeys& keys,
                                       Timestamp now);

// A column of a room with fields under the server keys.
struct ServerField {
  std::string_view name;  // "casework_item.url": for messages
  // Passes up to `limit` fields that are not under the current version through
  // ServerKeys::Reseal(); returns how many, 0 when none is left.
  std::function<Result<std::int64_t>(store::Transaction&, const vault::ServerKeys&, int limit)>
      reseal;
};

// `jikimi key rotate`, in two steps. Begin makes a new version, known to all processes at once, and
// seals the ring to the escrow anew. Finish re-seals every field in batches and then retires the
// former versions; killed half-way it is called again. Earlier than kServerKeyGrace after Begin it
// is kUnavailable, because a slow transaction of another process may still write under the old one.
inline constexpr std::chrono::minutes kServerKeyGrace{10};
Result<std::uint32_t> BeginServerKeyRotation(store::Database& database, const CentreKeys& keys,
                                             Timestamp now);
Result<std::int64_t> FinishServerKeyRotation(store::Database& database, const CentreKeys& keys,
                                             std::span<const ServerField> fields, Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_CENTRE_KEYS_H_
