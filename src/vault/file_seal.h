#ifndef JIKIMI_VAULT_FILE_SEAL_H_
#define JIKIMI_VAULT_FILE_SEAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "vault/keys.h"

namespace jikimi::vault {

// Files as a stream of chunks (libsodium's secretstream, XChaCha20-Poly1305), so that a large one
// never stands in memory whole. Each chunk is authenticated together with all that came before it;
// a chunk that is changed, left out, repeated or moved is an error at that chunk, and a stream
// whose last chunk is missing is an error at its end.
inline constexpr std::size_t kFileChunkBytes = 64 * 1024;  // plain bytes; the last chunk has fewer
inline constexpr std::size_t kFileHeadBytes = 80;
inline constexpr std::size_t kFileChunkOverhead = 17;

// Size of the sealed form of a file.
constexpr std::uint64_t SealedFileBytes(std::uint64_t plain_bytes) {
  return kFileHeadBytes + plain_bytes + (plain_bytes / kFileChunkBytes + 1) * kFileChunkOverhead;
}

namespace internal {
// The state of libsodium's stream, wiped at its end.
class StreamState {
 public:
  StreamState();
  void* get() { return memory_.bytes().data(); }

 private:
  SecretBytes memory_;
};
}  // namespace internal

// Seals one file under its own key; a key is for one file. Append() any number of pieces, then
// Finish() once; each returns sealed bytes to be written after the former ones.
class FileSealer {
 public:
  explicit FileSealer(const FileKey& key);

  // The first call returns the head too.
  std::vector<std::byte> Append(std::span<const std::byte> plain);
  // At most one chunk. After it, nothing more.
  std::vector<std::byte> Finish();

 private:
  void SealChunk(bool last, std::vector<std::byte>& out);

  internal::StreamState state_;
  std::vector<std::byte> head_;        // until it has been returned
  std::vector<std::byte> associated_;  // authenticated with each chunk
  SecretBytes pending_;                // of the chunk that is being filled
  std::size_t pending_bytes_ = 0;
  bool finished_ = false;
};

// Opens one. Append() any number of pieces, then Finish() once; each returns the plain bytes that
// are proven by then. The file is whole only when Finish() has said so: until then a caller must
// not take the end of what it got for the end of the file. After an error the opener stays in
// error.
class FileOpener {
 public:
  explicit FileOpener(const FileKey& key);

  Result<SecretBytes> Append(std::span<const std::byte> sealed);
  // kCorrupt when the last chunk has not come: the file was cut off.
  Result<SecretBytes> Finish();

 private:
  Result<void> ReadHead();
  Result<void> OpenChunk(std::span<const std::byte> sealed, std::span<std::byte> plain, bool last);
  // Takes pieces off `sealed` until `size` bytes are pending; false when there were too few.
  bool Fill(std::span<const std::byte>& sealed, std::size_t size);
  Error Fail(Error error);

  FileKey key_;
  internal::StreamState state_;
  std::vector<std::byte> associated_;
  std::vector<std::byte> pending_;  // the head, or the chunk that is coming in
  std::uint64_t chunk_ = 0;
  bool has_head_ = false;
  std::optional<Error> failed_;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_FILE_SEAL_H_
