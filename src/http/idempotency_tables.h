#ifndef JIKIMI_HTTP_IDEMPOTENCY_TABLES_H_
#define JIKIMI_HTTP_IDEMPOTENCY_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// The table of http/idempotency.h.
namespace jikimi::http {

struct StoredAnswer {
  std::vector<std::byte> body_digest;
  std::vector<std::byte> sealed;
};

// The answer under `scope` that has not expired.
Result<std::optional<StoredAnswer>> FindAnswer(store::Transaction& transaction,
                                               std::span<const std::byte> scope, Timestamp now);
// kAlreadyExists when there is one. An expired one must be gone: FindAnswer() deletes it.
Result<void> InsertAnswer(store::Transaction& transaction, std::span<const std::byte> scope,
                          const StoredAnswer& answer, Timestamp expires_at);
Result<std::int64_t> DeleteAnswersBefore(store::Transaction& transaction, Timestamp now);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_IDEMPOTENCY_TABLES_H_
