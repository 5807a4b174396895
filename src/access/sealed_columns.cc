#include "access/sealed_columns.h"

namespace jikimi::access {

vault::Context ColumnContext(const vault::RecordReference& record, std::string_view field) {
  return {.purpose = vault::Purpose::kField, .of = record, .field = std::string(field)};
}

SealedColumn SealColumn(const CentreKeys& keys, const vault::RecordReference& record,
                        std::string_view field, std::span<const std::byte> plain) {
  const auto sealed = keys.SealField(ColumnContext(record, field), plain);
  return {sealed.bytes(), sealed.key_version()};
}

Result<vault::SecretBytes> OpenColumn(const CentreKeys& keys, const vault::RecordReference& record,
                                      std::string_view field, const SealedColumn& column) {
  const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kServer>::Parse(column.sealed));
  return keys.OpenField(ColumnContext(record, field), sealed);
}

Result<std::string> OpenTextColumn(const CentreKeys& keys, const vault::RecordReference& record,
                                   std::string_view field, const SealedColumn& column) {
  const auto plain = TRY(OpenColumn(keys, record, field, column));
  const auto bytes = plain.bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace jikimi::access
