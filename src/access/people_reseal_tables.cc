#include "access/people.h"
#include "access/row_ids.h"
#include "access/sealed_columns.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

// Where a sealed column stands: its table, the id that it is bound to, and its key's version.
struct Place {
  std::string_view table, id, sealed, key_version, field;
  bool of_person = true;
};

constexpr Place kPlaces[] = {
    {"access_person", "person_id", "sealed_name", "name_key", kPersonNameField},
    {"access_person", "person_id", "sealed_totp", "totp_key", kTotpField},
    {"access_invitation", "person_id", "sealed_name", "name_key", kPersonNameField},
    {"access_invitation", "person_id", "sealed_totp", "totp_key", kTotpField},
    {"access_approval", "approval_id", "sealed_reason", "reason_key", kApprovalReasonField, false},
    {"access_representative", "representative_id", "sealed_end", "end_key", kRepresentativeEndField,
     false},
};

vault::RecordReference Reference(const Place& place, const std::array<std::byte, 16>& id) {
  if (place.of_person) return vault::PersonId(id);
  vault::RecordReference reference;
  reference.id = id;
  return reference;
}

Result<std::int64_t> Reseal(store::Transaction& transaction, const vault::ServerKeys& keys,
                            const Place& place, int limit) {
  const std::string table(place.table), id(place.id), sealed(place.sealed);
  const std::string key_version(place.key_version);
  const auto rows = TRY(store::Query(transaction,
                                     "SELECT " + id + ", " + sealed + " FROM " + table + " WHERE " +
                                         key_version + " <> $1 LIMIT $2",
                                     {keys.current().name().version, limit}));
  for (const store::Row& row : rows) {
    const auto record = TRY(Bytes16(row, 0));
    const auto bytes = TRY(row.Get<std::vector<std::byte>>(1));
    const auto before = TRY(vault::SealedUnder<vault::KeyKind::kServer>::Parse(bytes));
    const auto after =
        TRY(keys.Reseal(ColumnContext(Reference(place, record), place.field), before));
    TRY(store::Execute(transaction,
                       "UPDATE " + table + " SET " + sealed + " = $2, " + key_version +
                           " = $3 WHERE " + id + " = $1",
                       {std::span<const std::byte>(record), after.bytes(), after.key_version()}));
  }
  return static_cast<std::int64_t>(rows.size());
}

}  // namespace

std::vector<ServerField> PeopleServerFields() {
  std::vector<ServerField> fields;
  for (const Place& place : kPlaces) {
    fields.push_back(
        {place.table, [&place](store::Transaction& transaction, const vault::ServerKeys& keys,
                               int limit) { return Reseal(transaction, keys, place, limit); }});
  }
  return fields;
}

}  // namespace jikimi::access
