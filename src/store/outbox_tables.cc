#include <optional>

#include "base/check.h"
#include "store/outbox.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

constexpr std::int64_t kNumberedAtOnce = 1000;

Result<std::int64_t> One(Transaction& transaction, std::string_view sql,
                         ParameterList parameters = {}) {
  const auto row = TRY(QueryOne(transaction, sql, parameters));
  if (!row) return Error{ErrorCode::kInternal, "no row where one was expected"};
  return row->Get<std::int64_t>(0);
}

// Numbers some events; fewer than kNumberedAtOnce are the last. The lock on the counter comes in a
// statement of its own: read committed takes the next one's view after it, when all that others
// numbered before is visible.
Result<std::int64_t> NumberSome(Transaction& transaction) {
  const std::int64_t last =
      TRY(One(transaction, "SELECT last FROM store_event_counter WHERE id = 1 FOR UPDATE"));
  const std::int64_t count =
      TRY(Execute(transaction,
                  "UPDATE store_event SET number = numbered.number FROM ("
                  "SELECT id, $1 + ROW_NUMBER() OVER (ORDER BY id) AS number FROM ("
                  "SELECT id FROM store_event WHERE number IS NULL ORDER BY id LIMIT $2) AS pending"
                  ") AS numbered WHERE store_event.id = numbered.id",
                  {last, kNumberedAtOnce}));
  if (count > 0) {
    TRY(Execute(transaction, "UPDATE store_event_counter SET last = $1 WHERE id = 1",
                {last + count}));
  }
  return count;
}

Result<std::vector<Event>> KeptBehind(Transaction& transaction, std::int64_t behind,
                                      std::int64_t limit) {
  std::vector<Event> events;
  for (const Row& row : TRY(Query(transaction,
                                  "SELECT number, topic, payload, happened_at FROM store_event "
                                  "WHERE number > $1 ORDER BY number LIMIT $2",
                                  {behind, limit}))) {
    Event event;
    event.number = TRY(row.Get<std::int64_t>(0));
    event.topic = TRY(row.Get<std::string>(1));
    event.payload = TRY(row.Get<std::vector<std::byte>>(2));
    event.happened_at = TRY(row.Get<Timestamp>(3));
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

Result<void> AppendEvent(Transaction& transaction, const NewEvent& event) {
  if (event.topic.empty()) return Error{ErrorCode::kInvalidArgument, "an event has a topic"};
  return ExecuteLater(transaction,
                      "INSERT INTO store_event (topic, payload, happened_at) VALUES ($1, $2, $3)",
                      {event.topic, event.payload, event.happened_at});
}

Result<std::int64_t> NumberEvents(Database& database) {
  std::int64_t total = 0;
  while (true) {
    // Most calls find nothing to do and shouldn't wait for a writer's turn.
    const auto pending = TRY(database.Read([](Transaction& transaction) {
      return QueryOne(transaction, "SELECT 1 FROM store_event WHERE number IS NULL LIMIT 1");
    }));
    if (!pending) return total;
    const std::int64_t count = TRY(database.WriteLocking(NumberSome));
    total += count;
    if (count < kNumberedAtOnce) return total;
  }
}

Result<std::int64_t> LastEventNumber(Transaction& transaction) {
  return One(transaction, "SELECT last FROM store_event_counter WHERE id = 1");
}

Result<std::vector<Event>> EventsBehind(Transaction& transaction, std::int64_t behind,
                                        std::int64_t limit) {
  CHECK(limit >= 1);
  auto events = TRY(KeptBehind(transaction, behind, limit));
  const std::int64_t next =
      events.empty() ? TRY(LastEventNumber(transaction)) + 1 : events.front().number;
  if (next == behind + 1) return events;
  return Error{ErrorCode::kStale,
               "the event behind number " + std::to_string(behind) +
                   (next <= behind ? " is of another life of the database" : " was pruned")};
}

Result<std::int64_t> PruneEvents(Database& database, Timestamp happened_before,
                                 std::int64_t limit) {
  CHECK(limit >= 1);
  return database.WriteLocking([&](Transaction& transaction) -> Result<std::int64_t> {
    const auto rows = TRY(Query(transaction,
                                "SELECT number, happened_at FROM store_event WHERE number IS NOT "
                                "NULL AND number <= COALESCE("
                                "(SELECT MIN(position) FROM store_consumer), number) "
                                "ORDER BY number LIMIT $1",
                                {limit}));
    std::optional<std::int64_t> last;
    for (const Row& row : rows) {
      if (TRY(row.Get<Timestamp>(1)) >= happened_before) break;
      last = TRY(row.Get<std::int64_t>(0));
    }
    if (!last) return 0;
    return Execute(transaction, "DELETE FROM store_event WHERE number <= $1", {*last});
  });
}

Result<void> Consumer::Register() {
  if (name_.empty()) return Error{ErrorCode::kInvalidArgument, "a consumer has a name"};
  return database_.WriteLocking([&](Transaction& transaction) -> Result<void> {
    TRY(Execute(transaction,
                "INSERT INTO store_consumer (name, position) VALUES ($1, 0) "
                "ON CONFLICT (name) DO NOTHING",
                {name_}));
    return {};
  });
}

Result<void> Consumer::Remove() {
  return database_.WriteLocking([&](Transaction& transaction) -> Result<void> {
    TRY(Execute(transaction, "DELETE FROM store_consumer WHERE name = $1", {name_}));
    return {};
  });
}

Result<std::int64_t> Consumer::Deliver(int limit, const Handle& handle) {
  CHECK(limit >= 1);
  TRY(NumberEvents(database_));
  std::int64_t most = limit;
  std::optional<Error> refusal;
  while (true) {
    std::int64_t handled = 0;
    bool refused = false;
    auto done = database_.Write([&](Transaction& transaction) -> Result<void> {
      handled = 0;
      refused = false;
      const auto place = TRY(QueryOne(
          transaction, "SELECT position FROM store_consumer WHERE name = $1 FOR UPDATE", {name_}));
      if (!place) {
        return Error{ErrorCode::kNotFound, "no consumer \"" + name_ + "\" is registered"};
      }
      // Events that were pruned before it was registered are no gap to it.
      std::int64_t position = TRY(place->Get<std::int64_t>(0));
      for (const Event& event : TRY(KeptBehind(transaction, position, most))) {
        if (auto taken = handle(transaction, event); !taken) {
          refused = true;
          return Prefixed("event " + std::to_string(event.number) + " (" + event.topic + ")",
                          std::move(taken).error());
        }
        position = event.number;
        ++handled;
      }
      if (handled == 0) return {};
      TRY(Execute(transaction, "UPDATE store_consumer SET position = $2 WHERE name = $1",
                  {name_, position}));
      return {};
    });
    if (refusal) return *refusal;  // this was the second round, for those before the refused one
    if (done) return handled;
    if (!refused || handled == 0) return std::move(done).error();
    refusal = std::move(done).error();
    most = handled;
  }
}

Result<std::int64_t> Consumer::Waiting() {
  return database_.Read([&](Transaction& transaction) -> Result<std::int64_t> {
    const auto place =
        TRY(QueryOne(transaction, "SELECT position FROM store_consumer WHERE name = $1", {name_}));
    if (!place) return Error{ErrorCode::kNotFound, "no consumer \"" + name_ + "\" is registered"};
    return One(transaction, "SELECT COUNT(*) FROM store_event WHERE number IS NULL OR number > $1",
               {TRY(place->Get<std::int64_t>(0))});
  });
}

}  // namespace jikimi::store
