// Every text and file of the log: what is read has one form, and nothing that nobody signed opens.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"
#include "log/note_checkpoint.h"
#include "log/succession.h"
#include "log/tiles.h"

namespace jikimi::log {
namespace {

void ReadTexts(std::string_view text) {
  if (const auto tile = TileId::Parse(text); tile) CHECK(tile->Path() == text);
  if (const auto key = NoteVerifier::Parse(text); key) CHECK(key->ToText() == text);
  if (const auto proof = TlogProof::Parse(text); proof) CHECK(proof->ToText() == text);
  if (const auto checkpoint = Checkpoint::Parse(text); checkpoint) {
    CHECK(text.starts_with(checkpoint->ToText()));  // extension lines may follow
    CHECK(Checkpoint::Parse(checkpoint->ToText()).value() == *checkpoint);
  }
  if (const auto succession = Succession::Parse(text); succession) {
    CHECK(succession->ToText() == text);
  }
  if (const auto chain = OpenSuccessions(text); chain) {
    std::string again;
    for (const auto& note : SplitSuccessions(text)) again += note;
    CHECK(again == text && FormerKeys(*chain).size() == chain->size());
  }
  static const auto* signer = new NoteSigner(
      NoteSigner::Create("jikimi.example/log", vault::SigningKey::Generate()).value());
  CHECK(!OpenNote(text, {&signer->verifier(), 1}).has_value());
}

// A bundle of as many entries as its first byte says.
void ReadBundleOf(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const auto width = std::to_integer<int>(bytes[0]) + 1;
  const auto bundle = bytes.subspan(1);
  const auto entries = ReadBundle(bundle, width);
  if (!entries) return;
  std::size_t size = 0;
  for (const auto& entry : *entries) size += 2 + entry.size();
  CHECK(entries->size() == static_cast<std::size_t>(width) && size == bundle.size());
}

// Proofs of arbitrary shape never verify against a root that is not theirs.
void VerifyForged(std::span<const std::byte> bytes) {
  if (bytes.size() < 3) return;
  const auto size = std::to_integer<std::uint64_t>(bytes[0]);
  const auto index = std::to_integer<std::uint64_t>(bytes[1]);
  std::vector<TreeHash> proof(std::to_integer<std::size_t>(bytes[2]) % 16);
  static const TreeHash root = LeafHash({});
  CHECK(!VerifyInclusion({}, index, size, proof, root).has_value());
  CHECK(!VerifyConsistency(index, {}, size, root, proof).has_value());
}

}  // namespace
}  // namespace jikimi::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::log;
  ReadTexts({reinterpret_cast<const char*>(data), size});
  const auto bytes = std::as_bytes(std::span(data, size));
  ReadBundleOf(bytes);
  VerifyForged(bytes);
  return 0;
}
