// Writes a log as its files, for verifiers that we did not write (tests/outside/log).
//   log_outside_files FOLDER

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "log/entries.h"
#include "log/merkle.h"
#include "log/note_checkpoint.h"
#include "log/sequencer.h"
#include "log/tiles.h"
#include "log/tree.h"
#include "store/database.h"
#include "store/migration.h"
#include "vault/base64.h"

namespace jikimi::log {
namespace {

constexpr std::uint64_t kSizes[] = {1, 2, 5, 256, 257, 700, 66'000};

class Writer {
 public:
  explicit Writer(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<void> WriteAll() {
    TRY(Write("key", AsBytes(signer_.verifier().ToText() + "\n")));
    std::uint64_t before = 0;
    for (const auto size : kSizes) {
      Grow(size);
      TRY(WriteTiles(before, size));
      const Checkpoint checkpoint{signer_.verifier().name(), size, edge_.Root()};
      const auto note = TRY(checkpoint.Sign(signer_));
      TRY(Write("checkpoint." + std::to_string(size), AsBytes(note)));
      TRY(WriteConsistency(size));
      for (const auto index : {std::uint64_t{0}, size / 2, size - 1}) {
        TRY(WriteProof(index, size, note));
      }
      before = size;
    }
    return {};
  }

 private:
  Result<void> Write(const std::string& name, std::span<const std::byte> bytes) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    return WriteFileAtomically(path, bytes);
  }

  void Grow(std::uint64_t size) {
    while (edge_.size() < size) {
      const auto text = "entry " + std::to_string(edge_.size());
      const auto bytes = AsBytes(text);
      entries_.emplace_back(bytes.begin(), bytes.end());
      std::vector<Node> completed;
      edge_.Append(LeafHash(bytes), completed);
      for (const auto& node : completed) nodes_[{node.id.level, node.id.index}] = node.hash;
    }
  }

  Result<void> WriteTiles(std::uint64_t before, std::uint64_t size) {
    for (const auto& tile : NewTiles(before, size)) {
      const auto hashes = TRY(MakeTile(tile, reader_));
      TRY(Write(tile.Path(), hashes));
      if (tile.level != 0) continue;
      const TileId bundle{TileId::kEntries, tile.index, tile.width};
      const auto bytes = TRY(MakeBundle(std::span(entries_).subspan(
          tile.index * kTileWidth, static_cast<std::size_t>(tile.width))));
      TRY(Write(bundle.Path(), bytes));
    }
    return {};
  }

  Result<void> WriteConsistency(std::uint64_t size) {
    for (const auto old_size : kSizes) {
      if (old_size > size) break;
      std::string lines;
      for (const auto& hash : TRY(ConsistencyProof(old_size, size, reader_))) {
        lines += vault::ToBase64(hash.bytes) + "\n";
      }
      TRY(Write("consistency/" + std::to_string(old_size) + "-" + std::to_string(size),
                AsBytes(lines)));
    }
    return {};
  }

  Result<void> WriteProof(std::uint64_t index, std::uint64_t size, const std::string& note) {
    const TlogProof proof{index, TRY(InclusionProof(index, size, reader_)), note, {}};
    const auto name = "proofs/" + std::to_string(index) + "-in-" + std::to_string(size);
    TRY(Write(name + ".tlog-proof", AsBytes(proof.ToText())));
    return Write(name + ".entry", entries_[index]);
  }

  std::filesystem::path folder_;
  NoteSigner signer_ =
      NoteSigner::Create("jikimi.example/log", vault::SigningKey::Generate()).value();
  TreeEdge edge_;
  std::vector<std::vector<std::byte>> entries_;
  std::map<std::pair<int, std::uint64_t>, TreeHash> nodes_;
  ReadNodes reader_ = [this](std::span<const NodeId> ids) -> Result<std::vector<TreeHash>> {
    std::vector<TreeHash> hashes;
    for (const auto& id : ids) hashes.push_back(nodes_.at({id.level, id.index}));
    return hashes;
  };
};

// A log that was kept in a database by its sequencer and exported from there; half-way it was
// handed over to another key, whose former one and its last checkpoint stand in `kept`.
class StoredLog {
 public:
  static Result<void> Write(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    auto database = TRY(store::Database::Open("sqlite:" + (folder / "log.db").native()));
    const SystemClock clock;
    const store::Schema schemas[] = {LogSchema()};
    TRY(store::Migrate(database, schemas, clock));
    const auto signer =
        TRY(NoteSigner::Create("centre.example/log", vault::SigningKey::Generate()));
    Sequencer sequencer(database, signer, clock);
    for (const int step : {1, 299, 700}) {
      TRY(Append(database, clock, step));
      TRY(sequencer.RunOnce());
    }
    const Tree tree(database);
    TRY(tree.Export(folder / "kept", signer.verifier()));
    const auto next =
        TRY(NoteSigner::Create("centre.example/log-2", vault::SigningKey::Generate()));
    std::string succession;
    TRY(HandOver(database, signer, next, {}, clock.Now(),
                 [&](store::Transaction&, const Succession&, const std::string& note) {
                   succession = note;
                   return Result<void>();
                 }));
    TRY(Append(database, clock, 100));
    TRY(Sequencer(database, next, clock, {.former = {signer.verifier()}}).RunOnce());
    TRY(tree.Export(folder, next.verifier(), succession));
    for (const std::uint64_t number : {0u, 255u, 256u, 999u}) TRY(WriteProof(tree, number, folder));
    return {};
  }

 private:
  static Result<void> Append(store::Database& database, const Clock& clock, int count) {
    const auto server_keys = vault::ServerKeys::Create();
    std::vector<SealedEntry> entries;
    for (int i = 0; i < count; ++i) {
      const Entry entry{"backup.made", clock.Now(), ActorRef::System()};
      entries.push_back(TRY(SealedEntry::Seal(entry, EntrySeals::ForCentre(server_keys))));
    }
    return database.Write(
        [&](store::Transaction& transaction) { return AppendAll(transaction, entries); });
  }

  static Result<void> WriteProof(const Tree& tree, std::uint64_t number,
                                 const std::filesystem::path& folder) {
    const auto proof = TRY(tree.Prove(number));
    const int width = static_cast<int>(number % kTileWidth) + 1;
    const auto bundle = TRY(tree.Tile({TileId::kEntries, number / kTileWidth, width}));
    const auto entry = TRY(ReadBundle(bundle, width)).back();
    const auto name = (folder / "proofs" / std::to_string(number)).native();
    std::filesystem::create_directories(folder / "proofs");
    TRY(WriteFileAtomically(name + ".tlog-proof", AsBytes(proof.ToText())));
    return WriteFileAtomically(name + ".entry", entry);
  }
};

}  // namespace
}  // namespace jikimi::log

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: log_outside_files FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  for (const auto& written : {jikimi::log::Writer(folder).WriteAll(),
                              jikimi::log::StoredLog::Write(folder / "exported")}) {
    if (written) continue;
    std::fprintf(stderr, "log_outside_files: %s\n", written.error().message.c_str());
    return 1;
  }
  return 0;
}
