// The daily rotation of the epoch layer.

#include <string>
#include <utility>

#include "access/case_key_tables.h"
#include "access/centre_key_tables.h"
#include "access/centre_keys.h"
#include "access/key_folder.h"
#include "access/key_samples.h"
#include "access/stored_keyring.h"

namespace jikimi::access {
namespace {

constexpr int kBatch = 200;

struct Batch {
  std::int64_t resealed = 0;
  std::int64_t damaged = 0;
  std::optional<vault::CaseId> last;  // none: there were no rows
};

// One transaction, which locks the rows that it reads: cases are made and changed beside it however
// busy the centre is, since it is in conflict with nobody but who changes the very same rows.
Result<Batch> ResealBatch(store::Transaction& transaction, const vault::EpochRing& ring,
                          const std::optional<vault::CaseId>& after) {
  Batch batch;
  std::vector<NewLayer> layers;
  for (const auto& row : TRY(OlderLayers(transaction, ring.current(), after, kBatch))) {
    batch.last = row.id;
    const auto sealed = vault::SealedUnder<vault::KeyKind::kEpoch>::Parse(row.keyring);
    auto fresh = sealed ? ring.Reseal(LayerContext(row.id, row.revision), *sealed)
                        : Result<vault::SealedUnder<vault::KeyKind::kEpoch>>(sealed.error());
    if (!fresh) {
      ++batch.damaged;
      continue;
    }
    layers.push_back({row.id, fresh->bytes()});
  }
  TRY(PutLayers(transaction, ring.current(), layers));
  batch.resealed = static_cast<std::int64_t>(layers.size());
  return batch;
}

// Whether a row lies under an older epoch. A serializable transaction that writes nothing and also
// reads which epochs are known, so that on PostgreSQL a writer that read that before the new one
// came, and has not committed yet, fails instead of leaving a row behind.
Result<bool> AnyOlder(store::Transaction& transaction, const vault::EpochRing& ring) {
  TRY(KeySamples(transaction, kEpochSample));
  return HasOlderLayer(transaction, ring.current());
}

// Brings every keyring under the current epoch; goes round until there is none to bring.
Result<std::int64_t> ResealAll(store::Database& database, const vault::EpochRing& ring) {
  std::int64_t resealed = 0;
  while (true) {
    std::int64_t in_round = 0;
    std::int64_t damaged = 0;
    std::optional<vault::CaseId> after;
    do {
      const auto batch = TRY(database.WriteLocking(
          [&](store::Transaction& transaction) { return ResealBatch(transaction, ring, after); }));
      after = batch.last;
      in_round += batch.resealed;
      damaged += batch.damaged;
    } while (after);
    resealed += in_round;
    if (damaged > 0) {
      return Error{ErrorCode::kCorrupt,
                   "rotation of the epoch: " + std::to_string(damaged) +
                       " keyrings were changed from outside and don't open; until they are put "
                       "back or deleted no epoch is dropped"};
    }
    if (in_round > 0) continue;
    const bool older = TRY(database.Write(
        [&](store::Transaction& transaction) { return AnyOlder(transaction, ring); }));
    if (!older) return resealed;
  }
}

Result<void> DeleteSamples(store::Transaction& transaction, std::string_view kind,
                           std::span<const std::uint32_t> versions) {
  for (const auto version : versions) TRY(DeleteKeySample(transaction, kind, version));
  return {};
}

Result<void> Save(KeyFolder& files, const vault::EpochRing& ring) {
  const auto lock = TRY(files.Lock());
  return files.Save(ring);
}

// Finishes what is under way in `ring` and drops what is due.
Result<void> FinishAndDrop(store::Database& database, KeyFolder& files, vault::EpochRing& ring,
                           Timestamp now, EpochRotation& rotation) {
  TRY(database.Write(
      [&](store::Transaction& transaction) { return AddSample(transaction, ring, now); }));
  rotation.resealed += TRY(ResealAll(database, ring));
  const auto before = ring.ToBytes();
  ring.FinishRotation();
  const auto dropped = ring.DropExpired(DayOf(now));
  if (!vault::EqualInConstantTime(before.bytes(), ring.ToBytes().bytes())) {
    TRY(Save(files, ring));
  }
  TRY(database.Write([&](store::Transaction& transaction) {
    return DeleteSamples(transaction, kEpochSample, dropped);
  }));
  rotation.dropped.insert(rotation.dropped.end(), dropped.begin(), dropped.end());
  return {};
}

}  // namespace

Result<EpochRotation> RotateEpochIfDue(store::Database& database, const CentreKeys& keys,
                                       Timestamp now) {
  EpochRotation rotation;
  auto& files = keys.files();
  const auto turn = FileLock::Acquire(keys.folder() / "rotation.lock");
  if (!turn && turn.error().code == ErrorCode::kUnavailable) {
    rotation.busy = true;
    return rotation;
  }
  if (!turn) return turn.error();
  auto ring = TRY(files.FreshEpochs());
  // Former epochs may be waiting to be dropped, or a killed rotation to be finished.
  if (ring.epochs().size() > 1) TRY(FinishAndDrop(database, files, ring, now, rotation));
  if (!ring.IsDue(DayOf(now))) return rotation;
  TRY(ring.Rotate(DayOf(now)));
  TRY(Save(files, ring));
  rotation.opened = true;
  TRY(FinishAndDrop(database, files, ring, now, rotation));
  return rotation;
}

}  // namespace jikimi::access
