#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/bytes.h"
#include "store/contract.h"
#include "store/migration.h"
#include "store/outbox.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Text(const Event& event) {
  return {reinterpret_cast<const char*>(event.payload.data()), event.payload.size()};
}

class OutboxTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open());
    const Schema schemas[] = {StoreSchema()};
    Must(Migrate(*database_, schemas, clock_));
    Must(Do(*database_, "CREATE TABLE effect (number BIGINT NOT NULL)"));
  }
  void TearDown() override {
    database_.reset();
    ContractTest::TearDown();
  }

  static Result<void> AppendTo(Transaction& transaction, std::string_view payload) {
    return AppendEvent(transaction, {"report.taken", Bytes(payload), kSomeDay});
  }
  void Append(std::string_view payload) {
    Must(
        database_->Write([&](Transaction& transaction) { return AppendTo(transaction, payload); }));
  }
  void AppendAt(std::string_view payload, Timestamp happened_at) {
    Must(database_->Write([&](Transaction& transaction) {
      return AppendEvent(transaction, {"report.taken", Bytes(payload), happened_at});
    }));
  }
  Consumer Registered(std::string_view name) {
    Consumer consumer(*database_, std::string(name));
    Must(consumer.Register());
    return consumer;
  }
  // The payloads that one call hands over.
  static std::vector<std::string> Delivered(Consumer& consumer, int limit = 100) {
    std::vector<std::string> payloads;
    Must(consumer.Deliver(limit, [&](Transaction&, const Event& event) -> Result<void> {
      payloads.push_back(Text(event));
      return {};
    }));
    return payloads;
  }

  ManualClock clock_{kSomeDay};
  std::optional<Database> database_;
};

TEST_P(OutboxTest, EventsComeInOrderToEachConsumerOnce) {
  Consumer first = Registered("first");
  Append("a");
  Append(std::string_view("\0b", 2));
  Consumer second = Registered("second");
  EXPECT_THAT(Delivered(first, 1), ElementsAre("a"));
  EXPECT_THAT(Delivered(first), ElementsAre(std::string("\0b", 2)));
  EXPECT_TRUE(Delivered(first).empty());
  Append("c");
  EXPECT_EQ(Must(second.Waiting()), 3);
  EXPECT_THAT(Delivered(second), ElementsAre("a", std::string("\0b", 2), "c"));
  EXPECT_EQ(Must(second.Waiting()), 0);
  EXPECT_THAT(Delivered(first), ElementsAre("c"));
}

TEST_P(OutboxTest, AnEventIsThereExactlyWhenItsTransactionIs) {
  Consumer consumer = Registered("c");
  const auto failed = database_->Write([&](Transaction& transaction) -> Result<void> {
    TRY(AppendTo(transaction, "never"));
    return Error{ErrorCode::kInterrupted, "no"};
  });
  EXPECT_FALSE(failed.has_value());
  Append("after");
  std::int64_t number = 0;
  Must(consumer.Deliver(10, [&](Transaction&, const Event& event) -> Result<void> {
    number = event.number;
    EXPECT_EQ(Text(event), "after");
    EXPECT_EQ(event.topic, "report.taken");
    EXPECT_EQ(event.happened_at, kSomeDay);
    return {};
  }));
  EXPECT_EQ(number, 1);  // what was rolled back left no gap
}

TEST_P(OutboxTest, EventsOfOneTransactionKeepTheirOrder) {
  Consumer consumer = Registered("c");
  Must(database_->Write([&](Transaction& transaction) -> Result<void> {
    for (int i = 0; i < 2500; ++i) TRY(AppendTo(transaction, std::to_string(i)));
    return {};
  }));
  EXPECT_EQ(Must(NumberEvents(*database_)), 2500);
  int next = 0;
  while (Must(consumer.Deliver(700, [&](Transaction&, const Event& event) -> Result<void> {
           EXPECT_EQ(Text(event), std::to_string(next));
           EXPECT_EQ(event.number, ++next);
           return {};
         })) > 0) {
  }
  EXPECT_EQ(next, 2500);
}

// One transaction draws its place first and commits last. Whoever reads in between must still get
// its event.
TEST_P(OutboxTest, AnEventThatCommitsLateIsNotSkipped) {
  if (sqlite()) {
    // One writer at a time: the early one can't be overtaken, and nobody waits for ever.
    Append("only");
    Consumer consumer = Registered("c");
    Must(database_->Write([&](Transaction& transaction) -> Result<void> {
      TRY(AppendTo(transaction, "early"));
      EXPECT_EQ(Must(consumer.Waiting()), 1);
      return {};
    }));
    EXPECT_THAT(Delivered(consumer), ElementsAre("only", "early"));
    return;
  }
  Consumer consumer = Registered("c");
  Must(database_->Write([&](Transaction& transaction) -> Result<void> {
    TRY(AppendTo(transaction, "drawn first, committed last"));
    Append("drawn last, committed first");
    EXPECT_THAT(Delivered(consumer), ElementsAre("drawn last, committed first"));
    EXPECT_TRUE(Delivered(consumer).empty());
    return {};
  }));
  EXPECT_THAT(Delivered(consumer), ElementsAre("drawn first, committed last"));
}

// Writers append a series each, with some transactions that linger and some that fail, while two
// readers follow. Every reader sees 1, 2, 3 …, every committed event once, each series in order.
TEST_P(OutboxTest, ReadersSeeEveryEventInOrderWhileOthersCommit) {
  constexpr int kWriters = 4;
  constexpr int kEach = 60;
  std::atomic<int> writing = kWriters;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      Database own = Open();
      for (int i = 0; i < kEach; ++i) {
        const std::string payload = std::to_string(writer) + ":" + std::to_string(i);
        const auto append = [&](bool fails) {
          return own.Write([&](Transaction& transaction) -> Result<void> {
            TRY(AppendTo(transaction, payload));
            std::this_thread::sleep_for(std::chrono::microseconds((writer * 7 + i * 13) % 5 * 300));
            if (fails) return Error{ErrorCode::kInterrupted, "on purpose"};
            return {};
          });
        };
        if (i % 5 == 0) {
          EXPECT_FALSE(append(true).has_value());
        }
        Must(append(false));
      }
      --writing;
    });
  }
  for (const std::string name : {"one", "two"}) {
    Registered(name);
    threads.emplace_back([&, name] {
      Database own = Open();
      Consumer consumer(own, name);
      std::int64_t next = 1;
      std::map<std::string, int> series;
      while (true) {
        const bool last_round = writing == 0;
        std::vector<Event> events;
        Must(consumer.Deliver(17, [&](Transaction&, const Event& event) -> Result<void> {
          if (!events.empty() && event.number <= events.back().number) events.clear();  // a retry
          events.push_back(event);
          return {};
        }));
        for (const Event& event : events) {
          EXPECT_EQ(event.number, next++);
          const std::string text = Text(event);
          const std::string writer = text.substr(0, text.find(':'));
          EXPECT_EQ(text, writer + ":" + std::to_string(series[writer]++));
        }
        if (last_round && events.empty()) break;
      }
      EXPECT_EQ(next, kWriters * kEach + 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(OutboxTest, TwoDeliverersOfOneConsumerHandleEachEventOnce) {
  Registered("shared");
  for (int i = 0; i < 100; ++i) Append(std::to_string(i));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      Database own = Open();
      Consumer consumer(own, "shared");
      while (Must(consumer.Deliver(
                 7, [](Transaction& transaction, const Event& event) -> Result<void> {
                   TRY(Execute(transaction, "INSERT INTO effect (number) VALUES ($1)",
                               {event.number}));
                   return {};
                 })) > 0) {
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM effect"), 100);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(DISTINCT number) FROM effect"), 100);
}

TEST_P(OutboxTest, ARefusedEventComesAgainAndThoseBeforeItAreDone) {
  Consumer consumer = Registered("c");
  for (const std::string_view payload : {"a", "b", "bad", "c"}) Append(payload);
  const Consumer::Handle handle = [](Transaction& transaction, const Event& event) -> Result<void> {
    TRY(Execute(transaction, "INSERT INTO effect (number) VALUES ($1)", {event.number}));
    if (Text(event) == "bad") return Error{ErrorCode::kUnavailable, "not now"};
    return {};
  };
  for (int round = 0; round < 2; ++round) {
    const auto refused = consumer.Deliver(10, handle);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("event 3 (report.taken)"));
    EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM effect"), 2);
  }
  EXPECT_THAT(Delivered(consumer), ElementsAre("bad", "c"));
}

TEST_P(OutboxTest, AConsumerMustBeRegistered) {
  Append("a");
  Consumer unknown(*database_, "unknown");
  EXPECT_EQ(
      unknown.Deliver(1, [](Transaction&, const Event&) { return Result<void>(); }).error().code,
      ErrorCode::kNotFound);
  EXPECT_EQ(unknown.Waiting().error().code, ErrorCode::kNotFound);
  Must(unknown.Register());
  EXPECT_THAT(Delivered(unknown), ElementsAre("a"));
  Must(unknown.Register());  // stays where it is
  EXPECT_TRUE(Delivered(unknown).empty());
  Must(unknown.Remove());
  EXPECT_EQ(unknown.Waiting().error().code, ErrorCode::kNotFound);
}

TEST_P(OutboxTest, OnlyWhatEveryoneHasHandledIsPruned) {
  Consumer quick = Registered("quick");
  Consumer slow = Registered("slow");
  for (const std::string_view payload : {"a", "b", "c"}) Append(payload);
  EXPECT_EQ(Delivered(quick).size(), 3U);
  EXPECT_EQ(Delivered(slow, 1).size(), 1U);
  const Timestamp later = kSomeDay + std::chrono::hours(1);
  EXPECT_EQ(Must(PruneEvents(*database_, kSomeDay, 100)), 0);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 100)), 1);
  EXPECT_THAT(Delivered(slow), ElementsAre("b", "c"));
  EXPECT_EQ(Must(PruneEvents(*database_, later, 100)), 2);
  Append("d");
  std::int64_t number = 0;
  Must(slow.Deliver(1, [&](Transaction&, const Event& event) -> Result<void> {
    number = event.number;
    return {};
  }));
  EXPECT_EQ(number, 4);  // numbers go on
}

TEST_P(OutboxTest, WithoutConsumersAllThatIsOldIsPrunedInBatchesAndOnlyWhatIsNumbered) {
  for (int i = 0; i < 7; ++i) Append("old");
  const Timestamp later = kSomeDay + std::chrono::hours(1);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 3)), 0) << "nothing is numbered";
  Must(NumberEvents(*database_));
  AppendAt("new", later);
  Must(NumberEvents(*database_));
  Append("its transaction began long ago");
  EXPECT_EQ(Must(PruneEvents(*database_, later, 3)), 3);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 3)), 3);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 3)), 1);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 3)), 0);
  EXPECT_EQ(store::Number(*database_, "SELECT COUNT(*) FROM store_event"), 2);
}

// An old event behind a young one waits, so that what is kept has no gap.
TEST_P(OutboxTest, WhatIsKeptHasNoGap) {
  const Timestamp later = kSomeDay + std::chrono::hours(1);
  Append("a");
  AppendAt("b", later);
  Append("c");
  Must(NumberEvents(*database_));
  EXPECT_EQ(Must(PruneEvents(*database_, later, 100)), 1);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 100)), 0);
}

TEST_P(OutboxTest, AConsumerThatCameAfterAPruningIsHandedEachEventOnce) {
  for (const std::string_view payload : {"a", "b", "c"}) Append(payload);
  Must(NumberEvents(*database_));
  EXPECT_EQ(Must(PruneEvents(*database_, kSomeDay + std::chrono::hours(1), 2)), 2);
  Consumer consumer = Registered("late");
  Append("d");
  EXPECT_THAT(Delivered(consumer, 1), ElementsAre("c"));
  EXPECT_THAT(Delivered(consumer), ElementsAre("d"));
  EXPECT_TRUE(Delivered(consumer).empty());
  EXPECT_EQ(Must(consumer.Waiting()), 0);
}

TEST_P(OutboxTest, ManyPruneAtTheSameTimeWhileOthersAppend) {
  constexpr int kOld = 400;
  const Timestamp later = kSomeDay + std::chrono::hours(1);
  for (int i = 0; i < kOld; ++i) Append("old");
  Must(NumberEvents(*database_));
  std::atomic<std::int64_t> pruned = 0;
  std::vector<std::thread> machines;
  for (int i = 0; i < 3; ++i) {
    machines.emplace_back([&] {
      Database own = Open();
      for (std::int64_t count = 1; count > 0; pruned += count) {
        count = Must(PruneEvents(own, later, 7));
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    AppendAt("new", later);
    Must(NumberEvents(*database_));
  }
  for (auto& machine : machines) machine.join();
  EXPECT_EQ(pruned, kOld);
  const auto kept = Must(database_->Read(
      [](Transaction& transaction) { return EventsBehind(transaction, kOld, 100); }));
  EXPECT_EQ(kept.size(), 20U);
  EXPECT_EQ(Must(database_->Read(LastEventNumber)), kOld + 20);
}

TEST_P(OutboxTest, WhoComesBackToAPlaceThatWasPrunedIsTold) {
  const auto behind = [&](std::int64_t place) {
    return database_->Read(
        [&](Transaction& transaction) { return EventsBehind(transaction, place, 10); });
  };
  for (const std::string_view payload : {"a", "b", "c"}) Append(payload);
  Must(NumberEvents(*database_));
  const Timestamp later = kSomeDay + std::chrono::hours(1);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 2)), 2);
  EXPECT_EQ(behind(0).error().code, ErrorCode::kStale);
  EXPECT_EQ(behind(1).error().code, ErrorCode::kStale);
  EXPECT_EQ(Must(behind(2)).size(), 1U);
  EXPECT_EQ(Must(PruneEvents(*database_, later, 10)), 1);
  EXPECT_EQ(behind(2).error().code, ErrorCode::kStale);
  EXPECT_TRUE(Must(behind(3)).empty());
  // A number that was never given: the database is an older one than the reader's.
  EXPECT_EQ(behind(4).error().code, ErrorCode::kStale);
}

TEST_P(OutboxTest, WhoKeepsTheirPlaceThemselvesReadsWhatIsNumbered) {
  const auto behind = [&](std::int64_t place, std::int64_t limit) {
    std::vector<std::string> texts;
    for (const Event& event : Must(database_->Read(
             [&](Transaction& transaction) { return EventsBehind(transaction, place, limit); }))) {
      texts.push_back(Text(event));
    }
    return texts;
  };
  EXPECT_EQ(Must(database_->Read(LastEventNumber)), 0);
  for (const std::string_view payload : {"a", "b", "c"}) Append(payload);
  EXPECT_TRUE(behind(0, 10).empty()) << "not numbered yet";
  Must(NumberEvents(*database_));
  EXPECT_EQ(Must(database_->Read(LastEventNumber)), 3);
  EXPECT_THAT(behind(0, 2), ElementsAre("a", "b"));
  EXPECT_THAT(behind(2, 2), ElementsAre("c"));
  EXPECT_TRUE(behind(3, 2).empty());
}

TEST_P(OutboxTest, AnEventWithoutATopicIsRefused) {
  const auto done = database_->Write([](Transaction& transaction) {
    return AppendEvent(transaction, {"", {}, kSomeDay});
  });
  EXPECT_EQ(done.error().code, ErrorCode::kInvalidArgument);
}

JIKIMI_ON_BOTH_DATABASES(OutboxTest);

}  // namespace
}  // namespace jikimi::store
