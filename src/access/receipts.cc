#include "access/receipts.h"

#include <array>

#include "access/destructions.h"
#include "access/receipt_tables.h"
#include "base/bytes.h"
#include "vault/hkdf.h"
#include "vault/receipt.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kIdWord = "jikimi.access.receipt.1";

// Under which a receipt is found: nothing of it gives the code away, which is 100 random bits.
std::array<std::byte, 32> IdOf(const vault::SecretBytes& text) {
  std::array<std::byte, 32> id = {};
  vault::HkdfSha256(text.bytes(), {}, AsBytes(kIdWord), id);
  return id;
}

Error NoReceipt() {
  return {ErrorCode::kPermissionDenied, "receipt: there is none under this code, or not yet"};
}

}  // namespace

Result<vault::SurvivorCode> AskForReceipt(store::Transaction& transaction, vault::CaseId of_case) {
  auto code = vault::SurvivorCode::Generate();
  const auto text = code.ToText();
  WaitingReceipt receipt;
  receipt.id = IdOf(text);
  receipt.salt = vault::RandomArray<16>();
  receipt.digest = vault::DestructionReceipt::SubjectDigest(receipt.salt, text.bytes());
  TRY(DeleteReceiptOf(transaction, of_case));
  TRY(InsertReceipt(transaction, of_case, receipt));
  return code;
}

Result<void> ForgetReceipt(store::Transaction& transaction, vault::CaseId of_case) {
  return DeleteReceiptOf(transaction, of_case);
}

Result<void> FulfilReceipt(store::Transaction& transaction, vault::CaseId of_case,
                           std::uint32_t destroyed_keys, Timestamp at) {
  return UpdateReceiptDestroyed(transaction, of_case, destroyed_keys, at);
}

Result<std::string> FetchReceipt(store::Database& database, const CentreKeys& keys,
                                 std::string_view centre, std::string_view code, Timestamp until,
                                 Timestamp now) {
  const auto id = IdOf(TRY(vault::SurvivorCode::Parse(code)).ToText());
  const auto receipt = TRY(
      database.Read([&](store::Transaction& transaction) { return FindReceipt(transaction, id); }));
  if (!receipt || !receipt->destroyed_at || *receipt->destroyed_at <= until) return NoReceipt();
  return ReceiptOf(database, keys, centre, vault::DestroyedRecord::kCase, receipt->destroyed_keys,
                   {receipt->salt, receipt->digest}, *receipt->destroyed_at, now);
}

Result<std::int64_t> PruneReceipts(store::Database& database, Timestamp until) {
  return database.Write(
      [&](store::Transaction& transaction) { return DeleteReceipts(transaction, until); });
}

}  // namespace jikimi::access
