#ifndef JIKIMI_ACCESS_SPLIT_KEYS_H_
#define JIKIMI_ACCESS_SPLIT_KEYS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "access/approvals.h"
#include "access/escrow.h"
#include "access/split_key_tables.h"
#include "base/result.h"
#include "log/entry.h"
#include "store/database.h"
#include "vault/split_key.h"

// What the escrow and the audit key have in common; private to this room.
namespace jikimi::access {

template <vault::KeyKind kKind>
inline constexpr std::string_view kSplitKindOf =
    kKind == vault::KeyKind::kEscrow ? kEscrowKind : kAuditKind;

// kNotFound when there is none.
template <vault::KeyKind kKind>
Result<vault::SplitRecord<kKind>> CurrentRecord(store::Transaction& transaction);

// The pair that these shares are of, which may be of a former version. Errors name the share.
template <vault::KeyKind kKind>
Result<vault::KeyPair<kKind>> RecoverPair(store::Transaction& transaction,
                                          std::span<const vault::KeyShare> shares);

// A pair of this name and its shares; nothing is stored.
template <vault::KeyKind kKind>
Result<NewSplit<kKind>> MakeSplit(const vault::KeyName<kKind>& name, int k, int n);

// Records and pins it: from this transaction on it is the current one.
template <vault::KeyKind kKind>
Result<void> StoreSplit(store::Transaction& transaction, const CentreKeys& keys,
                        const NewSplit<kKind>& made, const log::ActorRef& actor, Timestamp now);

// Whose wish an act was that somebody carries out at a terminal, where nobody is signed in: for the
// entry. Staff numbers.
Result<std::vector<log::EntryField>> WishedBy(store::Transaction& transaction,
                                              const Approval& approval);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SPLIT_KEYS_H_
