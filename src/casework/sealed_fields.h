#ifndef JIKIMI_CASEWORK_SEALED_FIELDS_H_
#define JIKIMI_CASEWORK_SEALED_FIELDS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/case_keys.h"
#include "base/result.h"
#include "casework/sheet.h"
#include "store/database.h"
#include "vault/keys.h"

// Everything of this room that is sealed to a case or under an item's key stands in one table, so
// that re-sealing, moving and destroying are done in one place. Not for other rooms.
namespace jikimi::casework {

struct FieldPlace {
  vault::CaseId of;
  vault::RecordReference record;  // the case itself, an item, a note …
  std::string name;               // "sheet", "text"
  std::int64_t version = 1;       // of the record; a blob of another version doesn't open
};

// A field that is sealed already, which needs no transaction.
struct SealedField {
  FieldPlace place;
  std::uint32_t key_version = 0;
  std::vector<std::byte> sealed;
};
Result<SealedField> SealField(const vault::CasePublicKey& key, FieldPlace place,
                              std::string_view text);
Result<void> PutField(store::Transaction& transaction, const SealedField& field);

// Puts a field in, or in the place of its former version.
Result<void> PutField(store::Transaction& transaction, const vault::CasePublicKey& key,
                      const FieldPlace& place, std::string_view text);
Result<void> PutField(store::Transaction& transaction, const vault::ItemKey& key,
                      const FieldPlace& place, std::string_view text);

// The text; none when there is no such field.
Result<std::optional<std::string>> ReadField(store::Transaction& transaction,
                                             const access::OpenedCase& opened,
                                             const vault::RecordReference& record,
                                             std::string_view name);
// The sheet; an empty one when there is none.
Result<Sheet> ReadSheet(store::Transaction& transaction, const access::OpenedCase& opened,
                        const vault::RecordReference& record, std::string_view name = "sheet");

struct OpenedField {
  std::array<std::byte, 16> record = {};
  std::string text;
};
// All fields of a name of all records of a kind, of one case.
Result<std::vector<OpenedField>> ReadFieldsOfKind(store::Transaction& transaction,
                                                  const access::OpenedCase& opened,
                                                  std::uint8_t kind, std::string_view name);

Result<void> DeleteFields(store::Transaction& transaction, vault::CaseId of,
                          const vault::RecordReference& record);

// access::CaseField::reseal of the table.
Result<std::int64_t> ResealFields(store::Transaction& transaction, const access::OpenedCase& opened,
                                  int limit);

// Moves all fields of one case to another, sealed anew; those of items under `item_key(item)`, the
// item's key in the new case.
Result<void> MoveFields(store::Transaction& transaction, const access::OpenedCase& from,
                        const access::OpenedCase& to);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_SEALED_FIELDS_H_
