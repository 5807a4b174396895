#include "store/group_commit.h"

#include <algorithm>
#include <exception>
#include <string>

#include "base/check.h"
#include "store/connection.h"

namespace jikimi::store {
namespace {

// An exception must not end the leader, whose it isn't, nor leave the others waiting.
Result<void> RunGuarded(const std::function<Result<void>(Transaction&)>& work,
                        Transaction& transaction) {
  try {
    return work(transaction);
  } catch (const std::exception& exception) {
    return Error{ErrorCode::kInternal, std::string("a write threw: ") + exception.what()};
  } catch (...) {
    return Error{ErrorCode::kInternal, "a write threw"};
  }
}

}  // namespace

struct GroupCommit::Member {
  enum class State { kWaiting, kTaken, kLeads, kDone };

  explicit Member(const std::function<Result<void>(Transaction&)>& its_work) : work(its_work) {}

  const std::function<Result<void>(Transaction&)>& work;
  std::condition_variable turn;
  State state = State::kWaiting;
  Members group;  // when it leads
  Result<void> result;
};

GroupCommit::GroupCommit(Database& database, Options options)
    : database_(database), options_(options) {
  CHECK(options.most >= 1 && options.most_waiting >= 1 && options.groups >= 1);
}

GroupCommit::~GroupCommit() { CHECK(inside_ == 0); }

GroupCommit::Counts GroupCommit::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.waiting = waiting_.size();
  return counts;
}

GroupCommit::Members GroupCommit::TakeGroup() {
  const std::size_t count = std::min(options_.most, waiting_.size());
  Members group(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  for (Member* member : group) member->state = Member::State::kTaken;
  room_.notify_all();
  return group;
}

Result<void> GroupCommit::RunErased(const std::function<Result<void>(Transaction&)>& work) {
  const auto deadline = std::chrono::steady_clock::now() + options_.patience;
  Member self(work);
  std::unique_lock lock(mutex_);
  ++inside_;
  struct Leaving {
    std::size_t& inside;
    ~Leaving() { --inside; }
  } const leaving{inside_};
  if (!room_.wait_until(lock, deadline, [&] { return waiting_.size() < options_.most_waiting; })) {
    return Error{ErrorCode::kUnavailable, "too many writes wait for the database"};
  }
  waiting_.push_back(&self);
  // Whoever ends a group hands over to those who wait: with a leader missing, nobody else waits.
  if (leaders_ < options_.groups) {
    ++leaders_;
    self.group = TakeGroup();
    self.state = Member::State::kLeads;
  } else {
    self.turn.wait_until(lock, deadline, [&] { return self.state != Member::State::kWaiting; });
    if (self.state == Member::State::kWaiting) {
      waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &self));
      room_.notify_all();
      return Error{ErrorCode::kUnavailable, "a write's turn didn't come in time"};
    }
    self.turn.wait(lock, [&] {
      return self.state == Member::State::kLeads || self.state == Member::State::kDone;
    });
  }
  if (self.state == Member::State::kLeads) {
    const Members group = std::move(self.group);
    lock.unlock();
    const std::size_t transactions = RunGroup(group);
    lock.lock();
    counts_.writes += group.size();
    counts_.transactions += transactions;
    for (Member* member : group) {
      member->state = Member::State::kDone;
      if (member != &self) member->turn.notify_one();
    }
    if (waiting_.empty()) {
      --leaders_;
    } else {
      Members next = TakeGroup();
      Member* leader = next.front();
      leader->group = std::move(next);
      leader->state = Member::State::kLeads;
      leader->turn.notify_one();
    }
  }
  return std::move(self.result);
}

std::size_t GroupCommit::RunGroup(std::span<Member* const> members) {
  std::size_t transactions = 0;
  while (!members.empty()) {
    std::size_t place = 0;
    bool refused = false;
    const auto done = database_.Write([&](Transaction& transaction) -> Result<void> {
      refused = false;
      for (place = 0; place < members.size(); ++place) {
        auto result = RunGuarded(members[place]->work, transaction);
        if (!result) {
          refused = true;
          return result;
        }
      }
      // What the last ones left for later, while a failure is still theirs and not the commit's.
      auto flushed = TransactionAccess::Flush(transaction);
      refused = !flushed;
      return flushed;
    });
    ++transactions;
    // What failed around the writes, such as the commit, is everybody's failure: to run them again
    // might do them twice.
    if (done || !refused || members.size() == 1) {
      for (Member* member : members) member->result = done;
      return transactions;
    }
    if (place == members.size()) {  // one of them, nobody knows which
      for (Member* const& member : members) transactions += RunGroup({&member, 1});
      return transactions;
    }
    transactions += RunGroup(members.first(place));
    transactions += RunGroup(members.subspan(place, 1));
    members = members.subspan(place + 1);
  }
  return transactions;
}

}  // namespace jikimi::store
