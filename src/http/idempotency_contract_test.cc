#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "http/idempotency.h"
#include "http/openapi.h"
#include "http/problem.h"
#include "store/contract.h"

namespace jikimi::http {
namespace {

using store::Must;
using store::Number;
using store::Transaction;

class IdempotencyTest : public store::ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open());
    commits_.emplace(*database_);
    const std::vector<store::Schema> schemas = {store::StoreSchema(), HttpSchema()};
    Must(store::Migrate(*database_, schemas, clock_));
    store::Do(*database_, "CREATE TABLE http_act (id BIGINT NOT NULL)").value();
    operation_.id = "addNote";
  }
  void TearDown() override {
    commits_.reset();
    database_.reset();
    ContractTest::TearDown();
  }

  IdempotentCall Call(std::string body = "{}", std::string principal = "staff 7",
                      std::string key = "3f2a7c1e-5b9d-4e86-a0c4") {
    Request request;
    request.operation = &operation_;
    request.target = *Target::Parse("/cases/1/notes");
    request.headers.AddReceived("Idempotency-Key", key);
    request.body = std::move(body);
    return Must(IdempotentCall::Of(request, principal));
  }
  Result<Response> Act(const IdempotentCall& call) {
    return RunOnce(*commits_, clock_, call, [](Transaction& transaction) -> Result<Response> {
      TRY(store::Execute(transaction, "INSERT INTO http_act (id) VALUES (1)"));
      Response response = CreatedResponse("/notes/1", {{"secret", "planted"}});
      response.etag = "\"r1\"";
      return response;
    });
  }
  std::int64_t acts() { return Number(*database_, "SELECT COUNT(*) FROM http_act"); }
  std::int64_t answers() { return Number(*database_, "SELECT COUNT(*) FROM http_idempotency"); }

  ManualClock clock_{store::kSomeDay};
  std::optional<store::Database> database_;
  std::optional<store::GroupCommit> commits_;
  Operation operation_;
};

TEST_P(IdempotencyTest, ARepeatedCallIsDoneOnceAndAnsweredAlike) {
  const Response first = Must(Act(Call()));
  const Response second = Must(Act(Call()));
  EXPECT_EQ(acts(), 1);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.etag, first.etag);
  EXPECT_EQ(second.headers.Find("Location"), "/notes/1");
  EXPECT_EQ(second.headers.Find("Idempotency-Replayed"), "true");
  EXPECT_FALSE(first.headers.Has("Idempotency-Replayed"));
}

TEST_P(IdempotencyTest, AnotherBodyIsRefusedAndAnotherPersonIsAnother) {
  Must(Act(Call()));
  const auto other = Act(Call("{\"a\":1}"));
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::kInvalidArgument);
  Must(Act(Call("{}", "staff 8")));
  Must(Act(Call("{}", "staff 7", "3f2a7c1e-5b9d-4e86-a0c5")));
  operation_.id = "addOther";
  Must(Act(Call()));
  EXPECT_EQ(acts(), 4);
}

TEST_P(IdempotencyTest, WhatFailedLeavesNothingAndMayBeTriedAgain) {
  const auto fail = [&](Result<Response> with) {
    return RunOnce(*commits_, clock_, Call(), [&](Transaction& transaction) -> Result<Response> {
      TRY(store::Execute(transaction, "INSERT INTO http_act (id) VALUES (1)"));
      return with;
    });
  };
  EXPECT_FALSE(fail(Error{ErrorCode::kAlreadyExists, "there"}).has_value());
  EXPECT_EQ(Must(fail(RequestFault({ErrorCode::kNotFound, "no"}))).status, 404);
  EXPECT_EQ(acts(), 0);
  EXPECT_EQ(answers(), 0);
  Must(Act(Call()));
  EXPECT_EQ(acts(), 1);
}

TEST_P(IdempotencyTest, TwinsAtTheSameTimeAreOneAct) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto answer = Act(Call());
      if (answer && answer->status == 201) ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(acts(), 1);
}

TEST_P(IdempotencyTest, TwinsAtTwoMachinesAreOneAct) {
  // Each machine has groups of its own.
  store::GroupCommit other(*database_);
  for (int i = 0; i < 20; ++i) {
    const IdempotentCall call = Call("{}", "staff 7", "3f2a7c1e-5b9d-4e86-" + std::to_string(i));
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (store::GroupCommit* commits : {&*commits_, &other}) {
      threads.emplace_back([&, commits] {
        const auto answer =
            RunOnce(*commits, clock_, call, [](Transaction& transaction) -> Result<Response> {
              TRY(store::Execute(transaction, "INSERT INTO http_act (id) VALUES (1)"));
              return CreatedResponse("/notes/1", {});
            });
        if (answer && answer->status == 201) ++good;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 2);
    EXPECT_EQ(acts(), i + 1);
  }
}

TEST_P(IdempotencyTest, ARepeatedCallIsAnsweredAlikeThoughItsWorkWouldFailNow) {
  const Response first = Must(Act(Call()));
  const auto fails = [](Transaction&) -> Result<Response> {
    return Error{ErrorCode::kStale, "changed since"};
  };
  EXPECT_EQ(Must(RunOnce(*commits_, clock_, Call(), fails)).body, first.body);
  const auto refuses = [](Transaction&) -> Result<Response> {
    return RequestFault({ErrorCode::kNotFound, "gone"});
  };
  EXPECT_EQ(Must(RunOnce(*commits_, clock_, Call(), refuses)).body, first.body);
  EXPECT_EQ(acts(), 1);
}

TEST_P(IdempotencyTest, AKeyIsForgottenAfterADay) {
  Must(Act(Call()));
  clock_.Advance(kIdempotencyTime - std::chrono::seconds(1));
  Must(Act(Call()));
  EXPECT_EQ(acts(), 1);
  EXPECT_EQ(Must(PruneIdempotency(*database_, clock_.Now())), 0);
  clock_.Advance(std::chrono::seconds(1));
  Must(Act(Call()));
  EXPECT_EQ(acts(), 2);
  EXPECT_EQ(answers(), 1);
  clock_.Advance(kIdempotencyTime);
  EXPECT_EQ(Must(PruneIdempotency(*database_, clock_.Now())), 1);
  EXPECT_EQ(answers(), 0);
}

TEST_P(IdempotencyTest, NothingPlainIsAtRest) {
  Must(Act(Call("{\"text\":\"planted\"}", "staff planted", "planted-key-planted")));
  for (const store::Row& row :
       store::Rows(*database_, "SELECT scope, body_digest, sealed FROM http_idempotency")) {
    for (std::size_t column = 0; column < 3; ++column) {
      const auto bytes = Must(row.Get<std::vector<std::byte>>(column));
      const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      EXPECT_EQ(text.find("planted"), std::string::npos);
    }
  }
}

TEST_P(IdempotencyTest, WithoutAGoodKeyThereIsNoCall) {
  for (const std::string key : {"", "short", "with space in the key", "한글한글한글한글한글"}) {
    Request request;
    request.operation = &operation_;
    request.headers.AddReceived("Idempotency-Key", key);
    EXPECT_FALSE(IdempotentCall::Of(request, "a").has_value()) << key;
  }
  EXPECT_FALSE(IdempotentCall::Of(Request(), "a").has_value());
}

using store::Engine;
JIKIMI_ON_BOTH_DATABASES(IdempotencyTest);

}  // namespace
}  // namespace jikimi::http
