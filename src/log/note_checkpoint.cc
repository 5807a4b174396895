#include "log/note_checkpoint.h"

#include "log/note_lines.h"
#include "vault/base64.h"

namespace jikimi::log {
namespace {

constexpr std::string_view kProofHead = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMaxProofHashes = 63;  // C2SP: no tree is higher
constexpr std::size_t kMaxProofBytes = 2 * kMaxNoteBytes;

}  // namespace

std::string Checkpoint::ToText() const {
  return origin + "\n" + std::to_string(size) + "\n" + vault::ToBase64(root.bytes) + "\n";
}

Result<Checkpoint> Checkpoint::Parse(std::string_view text) {
  NoteLines lines("checkpoint", text);
  Checkpoint checkpoint;
  checkpoint.origin = TRY(lines.Take());
  if (checkpoint.origin.empty()) return lines.Wrong("(origin) is empty");
  const auto size = ReadNumber(TRY(lines.Take()));
  if (!size || *size > kMaxTreeSize) return lines.Wrong("(size) is no size of a tree");
  checkpoint.size = *size;
  const auto root = ReadHash(TRY(lines.Take()));
  if (!root) return lines.Wrong("(root) is not 32 bytes in base64");
  checkpoint.root = *root;
  while (!lines.rest().empty()) {
    if (TRY(lines.Take()).empty()) return lines.Wrong("is empty");
  }
  return checkpoint;
}

Result<std::string> Checkpoint::Sign(const NoteSigner& log) const {
  if (origin != log.verifier().name()) {
    return Error{ErrorCode::kInvalidArgument,
                 "checkpoint: its origin is not the name of the key that signs it"};
  }
  return SignNote(ToText(), log);
}

Result<Checkpoint> Checkpoint::Open(std::string_view note, const NoteVerifier& log) {
  const auto opened = TRY(OpenNote(note, {&log, 1}));
  auto checkpoint = TRY(Parse(opened.text));
  if (checkpoint.origin != log.name()) {
    return Error{ErrorCode::kPermissionDenied,
                 "checkpoint: is of another log than the key that signed it"};
  }
  return checkpoint;
}

Result<OpenedCheckpoint> OpenCheckpoint(std::string_view note, std::span<const NoteVerifier> keys) {
  CHECK(!keys.empty());
  auto present = Checkpoint::Open(note, keys[0]);
  if (present) return OpenedCheckpoint{std::move(*present), 0};
  for (std::size_t key = 1; key < keys.size(); ++key) {
    if (auto former = Checkpoint::Open(note, keys[key]); former) {
      return OpenedCheckpoint{std::move(*former), key};
    }
  }
  return std::move(present).error();
}

std::string TlogProof::ToText() const {
  std::string text(kProofHead);
  if (!extra.empty()) text += "\n" + std::string(kExtra) + vault::ToBase64(extra);
  text += "\n" + std::string(kIndex) + std::to_string(index) + "\n";
  for (const auto& hash : hashes) text += vault::ToBase64(hash.bytes) + "\n";
  return text + "\n" + checkpoint;
}

Result<TlogProof> TlogProof::Parse(std::string_view text) {
  NoteLines lines("tlog-proof", text);
  if (text.size() > kMaxProofBytes) return lines.Wrong("is followed by too much text");
  TlogProof proof;
  if (TRY(lines.Take()) != kProofHead)
    return lines.Wrong("is not '" + std::string(kProofHead) + "'");
  auto line = TRY(lines.Take());
  if (line.starts_with(kExtra)) {
    const auto extra = vault::FromBase64(line.substr(kExtra.size()));
    if (!extra || extra->empty()) return lines.Wrong("(extra) is not base64");
    proof.extra = *extra;
    line = TRY(lines.Take());
  }
  if (!line.starts_with(kIndex)) return lines.Wrong("does not begin with 'index '");
  const auto index = ReadNumber(line.substr(kIndex.size()));
  if (!index) return lines.Wrong("(index) is no number");
  proof.index = *index;
  for (line = TRY(lines.Take()); !line.empty(); line = TRY(lines.Take())) {
    const auto hash = ReadHash(line);
    if (!hash) return lines.Wrong("(hash) is not 32 bytes in base64");
    if (proof.hashes.size() == kMaxProofHashes) return lines.Wrong("is one hash too many");
    proof.hashes.push_back(*hash);
  }
  proof.checkpoint = lines.rest();
  if (proof.checkpoint.empty()) return lines.Wrong("is followed by no checkpoint");
  return proof;
}

Result<Checkpoint> TlogProof::Verify(const TreeHash& leaf, const NoteVerifier& log) const {
  auto head = TRY(Checkpoint::Open(checkpoint, log));
  TRY(VerifyInclusion(leaf, index, head.size, hashes, head.root));
  return head;
}

}  // namespace jikimi::log
