#include "vault/secret_bytes.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <new>
#include <set>

#include "vault/keys.h"
#include "vault/test_bytes.h"

// This program is linked with --wrap=sodium_free: what the room frees passes here, and is looked at
// at the last moment at which it can be.
namespace {

std::size_t freed_size = 0;  // of the block that the test is about; 0: don't look
std::size_t freed_not_zero = 0;
std::size_t freed_count = 0;

}  // namespace

extern "C" void __real_sodium_free(void* memory);
extern "C" void __wrap_sodium_free(void* memory);
extern "C" void __wrap_sodium_free(void* memory) {
  if (freed_size > 0) {
    const auto* bytes = static_cast<const unsigned char*>(memory);
    freed_not_zero += static_cast<std::size_t>(
        std::count_if(bytes, bytes + freed_size, [](unsigned char b) { return b != 0; }));
    ++freed_count;
  }
  __real_sodium_free(memory);
}

namespace jikimi::vault {
namespace {

class LookAtFreed {
 public:
  explicit LookAtFreed(std::size_t size) {
    freed_not_zero = freed_count = 0;
    freed_size = size;
  }
  ~LookAtFreed() { freed_size = 0; }
};

TEST(SecretBytesTest, AreZeroWhenTheyAreFreed) {
  LookAtFreed look(64);
  {
    auto secret = SecretBytes::Random(64);
    ASSERT_NE(CopyOf(secret.bytes()), std::vector<std::byte>(64));
  }
  EXPECT_EQ(freed_count, 1u);
  EXPECT_EQ(freed_not_zero, 0u);
}

TEST(SecretBytesTest, AreZeroedWhenOthersAreMovedIntoThem) {
  auto secret = SecretBytes::Random(64);
  auto other = SecretBytes::Random(64);
  LookAtFreed look(64);
  secret = std::move(other);
  EXPECT_EQ(freed_count, 1u);
  EXPECT_EQ(freed_not_zero, 0u);
}

TEST(SecretBytesTest, AMovedFromOneIsEmptyAndFreesNothing) {
  LookAtFreed look(64);
  {
    auto secret = SecretBytes::Random(64);
    const auto moved = std::move(secret);
    EXPECT_TRUE(secret.empty());  // NOLINT: that is what is tested
    EXPECT_EQ(moved.size(), 64u);
  }
  EXPECT_EQ(freed_count, 1u);
}

TEST(SecretBytesTest, KeysAreZeroWhenTheyAreFreed) {
  LookAtFreed look(kKeyBytes);
  {
    const auto key = ItemKey::Generate({ItemId::Random(), 1});
    const auto pair = CaseKeyPair::Generate({CaseId::Random(), 1});
  }
  EXPECT_EQ(freed_count, 2u);
  EXPECT_EQ(freed_not_zero, 0u);
}

TEST(WipedArrayTest, IsZeroAfterItsScope) {
  alignas(WipedArray<32>) std::byte storage[sizeof(WipedArray<32>)];
  auto* array = new (storage) WipedArray<32>;
  FillRandom(array->bytes());
  array->~WipedArray<32>();
  // Read as the memory that it is now.
  volatile std::byte* left = storage;
  for (std::size_t i = 0; i < sizeof(storage); ++i)
    EXPECT_EQ(std::byte{left[i]}, std::byte{0}) << i;
}

TEST(EqualInConstantTimeTest, SeesEachByteAndTheLength) {
  const auto a = RandomArray<40>();
  EXPECT_TRUE(EqualInConstantTime(a, a));
  EXPECT_TRUE(EqualInConstantTime({}, {}));
  EXPECT_FALSE(EqualInConstantTime(a, std::span(a).first(39)));
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto b = a;
    b[i] ^= std::byte{0x10};
    EXPECT_FALSE(EqualInConstantTime(a, b)) << i;
  }
}

TEST(RandomArrayTest, NeverComesTwice) {
  std::set<std::array<std::byte, 16>> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(RandomArray<16>()).second);
}

}  // namespace
}  // namespace jikimi::vault
