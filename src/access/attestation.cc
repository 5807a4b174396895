#include "access/attestation.h"

#include <cstdint>
#include <optional>
#include <string>

namespace jikimi::access {
namespace {

enum Major : std::uint8_t { kUnsigned, kNegative, kByteString, kText, kArray, kMap, kTag, kSimple };

struct Head {
  Major major = kUnsigned;
  std::uint64_t value = 0;
};

// Reads CBOR (RFC 8949) off a buffer.
class CborReader {
 public:
  explicit CborReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t offset() const { return offset_; }
  bool AtEnd() const { return offset_ == bytes_.size(); }

  Error Malformed(const char* what) const {
    return {ErrorCode::kInvalidArgument,
            "attestation object: " + std::string(what) + " at byte " + std::to_string(offset_)};
  }

  Result<Head> TakeHead() {
    const auto first = std::to_integer<std::uint8_t>(TRY(Take(1))[0]);
    const int low = first & 31;
    Head head{static_cast<Major>(first >> 5), 0};
    if (low < 24) {
      head.value = static_cast<std::uint64_t>(low);
      return head;
    }
    if (low > 27) return Malformed("a length that is not definite");
    for (const std::byte byte : TRY(Take(std::size_t{1} << (low - 24)))) {
      head.value = head.value << 8 | std::to_integer<std::uint64_t>(byte);
    }
    return head;
  }

  Result<std::span<const std::byte>> TakeString(Major major) {
    const Head head = TRY(TakeHead());
    if (head.major != major) return Malformed("something of another type");
    return Take(head.value);
  }

  // Passes over one item, whatever it is.
  Result<void> Skip(int depth = 0) {
    if (depth > 16) return Malformed("nesting too deep");
    const Head head = TRY(TakeHead());
    switch (head.major) {
      case kByteString:
      case kText:
        TRY(Take(head.value));
        return {};
      case kArray:
      case kMap: {
        if (head.value > bytes_.size()) return Malformed("a count beyond the end");
        const std::uint64_t items = head.major == kMap ? 2 * head.value : head.value;
        for (std::uint64_t i = 0; i < items; ++i) TRY(Skip(depth + 1));
        return {};
      }
      case kTag:
        return Skip(depth + 1);
      default:
        return {};
    }
  }

  std::span<const std::byte> Since(std::size_t begin) const {
    return bytes_.subspan(begin, offset_ - begin);
  }

 private:
  Result<std::span<const std::byte>> Take(std::uint64_t count) {
    if (count > bytes_.size() - offset_) return Malformed("an item beyond the end");
    const auto taken = bytes_.subspan(offset_, static_cast<std::size_t>(count));
    offset_ += static_cast<std::size_t>(count);
    return taken;
  }

  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
};

std::string_view Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<AttestationObject> ParseAttestationObject(std::span<const std::byte> bytes) {
  CborReader reader(bytes);
  const Head head = TRY(reader.TakeHead());
  if (head.major != kMap || head.value != 3) return reader.Malformed("no map of three entries");
  std::optional<std::string_view> format;
  std::optional<std::span<const std::byte>> statement;
  std::optional<std::span<const std::byte>> auth_data;
  for (int i = 0; i < 3; ++i) {
    const std::string_view key = Text(TRY(reader.TakeString(kText)));
    if (key == "fmt" && !format) {
      format = Text(TRY(reader.TakeString(kText)));
    } else if (key == "attStmt" && !statement) {
      const std::size_t begin = reader.offset();
      TRY(reader.Skip());
      statement = reader.Since(begin);
      if ((std::to_integer<std::uint8_t>(statement->front()) >> 5) != kMap) {
        return reader.Malformed("an attStmt that is no map");
      }
    } else if (key == "authData" && !auth_data) {
      auth_data = TRY(reader.TakeString(kByteString));
    } else {
      return reader.Malformed("a key that is unknown or there twice");
    }
  }
  if (!reader.AtEnd()) return reader.Malformed("bytes after the end");
  return AttestationObject{*format, *statement, *auth_data};
}

}  // namespace jikimi::access
