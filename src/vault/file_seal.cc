#include "vault/file_seal.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "base/bytes.h"
#include "vault/context.h"
#include "vault/forms.h"
#include "vault/sodium_bytes.h"

namespace jikimi::vault {
namespace {

constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kStreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t kCommitmentBytes = 32;
constexpr std::size_t kSealedChunkBytes = kFileChunkBytes + kFileChunkOverhead;
constexpr const char* kWhat = "sealed file";
static_assert(kFileHeadBytes == kPrefixBytes + kSaltBytes + kStreamHeaderBytes + kCommitmentBytes);
static_assert(kFileChunkOverhead == crypto_secretstream_xchacha20poly1305_ABYTES);

using State = crypto_secretstream_xchacha20poly1305_state;
State* Stream(internal::StreamState& state) { return static_cast<State*>(state.get()); }

// The bytes before the salt and the stream's own header: which form, chunk size (as a power of 2)
// and key.
std::vector<std::byte> Prefix(const FileKey& key) {
  ByteWriter writer;
  writer.Put(static_cast<std::uint8_t>(Form::kFile));
  writer.Put(kFormVersion);
  writer.Put(static_cast<std::uint8_t>(KeyKind::kFile));
  writer.Put(static_cast<std::uint8_t>(std::countr_zero(kFileChunkBytes)));
  writer.Put(key.name().version);
  return std::move(writer).Take();
}

// A key for this stream alone and a commitment to it, as in sealed.cc.
void Derive(const FileKey& key, std::span<const std::byte> salt, std::span<std::byte, 64> derived) {
  constexpr std::string_view kLabel = "jikimi.vault.file.1";
  crypto_generichash_state state;
  crypto_generichash_init(&state, Raw(key.bytes()), kKeyBytes, derived.size());
  for (const auto part :
       {AsBytes(kLabel), std::span<const std::byte>(key.name().owner.bytes()), salt}) {
    crypto_generichash_update(&state, Raw(part), part.size());
  }
  crypto_generichash_final(&state, Raw(derived), derived.size());
  sodium_memzero(&state, sizeof(state));
}

// Authenticated with each chunk.
std::vector<std::byte> AssociatedData(const FileKey& key) {
  ByteWriter writer;
  writer.PutBytes(Prefix(key));
  writer.PutBytes(Context{.purpose = Purpose::kFileContent,
                          .of = key.name().owner,
                          .about = {},
                          .field = {},
                          .version = key.name().version}
                      .Encode());
  return std::move(writer).Take();
}

}  // namespace

internal::StreamState::StreamState() : memory_(sizeof(State)) {}

FileSealer::FileSealer(const FileKey& key)
    : head_(Prefix(key)), associated_(AssociatedData(key)), pending_(kFileChunkBytes) {
  const auto salt = RandomArray<kSaltBytes>();
  WipedArray<64> derived;
  Derive(key, salt, derived.bytes());
  std::array<std::byte, kStreamHeaderBytes> stream_header;
  CHECK(crypto_secretstream_xchacha20poly1305_init_push(
            Stream(state_), Raw(stream_header), Raw(derived.bytes().first<kKeyBytes>())) == 0);
  head_.insert(head_.end(), salt.begin(), salt.end());
  head_.insert(head_.end(), stream_header.begin(), stream_header.end());
  const auto commitment = derived.bytes().last<kCommitmentBytes>();
  head_.insert(head_.end(), commitment.begin(), commitment.end());
}

void FileSealer::SealChunk(bool last, std::vector<std::byte>& out) {
  const std::size_t start = out.size();
  out.resize(start + pending_bytes_ + kFileChunkOverhead);
  CHECK(crypto_secretstream_xchacha20poly1305_push(
            Stream(state_), Raw(std::span(out).subspan(start)), nullptr, Raw(pending_.bytes()),
            pending_bytes_, Raw(std::span(associated_)), associated_.size(),
            last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                 : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE) == 0);
  pending_bytes_ = 0;
}

std::vector<std::byte> FileSealer::Append(std::span<const std::byte> plain) {
  CHECK(!finished_);
  auto out = std::exchange(head_, {});
  while (!plain.empty()) {
    const std::size_t count = std::min(plain.size(), kFileChunkBytes - pending_bytes_);
    std::copy_n(plain.begin(), count,
                pending_.bytes().begin() + static_cast<std::ptrdiff_t>(pending_bytes_));
    pending_bytes_ += count;
    plain = plain.subspan(count);
    if (pending_bytes_ == kFileChunkBytes) SealChunk(false, out);
  }
  return out;
}

std::vector<std::byte> FileSealer::Finish() {
  CHECK(!finished_);
  auto out = std::exchange(head_, {});
  SealChunk(true, out);
  finished_ = true;
  return out;
}

FileOpener::FileOpener(const FileKey& key)
    : key_(FileKey::FromBytes(key.name(), key.bytes())), associated_(AssociatedData(key)) {}

Error FileOpener::Fail(Error error) {
  failed_ = Prefixed(kWhat, std::move(error));
  return *failed_;
}

bool FileOpener::Fill(std::span<const std::byte>& sealed, std::size_t size) {
  const std::size_t count = std::min(sealed.size(), size - pending_.size());
  pending_.insert(pending_.end(), sealed.begin(),
                  sealed.begin() + static_cast<std::ptrdiff_t>(count));
  sealed = sealed.subspan(count);
  return pending_.size() == size;
}

Result<void> FileOpener::ReadHead() {
  const std::span<const std::byte> head(pending_);
  ByteReader reader(head);
  TRY(TakeForm(reader, Form::kFile, "head"));
  const auto expected = Prefix(key_);
  if (head[2] != expected[2] || head[3] != expected[3]) {
    return Error{ErrorCode::kCorrupt,
                 "head: bytes 2 and 3 (kind, chunk size) hold what they can't"};
  }
  const auto stream_header = head.subspan(kPrefixBytes + kSaltBytes, kStreamHeaderBytes);
  WipedArray<64> derived;
  Derive(key_, head.subspan(kPrefixBytes, kSaltBytes), derived.bytes());
  if (!std::equal(expected.begin(), expected.end(), head.begin()) ||
      !EqualInConstantTime(derived.bytes().last<kCommitmentBytes>(),
                           head.last<kCommitmentBytes>())) {
    return Error{ErrorCode::kPermissionDenied, "head: changed, or sealed under another file key"};
  }
  CHECK(crypto_secretstream_xchacha20poly1305_init_pull(
            Stream(state_), Raw(stream_header), Raw(derived.bytes().first<kKeyBytes>())) == 0);
  pending_.clear();
  has_head_ = true;
  return {};
}

Result<void> FileOpener::OpenChunk(std::span<const std::byte> sealed, std::span<std::byte> plain,
                                   bool last) {
  unsigned char tag = 0;
  const unsigned char expected = last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                      : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
  if (crypto_secretstream_xchacha20poly1305_pull(
          Stream(state_), Raw(plain), nullptr, &tag, Raw(sealed), sealed.size(),
          Raw(std::span(associated_)), associated_.size()) != 0 ||
      tag != expected) {
    Wipe(plain);
    return Error{ErrorCode::kCorrupt,
                 "chunk " + std::to_string(chunk_) + " (from byte " +
                     std::to_string(kFileHeadBytes + chunk_ * kSealedChunkBytes) +
                     (last ? "): changed, moved, or cut off" : "): changed or moved")};
  }
  ++chunk_;
  return {};
}

Result<SecretBytes> FileOpener::Append(std::span<const std::byte> sealed) {
  if (failed_) return *failed_;
  if (!has_head_) {
    if (!Fill(sealed, kFileHeadBytes)) return SecretBytes();
    if (const auto head = ReadHead(); !head) return Fail(head.error());
  }
  // The chunk that fills up stays pending: chunks of full size are never the last.
  const std::size_t chunks = (pending_.size() + sealed.size()) / kSealedChunkBytes;
  SecretBytes plain(chunks * kFileChunkBytes);
  for (std::size_t i = 0; Fill(sealed, kSealedChunkBytes); ++i) {
    const auto opened =
        OpenChunk(pending_, plain.bytes().subspan(i * kFileChunkBytes, kFileChunkBytes), false);
    if (!opened) return Fail(opened.error());
    pending_.clear();
  }
  return plain;
}

Result<SecretBytes> FileOpener::Finish() {
  if (failed_) return *failed_;
  if (!has_head_) return Fail({ErrorCode::kCorrupt, "cut off within its head"});
  if (pending_.size() < kFileChunkOverhead) {
    return Fail({ErrorCode::kCorrupt,
                 "cut off at byte " +
                     std::to_string(kFileHeadBytes + chunk_ * kSealedChunkBytes + pending_.size()) +
                     ": its last chunk is missing"});
  }
  SecretBytes plain(pending_.size() - kFileChunkOverhead);
  const auto opened = OpenChunk(pending_, plain.bytes(), true);
  if (!opened) return Fail(opened.error());
  failed_ = Error{ErrorCode::kInvalidArgument, std::string(kWhat) + ": was finished already"};
  return plain;
}

}  // namespace jikimi::vault
