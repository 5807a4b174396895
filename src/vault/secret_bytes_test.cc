#include "vault/secret_bytes.h"

#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include <new>
#include <optional>
#include <set>

#include "vault/keys.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

// What a secret left behind: its memory stays mapped, so that it can be looked at.
class LeftBehind {
 public:
  explicit LeftBehind(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::vector<std::byte> bytes() const {
    ASAN_UNPOISON_MEMORY_REGION(bytes_.data(), bytes_.size());
    return CopyOf(bytes_);
  }

 private:
  std::span<const std::byte> bytes_;
};

const std::vector<std::byte> kZeroes(64);

TEST(SecretBytesTest, AreZeroWhenTheyAreFreed) {
  std::optional secret = SecretBytes::Random(64);
  ASSERT_NE(CopyOf(secret->bytes()), kZeroes);
  const LeftBehind left(secret->bytes());
  secret.reset();
  EXPECT_EQ(left.bytes(), kZeroes);
}

TEST(SecretBytesTest, AreZeroedWhenOthersAreMovedIntoThem) {
  auto secret = SecretBytes::Random(64);
  auto other = SecretBytes::Random(64);
  const LeftBehind left(secret.bytes());
  const auto text = CopyOf(other.bytes());
  secret = std::move(other);
  EXPECT_EQ(left.bytes(), kZeroes);
  EXPECT_EQ(CopyOf(secret.bytes()), text);
}

TEST(SecretBytesTest, AMovedFromOneIsEmptyAndFreesNothing) {
  std::optional secret = SecretBytes::Random(64);
  const auto text = CopyOf(secret->bytes());
  const auto moved = std::move(*secret);
  EXPECT_TRUE(secret->empty());  // NOLINT: that is what is tested
  secret.reset();
  EXPECT_EQ(CopyOf(moved.bytes()), text);
}

TEST(SecretBytesTest, ALargeOneIsZeroToBeginWith) {
  const SecretBytes secret(1 << 20);
  EXPECT_EQ(CopyOf(secret.bytes()), std::vector<std::byte>(1 << 20));
}

TEST(SecretBytesTest, KeysAreZeroWhenTheyAreFreed) {
  std::optional key = ItemKey::Generate({ItemId::Random(), 1});
  std::optional pair = CaseKeyPair::Generate({CaseId::Random(), 1});
  const LeftBehind left[] = {LeftBehind(key->bytes()), LeftBehind(pair->private_half())};
  key.reset();
  pair.reset();
  for (const LeftBehind& one : left) EXPECT_EQ(one.bytes(), std::vector<std::byte>(kKeyBytes));
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
