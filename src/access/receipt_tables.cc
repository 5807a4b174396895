#include "access/receipt_tables.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

template <std::size_t kBytes>
Result<std::array<std::byte, kBytes>> Take(const store::Row& row, std::size_t column) {
  const auto bytes = TRY(row.Get<std::vector<std::byte>>(column));
  if (bytes.size() != kBytes) return Error{ErrorCode::kCorrupt, "a receipt's row was changed"};
  std::array<std::byte, kBytes> taken = {};
  std::copy(bytes.begin(), bytes.end(), taken.begin());
  return taken;
}

}  // namespace

extern const std::string_view kReceiptSchema = R"(
CREATE TABLE access_receipt (
  receipt_id BYTEA PRIMARY KEY,
  case_id BYTEA UNIQUE,
  subject_salt BYTEA NOT NULL,
  subject_digest BYTEA NOT NULL,
  destroyed_at TIMESTAMPTZ,
  destroyed_keys BIGINT NOT NULL
);
CREATE INDEX access_receipt_time ON access_receipt (destroyed_at) WHERE destroyed_at IS NOT NULL;
)";

Result<void> InsertReceipt(store::Transaction& transaction, vault::CaseId of_case,
                           const WaitingReceipt& receipt) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO access_receipt (receipt_id, case_id, subject_salt, subject_digest, "
      "destroyed_keys) VALUES ($1, $2, $3, $4, 0)",
      {std::span<const std::byte>(receipt.id), IdValue(of_case),
       std::span<const std::byte>(receipt.salt), std::span<const std::byte>(receipt.digest)}));
  return {};
}

Result<std::optional<WaitingReceipt>> FindReceipt(store::Transaction& transaction,
                                                  std::span<const std::byte> id) {
  const auto row = TRY(store::QueryOne(transaction,
                                       "SELECT receipt_id, subject_salt, subject_digest, "
                                       "destroyed_at, destroyed_keys FROM access_receipt "
                                       "WHERE receipt_id = $1",
                                       {id}));
  if (!row) return std::optional<WaitingReceipt>();
  WaitingReceipt receipt;
  receipt.id = TRY(Take<32>(*row, 0));
  receipt.salt = TRY(Take<16>(*row, 1));
  receipt.digest = TRY(Take<32>(*row, 2));
  receipt.destroyed_at = TRY(row->Get<std::optional<Timestamp>>(3));
  receipt.destroyed_keys = static_cast<std::uint32_t>(TRY(row->Get<std::int64_t>(4)));
  return std::optional(receipt);
}

Result<void> UpdateReceiptDestroyed(store::Transaction& transaction, vault::CaseId of_case,
                                    std::uint32_t keys, Timestamp at) {
  TRY(store::Execute(transaction,
                     "UPDATE access_receipt SET case_id = NULL, destroyed_at = $2, "
                     "destroyed_keys = $3 WHERE case_id = $1",
                     {IdValue(of_case), at, keys}));
  return {};
}

Result<void> DeleteReceiptOf(store::Transaction& transaction, vault::CaseId of_case) {
  TRY(store::Execute(transaction, "DELETE FROM access_receipt WHERE case_id = $1",
                     {IdValue(of_case)}));
  return {};
}

Result<std::int64_t> DeleteReceipts(store::Transaction& transaction, Timestamp until) {
  return store::Execute(transaction, "DELETE FROM access_receipt WHERE destroyed_at <= $1",
                        {until});
}

}  // namespace jikimi::access
