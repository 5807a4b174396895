#ifndef JIKIMI_LOG_READER_H_
#define JIKIMI_LOG_READER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/entry.h"
#include "store/database.h"
#include "vault/case_keyring.h"
#include "vault/server_keys.h"

// Reading what the log says of a case, of the centre, or of what staff looked at.
namespace jikimi::log {

// Where a page goes on. Opaque; it tells roughly how many entries the whole centre has written, so
// it is sealed before it leaves the server.
struct EntryCursor {
  std::int64_t before = 0;

  friend bool operator==(const EntryCursor&, const EntryCursor&) = default;
};

struct ReadEntry {
  std::optional<std::uint64_t> number;  // in the tree; none within the first second
  EntryDigest digest;                   // what stands there
  // What happened; or how the detail was tampered with: it doesn't open, or it isn't the one whose
  // digest is the leaf. The other entries of the page are readable all the same.
  std::optional<Entry> entry;
  std::optional<Error> problem;
};

struct EntryPage {
  std::vector<ReadEntry> entries;   // newest first
  std::optional<EntryCursor> next;  // none: this was the last page
};

struct PageRequest {
  std::optional<EntryCursor> before;  // none: the newest
  int limit = 50;                     // 1 to 500
};

// The entries of a case. `current` is the opened pair of `keyring`, which also opens details that
// still stand under former versions.
Result<EntryPage> ReadCase(store::Transaction& transaction, const vault::CaseKeyring& keyring,
                           const vault::CaseKeyPair& current, const PageRequest& request);

// What staff did and looked at, in all cases, for who holds k shares of the audit key; `audit` are
// its versions, one or several. Pages may be short, since what survivors and the program did is
// left out. Entries sealed to a version that isn't given come with a problem (kPermissionDenied),
// whoever's they are.
Result<EntryPage> ReadStaffAccess(store::Transaction& transaction,
                                  std::span<const vault::AuditKeyPair> audit,
                                  const PageRequest& request);

// The entries of the centre.
Result<EntryPage> ReadCentre(store::Transaction& transaction, const vault::ServerKeys& server_keys,
                             const PageRequest& request);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_READER_H_
