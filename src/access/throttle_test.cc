#include "access/throttle.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "access/argon2_gate.h"

namespace jikimi::access {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kNow{seconds(1'782'864'000)};

std::array<std::byte, 4> Ipv4(int last) {
  return {std::byte{203}, std::byte{0}, std::byte{113}, static_cast<std::byte>(last)};
}

TEST(SourceHasher, KnowsAnAddressAgainWithinOneProcessOnly) {
  const SourceHasher hasher;
  EXPECT_EQ(hasher.Of(Ipv4(7)), hasher.Of(Ipv4(7)));
  EXPECT_NE(hasher.Of(Ipv4(7)), hasher.Of(Ipv4(8)));
  EXPECT_NE(hasher.Of(Ipv4(7)), SourceHasher().Of(Ipv4(7)));
}

TEST(SourceHasher, TakesAnIpv6SubnetForOneSourceAndAMappedAddressForItsIpv4One) {
  const SourceHasher hasher;
  std::array<std::byte, 16> address = {};
  address[0] = std::byte{0x20};
  address[7] = std::byte{1};
  auto neighbour = address;
  neighbour[15] = std::byte{9};
  auto other = address;
  other[7] = std::byte{2};
  EXPECT_EQ(hasher.Of(address), hasher.Of(neighbour));
  EXPECT_NE(hasher.Of(address), hasher.Of(other));
  std::array<std::byte, 16> mapped = {};
  mapped[10] = mapped[11] = std::byte{0xff};
  const auto ipv4 = Ipv4(7);
  std::copy(ipv4.begin(), ipv4.end(), mapped.begin() + 12);
  EXPECT_EQ(hasher.Of(mapped), hasher.Of(ipv4));
}

TEST(SourceQuota, AFloodFromOneSourceLeavesOthersAlone) {
  const SourceHasher hasher;
  SourceQuota quota({.burst = 3, .refill = seconds(10)});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(quota.Take(hasher.Of(Ipv4(1)), kNow));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(quota.Take(hasher.Of(Ipv4(1)), kNow).error().code, ErrorCode::kResourceExhausted);
  }
  EXPECT_TRUE(quota.Take(hasher.Of(Ipv4(2)), kNow));
}

TEST(SourceQuota, TriesComeBackWithTimeAndNotByAClockThatJumpsBack) {
  const SourceHasher hasher;
  const Source source = hasher.Of(Ipv4(1));
  SourceQuota quota({.burst = 2, .refill = seconds(10)});
  EXPECT_TRUE(quota.Take(source, kNow));
  EXPECT_TRUE(quota.Take(source, kNow));
  EXPECT_FALSE(quota.Take(source, kNow + seconds(9)));
  EXPECT_TRUE(quota.Take(source, kNow + seconds(10)));
  EXPECT_FALSE(quota.Take(source, kNow - seconds(1000)));
  EXPECT_TRUE(quota.Take(source, kNow - seconds(990)));
}

TEST(SourceQuota, HoldsNoMoreSourcesThanAllowed) {
  const SourceHasher hasher;
  SourceQuota quota({.burst = 1, .refill = seconds(1000), .max_sources = 10});
  EXPECT_TRUE(quota.Take(hasher.Of(Ipv4(0)), kNow));
  EXPECT_FALSE(quota.Take(hasher.Of(Ipv4(0)), kNow));
  for (int i = 1; i <= 10; ++i) EXPECT_TRUE(quota.Take(hasher.Of(Ipv4(i)), kNow));
  EXPECT_TRUE(quota.Take(hasher.Of(Ipv4(0)), kNow));  // forgotten meanwhile
}

TEST(Argon2Gate, NeverLetsMoreInThanAllowed) {
  Argon2Gate gate({.at_once = 2, .waiting_of_a_source = 100, .patience = seconds(60)});
  const SourceHasher hasher;
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      const auto pass = gate.Enter(hasher.Of(Ipv4(i % 3)));
      ASSERT_TRUE(pass.has_value());
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::sleep_for(milliseconds(2));
      --inside;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(inside, 0);
}

TEST(Argon2Gate, SomebodyElseIsServedBeforeTheRestOfAFlood) {
  Argon2Gate gate({.at_once = 1, .waiting_of_a_source = 50, .patience = seconds(60)});
  const SourceHasher hasher;
  std::atomic<int> waiting = 0, served = 0;
  std::optional<Result<Argon2Gate::Pass>> held(gate.Enter(hasher.Of(Ipv4(1))));
  std::vector<std::thread> flood;
  for (int i = 0; i < 20; ++i) {
    flood.emplace_back([&] {
      ++waiting;
      const auto pass = gate.Enter(hasher.Of(Ipv4(1)));
      ++served;
      std::this_thread::sleep_for(milliseconds(1));
    });
  }
  while (waiting < 20) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(50));
  int served_before = -1;
  std::thread other([&] {
    const auto pass = gate.Enter(hasher.Of(Ipv4(2)));
    served_before = served;
  });
  std::this_thread::sleep_for(milliseconds(50));
  held.reset();
  other.join();
  for (auto& thread : flood) thread.join();
  EXPECT_LE(served_before, 3);
}

TEST(Argon2Gate, TurnsAwayWhoWouldWaitTooLongAndGoesOn) {
  Argon2Gate gate({.at_once = 1, .waiting_of_a_source = 1, .patience = milliseconds(20)});
  const SourceHasher hasher;
  {
    const auto held = gate.Enter(hasher.Of(Ipv4(1)));
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(gate.Enter(hasher.Of(Ipv4(2))).error().code, ErrorCode::kUnavailable);
  }
  EXPECT_TRUE(gate.Enter(hasher.Of(Ipv4(2))).has_value());
}

}  // namespace
}  // namespace jikimi::access
