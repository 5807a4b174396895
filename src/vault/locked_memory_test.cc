#include "vault/locked_memory.h"

#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>
#include <sodium.h>

#include <algorithm>
#include <thread>
#include <vector>

// This program is linked with --wrap=sodium_free: large pieces pass here, and are looked at at the
// last moment at which they can be.
namespace {

std::size_t large_size = 0;  // of the one that is to be looked at
std::size_t large_not_zero = 0;
std::size_t large_count = 0;

}  // namespace

extern "C" void __real_sodium_free(void* memory);
extern "C" void __wrap_sodium_free(void* memory);
extern "C" void __wrap_sodium_free(void* memory) {
  const auto* bytes = static_cast<const unsigned char*>(memory);
  large_not_zero += static_cast<std::size_t>(
      std::count_if(bytes, bytes + large_size, [](unsigned char b) { return b != 0; }));
  ++large_count;
  __real_sodium_free(memory);
}

namespace jikimi::vault::internal {
namespace {

bool AllZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

void Fill(std::span<std::byte> bytes, std::byte with) {
  std::fill(bytes.begin(), bytes.end(), with);
}

// Around the sizes at which pieces become larger, and where they get pages of their own.
const std::vector<std::size_t> kSizes = {
    1, 16, 32, 47, 48, 49, 64, 112, 113, 1000, 16'367, 16'368, 16'369, 16'384, 20'000, 1 << 20};

TEST(LockedMemoryTest, EachPieceIsZeroAndNobodyElses) {
  std::vector<std::span<std::byte>> pieces;
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t size : kSizes) {
      const auto piece = TakeLocked(size);
      ASSERT_EQ(piece.size(), size);
      EXPECT_TRUE(AllZero(piece)) << size;
      Fill(piece, static_cast<std::byte>(pieces.size() + 1));
      pieces.push_back(piece);
    }
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto is_mine = [&](std::byte b) { return b == static_cast<std::byte>(i + 1); };
    EXPECT_TRUE(std::all_of(pieces[i].begin(), pieces[i].end(), is_mine)) << i;
  }
  for (const auto piece : pieces) GiveBackLocked(piece);
}

TEST(LockedMemoryTest, WhatIsGivenBackIsZero) {
  for (const std::size_t size : kSizes) {
    large_size = size;
    large_not_zero = large_count = 0;
    const auto piece = TakeLocked(size);
    Fill(piece, std::byte{0xa5});
    GiveBackLocked(piece);
    large_size = 0;
    EXPECT_EQ(large_not_zero, 0u) << size;
    if (large_count > 0) continue;  // its pages are gone
    ASAN_UNPOISON_MEMORY_REGION(piece.data(), piece.size());
    EXPECT_TRUE(AllZero(piece)) << size;
  }
  EXPECT_EQ(large_count, 1u);  // the last one
}

TEST(LockedMemoryTest, PiecesAreUsedAgain) {
  const auto first = TakeLocked(100);
  std::byte* const place = first.data();
  GiveBackLocked(first);
  const auto second = TakeLocked(90);
  EXPECT_EQ(second.data(), place);
  GiveBackLocked(second);
}

TEST(LockedMemoryDeathTest, WritingBehindTheEndIsSeen) {
  const auto write_behind = [](std::size_t size) {
    const auto piece = TakeLocked(size);
    ASAN_UNPOISON_MEMORY_REGION(piece.data(), size + 1);
    *(piece.data() + size) ^= std::byte{1};
    GiveBackLocked(piece);
  };
  for (const std::size_t size : {1u, 32u, 48u, 1000u, 16'368u}) {
    EXPECT_DEATH(write_behind(size), "CHECK") << size;
  }
}

TEST(LockedMemoryTest, ThreadsGetPiecesOfTheirOwn) {
  std::vector<std::thread> threads;
  for (int t = 1; t <= 8; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 2000; ++i) {
        const auto piece = TakeLocked(32 + static_cast<std::size_t>(i % 200));
        ASSERT_TRUE(AllZero(piece));
        Fill(piece, static_cast<std::byte>(t));
        std::this_thread::yield();
        ASSERT_TRUE(std::all_of(piece.begin(), piece.end(),
                                [t](std::byte b) { return b == static_cast<std::byte>(t); }));
        GiveBackLocked(piece);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace jikimi::vault::internal
