#include "vault/locked_memory.h"

#include <sanitizer/asan_interface.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/check.h"
#include "vault/secret_bytes.h"

namespace jikimi::vault::internal {
namespace {

constexpr std::size_t kGuardBytes = 16;  // behind each piece, to see that nobody wrote there
constexpr int kSmallestBits = 6;         // pieces are powers of two with their guard: 64 bytes ...
constexpr int kLargestBits = 14;         // ... to 16 KiB
constexpr std::size_t kRegionBytes = 128 << 10;

std::size_t PageBytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// A new region, between pages that nobody may touch.
std::byte* MapRegion() {
  const std::size_t page = PageBytes();
  void* mapped =
      mmap(nullptr, kRegionBytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mapped != MAP_FAILED);
  std::byte* region = static_cast<std::byte*>(mapped) + page;
  CHECK(mprotect(region, kRegionBytes, PROT_READ | PROT_WRITE) == 0);
  // Both as far as the system goes: a limit on locked memory is no reason to keep no secrets.
  (void)madvise(region, kRegionBytes, MADV_DONTDUMP);
  (void)mlock(region, kRegionBytes);
  return region;
}

class LockedMemory {
 public:
  // Never destroyed: what lives as long as the program is given back at its very end.
  static LockedMemory& Get() {
    static auto* memory = new LockedMemory;
    return *memory;
  }

  static bool Fits(std::size_t size) {
    return size + kGuardBytes <= std::size_t{1} << kLargestBits;
  }

  std::byte* Take(std::size_t size) {
    const std::size_t piece_size = PieceSize(size);
    std::byte* memory = [&] {
      const std::lock_guard lock(mutex_);
      auto& pieces = free_[ClassOf(piece_size)];
      if (pieces.empty()) AddRegion(piece_size, pieces);
      std::byte* last = pieces.back();
      pieces.pop_back();
      return last;
    }();
    ASAN_UNPOISON_MEMORY_REGION(memory, size + kGuardBytes);
    std::copy(guard_.begin(), guard_.end(), memory + size);
    ASAN_POISON_MEMORY_REGION(memory + size, kGuardBytes);
    return memory;
  }

  void GiveBack(std::byte* memory, std::size_t size) {
    ASAN_UNPOISON_MEMORY_REGION(memory, size + kGuardBytes);
    CHECK(std::equal(guard_.begin(), guard_.end(), memory + size));
    Wipe({memory, size + kGuardBytes});
    const std::size_t piece_size = PieceSize(size);
    ASAN_POISON_MEMORY_REGION(memory, piece_size);
    const std::lock_guard lock(mutex_);
    free_[ClassOf(piece_size)].push_back(memory);
  }

 private:
  static std::size_t PieceSize(std::size_t size) {
    return std::bit_ceil(std::max(size + kGuardBytes, std::size_t{1} << kSmallestBits));
  }
  static std::size_t ClassOf(std::size_t piece_size) {
    return static_cast<std::size_t>(std::countr_zero(piece_size) - kSmallestBits);
  }
  static void AddRegion(std::size_t piece_size, std::vector<std::byte*>& pieces) {
    std::byte* region = MapRegion();
    for (std::size_t at = kRegionBytes; at > 0; at -= piece_size) {
      pieces.push_back(region + at - piece_size);
    }
    ASAN_POISON_MEMORY_REGION(region, kRegionBytes);
  }

  const std::array<std::byte, kGuardBytes> guard_ = RandomArray<kGuardBytes>();
  std::mutex mutex_;
  std::array<std::vector<std::byte*>, kLargestBits - kSmallestBits + 1> free_;
};

}  // namespace

std::span<std::byte> TakeLocked(std::size_t size) {
  CHECK(size > 0);
  if (LockedMemory::Fits(size)) return {LockedMemory::Get().Take(size), size};
  void* memory = sodium_malloc(size);
  CHECK(memory != nullptr);
  sodium_memzero(memory, size);
  return {static_cast<std::byte*>(memory), size};
}

void GiveBackLocked(std::span<std::byte> memory) {
  if (LockedMemory::Fits(memory.size())) {
    LockedMemory::Get().GiveBack(memory.data(), memory.size());
    return;
  }
  // sodium_free() zeroes too; not left to the version that happens to be installed.
  Wipe(memory);
  sodium_free(memory.data());
}

}  // namespace jikimi::vault::internal
