#ifndef JIKIMI_ACCESS_ROW_IDS_H_
#define JIKIMI_ACCESS_ROW_IDS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "vault/record_id.h"

// Ids of 16 bytes in and out of rows (store::Row); for *_tables.cc.
namespace jikimi::access {

// A view: `id` must outlive the statement.
template <vault::KeyKind kKind>
std::span<const std::byte> IdValue(const vault::RecordId<kKind>& id) {
  return id.bytes();
}

template <typename Row>
Result<std::array<std::byte, 16>> Bytes16(const Row& row, std::size_t column) {
  const auto bytes = TRY(row.template Get<std::vector<std::byte>>(column));
  if (bytes.size() != 16) return Error{ErrorCode::kCorrupt, "an id in the database is not whole"};
  std::array<std::byte, 16> id;
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

template <vault::KeyKind kKind, typename Row>
Result<vault::RecordId<kKind>> IdOf(const Row& row, std::size_t column) {
  return vault::RecordId<kKind>(TRY(Bytes16(row, column)));
}

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ROW_IDS_H_
