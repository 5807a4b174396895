#include "log/succession.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "log/note_lines.h"
#include "vault/base64.h"

namespace jikimi::log {
namespace {

constexpr std::string_view kHead = "jikimi.log.succession.1";
constexpr std::string_view kFormer = "former ";
constexpr std::string_view kNext = "next ";
constexpr std::string_view kSize = "size ";
constexpr std::string_view kRoot = "root ";
constexpr std::string_view kTime = "time ";
constexpr std::uint64_t kMaxSeconds = 253'402'300'799;  // the end of the year 9999

std::chrono::seconds SecondsOf(Timestamp at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch());
}

}  // namespace

std::string Succession::ToText() const {
  return std::string(kHead) + "\n" + std::string(kFormer) + former.ToText() + "\n" +
         std::string(kNext) + next.ToText() + "\n" + std::string(kSize) + std::to_string(size) +
         "\n" + std::string(kRoot) + vault::ToBase64(root.bytes) + "\n" + std::string(kTime) +
         std::to_string(SecondsOf(at).count()) + "\n";
}

Result<Succession> Succession::Parse(std::string_view text) {
  NoteLines lines("succession", text);
  if (TRY(lines.Take()) != kHead) return lines.Wrong("is not '" + std::string(kHead) + "'");
  const auto former = NoteVerifier::Parse(TRY(lines.TakeBehind(kFormer)));
  if (!former) return lines.Wrong("(former) is no key: " + former.error().message);
  const auto next = NoteVerifier::Parse(TRY(lines.TakeBehind(kNext)));
  if (!next) return lines.Wrong("(next) is no key: " + next.error().message);
  if (next->name() == former->name()) return lines.Wrong("(next) has the former key's name");
  const auto size = ReadNumber(TRY(lines.TakeBehind(kSize)));
  if (!size || *size > kMaxTreeSize) return lines.Wrong("(size) is no size of a tree");
  const auto root = ReadHash(TRY(lines.TakeBehind(kRoot)));
  if (!root) return lines.Wrong("(root) is not 32 bytes in base64");
  const auto seconds = ReadNumber(TRY(lines.TakeBehind(kTime)));
  if (!seconds || *seconds > kMaxSeconds) return lines.Wrong("(time) is no time");
  if (!lines.rest().empty()) return lines.Wrong("is followed by more");
  const std::chrono::seconds since(static_cast<std::chrono::seconds::rep>(*seconds));
  return Succession{*former, *next, *size, *root, Timestamp(since)};
}

Result<std::string> Succession::Sign(const NoteSigner& former_signer,
                                     const NoteSigner& next_signer) const {
  const auto text = ToText();
  TRY(Parse(text));  // what is signed can be read
  const auto note = TRY(SignNote(text, former_signer)) + next_signer.SignatureLine(text);
  TRY(Open(note));  // and is signed by the keys that it names
  return note;
}

Result<Succession> Succession::Open(std::string_view note) {
  const auto end = note.find("\n\n");
  auto succession = TRY(Parse(note.substr(0, end == std::string_view::npos ? end : end + 1)));
  const std::array<NoteVerifier, 2> both = {succession.former, succession.next};
  const auto opened = TRY(OpenNote(note, both));
  if (opened.text != succession.ToText()) {
    return Error{ErrorCode::kInvalidArgument, "succession: has lines behind its first empty one"};
  }
  if (opened.verified.size() != both.size()) {
    return Error{ErrorCode::kPermissionDenied, "succession: is signed by one of its keys only"};
  }
  return succession;
}

std::vector<std::string> SplitSuccessions(std::string_view notes) {
  const auto head = std::string(kHead) + "\n";
  std::vector<std::string> split;
  while (!notes.empty()) {
    const auto next = notes.find("\n" + head);
    const auto length = next == std::string_view::npos ? notes.size() : next + 1;
    split.emplace_back(notes.substr(0, length));
    notes.remove_prefix(length);
  }
  return split;
}

Result<std::vector<Succession>> OpenSuccessions(std::string_view notes) {
  std::vector<Succession> successions;
  for (const auto& note : SplitSuccessions(notes)) {
    const std::string name = "succession " + std::to_string(successions.size() + 1);
    auto opened = Succession::Open(note);
    if (!opened) return Prefixed(name, std::move(opened).error());
    if (!successions.empty() && successions.back().next.ToText() != opened->former.ToText()) {
      return Error{ErrorCode::kCorrupt,
                   name + ": does not go on from the key that the one before it led to"};
    }
    successions.push_back(std::move(*opened));
  }
  return successions;
}

std::vector<NoteVerifier> FormerKeys(std::span<const Succession> successions) {
  std::vector<NoteVerifier> keys;
  for (auto each = successions.rbegin(); each != successions.rend(); ++each) {
    keys.push_back(each->former);
  }
  return keys;
}

const Succession* WentBackTo(std::span<const Succession> successions, std::string_view name) {
  const Succession* smallest = nullptr;
  bool since = false;
  for (const auto& succession : successions) {
    since = since || succession.former.name() == name;
    if (since && (smallest == nullptr || succession.size < smallest->size)) smallest = &succession;
  }
  return smallest;
}

}  // namespace jikimi::log
