#include "http/events.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "http/metrics.h"
#include "http/worker_pool.h"

namespace jikimi::http {
namespace {

bool Everybody(const ListEvent&) { return true; }

std::shared_ptr<EventStream> Open(EventHub& hub, std::string_view last = "",
                                  Authorise authorise = Everybody) {
  Request request;
  if (!last.empty()) request.headers.AddReceived("Last-Event-ID", last);
  auto response = hub.Open(request, std::move(authorise));
  return response ? response->events : nullptr;
}

TEST(EventHubTest, TellsEachStreamWhatItMayKnow) {
  EventHub hub;
  const auto all = Open(hub);
  const auto some = Open(hub, "", [](const ListEvent& event) { return event.id == "b"; });
  all->Take();
  some->Take();
  hub.Publish({1, "case", "a", "\"r1\""});
  hub.Publish({2, "case", "b", ""});
  const std::string second = "id: 2\nevent: case\ndata: {\"id\":\"b\",\"etag\":\"\"}\n\n";
  EXPECT_EQ(some->Take(), second);
  EXPECT_EQ(all->Take(),
            "id: 1\nevent: case\ndata: {\"id\":\"a\",\"etag\":\"\\\"r1\\\"\"}\n\n" + second);
  EXPECT_EQ(all->Take(), "");
}

TEST(EventHubTest, ComesBackBehindTheLastEvent) {
  EventHub hub({.kept_events = 3});
  for (std::uint64_t i = 1; i <= 5; ++i) hub.Publish({i, "case", std::to_string(i), ""});
  hub.Publish({4, "case", "again", ""});
  const std::string after_three = Open(hub, "3")->Take();
  EXPECT_EQ(after_three.find("id: 3\n"), std::string::npos);
  EXPECT_LT(after_three.find("id: 4\n"), after_three.find("id: 5\n"));
  EXPECT_EQ(after_three.find("again"), std::string::npos);
  EXPECT_NE(Open(hub, "2")->Take().find("id: 3\n"), std::string::npos);
  EXPECT_EQ(Open(hub, "5")->Take().find("reset"), std::string::npos);
  // What is not kept any more, and what never was, is fetched anew.
  EXPECT_NE(Open(hub, "1")->Take().find("id: 5\nevent: reset"), std::string::npos);
  EXPECT_NE(Open(hub, "99")->Take().find("reset"), std::string::npos);
  EXPECT_EQ(Open(hub, "x"), nullptr);
  EXPECT_EQ(Open(hub, "-1"), nullptr);
}

TEST(EventHubTest, TellsAllToFetchAnewWhenItMissedEvents) {
  EventHub hub;
  const auto stream = Open(hub);
  hub.Publish({5, "case", "a", ""});
  stream->Take();
  hub.Reset(90);
  EXPECT_EQ(stream->Take(), "id: 90\nevent: reset\ndata: {}\n\n");
  EXPECT_NE(Open(hub, "5")->Take().find("id: 90\nevent: reset"), std::string::npos);
  EXPECT_EQ(Open(hub, "90")->Take().find("reset"), std::string::npos);
  hub.Publish({91, "case", "b", ""});
  EXPECT_NE(stream->Take().find("id: 91\nevent: case"), std::string::npos);
  // A database that was put back counts from an earlier number.
  hub.Reset(3);
  EXPECT_NE(stream->Take().find("id: 3\nevent: reset"), std::string::npos);
  hub.Publish({4, "case", "c", ""});
  EXPECT_NE(stream->Take().find("id: 4\nevent: case"), std::string::npos);
}

TEST(EventHubTest, DropsWhoeverTakesNothing) {
  EventHub hub({.max_stream_bytes = 500});
  const auto stream = Open(hub);
  for (std::uint64_t i = 1; i <= 100; ++i) hub.Publish({i, "case", "a", ""});
  EXPECT_TRUE(stream->ended());
  EXPECT_EQ(hub.streams(), 0);
  EXPECT_LE(stream->Take().size(), 500u);
}

TEST(EventHubTest, StreamsAreBounded) {
  EventHub hub({.max_streams = 2});
  const auto first = Open(hub);
  const auto second = Open(hub);
  EXPECT_EQ(Open(hub), nullptr);
  first->End();
  EXPECT_NE(Open(hub), nullptr);
}

TEST(EventHubTest, WakesOnceForEachWish) {
  EventHub hub;
  const auto stream = Open(hub);
  int woken = 0;
  stream->WhenReady([&] { ++woken; });
  EXPECT_EQ(woken, 1) << "there was something already";
  stream->Take();
  stream->WhenReady([&] { ++woken; });
  EXPECT_EQ(woken, 1);
  hub.Publish({1, "case", "a", ""});
  hub.Publish({2, "case", "a", ""});
  EXPECT_EQ(woken, 2);
  stream->Take();
  stream->WhenReady([&] { ++woken; });
  hub.EndAll();
  EXPECT_EQ(woken, 3);
  EXPECT_TRUE(stream->ended());
}

TEST(MetricsTest, AreInPrometheusForm) {
  Metrics metrics;
  metrics.CountRequest("getCase", "GET", 200, std::chrono::microseconds(3'000));
  metrics.CountRequest("getCase", "GET", 200, std::chrono::microseconds(20'000'000));
  metrics.CountRefusal("malformed");
  metrics.AddGauge("jikimi_jobs_due", "Jobs that are due.", [] { return 2.5; });
  const std::string text = metrics.ToText();
  const std::string labels = "operation=\"getCase\",method=\"GET\",status=\"200\"";
  for (const std::string& line :
       {"_bucket{" + labels + ",le=\"0.0025\"} 0\n", "_bucket{" + labels + ",le=\"0.005\"} 1\n",
        "_bucket{" + labels + ",le=\"10\"} 1\n", "_bucket{" + labels + ",le=\"+Inf\"} 2\n",
        "_sum{" + labels + "} 20.003\n", "_count{" + labels + "} 2\n",
        std::string("jikimi_http_refusals_total{reason=\"malformed\"} 1\n"),
        std::string("# TYPE jikimi_jobs_due gauge\njikimi_jobs_due 2.5\n")}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(WorkerPoolTest, RunsAllThatItTook) {
  std::atomic<int> ran = 0;
  int taken = 0;
  {
    WorkerPool pool(3, 50);
    for (int i = 0; i < 500; ++i) {
      taken += pool.Run([&] { ++ran; }, WorkerPool::Urgency::kNew);
    }
  }
  EXPECT_EQ(ran, taken);
  EXPECT_GE(taken, 50);
}

}  // namespace
}  // namespace jikimi::http
