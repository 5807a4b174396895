#ifndef JIKIMI_BASE_BYTES_H_
#define JIKIMI_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace jikimi {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, going on from `crc` of what came before.
std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);
// The same on machines without an instruction for it; the reference that Crc32c() is tested with.
std::uint32_t PortableCrc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

// Appends little-endian values to a buffer of its own.
class ByteWriter {
 public:
  template <typename T>
  void Put(T value) {
    static_assert(std::is_arithmetic_v<T>);
    std::byte raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes_.insert(bytes_.end(), raw, raw + sizeof(T));
  }
  void PutBytes(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::vector<std::byte> Take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// Takes little-endian values off the front of a buffer that must outlive it. Reading past the end
// is kCorrupt, says at which offset, and takes nothing.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
  Result<T> Take() {
    static_assert(std::is_arithmetic_v<T>);
    const auto raw = TRY(TakeBytes(sizeof(T)));
    T value;
    std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  Result<std::span<const std::byte>> TakeBytes(std::size_t count);

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
};

// Two digits of 0-9 and a-f a byte; and back: exactly the digits that fill `into`, nothing else
// (false, `into` is then undefined).
std::string ToHex(std::span<const std::byte> bytes);
bool FromHex(std::string_view text, std::span<std::byte> into);

inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace jikimi

#endif  // JIKIMI_BASE_BYTES_H_
