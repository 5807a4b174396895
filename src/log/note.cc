#include "log/note.h"

#include <utf8proc.h>

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "vault/base64.h"
#include "vault/hkdf.h"

namespace jikimi::log {
namespace {

constexpr std::byte kEd25519{1};
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // em dash, space
constexpr std::size_t kSignatureBytes = 64;

Error Bad(std::string_view what, std::string problem) {
  return {ErrorCode::kInvalidArgument, std::string(what) + ": " + std::move(problem)};
}

bool IsUnicodeSpace(utf8proc_int32_t code) {
  const auto category = utf8proc_category(code);
  return (code >= 9 && code <= 13) || code == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
         category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

// Calls `accept` with each character; false when it refuses one or the text is not UTF-8.
template <typename Accept>
bool AllCharacters(std::string_view text, Accept&& accept) {
  while (!text.empty()) {
    utf8proc_int32_t code = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (length <= 0 || !accept(code)) return false;
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return true;
}

bool IsName(std::string_view name) {
  return !name.empty() && AllCharacters(name, [](utf8proc_int32_t code) {
    return code >= 0x20 && code != '+' && !IsUnicodeSpace(code);
  });
}

bool IsNoteText(std::string_view text) {
  return AllCharacters(text, [](utf8proc_int32_t code) { return code >= 0x20 || code == '\n'; });
}

NoteVerifier::KeyId IdOf(std::string_view name, const vault::VerifyKey& key) {
  ByteWriter message;
  message.PutBytes(AsBytes(name));
  message.PutBytes(AsBytes("\n"));
  message.Put(std::to_integer<std::uint8_t>(kEd25519));
  message.PutBytes(key.bytes());
  const auto digest = vault::Sha256(message.bytes());
  NoteVerifier::KeyId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

// One signature line, taken apart.
struct SignatureLine {
  std::string_view name;
  NoteVerifier::KeyId key_id = {};
  std::vector<std::byte> signature;
};

std::optional<SignatureLine> ReadSignatureLine(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  SignatureLine read;
  read.name = line.substr(0, space);
  const auto bytes = vault::FromBase64(line.substr(space + 1));
  if (!IsName(read.name) || !bytes || bytes->size() <= read.key_id.size()) return std::nullopt;
  std::copy_n(bytes->begin(), read.key_id.size(), read.key_id.begin());
  read.signature.assign(bytes->begin() + static_cast<std::ptrdiff_t>(read.key_id.size()),
                        bytes->end());
  return read;
}

bool Fits(const SignatureLine& line, std::string_view text, const NoteVerifier& verifier) {
  if (line.signature.size() != kSignatureBytes) return false;
  vault::Signature signature;
  std::copy(line.signature.begin(), line.signature.end(), signature.begin());
  return verifier.key().Verify(AsBytes(text), signature);
}

}  // namespace

Result<NoteVerifier> NoteVerifier::Create(std::string_view name, const vault::VerifyKey& key) {
  if (!IsName(name)) {
    return Bad("note key", "its name is empty, not UTF-8, or holds a space or a plus");
  }
  return NoteVerifier(std::string(name), key, IdOf(name, key));
}

Result<NoteVerifier> NoteVerifier::Parse(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return Bad("note key", "is not name+id+key");
  const auto bytes = vault::FromBase64(text.substr(second + 1));
  if (!bytes || bytes->size() != 1 + vault::VerifyKey::kBytes || bytes->front() != kEd25519) {
    return Bad("note key", "its third part is not an Ed25519 key in base64");
  }
  std::array<std::byte, vault::VerifyKey::kBytes> key;
  std::copy(bytes->begin() + 1, bytes->end(), key.begin());
  auto verifier = TRY(Create(text.substr(0, first), vault::VerifyKey(key)));
  if (text.substr(first + 1, second - first - 1) != ToHex(verifier.key_id())) {
    return Bad("note key", "its id does not belong to its name and key");
  }
  return verifier;
}

std::string NoteVerifier::ToText() const {
  std::vector<std::byte> typed{kEd25519};
  typed.insert(typed.end(), key_.bytes().begin(), key_.bytes().end());
  return name_ + "+" + ToHex(key_id_) + "+" + vault::ToBase64(typed);
}

Result<NoteSigner> NoteSigner::Create(std::string_view name, vault::SigningKey key) {
  auto verifier = TRY(NoteVerifier::Create(name, key.verify_key()));
  return NoteSigner(std::move(verifier), std::move(key));
}

std::string NoteSigner::SignatureLine(std::string_view text) const {
  const auto signature = key_.Sign(AsBytes(text));
  std::vector<std::byte> bytes(verifier_.key_id().begin(), verifier_.key_id().end());
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return std::string(kDash) + verifier_.name() + " " + vault::ToBase64(bytes) + "\n";
}

Result<std::string> SignNote(std::string_view text, const NoteSigner& signer) {
  if (!text.ends_with('\n')) return Bad("note", "its text does not end in a line end");
  if (!IsNoteText(text)) {
    return Bad("note", "its text is not UTF-8, or holds a control character");
  }
  auto note = std::string(text) + "\n" + signer.SignatureLine(text);
  if (note.size() > kMaxNoteBytes) return Bad("note", "is over a million bytes");
  return note;
}

Result<OpenedNote> OpenNote(std::string_view note, std::span<const NoteVerifier> known) {
  if (note.size() > kMaxNoteBytes) return Bad("note", "is over a million bytes");
  if (!IsNoteText(note)) return Bad("note", "is not UTF-8, or holds a control character");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return Bad("note", "has no empty line before signatures");
  OpenedNote opened{std::string(note.substr(0, blank + 1)), {}};
  auto rest = note.substr(blank + 2);
  if (rest.empty()) return Bad("note", "has no signature");
  std::vector<const NoteVerifier*> seen;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    if (number > kMaxNoteSignatures) return Bad("note", "has over 100 signatures");
    const auto end = rest.find('\n');
    const auto line =
        end == std::string_view::npos ? std::nullopt : ReadSignatureLine(rest.substr(0, end));
    if (!line) {
      return Bad("note", "signature line " + std::to_string(number) + " is malformed or cut off");
    }
    rest.remove_prefix(end + 1);
    const auto verifier = std::find_if(known.begin(), known.end(), [&](const auto& one) {
      return one.name() == line->name && one.key_id() == line->key_id;
    });
    if (verifier == known.end()) continue;
    if (!Fits(*line, opened.text, *verifier)) {
      return Error{ErrorCode::kCorrupt,
                   "note: the signature of " + verifier->name() + " does not fit its text"};
    }
    if (std::find(seen.begin(), seen.end(), &*verifier) != seen.end()) continue;
    seen.push_back(&*verifier);
    opened.verified.push_back(verifier->name());
  }
  if (opened.verified.empty()) {
    return Error{ErrorCode::kPermissionDenied, "note: no key that is known has signed it"};
  }
  return opened;
}

}  // namespace jikimi::log
