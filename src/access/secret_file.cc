#include "access/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "vault/hkdf.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kForm = "jikimi secret ";
constexpr std::string_view kVersion = "1 ";
constexpr std::size_t kDigestBytes = 32;
constexpr std::uint64_t kMaxBytes = 1 << 20;

Error Bad(ErrorCode code, const std::filesystem::path& path, std::string_view problem) {
  return {code, Printable(path.native()) + ": " + std::string(problem)};
}

std::string HeadOf(const std::filesystem::path& path) {
  return std::string(kForm) + std::string(kVersion) + path.filename().native() + "\n";
}

Result<SecretFile> Parse(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const std::string head = HeadOf(path);
  const auto starts_with = [&](std::string_view text) {
    return bytes.size() >= text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin(),
                      [](char a, std::byte b) { return static_cast<std::byte>(a) == b; });
  };
  if (!starts_with(kForm)) return Bad(ErrorCode::kCorrupt, path, "is no file of secret keys");
  if (!starts_with(std::string(kForm) + std::string(kVersion))) {
    return Bad(ErrorCode::kUnsupported, path, "was written by a newer version of the program");
  }
  if (!starts_with(head)) return Bad(ErrorCode::kCorrupt, path, "is another file of secret keys");
  if (bytes.size() < head.size() + 8 + kDigestBytes) {
    return Bad(ErrorCode::kCorrupt, path, "was cut off");
  }
  const auto body = bytes.first(bytes.size() - kDigestBytes);
  const auto digest = vault::Sha256(body);
  if (!vault::EqualInConstantTime(digest, bytes.last(kDigestBytes))) {
    return Bad(ErrorCode::kCorrupt, path, "was changed or cut off: its checksum is wrong");
  }
  SecretFile file;
  std::memcpy(&file.generation, body.data() + head.size(), sizeof(file.generation));
  file.secret = vault::SecretBytes::CopyOf(body.subspan(head.size() + 8));
  return file;
}

Result<SecretFile> ReadOnce(const std::filesystem::path& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return Bad(ErrorCode::kPermissionDenied, path,
               "may be read or written by others than its owner: set its mode to 0600");
  }
  auto bytes = TRY(ReadFile(path, kMaxBytes));
  auto file = Parse(path, bytes);
  vault::Wipe(bytes);
  return file;
}

// Overwrites what `file` still holds; a failure leaves only what a file system may keep anyhow.
void Overwrite(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status = {};
  if (!file.valid() || fstat(file.get(), &status) != 0) return;
  const std::vector<std::byte> zeros(static_cast<std::size_t>(status.st_size));
  if (WriteFully(file, zeros, 0, path).has_value()) fsync(file.get());
}

}  // namespace

Result<SecretFile> ReadSecretFile(const std::filesystem::path& path) {
  // A writer overwrites the file that it has replaced: whoever had just opened that one reads
  // zeros, and finds the new one on the next try.
  constexpr int kTries = 4;
  for (int i = 1;; ++i) {
    auto file = ReadOnce(path);
    if (file || file.error().code != ErrorCode::kCorrupt || i == kTries) return file;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Result<void> WriteSecretFile(const std::filesystem::path& path, std::uint64_t generation,
                             std::span<const std::byte> secret) {
  const std::string head = HeadOf(path);
  vault::SecretBytes content(head.size() + 8 + secret.size() + kDigestBytes);
  const auto out = content.bytes();
  std::memcpy(out.data(), head.data(), head.size());
  std::memcpy(out.data() + head.size(), &generation, sizeof(generation));
  std::copy(secret.begin(), secret.end(),
            out.begin() + static_cast<std::ptrdiff_t>(head.size() + sizeof(generation)));
  const auto digest = vault::Sha256(out.first(out.size() - kDigestBytes));
  std::copy(digest.begin(), digest.end(), out.end() - static_cast<std::ptrdiff_t>(kDigestBytes));

  const std::filesystem::path temporary = path.native() + ".new";
  FileDescriptor file(
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return FileError(temporary, "write", errno);
  if (fchmod(file.get(), 0600) != 0) return FileError(temporary, "set the mode of", errno);
  TRY(WriteFully(file, out, 0, temporary));
  if (fsync(file.get()) != 0) return FileError(temporary, "sync", errno);
  const FileDescriptor old(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (rename(temporary.c_str(), path.c_str()) != 0) return FileError(path, "replace", errno);
  TRY(SyncFolderOf(path));
  Overwrite(old, path);
  return {};
}

}  // namespace jikimi::access
