#ifndef JIKIMI_LOG_NOTE_H_
#define JIKIMI_LOG_NOTE_H_

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vault/signing.h"

namespace jikimi::log {

// Text signed by named Ed25519 keys (C2SP signed-note): the text, an empty line, and a line
// "— name base64(key id, signature)" a signature.

// Who may have signed: a name and a public key.
class NoteVerifier {
 public:
  using KeyId = std::array<std::byte, 4>;

  // kInvalidArgument when the name is empty, is not UTF-8 or holds a space or a plus.
  static Result<NoteVerifier> Create(std::string_view name, const vault::VerifyKey& key);
  // "name+hex key id+base64(1, key)", as Go's note package takes it; and back.
  static Result<NoteVerifier> Parse(std::string_view text);
  std::string ToText() const;

  const std::string& name() const { return name_; }
  const KeyId& key_id() const { return key_id_; }  // SHA-256(name, "\n", 1, key), first 4 bytes
  const vault::VerifyKey& key() const { return key_; }

 private:
  NoteVerifier(std::string name, const vault::VerifyKey& key, const KeyId& key_id)
      : name_(std::move(name)), key_(key), key_id_(key_id) {}

  std::string name_;
  vault::VerifyKey key_;
  KeyId key_id_;
};

// A name and a key that signs. Move-only, like its key.
class NoteSigner {
 public:
  static Result<NoteSigner> Create(std::string_view name, vault::SigningKey key);

  const NoteVerifier& verifier() const { return verifier_; }
  // One signature line over `text`.
  std::string SignatureLine(std::string_view text) const;

 private:
  NoteSigner(NoteVerifier verifier, vault::SigningKey key)
      : verifier_(std::move(verifier)), key_(std::move(key)) {}

  NoteVerifier verifier_;
  vault::SigningKey key_;
};

inline constexpr std::size_t kMaxNoteBytes = 1'000'000;
inline constexpr std::size_t kMaxNoteSignatures = 100;

// The note of a text, which ends in a line end and holds no other control characters (otherwise
// kInvalidArgument).
Result<std::string> SignNote(std::string_view text, const NoteSigner& signer);

struct OpenedNote {
  std::string text;                   // with its last line end
  std::vector<std::string> verified;  // names whose signatures fit, in the note's order
};

// Reads a note and checks the signatures of those who are known; others' are ignored. A malformed
// note is kInvalidArgument with the line; a known key's signature that doesn't fit is kCorrupt with
// its name; no signature of a known key is kPermissionDenied. The text counts only when this
// succeeds.
Result<OpenedNote> OpenNote(std::string_view note, std::span<const NoteVerifier> known);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_NOTE_H_
