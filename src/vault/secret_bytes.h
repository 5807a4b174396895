#ifndef JIKIMI_VAULT_SECRET_BYTES_H_
#define JIKIMI_VAULT_SECRET_BYTES_H_

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace jikimi::vault {

// Bytes that must not leak: locked into memory as far as the system's limit allows, left out of
// core dumps, zeroed before they are freed (vault/locked_memory.h). For keys, passwords and opened
// text. Move-only; a moved-from one is empty.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  // all zero
  static SecretBytes Random(std::size_t size);
  static SecretBytes CopyOf(std::span<const std::byte> bytes);
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  ~SecretBytes() { Release(); }

  std::span<std::byte> bytes() { return bytes_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  void Release();

  std::span<std::byte> bytes_;
};

// Zeroes memory in a way that the compiler may not leave out.
void Wipe(std::span<std::byte> bytes);

// A buffer on the stack that is zeroed when it goes out of scope, for keys that live within one
// function.
template <std::size_t kSize>
class WipedArray {
 public:
  WipedArray() = default;
  WipedArray(const WipedArray&) = delete;
  WipedArray& operator=(const WipedArray&) = delete;
  ~WipedArray() { Wipe(bytes_); }

  std::span<std::byte, kSize> bytes() { return bytes_; }
  std::span<const std::byte, kSize> bytes() const { return bytes_; }

 private:
  std::array<std::byte, kSize> bytes_ = {};
};

// Whether both are equal, in a time that depends on their sizes only.
bool EqualInConstantTime(std::span<const std::byte> a, std::span<const std::byte> b);

// Unpredictable bytes from the system's generator.
void FillRandom(std::span<std::byte> bytes);

template <std::size_t kSize>
std::array<std::byte, kSize> RandomArray() {
  std::array<std::byte, kSize> bytes;
  FillRandom(bytes);
  return bytes;
}

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SECRET_BYTES_H_
