#ifndef JIKIMI_ACCESS_RECEIPT_TABLES_H_
#define JIKIMI_ACCESS_RECEIPT_TABLES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/record_id.h"

// Rows of receipts that wait; private to this room.
namespace jikimi::access {

struct WaitingReceipt {
  std::array<std::byte, 32> id = {};
  std::array<std::byte, 16> salt = {};
  std::array<std::byte, 32> digest = {};
  std::optional<Timestamp> destroyed_at;  // none: the case is there
  std::uint32_t destroyed_keys = 0;
};
Result<void> InsertReceipt(store::Transaction& transaction, vault::CaseId of_case,
                           const WaitingReceipt& receipt);
Result<std::optional<WaitingReceipt>> FindReceipt(store::Transaction& transaction,
                                                  std::span<const std::byte> id);
// From here on it names no case.
Result<void> UpdateReceiptDestroyed(store::Transaction& transaction, vault::CaseId of_case,
                                    std::uint32_t keys, Timestamp at);
Result<void> DeleteReceiptOf(store::Transaction& transaction, vault::CaseId of_case);
Result<std::int64_t> DeleteReceipts(store::Transaction& transaction, Timestamp until);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_RECEIPT_TABLES_H_
