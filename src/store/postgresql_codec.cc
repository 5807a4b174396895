#include "store/postgresql_codec.h"

#include <bit>
#include <concepts>
#include <cstring>

#include "base/bytes.h"

namespace jikimi::store {
namespace {

// PostgreSQL counts microseconds from 2000-01-01.
constexpr std::int64_t kEpoch = 946'684'800'000'000;

template <std::unsigned_integral T>
T ReadBigEndian(std::span<const std::byte> bytes) {
  T value = 0;
  for (const std::byte byte : bytes) value = static_cast<T>(value << 8 | std::to_integer<T>(byte));
  return value;
}

template <std::unsigned_integral T>
void AppendBigEndian(T value, std::vector<std::byte>& buffer) {
  for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0; shift -= 8) {
    buffer.push_back(static_cast<std::byte>(value >> shift & 0xff));
  }
}

// The 64 bits that stand for an integer, a double or a time.
std::uint64_t Bits(const Value& value) {
  switch (value.type()) {
    case Value::Type::kReal:
      return std::bit_cast<std::uint64_t>(value.real() + 0.0);  // -0 becomes 0
    case Value::Type::kTime:
      return static_cast<std::uint64_t>(value.integer() - kEpoch);
    default:
      return static_cast<std::uint64_t>(value.integer());
  }
}

bool IsNumber(const Value& value) {
  return value.type() == Value::Type::kInteger || value.type() == Value::Type::kReal ||
         value.type() == Value::Type::kTime;
}

std::uint64_t ToBigEndian(std::uint64_t value) {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(value);
}

Error Malformed(std::uint32_t type, std::size_t size) {
  return {ErrorCode::kCorrupt, "the server sent " + std::to_string(size) +
                                   " bytes for a value of type " + std::to_string(type)};
}

template <typename Unsigned, typename Signed>
Result<Cell> DecodeInteger(std::uint32_t type, std::span<const std::byte> bytes) {
  if (bytes.size() != sizeof(Unsigned)) return Malformed(type, bytes.size());
  return Cell(std::int64_t{static_cast<Signed>(ReadBigEndian<Unsigned>(bytes))});
}

}  // namespace

PostgresqlType TypeOf(const Value& value) {
  switch (value.type()) {
    case Value::Type::kInteger:
      return PostgresqlType::kInt8;
    case Value::Type::kReal:
      return PostgresqlType::kFloat8;
    case Value::Type::kText:
      return PostgresqlType::kText;
    case Value::Type::kBytes:
      return PostgresqlType::kBytea;
    case Value::Type::kTime:
      return PostgresqlType::kTimestamptz;
    case Value::Type::kNull:
      break;
  }
  return PostgresqlType::kUnknown;
}

PostgresqlParameters::PostgresqlParameters(Parameters parameters)
    : numbers_(parameters.size()), formats_(parameters.size(), 1) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Value& value = parameters[i];
    types_.push_back(static_cast<std::uint32_t>(TypeOf(value)));
    signature_ += static_cast<char>('a' + static_cast<int>(value.type()));
    if (value.null()) {
      values_.push_back(nullptr);
      lengths_.push_back(0);
    } else if (IsNumber(value)) {
      numbers_[i] = ToBigEndian(Bits(value));
      values_.push_back(reinterpret_cast<const char*>(&numbers_[i]));
      lengths_.push_back(sizeof(std::uint64_t));
    } else {
      // A null pointer would be NULL where no bytes are meant.
      const bool empty = value.bytes().empty();
      values_.push_back(empty ? "" : reinterpret_cast<const char*>(value.bytes().data()));
      lengths_.push_back(static_cast<int>(value.bytes().size()));
    }
  }
}

Result<Cell> DecodeCell(std::uint32_t type, std::span<const std::byte> bytes) {
  switch (static_cast<PostgresqlType>(type)) {
    case PostgresqlType::kBool:
      if (bytes.size() != 1) return Malformed(type, bytes.size());
      return Cell(std::int64_t{bytes[0] != std::byte{0}});
    case PostgresqlType::kInt2:
      return DecodeInteger<std::uint16_t, std::int16_t>(type, bytes);
    case PostgresqlType::kInt4:
      return DecodeInteger<std::uint32_t, std::int32_t>(type, bytes);
    case PostgresqlType::kOid:
      return DecodeInteger<std::uint32_t, std::uint32_t>(type, bytes);
    case PostgresqlType::kInt8:
      return DecodeInteger<std::uint64_t, std::int64_t>(type, bytes);
    case PostgresqlType::kFloat8:
      if (bytes.size() != sizeof(double)) return Malformed(type, bytes.size());
      return Cell(std::bit_cast<double>(ReadBigEndian<std::uint64_t>(bytes)));
    case PostgresqlType::kTimestamptz: {
      if (bytes.size() != sizeof(std::int64_t)) return Malformed(type, bytes.size());
      const auto raw = static_cast<std::int64_t>(ReadBigEndian<std::uint64_t>(bytes));
      std::int64_t time = 0;
      // The ends of the range are PostgreSQL's infinities, which we never write.
      if (__builtin_add_overflow(raw, kEpoch, &time) || raw == INT64_MIN) {
        return Error{ErrorCode::kCorrupt, "the server sent a time that is infinite"};
      }
      return Cell(Timestamp(std::chrono::microseconds(time)));
    }
    case PostgresqlType::kText:
    case PostgresqlType::kVarchar:
    case PostgresqlType::kName:
      return Cell(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    case PostgresqlType::kBytea:
      return Cell(std::vector<std::byte>(bytes.begin(), bytes.end()));
    case PostgresqlType::kUnknown:
      break;
  }
  return Error{ErrorCode::kUnsupported,
               "a value of PostgreSQL's type " + std::to_string(type) +
                   " (sums are numeric: CAST(… AS BIGINT) in the statement)"};
}

void AppendCopyHeader(std::vector<std::byte>& buffer) {
  static constexpr char kSignature[] = "PGCOPY\n\377\r\n";  // with its zero: 11 bytes
  const auto signature = std::as_bytes(std::span(kSignature));
  buffer.insert(buffer.end(), signature.begin(), signature.end());
  AppendBigEndian<std::uint32_t>(0, buffer);  // flags
  AppendBigEndian<std::uint32_t>(0, buffer);  // bytes of header extension
}

void AppendCopyRow(Parameters row, std::vector<std::byte>& buffer) {
  AppendBigEndian(static_cast<std::uint16_t>(row.size()), buffer);
  for (const Value& value : row) {
    if (value.null()) {
      AppendBigEndian(static_cast<std::uint32_t>(-1), buffer);
    } else if (IsNumber(value)) {
      AppendBigEndian<std::uint32_t>(sizeof(std::uint64_t), buffer);
      AppendBigEndian(Bits(value), buffer);
    } else {
      AppendBigEndian(static_cast<std::uint32_t>(value.bytes().size()), buffer);
      buffer.insert(buffer.end(), value.bytes().begin(), value.bytes().end());
    }
  }
}

void AppendCopyEnd(std::vector<std::byte>& buffer) {
  AppendBigEndian(static_cast<std::uint16_t>(-1), buffer);
}

}  // namespace jikimi::store
