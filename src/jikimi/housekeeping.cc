#include "jikimi/housekeeping.h"

#include <array>
#include <functional>
#include <optional>

#include "access/destructions.h"
#include "access/receipts.h"
#include "access/representatives.h"
#include "casework/referral.h"
#include "casework/schema.h"
#include "casework/withdrawal.h"
#include "http/idempotency.h"
#include "jikimi/log_head.h"
#include "store/outbox.h"

namespace jikimi {
namespace {

constexpr int kCasesARound = 100;
// Each machine reads the events of the last quarter of a second and keeps what its own clients may
// ask for; a day is for one that stood still.
constexpr std::chrono::hours kEventsKept{24};
constexpr std::int64_t kEventsAtOnce = 1000;
constexpr int kEventBatchesARound = 50;

// A result without its value.
template <typename T>
Result<void> Done(const Result<T>& result) {
  if (!result.has_value()) return result.error();
  return {};
}

}  // namespace

Result<void> Housekeeping::DestroyWhatIsDue() {
  const access::Actor system(access::SystemActor{"housekeeping"});
  const casework::Desk desk{system, centre_.keys, centre_.rules, centre_.clock.Now(), nullptr};
  // On her demand, and by the rules of retention.
  auto due = TRY(centre_.database.Read([&](store::Transaction& transaction) {
    return casework::DueForDestruction(transaction, desk, kCasesARound);
  }));
  const auto over = TRY(centre_.database.Read([&](store::Transaction& transaction) {
    return casework::RetentionOver(transaction, desk, kCasesARound);
  }));
  due.insert(due.end(), over.begin(), over.end());
  const std::array<access::CaseEraser, 1> erasers = {casework::Eraser()};
  std::optional<Error> first;
  for (const vault::CaseId& id : due) {
    const auto destroyed = centre_.database.Write([&](store::Transaction& transaction) {
      return casework::DestroyCase(transaction, desk, id, erasers);
    });
    // Taken back, held or destroyed by another machine a moment ago.
    if (destroyed.has_value() || destroyed.error().code == ErrorCode::kNotFound ||
        destroyed.error().code == ErrorCode::kPermissionDenied) {
      continue;
    }
    if (!first) first = destroyed.error();
  }
  TRY(access::FlushJournal(centre_.database, centre_.keys));
  if (first) return *first;
  return {};
}

Result<void> Housekeeping::PruneEvents(Timestamp now) {
  for (int batch = 0; batch < kEventBatchesARound; ++batch) {
    const auto pruned = TRY(store::PruneEvents(centre_.database, now - kEventsKept, kEventsAtOnce));
    if (pruned < kEventsAtOnce) break;
  }
  return {};
}

Result<void> Housekeeping::RevokeUncoveredReferrals() {
  const access::Actor system(access::SystemActor{"housekeeping"});
  const casework::Desk desk{system, centre_.keys, centre_.rules, centre_.clock.Now(), nullptr};
  const auto found = TRY(centre_.database.Read([&](store::Transaction& transaction) {
    return casework::FindUncovered(transaction, desk, referrals_after_, kCasesARound);
  }));
  referrals_after_ = found.next;
  std::optional<Error> first;
  for (const vault::CaseId& id : found.cases) {
    const auto revoked = centre_.database.Write([&](store::Transaction& transaction) {
      return casework::RevokeUncovered(transaction, desk, id);
    });
    if (!revoked.has_value() && !first) first = revoked.error();
  }
  if (first) return *first;
  return {};
}

Result<void> Housekeeping::RunOnce() {
  const Timestamp now = centre_.clock.Now();
  const std::function<Result<void>()> steps[] = {
      [&] { return Done(access::RotateEpochIfDue(centre_.database, centre_.keys, now)); },
      [&] { return Done(access::EndRepresentativesDue(centre_.database, centre_.keys, now)); },
      [&] { return DestroyWhatIsDue(); },
      [&] { return RevokeUncoveredReferrals(); },
      [&] {
        return Done(access::PruneReceipts(centre_.database, now - ReceiptTime(centre_.config)));
      },
      [&] { return sign_in_.Prune(); },
      [&] { return Done(http::PruneIdempotency(centre_.database, now)); },
      [&] { return PruneEvents(now); },
      [&] { return KeepLogHead(centre_.database, centre_.keys.folder(), centre_.LogKeys()); },
  };
  std::optional<Error> first;
  for (const auto& step : steps) {
    const auto done = step();
    if (!done.has_value() && !first) first = done.error();
  }
  if (first) return *first;
  return {};
}

void Housekeeping::Start(std::chrono::milliseconds interval) {
  thread_ = std::thread([this, interval] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      if (const auto done = RunOnce(); !done.has_value()) complain_(done.error());
      lock.lock();
      wake_.wait_for(lock, interval, [this] { return stopping_; });
    }
  });
}

void Housekeeping::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace jikimi
