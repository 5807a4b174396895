#ifndef JIKIMI_ACCESS_SEALED_COLUMNS_H_
#define JIKIMI_ACCESS_SEALED_COLUMNS_H_

#include <string>
#include <string_view>

#include "access/centre_keys.h"
#include "access/people_tables.h"
#include "base/result.h"
#include "vault/secret_bytes.h"

// Columns under the server keys, each bound to its record and its field; private to this room.
namespace jikimi::access {

inline constexpr std::string_view kPersonNameField = "access.name";
inline constexpr std::string_view kTotpField = "access.totp";
inline constexpr std::string_view kApprovalReasonField = "access.reason";
inline constexpr std::string_view kRepresentativeEndField = "access.representative_end";

vault::Context ColumnContext(const vault::RecordReference& record, std::string_view field);

SealedColumn SealColumn(const CentreKeys& keys, const vault::RecordReference& record,
                        std::string_view field, std::span<const std::byte> plain);
Result<vault::SecretBytes> OpenColumn(const CentreKeys& keys, const vault::RecordReference& record,
                                      std::string_view field, const SealedColumn& column);
Result<std::string> OpenTextColumn(const CentreKeys& keys, const vault::RecordReference& record,
                                   std::string_view field, const SealedColumn& column);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SEALED_COLUMNS_H_
