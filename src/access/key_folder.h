#ifndef JIKIMI_ACCESS_KEY_FOLDER_H_
#define JIKIMI_ACCESS_KEY_FOLDER_H_

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/centre_keys.h"
#include "base/file.h"

// The files behind CentreKeys; private to this room.
namespace jikimi::access {

inline constexpr std::string_view kServerKeysFile = "server.keys";
inline constexpr std::string_view kEpochRingFile = "epoch.ring";
inline constexpr std::string_view kCentreKeyFile = "centre.key";
inline constexpr std::string_view kLogKeyFile = "log.key";
inline constexpr std::string_view kJournalFile = "destructions.journal";

// A file's lock, waiting for others for `patience`; kUnavailable then.
Result<FileLock> WaitForLock(const std::filesystem::path& path, std::chrono::milliseconds patience);

class KeyFolder {
 public:
  static Result<void> Init(const CentreKeysOptions& options, Timestamp now);
  static Result<std::unique_ptr<KeyFolder>> Load(const CentreKeysOptions& options);

  std::shared_ptr<const vault::ServerKeys> server();
  std::shared_ptr<const vault::EpochRing> epochs();
  const vault::SigningKey& centre_key() const { return centre_key_; }
  const vault::SigningKey& log_key() const { return log_key_.key; }
  const std::string& log_successions() const { return log_key_.successions; }
  const CentreKeysOptions& options() const { return options_; }

  // The lock that every writer of a file holds.
  Result<FileLock> Lock() const;

  // Replaces a ring, in the copies first: when one of them can't be written nothing has changed, so
  // no key is used that stands in one place only. Under Lock(), from the ring as Fresh…() gave it.
  Result<void> Save(const vault::EpochRing& ring);
  Result<void> Save(const vault::ServerKeys& ring);
  // The log's key with the succession notes that led to it: one file, so that they change together.
  Result<void> SaveLogKey(const vault::SigningKey& key, std::string_view successions) const;
  // What stands in the file now, to be changed.
  Result<vault::EpochRing> FreshEpochs() const;
  Result<vault::ServerKeys> FreshServer() const;

 private:
  // Tells one file from the one that replaced it.
  using Identity = std::array<std::int64_t, 6>;
  template <typename Ring>
  struct Cached {
    Identity identity = {};
    std::shared_ptr<const Ring> ring;
  };

  struct LogKey {
    vault::SigningKey key;
    std::string successions;
  };

  KeyFolder(CentreKeysOptions options, vault::SigningKey centre_key, LogKey log_key)
      : options_(std::move(options)),
        centre_key_(std::move(centre_key)),
        log_key_(std::move(log_key)) {}
  static Result<LogKey> ReadLogKey(const std::filesystem::path& path);
  static Identity IdentityOf(const std::filesystem::path& path);
  template <typename Ring>
  std::shared_ptr<const Ring> Current(Cached<Ring>& cached, std::string_view file);
  Result<void> Write(std::string_view file, std::span<const std::byte> secret) const;

  const CentreKeysOptions options_;
  const vault::SigningKey centre_key_;
  const LogKey log_key_;
  std::mutex mutex_;
  Cached<vault::ServerKeys> server_;
  Cached<vault::EpochRing> epochs_;
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_KEY_FOLDER_H_
