#include <algorithm>
#include <string>

#include "access/throttle.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

std::span<const std::byte> IdKey(const TryKey& key) { return key; }

}  // namespace

Result<void> ChargeTry(store::Transaction& transaction, const TryKey& key, const DelayRule& rule,
                       Timestamp now) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT failures, next_at, forget_at FROM access_try WHERE try_key = $1",
      {IdKey(key)}));
  std::int64_t failures = 0;
  if (row && TRY(row->Get<Timestamp>(2)) > now) {
    failures = TRY(row->Get<std::int64_t>(0));
    // A try from the future is of a clock that has jumped back since: it holds nobody up.
    const bool is_past = TRY(row->Get<Timestamp>(2)) - rule.memory <= now;
    const auto wait = TRY(row->Get<Timestamp>(1)) - now;
    if (is_past && wait.count() > 0) {
      const auto whole = std::chrono::ceil<std::chrono::seconds>(wait);
      return Error{ErrorCode::kResourceExhausted,
                   "too many tries: wait " + std::to_string(whole.count()) + " s"};
    }
  }
  ++failures;
  std::chrono::microseconds delay{0};
  if (failures > rule.free) {
    delay = rule.first;
    for (std::int64_t i = rule.free + 1; i < failures && delay < rule.most; ++i) delay *= 2;
    delay = std::min(delay, rule.most);
  }
  TRY(store::Execute(transaction,
                     "INSERT INTO access_try (try_key, failures, next_at, forget_at) "
                     "VALUES ($1, $2, $3, $4) ON CONFLICT (try_key) DO UPDATE SET "
                     "failures = excluded.failures, next_at = excluded.next_at, "
                     "forget_at = excluded.forget_at",
                     {IdKey(key), failures, now + delay, now + rule.memory}));
  return {};
}

Result<void> ForgiveTries(store::Transaction& transaction, const TryKey& key) {
  TRY(store::Execute(transaction, "DELETE FROM access_try WHERE try_key = $1", {IdKey(key)}));
  return {};
}

Result<std::int64_t> PruneTries(store::Transaction& transaction, Timestamp now) {
  return store::Execute(transaction, "DELETE FROM access_try WHERE forget_at <= $1", {now});
}

}  // namespace jikimi::access
