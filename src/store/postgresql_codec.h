#ifndef JIKIMI_STORE_POSTGRESQL_CODEC_H_
#define JIKIMI_STORE_POSTGRESQL_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/sql.h"

// PostgreSQL's binary formats, which are big-endian.
namespace jikimi::store {

// Type numbers of the server's catalogue (pg_type.dat).
enum class PostgresqlType : std::uint32_t {
  kUnknown = 0,
  kBool = 16,
  kBytea = 17,
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kOid = 26,
  kFloat8 = 701,
  kVarchar = 1043,
  kTimestamptz = 1184,
};

PostgresqlType TypeOf(const Value& value);

// The parameters of one statement as libpq takes them; the values' views must outlive it.
class PostgresqlParameters {
 public:
  explicit PostgresqlParameters(Parameters parameters);

  int count() const { return static_cast<int>(types_.size()); }
  const std::uint32_t* types() const { return types_.data(); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  // One character a type: statements are prepared once for each text and signature.
  const std::string& signature() const { return signature_; }

 private:
  std::vector<std::uint32_t> types_;
  std::vector<std::uint64_t> numbers_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::string signature_;
};

// A value that came from the server. A type that isn't one of ours is kUnsupported, bytes that
// don't fit their type are kCorrupt.
Result<Cell> DecodeCell(std::uint32_t type, std::span<const std::byte> bytes);

// What COPY … (FORMAT binary) is sent: the header, a row each, the end.
void AppendCopyHeader(std::vector<std::byte>& buffer);
void AppendCopyRow(Parameters row, std::vector<std::byte>& buffer);
void AppendCopyEnd(std::vector<std::byte>& buffer);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_POSTGRESQL_CODEC_H_
