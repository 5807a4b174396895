#include "casework/item_tables.h"

#include <cstdio>

#include "casework/row_values.h"
#include "casework/server_fields.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

using vault::KeyKind;
using ServerSealed = vault::SealedUnder<KeyKind::kServer>;

constexpr std::string_view kSelect =
    "SELECT id, case_id, kind, state, fabricated, altered, needs_second, first_by, "
    "negative_reason, registered_at, revision FROM casework_item ";

std::string RegionText(const std::optional<AlteredRegion>& region) {
  if (!region) return "";
  return std::to_string(region->left) + " " + std::to_string(region->top) + " " +
         std::to_string(region->right) + " " + std::to_string(region->bottom);
}

Result<std::optional<AlteredRegion>> ParseRegion(const std::string& text) {
  if (text.empty()) return std::optional<AlteredRegion>();
  AlteredRegion region;
  if (std::sscanf(text.c_str(), "%d %d %d %d", &region.left, &region.top, &region.right,
                  &region.bottom) != 4) {
    return Error{ErrorCode::kCorrupt, "an altered region in the database is not whole"};
  }
  return std::optional(region);
}

Result<ItemRow> ReadRow(const store::Row& row) {
  ItemRow read;
  Item& item = read.item;
  item.id = TRY(GetId<vault::ItemId>(row, 0));
  item.of = TRY(GetId<vault::CaseId>(row, 1));
  item.kind = TRY(GetNamed(row, 2, ParseItemKind));
  item.state = TRY(GetNamed(row, 3, ParseItemState));
  item.fabricated = TRY(row.Get<std::int64_t>(4)) != 0;
  item.altered = TRY(GetNamed(row, 5, ParseRegion));
  item.needs_second = TRY(row.Get<std::int64_t>(6)) != 0;
  read.first_by = TRY(GetOptionalId<vault::PersonId>(row, 7));
  item.negative_reason = TRY(row.Get<std::string>(8));
  item.registered_at = TRY(row.Get<Timestamp>(9));
  item.revision = TRY(row.Get<std::int64_t>(10));
  return read;
}

}  // namespace

Result<void> InsertItem(store::Transaction& transaction, const ItemRow& row) {
  const Item& item = row.item;
  const std::string altered = RegionText(item.altered);
  TRY(store::ExecuteLater(
      transaction,
      "INSERT INTO casework_item (id, case_id, kind, state, fabricated, altered, "
      "needs_second, first_by, negative_reason, registered_at, revision) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {IdBytes(item.id), IdBytes(item.of), ItemKindName(item.kind), ItemStateName(item.state),
       item.fabricated ? 1 : 0, altered, item.needs_second ? 1 : 0, IdBytes(row.first_by),
       item.negative_reason, item.registered_at, item.revision}));
  return {};
}

Result<ItemRow> LoadItem(store::Transaction& transaction, vault::ItemId id) {
  const auto row =
      TRY(store::QueryOne(transaction, std::string(kSelect) + "WHERE id = $1", {IdBytes(id)}));
  if (!row) return Error{ErrorCode::kNotFound, "no such item"};
  return ReadRow(*row);
}

Result<void> SaveItem(store::Transaction& transaction, ItemRow& row) {
  Item& item = row.item;
  const std::int64_t changed =
      TRY(store::Execute(transaction,
                         "UPDATE casework_item SET state = $2, needs_second = $3, first_by = $4, "
                         "negative_reason = $5, revision = revision + 1 "
                         "WHERE id = $1 AND revision = $6",
                         {IdBytes(item.id), ItemStateName(item.state), item.needs_second ? 1 : 0,
                          IdBytes(row.first_by), item.negative_reason, item.revision}));
  if (changed != 1) {
    return Error{ErrorCode::kStale, "somebody else changed the item: read it again"};
  }
  ++item.revision;
  return {};
}

Result<std::vector<ItemRow>> QueryItems(store::Transaction& transaction, vault::CaseId of,
                                        const std::optional<vault::ItemId>& after, int limit) {
  const vault::ItemId from = after.value_or(vault::ItemId());
  std::vector<ItemRow> rows;
  for (const auto& row : TRY(store::Query(
           transaction,
           std::string(kSelect) + "WHERE case_id = $1 AND id > $2 ORDER BY id LIMIT $3",
           {IdBytes(of), IdBytes(from), limit}))) {
    rows.push_back(TRY(ReadRow(row)));
  }
  return rows;
}

Result<std::int64_t> CountItems(store::Transaction& transaction, vault::CaseId of) {
  return TRY(store::QueryOne(transaction, "SELECT COUNT(*) FROM casework_item WHERE case_id = $1",
                             {IdBytes(of)}))
      ->Get<std::int64_t>(0);
}

Result<std::vector<MarkId>> InsertMarks(store::Transaction& transaction,
                                        const access::CentreKeys& keys, vault::CaseId of,
                                        vault::ItemId item, std::span<const NewMark> marks) {
  std::vector<MarkId> ids;
  std::vector<ServerSealed> sealed;
  for (const NewMark& mark : marks) {
    ids.push_back(MarkId::Random());
    sealed.push_back(keys.SealField(MarkContext(item, ids.back()), mark.bytes));
  }
  for (std::size_t i = 0; i < marks.size(); ++i) {
    TRY(store::ExecuteLater(
        transaction,
        "INSERT INTO casework_mark (id, item_id, case_id, kind, place, key_version, sealed) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        {IdBytes(ids[i]), IdBytes(item), IdBytes(of), MarkKindName(marks[i].kind), marks[i].place,
         std::int64_t{sealed[i].key_version()}, sealed[i].bytes()}));
  }
  return ids;
}

Result<std::vector<Mark>> QueryMarks(store::Transaction& transaction,
                                     const access::CentreKeys& keys, vault::ItemId item) {
  std::vector<Mark> marks;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT id, kind, place, sealed FROM casework_mark WHERE item_id = $1 ORDER BY id",
           {IdBytes(item)}))) {
    Mark mark;
    mark.id = TRY(GetId<MarkId>(row, 0));
    mark.kind = TRY(GetNamed(row, 1, ParseMarkKind));
    mark.place = TRY(row.Get<std::string>(2));
    const auto sealed = TRY(GetSealed<ServerSealed>(row, 3));
    const auto bytes = TRY(keys.OpenField(MarkContext(item, mark.id), sealed));
    mark.bytes.assign(bytes.bytes().begin(), bytes.bytes().end());
    marks.push_back(std::move(mark));
  }
  return marks;
}

Result<void> MoveItems(store::Transaction& transaction, vault::CaseId from, vault::CaseId to) {
  for (const std::string_view table : {"casework_item", "casework_mark"}) {
    TRY(store::Execute(transaction,
                       "UPDATE " + std::string(table) + " SET case_id = $2 WHERE case_id = $1",
                       {IdBytes(from), IdBytes(to)}));
  }
  return {};
}

namespace {

// Passes up to `limit` fields of a table that are under a former version through Reseal(). Each row
// is its key (one column, maybe two), then the sealed bytes; `context` says where it stands.
template <typename ContextOf>
Result<std::int64_t> ResealTable(store::Transaction& transaction, const vault::ServerKeys& keys,
                                 int limit, const std::string& select, const std::string& update,
                                 const ContextOf& context_of) {
  const std::int64_t current{keys.current().name().version};
  std::int64_t count = 0;
  for (const auto& row : TRY(store::Query(transaction, select, {current, limit}))) {
    const vault::Context context = TRY(context_of(row));
    const auto id = TRY(row.template Get<std::vector<std::byte>>(0));
    const auto sealed = TRY(GetSealed<ServerSealed>(row, 2));
    const auto anew = TRY(keys.Reseal(context, sealed));
    TRY(store::Execute(transaction, update, {id, std::int64_t{anew.key_version()}, anew.bytes()}));
    ++count;
  }
  return count;
}

}  // namespace

std::vector<access::ServerField> ServerFieldsOfItems() {
  const auto marks = [](store::Transaction& transaction, const vault::ServerKeys& keys, int limit) {
    const auto context = [](const store::Row& row) -> Result<vault::Context> {
      const auto mark = TRY(GetId<MarkId>(row, 0));
      return MarkContext(TRY(GetId<vault::ItemId>(row, 1)), mark);
    };
    return ResealTable(
        transaction, keys, limit,
        "SELECT id, item_id, sealed FROM casework_mark WHERE key_version < $1 LIMIT $2",
        "UPDATE casework_mark SET key_version = $2, sealed = $3 WHERE id = $1", context);
  };
  const auto plans = [](store::Transaction& transaction, const vault::ServerKeys& keys, int limit) {
    const auto context = [](const store::Row& row) -> Result<vault::Context> {
      const auto of = TRY(GetId<vault::CaseId>(row, 0));
      return ContactWindowsContext(of, TRY(row.Get<std::int64_t>(1)));
    };
    return ResealTable(
        transaction, keys, limit,
        "SELECT case_id, version, sealed FROM casework_contact_plan WHERE key_version < $1 "
        "LIMIT $2",
        "UPDATE casework_contact_plan SET key_version = $2, sealed = $3 WHERE case_id = $1",
        context);
  };
  const auto incidents = [](store::Transaction& transaction, const vault::ServerKeys& keys,
                            int limit) {
    const auto context = [](const store::Row& row) -> Result<vault::Context> {
      return IncidentContext(TRY(GetId<IncidentId>(row, 0)));
    };
    return ResealTable(transaction, keys, limit,
                       "SELECT id, opened_at, sealed FROM casework_incident WHERE key_version < $1 "
                       "LIMIT $2",
                       "UPDATE casework_incident SET key_version = $2, sealed = $3 WHERE id = $1",
                       context);
  };
  return {{"casework_mark.sealed", marks},
          {"casework_contact_plan.sealed", plans},
          {"casework_incident.sealed", incidents}};
}

}  // namespace jikimi::casework
