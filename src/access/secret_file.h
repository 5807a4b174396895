#ifndef JIKIMI_ACCESS_SECRET_FILE_H_
#define JIKIMI_ACCESS_SECRET_FILE_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.h"
#include "vault/secret_bytes.h"

// A small file of secret bytes that only its owner may read. Its bytes: the line "jikimi secret 1",
// the name of the file and a line end; its generation (8, little-endian), which goes up each time
// it is written; the secret; SHA-256 of all that.
namespace jikimi::access {

struct SecretFile {
  std::uint64_t generation = 0;
  vault::SecretBytes secret;
};

// Errors name the path: kNotFound; kPermissionDenied when others may read or write it; kCorrupt
// when it was cut, changed, or is another file under this name; kUnsupported for a newer form.
Result<SecretFile> ReadSecretFile(const std::filesystem::path& path);

// Replaces it, so that a crash leaves either the old file or the new one, whole. The blocks of the
// old one are overwritten before they are given back, as far as the file system does that in place.
// The caller keeps other writers out. A temporary file of a crash is taken over by the next write.
Result<void> WriteSecretFile(const std::filesystem::path& path, std::uint64_t generation,
                             std::span<const std::byte> secret);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SECRET_FILE_H_
