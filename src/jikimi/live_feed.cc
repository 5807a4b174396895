#include "jikimi/live_feed.h"

#include <algorithm>
#include <boost/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "casework/case_record.h"
#include "casework/record_ids.h"
#include "http/etag.h"
#include "store/outbox.h"

namespace jikimi {
namespace {

constexpr std::int64_t kEventsARound = 500;

// Payloads are JSON objects with the ids of what they tell of or, from `access`, the id's bytes.
std::vector<vault::CaseId> CasesOf(const store::Event& event) {
  std::vector<vault::CaseId> cases;
  const std::string_view text(reinterpret_cast<const char*>(event.payload.data()),
                              event.payload.size());
  boost::system::error_code failure;
  const auto json = boost::json::parse(text, failure);
  if (!failure && json.is_object()) {
    for (const char* member : {"case", "from", "into"}) {
      const auto* id = json.get_object().if_contains(member);
      if (id == nullptr || !id->is_string()) continue;
      if (const auto parsed = casework::ParseId<vault::CaseId>(id->get_string())) {
        cases.push_back(*parsed);
      }
    }
  } else if (event.topic.starts_with("case.") && event.payload.size() == vault::CaseId::kBytes) {
    cases.push_back(
        vault::CaseId::FromBytes(std::span(event.payload).first<vault::CaseId::kBytes>()));
  }
  return cases;
}

struct Change {
  std::int64_t number = 0;
  vault::CaseId id;
  bool ended = false;
};

// The last change of each case, in the order of the events.
std::vector<Change> ChangesOf(const std::vector<store::Event>& events) {
  std::vector<Change> changes;
  for (const store::Event& event : events) {
    for (const vault::CaseId& id : CasesOf(event)) {
      std::erase_if(changes, [&](const Change& change) { return change.id == id; });
      changes.push_back({event.number, id, event.topic == "case.destroyed"});
    }
  }
  return changes;
}

}  // namespace

Result<void> LiveFeed::RunOnce() {
  if (!place_) place_ = TRY(centre_.database.Read(store::LastEventNumber));
  TRY(store::NumberEvents(centre_.database));
  const access::Actor system(access::SystemActor{"lists"});
  const casework::Desk desk{system, centre_.keys, centre_.rules, centre_.clock.Now(), nullptr};
  while (true) {
    std::vector<http::ListEvent> published;
    const auto found = centre_.database.Read([&](store::Transaction& transaction) {
      return store::EventsBehind(transaction, *place_, kEventsARound);
    });
    if (!found.has_value() && found.error().code == ErrorCode::kStale) {
      // This machine stood still for so long that what it missed was pruned.
      place_ = TRY(centre_.database.Read(store::LastEventNumber));
      hub_.Reset(static_cast<std::uint64_t>(*place_));
      return {};
    }
    if (!found.has_value()) return found.error();
    const auto& events = *found;
    for (const Change& change : ChangesOf(events)) {
      const auto record = centre_.database.Read([&](store::Transaction& transaction) {
        return casework::GetCase(transaction, desk, change.id);
      });
      if (!record.has_value() && record.error().code != ErrorCode::kNotFound) {
        return record.error();
      }
      if (!record.has_value() && !change.ended) continue;  // its end has an event of its own
      published.push_back({static_cast<std::uint64_t>(change.number), "case",
                           casework::IdText(change.id),
                           record.has_value() ? http::RevisionTag(record->revision) : ""});
    }
    for (const http::ListEvent& event : published) hub_.Publish(event);
    if (!events.empty()) place_ = events.back().number;
    if (static_cast<std::int64_t>(events.size()) < kEventsARound) return {};
  }
}

void LiveFeed::Start(std::chrono::milliseconds interval) {
  thread_ = std::thread([this, interval] {
    bool well = true;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const auto done = RunOnce();
      if (!done.has_value() && well) complain_(done.error());
      well = done.has_value();
      lock.lock();
      wake_.wait_for(lock, interval, [this] { return stopping_; });
    }
  });
}

void LiveFeed::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace jikimi
