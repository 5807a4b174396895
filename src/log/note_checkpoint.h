#ifndef JIKIMI_LOG_NOTE_CHECKPOINT_H_
#define JIKIMI_LOG_NOTE_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/merkle.h"
#include "log/note.h"

namespace jikimi::log {

// The head of a log's tree (C2SP tlog-checkpoint): origin, size and root, a line each. A log never
// signs two that are inconsistent.
struct Checkpoint {
  std::string origin;  // the log's name, which is also its key's
  std::uint64_t size = 0;
  TreeHash root;

  // The text of its note; and back, extension lines ignored. Errors name the line.
  std::string ToText() const;
  static Result<Checkpoint> Parse(std::string_view text);

  // kInvalidArgument when the origin can't be a line.
  Result<std::string> Sign(const NoteSigner& log) const;
  // Signed by `log`, whose name must be the origin. Errors as OpenNote().
  static Result<Checkpoint> Open(std::string_view note, const NoteVerifier& log);

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// A checkpoint of a log that has had several keys, the present one first: opened by whichever
// signed it, and which that was. None did: the present one's error.
struct OpenedCheckpoint {
  Checkpoint checkpoint;
  std::size_t key = 0;
};
Result<OpenedCheckpoint> OpenCheckpoint(std::string_view note, std::span<const NoteVerifier> keys);

// That an entry is in a log, to be checked with the log's key alone (C2SP tlog-proof): a file
// `.tlog-proof`.
struct TlogProof {
  std::uint64_t index = 0;
  std::vector<TreeHash> hashes;       // InclusionProof()
  std::string checkpoint;             // signed, verbatim
  std::vector<std::byte> extra = {};  // not authenticated

  std::string ToText() const;
  static Result<TlogProof> Parse(std::string_view text);

  // Checks the checkpoint's signature and that the entry of this leaf hash is at `index` under its
  // root; returns the checkpoint.
  Result<Checkpoint> Verify(const TreeHash& leaf, const NoteVerifier& log) const;

  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_NOTE_CHECKPOINT_H_
