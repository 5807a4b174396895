#ifndef JIKIMI_ACCESS_STORED_KEYRING_H_
#define JIKIMI_ACCESS_STORED_KEYRING_H_

#include <cstdint>
#include <optional>
#include <span>

#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/case_keyring.h"

// Keyrings between the database and memory; private to this room.
namespace jikimi::access {

// Where a keyring stands: of which case, in which revision.
vault::Context LayerContext(vault::CaseId id, std::uint64_t revision);

struct StoredKeyring {
  vault::CaseKeyring keyring;
  bool rotation_due = false;
};
// kNotFound: no such case, or destroyed, or its epoch was dropped; kCorrupt: changed from outside.
Result<StoredKeyring> LoadKeyring(store::Transaction& transaction, const CentreKeys& keys,
                                  vault::CaseId id);
Result<void> InsertKeyring(store::Transaction& transaction, const CentreKeys& keys,
                           const vault::CaseKeyring& keyring);
// kUnavailable when the row isn't at `former_revision` any more.
Result<void> SaveKeyring(store::Transaction& transaction, const CentreKeys& keys,
                         const vault::CaseKeyring& keyring, std::uint64_t former_revision,
                         Timestamp now);

// ResealCase() beside others: a case that one of them rotated or destroyed meanwhile is no error,
// since they see to its fields.
Result<void> ResealUnlessChanged(store::Database& database, const CentreKeys& keys,
                                 const Actor& who, OpenedCase& opened,
                                 std::span<const CaseField> fields, Timestamp now);

// The way into an OpenedCase for this room's changes.
struct OpenedCaseDoor {
  static vault::CaseKeyring& keyring(OpenedCase& opened) { return opened.keyring_; }
  static std::uint64_t stored(const OpenedCase& opened) { return opened.stored_; }
  static void SetPair(OpenedCase& opened, vault::CaseKeyPair pair) {
    opened.pair_ = std::move(pair);
  }
  static void SetRotationDue(OpenedCase& opened, bool due) { opened.rotation_due_ = due; }
  static void SetKeyring(OpenedCase& opened, vault::CaseKeyring keyring) {
    opened.stored_ = keyring.revision();
    opened.keyring_ = std::move(keyring);
  }
  // Stores the changed keyring.
  static Result<void> Save(store::Transaction& transaction, const CentreKeys& keys,
                           OpenedCase& opened, Timestamp now);
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_STORED_KEYRING_H_
