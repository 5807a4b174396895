#include "access/key_folder.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "access/secret_file.h"
#include "base/bytes.h"

namespace jikimi::access {
namespace {

constexpr std::chrono::milliseconds kLockPatience{10'000};
constexpr std::array kSecretFiles = {kServerKeysFile, kEpochRingFile, kCentreKeyFile, kLogKeyFile};

template <typename Ring>
Result<Ring> ReadRing(const std::filesystem::path& path) {
  const auto file = TRY(ReadSecretFile(path));
  auto ring = Ring::Parse(file.secret.bytes());
  if (!ring) return Prefixed(Printable(path.native()), std::move(ring).error());
  return ring;
}

Result<vault::SigningKey> ReadSigningKey(const std::filesystem::path& path) {
  const auto file = TRY(ReadSecretFile(path));
  if (file.secret.size() != vault::SigningKey::kSeedBytes) {
    return Error{ErrorCode::kCorrupt, Printable(path.native()) + ": is no signing key"};
  }
  return vault::SigningKey::FromSeed(file.secret.bytes().first<vault::SigningKey::kSeedBytes>());
}

Result<void> MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return FileError(folder, "make", errno);
  }
  return {};
}

// Brings a file to its newest generation in the folder and all copies. A copy may be newer: when
// the folder's own file was lost or put back, or when a writer died between the two.
Result<void> Reconcile(const CentreKeysOptions& options, std::string_view name) {
  std::vector<std::filesystem::path> paths = {options.folder / name};
  for (const auto& copy : options.copies) paths.push_back(copy / name);
  const SecretFile* newest = nullptr;
  std::vector<SecretFile> files;
  files.reserve(paths.size());
  for (const auto& path : paths) {
    auto file = ReadSecretFile(path);
    const bool is_own = path == paths[0];
    // A copy that is missing or damaged is written anew; the folder's own file is not replaced on a
    // guess.
    if (!file && is_own) return std::move(file).error();
    if (!file && file.error().code == ErrorCode::kPermissionDenied) return std::move(file).error();
    files.push_back(file ? std::move(file).value() : SecretFile{});
    if (!newest || files.back().generation > newest->generation) newest = &files.back();
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (files[i].generation == newest->generation) {
      if (vault::EqualInConstantTime(files[i].secret.bytes(), newest->secret.bytes())) continue;
      return Error{ErrorCode::kCorrupt,
                   Printable(paths[i].native()) +
                       ": holds other keys than the copies of the same generation"};
    }
    TRY(WriteSecretFile(paths[i], newest->generation, newest->secret.bytes()));
  }
  return {};
}

}  // namespace

Result<FileLock> WaitForLock(const std::filesystem::path& path,
                             std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto lock = FileLock::Acquire(path);
    if (lock || lock.error().code != ErrorCode::kUnavailable ||
        std::chrono::steady_clock::now() > end) {
      return lock;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Result<void> KeyFolder::Init(const CentreKeysOptions& options, Timestamp now) {
  TRY(MakeFolder(options.folder));
  for (const auto& copy : options.copies) TRY(MakeFolder(copy));
  const auto lock = TRY(WaitForLock(options.folder / "lock", kLockPatience));
  std::vector<std::filesystem::path> folders = options.copies;
  folders.push_back(options.folder);
  for (const auto& folder : folders) {
    for (const auto name : kSecretFiles) {
      struct stat status = {};
      if (lstat((folder / name).c_str(), &status) == 0) {
        return Error{ErrorCode::kAlreadyExists,
                     Printable((folder / name).native()) +
                         ": is there already; new keys would make its centre's cases unreadable"};
      }
    }
  }
  const auto server = vault::ServerKeys::Create().ToBytes();
  const auto epochs = vault::EpochRing::Create(DayOf(now)).ToBytes();
  const auto centre_key = vault::SigningKey::Generate();
  const auto log_key = vault::SigningKey::Generate();
  for (const auto& folder : folders) {
    TRY(WriteSecretFile(folder / kServerKeysFile, 1, server.bytes()));
    TRY(WriteSecretFile(folder / kEpochRingFile, 1, epochs.bytes()));
    TRY(WriteSecretFile(folder / kCentreKeyFile, 1, centre_key.seed()));
    TRY(WriteSecretFile(folder / kLogKeyFile, 1, log_key.seed()));
  }
  return {};
}

Result<std::unique_ptr<KeyFolder>> KeyFolder::Load(const CentreKeysOptions& options) {
  struct stat status = {};
  if (stat(options.folder.c_str(), &status) != 0) {
    return FileError(options.folder, "open the folder of keys", errno);
  }
  {
    const auto lock = TRY(WaitForLock(options.folder / "lock", kLockPatience));
    for (const auto name : kSecretFiles) TRY(Reconcile(options, name));
  }
  auto centre_key = TRY(ReadSigningKey(options.folder / kCentreKeyFile));
  auto log_key = TRY(ReadLogKey(options.folder / kLogKeyFile));
  std::unique_ptr<KeyFolder> files(
      new KeyFolder(options, std::move(centre_key), std::move(log_key)));
  const auto load = [&](auto& cached, std::string_view name) -> Result<void> {
    using Ring = std::remove_const_t<typename std::decay_t<decltype(cached.ring)>::element_type>;
    const auto path = options.folder / name;
    cached.identity = IdentityOf(path);
    cached.ring = std::make_shared<const Ring>(TRY(ReadRing<Ring>(path)));
    return {};
  };
  TRY(load(files->server_, kServerKeysFile));
  TRY(load(files->epochs_, kEpochRingFile));
  return files;
}

Result<KeyFolder::LogKey> KeyFolder::ReadLogKey(const std::filesystem::path& path) {
  const auto file = TRY(ReadSecretFile(path));
  const auto bytes = file.secret.bytes();
  if (bytes.size() < vault::SigningKey::kSeedBytes) {
    return Error{ErrorCode::kCorrupt, Printable(path.native()) + ": is no signing key"};
  }
  const auto notes = bytes.subspan(vault::SigningKey::kSeedBytes);
  return LogKey{vault::SigningKey::FromSeed(bytes.first<vault::SigningKey::kSeedBytes>()),
                std::string(reinterpret_cast<const char*>(notes.data()), notes.size())};
}

KeyFolder::Identity KeyFolder::IdentityOf(const std::filesystem::path& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {static_cast<std::int64_t>(status.st_ino),
          status.st_size,
          status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

template <typename Ring>
std::shared_ptr<const Ring> KeyFolder::Current(Cached<Ring>& cached, std::string_view file) {
  const auto path = options_.folder / file;
  const std::lock_guard guard(mutex_);
  const Identity identity = IdentityOf(path);
  if (identity != cached.identity) {
    if (auto ring = ReadRing<Ring>(path)) {
      cached.identity = identity;
      cached.ring = std::make_shared<const Ring>(std::move(ring).value());
    }
  }
  return cached.ring;
}

std::shared_ptr<const vault::ServerKeys> KeyFolder::server() {
  return Current(server_, kServerKeysFile);
}

std::shared_ptr<const vault::EpochRing> KeyFolder::epochs() {
  return Current(epochs_, kEpochRingFile);
}

Result<FileLock> KeyFolder::Lock() const {
  return WaitForLock(options_.folder / "lock", kLockPatience);
}

Result<void> KeyFolder::Write(std::string_view file, std::span<const std::byte> secret) const {
  const auto generation = TRY(ReadSecretFile(options_.folder / file)).generation + 1;
  for (const auto& copy : options_.copies) {
    TRY(WriteSecretFile(copy / file, generation, secret));
  }
  return WriteSecretFile(options_.folder / file, generation, secret);
}

Result<void> KeyFolder::Save(const vault::EpochRing& ring) {
  return Write(kEpochRingFile, ring.ToBytes().bytes());
}

Result<void> KeyFolder::Save(const vault::ServerKeys& ring) {
  return Write(kServerKeysFile, ring.ToBytes().bytes());
}

Result<void> KeyFolder::SaveLogKey(const vault::SigningKey& key,
                                   std::string_view successions) const {
  vault::SecretBytes secret(vault::SigningKey::kSeedBytes + successions.size());
  const auto notes = AsBytes(successions);
  std::copy(key.seed().begin(), key.seed().end(), secret.bytes().begin());
  std::copy(notes.begin(), notes.end(),
            secret.bytes().begin() + static_cast<std::ptrdiff_t>(vault::SigningKey::kSeedBytes));
  return Write(kLogKeyFile, secret.bytes());
}

Result<vault::EpochRing> KeyFolder::FreshEpochs() const {
  return ReadRing<vault::EpochRing>(options_.folder / kEpochRingFile);
}

Result<vault::ServerKeys> KeyFolder::FreshServer() const {
  return ReadRing<vault::ServerKeys>(options_.folder / kServerKeysFile);
}

}  // namespace jikimi::access
