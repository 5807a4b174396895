#ifndef JIKIMI_CASEWORK_ROW_VALUES_H_
#define JIKIMI_CASEWORK_ROW_VALUES_H_

#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "access/row_ids.h"
#include "base/result.h"
#include "casework/record_ids.h"

// Ids in and out of rows; for *_tables.cc.
namespace jikimi::casework {

// A view: the id must outlive the statement.
template <typename Id>
std::span<const std::byte> IdBytes(const Id& id) {
  return id.bytes();
}
template <typename Id>
std::optional<std::span<const std::byte>> IdBytes(const std::optional<Id>& id) {
  if (!id) return std::nullopt;
  return std::span<const std::byte>(id->bytes());
}

template <typename Id, typename Row>
Result<Id> GetId(const Row& row, std::size_t column) {
  return Id(TRY(access::Bytes16(row, column)));
}
template <typename Id, typename Row>
Result<std::optional<Id>> GetOptionalId(const Row& row, std::size_t column) {
  if (!TRY(row.template Get<std::optional<std::vector<std::byte>>>(column))) {
    return std::optional<Id>();
  }
  return std::optional<Id>(Id(TRY(access::Bytes16(row, column))));
}

// A text column as what `parse` makes of it.
template <typename Row, typename Parse>
auto GetNamed(const Row& row, std::size_t column, Parse&& parse)
    -> std::invoke_result_t<Parse, const std::string&> {
  const std::string text = TRY(row.template Get<std::string>(column));
  return parse(text);
}
// A column of sealed bytes.
template <typename Sealed, typename Row>
Result<Sealed> GetSealed(const Row& row, std::size_t column) {
  const auto bytes = TRY(row.template Get<std::vector<std::byte>>(column));
  return Sealed::Parse(bytes);
}

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_ROW_VALUES_H_
