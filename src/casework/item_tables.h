#ifndef JIKIMI_CASEWORK_ITEM_TABLES_H_
#define JIKIMI_CASEWORK_ITEM_TABLES_H_

#include <optional>
#include <span>
#include <vector>

#include "access/centre_keys.h"
#include "casework/item.h"
#include "store/database.h"

// Rows of items and of their marks. Not for other rooms.
namespace jikimi::casework {

struct ItemRow {
  Item item;
  std::optional<vault::PersonId> first_by;  // who confirmed it first, where two must
};
Result<void> InsertItem(store::Transaction& transaction, const ItemRow& row);
// kNotFound when there is none.
Result<ItemRow> LoadItem(store::Transaction& transaction, vault::ItemId id);
// Writes state, rivals and reasons; kStale when somebody else was faster.
Result<void> SaveItem(store::Transaction& transaction, ItemRow& row);
Result<std::vector<ItemRow>> QueryItems(store::Transaction& transaction, vault::CaseId of,
                                        const std::optional<vault::ItemId>& after, int limit);
Result<std::int64_t> CountItems(store::Transaction& transaction, vault::CaseId of);

Result<std::vector<MarkId>> InsertMarks(store::Transaction& transaction,
                                        const access::CentreKeys& keys, vault::CaseId of,
                                        vault::ItemId item, std::span<const NewMark> marks);
Result<std::vector<Mark>> QueryMarks(store::Transaction& transaction,
                                     const access::CentreKeys& keys, vault::ItemId item);

// Items, marks and uploads now belong to another case.
Result<void> MoveItems(store::Transaction& transaction, vault::CaseId from, vault::CaseId to);

// What stands under the server keys: marks, contact windows, incidents.
std::vector<access::ServerField> ServerFieldsOfItems();

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_ITEM_TABLES_H_
