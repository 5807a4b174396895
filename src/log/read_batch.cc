#include "log/read_batch.h"

#include "log/entries.h"

namespace jikimi::log {

Result<void> ReadBatch::Record(const Entry& entry, const EntrySeals& seals, const Check& check) {
  const auto sealed = TRY(SealedEntry::Seal(entry, seals));
  return commits_.Write([&](store::Transaction& transaction) -> Result<void> {
    if (check) TRY(check(transaction));
    return Append(transaction, sealed);
  });
}

}  // namespace jikimi::log
