#ifndef JIKIMI_STORE_OUTBOX_H_
#define JIKIMI_STORE_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// Events: the only way in which rooms of the same floor meet. One is appended in the transaction
// that it tells of and is there exactly when that transaction is. Those that read it come later,
// each at its own pace.
//
// Every event gets a number, 1, 2, 3 … without a gap, after its transaction has committed and under
// a lock; readers see numbered events only. So an event that commits late gets a late number and
// is never behind a reader that has passed on, as would happen with numbers that are drawn before
// committing. Events of one transaction keep their order, and an event whose transaction began
// after another one had committed comes after it.
namespace jikimi::store {

struct NewEvent {
  std::string_view topic;
  std::vector<std::byte> payload;
  Timestamp happened_at;
};

struct Event {
  std::int64_t number = 0;
  std::string topic;
  std::vector<std::byte> payload;
  Timestamp happened_at;
};

Result<void> AppendEvent(Transaction& transaction, const NewEvent& event);

// Numbers the events that have been committed; how many. Consumers do it themselves.
Result<std::int64_t> NumberEvents(Database& database);

// The number that was given last; 0 before the first.
Result<std::int64_t> LastEventNumber(Transaction& transaction);
// Up to `limit` (at least 1) numbered events behind that one, in order: for readers who keep their
// place themselves. Nothing waits for them: kStale when the next one was pruned already, or that
// number was never given here (a backup was restored). Then they look at what there is, and go on
// from LastEventNumber().
Result<std::vector<Event>> EventsBehind(Transaction& transaction, std::int64_t behind,
                                        std::int64_t limit);

// Deletes the first events, up to `limit` (at least 1), as far as they are from before
// `happened_before` and every consumer has handled them: how many; fewer than `limit`, nothing is
// left to do, or others do it. What is kept has no gap, so an event with a time that is wrong holds
// up those behind it until then.
Result<std::int64_t> PruneEvents(Database& database, Timestamp happened_before, std::int64_t limit);

// A reader with a place of its own, which is kept in the database under its name. Thread-safe, also
// for many processes of one name: they take turns.
class Consumer {
 public:
  using Handle = std::function<Result<void>(Transaction&, const Event&)>;

  Consumer(Database& database, std::string name) : database_(database), name_(std::move(name)) {}

  // Makes the consumer's place, before the first event that is still kept; once made it stays
  // where it is. From now on events wait for it.
  Result<void> Register();
  // Gives the place up.
  Result<void> Remove();

  // Hands up to `limit` events, in order, to `handle`, in one transaction that also moves the place
  // on. How many; 0 when there are none. What `handle` does in the transaction is done exactly once
  // for an event; what it does elsewhere may be done again (the transaction may be tried again), so
  // it must go by the event's number.
  // When `handle` refuses one, those before it are handed over and done, and its error comes back
  // naming the event, which is the next one of the next call. Not registered: kNotFound.
  Result<std::int64_t> Deliver(int limit, const Handle& handle);

  // How many events, numbered or not, wait for this consumer.
  Result<std::int64_t> Waiting();

 private:
  Database& database_;
  const std::string name_;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_OUTBOX_H_
