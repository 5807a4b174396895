#include "access/stored_keyring.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "access/case_key_tables.h"
#include "access/key_folder.h"

namespace jikimi::access {
namespace {

// How often a rotation may come in between: once is rare.
constexpr int kTries = 3;

CaseKeyRow RowOf(const vault::CaseKeyring& keyring) {
  CaseKeyRow row;
  row.id = keyring.id();
  row.public_key = keyring.public_key().ToBytes();
  row.revision = keyring.revision();
  row.escrow_version = keyring.escrow_key().name().version;
  if (const auto team = keyring.team_key()) {
    row.intake = {team->name().owner, team->name().version};
  }
  row.has_former = keyring.has_former();
  return row;
}

// Seals the row under the current epoch and hands it to `write` until it is taken; false: it was
// refused though no newer epoch is known.
template <typename Write>
Result<bool> Put(store::Transaction& transaction, const CentreKeys& keys,
                 const vault::CaseKeyring& keyring, Write&& write) {
  CaseKeyRow row = RowOf(keyring);
  const auto bytes = keyring.bytes();
  for (int i = 0; i < kTries; ++i) {
    const auto ring = keys.epochs();
    row.epoch = ring->current();
    row.keyring = ring->SealLayer(LayerContext(row.id, row.revision), bytes).bytes();
    if (TRY(write(row))) return true;
    if (!TRY(KnowsNewerEpoch(transaction, row.epoch))) return false;
  }
  return Error{ErrorCode::kUnavailable,
               keys.folder().native() + ": has no key of the epoch that the database is in"};
}

}  // namespace

vault::Context LayerContext(vault::CaseId id, std::uint64_t revision) {
  return {
      .purpose = vault::Purpose::kKeyring, .of = id, .about = {}, .field = {}, .version = revision};
}

Result<StoredKeyring> LoadKeyring(store::Transaction& transaction, const CentreKeys& keys,
                                  vault::CaseId id) {
  const auto row = TRY(FindCaseKeyRow(transaction, id));
  if (!row) {
    return Error{ErrorCode::kNotFound, "case: there is none, or its keys were destroyed"};
  }
  const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kEpoch>::Parse(row->keyring));
  const auto bytes = TRY(keys.epochs()->OpenLayer(LayerContext(id, row->revision), sealed));
  StoredKeyring stored{TRY(vault::CaseKeyring::Parse(bytes.bytes())), row->rotation_due};
  if (stored.keyring.id() != id || stored.keyring.revision() != row->revision ||
      stored.keyring.public_key().ToBytes() != row->public_key) {
    return Error{ErrorCode::kCorrupt, "case: its keys are not those of its row"};
  }
  return stored;
}

Result<void> InsertKeyring(store::Transaction& transaction, const CentreKeys& keys,
                           const vault::CaseKeyring& keyring) {
  const bool inserted = TRY(Put(transaction, keys, keyring, [&](const CaseKeyRow& row) {
    return InsertCaseKey(transaction, row);
  }));
  CHECK(inserted);  // nothing but the epoch refuses without an error
  return {};
}

Result<void> SaveKeyring(store::Transaction& transaction, const CentreKeys& keys,
                         const vault::CaseKeyring& keyring, std::uint64_t former_revision,
                         Timestamp now) {
  const bool saved = TRY(Put(transaction, keys, keyring, [&](const CaseKeyRow& row) {
    return UpdateCaseKey(transaction, row, former_revision, now);
  }));
  if (saved) return {};
  return Error{ErrorCode::kUnavailable,
               "case: its keys were changed by somebody else meanwhile; open it again"};
}

Result<void> OpenedCaseDoor::Save(store::Transaction& transaction, const CentreKeys& keys,
                                  OpenedCase& opened, Timestamp now) {
  TRY(SaveKeyring(transaction, keys, opened.keyring_, opened.stored_, now));
  opened.stored_ = opened.keyring_.revision();
  return {};
}

}  // namespace jikimi::access
