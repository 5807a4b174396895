#ifndef JIKIMI_LOG_SEAL_H_
#define JIKIMI_LOG_SEAL_H_

#include <optional>
#include <span>
#include <vector>

#include "log/entry.h"
#include "vault/context.h"

// Where the sealed copies of a detail belong; private to this room.
namespace jikimi::log {

// Each copy is bound to its digest, so that one that was moved to another entry doesn't open.
vault::Context CaseContext(vault::CaseId case_id, const EntryDigest& digest);
vault::Context AuditContext(vault::AuditId audit, const std::optional<vault::CaseId>& case_id,
                            const EntryDigest& digest);
vault::Context ServerContext(const EntryDigest& digest);

// What the audit copy of an entry holds that isn't staff's: nothing, in as many bytes, so that the
// database doesn't tell staff from survivors, and that a copy that was deleted shows.
std::vector<std::byte> NothingToAudit(std::span<const std::byte> form);
bool IsNothing(std::span<const std::byte> form);

// The entry of an opened detail, when it is the one whose digest stands in the tree; kCorrupt when
// it is another.
Result<Entry> CheckDetail(std::span<const std::byte> form, const EntryDigest& digest);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_SEAL_H_
