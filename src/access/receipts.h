#ifndef JIKIMI_ACCESS_RECEIPTS_H_
#define JIKIMI_ACCESS_RECEIPTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/survivor_code.h"

// A receipt that waits for her. After a destruction her own code must be like an unknown one, so
// whoever asks for a receipt gets a receipt code at that moment, of the same form and with no other
// use: once the case is destroyed it opens the receipt, and nothing else ever. What is kept then
// names no case: the digest of the code, when and how many keys.
namespace jikimi::access {

// To be shown once. Asking again takes the place of the former. Whether `who` may, the caller has
// seen to.
Result<vault::SurvivorCode> AskForReceipt(store::Transaction& transaction, vault::CaseId of_case);
// Nothing is to be destroyed after all.
Result<void> ForgetReceipt(store::Transaction& transaction, vault::CaseId of_case);
// Part of destroying a case, and of doing it again for a restored backup.
Result<void> FulfilReceipt(store::Transaction& transaction, vault::CaseId of_case,
                           std::uint32_t destroyed_keys, Timestamp at);

// The signed receipt, about the receipt code as it was shown. A code that is mistyped (the check
// character) is kInvalidArgument; a wrong one, one whose case isn't destroyed yet, and one that is
// `until` or older are kPermissionDenied alike. kUnavailable as ReceiptOf() (destructions.h).
Result<std::string> FetchReceipt(store::Database& database, const CentreKeys& keys,
                                 std::string_view centre, std::string_view code, Timestamp until,
                                 Timestamp now);
// Forgets those of what was destroyed at `until` or before.
Result<std::int64_t> PruneReceipts(store::Database& database, Timestamp until);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_RECEIPTS_H_
