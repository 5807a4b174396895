#include "access/row_ids.h"
#include "base/bytes.h"
#include "casework/sealed_fields.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

using vault::KeyKind;

constexpr std::string_view kPut =
    "INSERT INTO casework_sealed (case_id, kind, record, name, version, item_id, key_version, "
    "sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (case_id, kind, record, name) DO UPDATE SET version = EXCLUDED.version, "
    "item_id = EXCLUDED.item_id, key_version = EXCLUDED.key_version, sealed = EXCLUDED.sealed";

constexpr std::string_view kColumns = "SELECT kind, record, name, version, item_id, sealed ";

vault::Context ContextOf(const FieldPlace& place) {
  vault::Context context;
  context.of = place.of;
  context.about = place.record;
  context.field = place.name;
  context.version = static_cast<std::uint64_t>(place.version);
  return context;
}

Result<void> Put(store::Transaction& transaction, const FieldPlace& place,
                 const std::optional<std::span<const std::byte>>& item, std::uint32_t key_version,
                 const std::vector<std::byte>& sealed) {
  return store::ExecuteLater(transaction, kPut,
                             {access::IdValue(place.of), std::int64_t{place.record.kind},
                              std::span<const std::byte>(place.record.id), place.name,
                              place.version, item, std::int64_t{key_version}, sealed});
}

struct FieldRow {
  FieldPlace place;
  std::optional<vault::ItemId> item;
  std::vector<std::byte> sealed;
};

Result<FieldRow> ReadRow(vault::CaseId of, const store::Row& row) {
  FieldRow field;
  field.place.of = of;
  field.place.record.kind = static_cast<std::uint8_t>(TRY(row.Get<std::int64_t>(0)));
  field.place.record.id = TRY(access::Bytes16(row, 1));
  field.place.name = TRY(row.Get<std::string>(2));
  field.place.version = TRY(row.Get<std::int64_t>(3));
  if (TRY(row.Get<std::optional<std::vector<std::byte>>>(4))) {
    field.item = TRY(access::IdOf<KeyKind::kItem>(row, 4));
  }
  field.sealed = TRY(row.Get<std::vector<std::byte>>(5));
  return field;
}

Result<vault::SecretBytes> OpenRow(const access::OpenedCase& opened, const FieldRow& field) {
  const vault::Context context = ContextOf(field.place);
  if (field.item) {
    const auto sealed = TRY(vault::SealedUnder<KeyKind::kItem>::Parse(field.sealed));
    return opened.OpenItemField(*field.item, context, sealed);
  }
  const auto sealed = TRY(vault::SealedTo<KeyKind::kCase>::Parse(field.sealed));
  return opened.OpenField(context, sealed);
}

std::string_view TextOf(const vault::SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()};
}

// Seals what `row` holds anew, at `place`, in the case `to`.
Result<void> SealAnew(store::Transaction& transaction, const access::OpenedCase& from,
                      const access::OpenedCase& to, const FieldRow& row) {
  const vault::SecretBytes text = TRY(OpenRow(from, row));
  FieldPlace place = row.place;
  place.of = to.id();
  if (place.record == vault::RecordReference(from.id())) place.record = to.id();
  if (row.item) {
    const vault::ItemKey key = TRY(to.OpenItem(*row.item));
    return PutField(transaction, key, place, TextOf(text));
  }
  return PutField(transaction, to.public_key(), place, TextOf(text));
}

}  // namespace

Result<void> PutField(store::Transaction& transaction, const vault::CasePublicKey& key,
                      const FieldPlace& place, std::string_view text) {
  return PutField(transaction, TRY(SealField(key, place, text)));
}

Result<SealedField> SealField(const vault::CasePublicKey& key, FieldPlace place,
                              std::string_view text) {
  const auto sealed = TRY(vault::Seal(key, ContextOf(place), AsBytes(text)));
  return SealedField{std::move(place), sealed.key_version(), sealed.bytes()};
}

Result<void> PutField(store::Transaction& transaction, const SealedField& field) {
  return Put(transaction, field.place, std::nullopt, field.key_version, field.sealed);
}

Result<void> PutField(store::Transaction& transaction, const vault::ItemKey& key,
                      const FieldPlace& place, std::string_view text) {
  const auto sealed = vault::Seal(key, ContextOf(place), AsBytes(text));
  return Put(transaction, place, access::IdValue(key.name().owner), sealed.key_version(),
             sealed.bytes());
}

Result<std::optional<std::string>> ReadField(store::Transaction& transaction,
                                             const access::OpenedCase& opened,
                                             const vault::RecordReference& record,
                                             std::string_view name) {
  const vault::CaseId of = opened.id();
  const auto row = TRY(store::QueryOne(transaction,
                                       std::string(kColumns) +
                                           "FROM casework_sealed WHERE case_id = $1 AND kind = $2 "
                                           "AND record = $3 AND name = $4",
                                       {access::IdValue(of), std::int64_t{record.kind},
                                        std::span<const std::byte>(record.id), name}));
  if (!row) return std::optional<std::string>();
  const FieldRow field = TRY(ReadRow(of, *row));
  const vault::SecretBytes text = TRY(OpenRow(opened, field));
  return std::optional(std::string(TextOf(text)));
}

Result<Sheet> ReadSheet(store::Transaction& transaction, const access::OpenedCase& opened,
                        const vault::RecordReference& record, std::string_view name) {
  const auto text = TRY(ReadField(transaction, opened, record, name));
  return text ? Sheet::FromJson(*text) : Sheet();
}

Result<std::vector<OpenedField>> ReadFieldsOfKind(store::Transaction& transaction,
                                                  const access::OpenedCase& opened,
                                                  std::uint8_t kind, std::string_view name) {
  const vault::CaseId of = opened.id();
  std::vector<OpenedField> fields;
  for (const auto& row :
       TRY(store::Query(transaction,
                        std::string(kColumns) + "FROM casework_sealed WHERE case_id = $1 AND "
                                                "kind = $2 AND name = $3 ORDER BY record",
                        {access::IdValue(of), std::int64_t{kind}, name}))) {
    const FieldRow field = TRY(ReadRow(of, row));
    const vault::SecretBytes text = TRY(OpenRow(opened, field));
    fields.push_back({field.place.record.id, std::string(TextOf(text))});
  }
  return fields;
}

Result<void> DeleteFields(store::Transaction& transaction, vault::CaseId of,
                          const vault::RecordReference& record) {
  TRY(store::Execute(
      transaction, "DELETE FROM casework_sealed WHERE case_id = $1 AND kind = $2 AND record = $3",
      {access::IdValue(of), std::int64_t{record.kind}, std::span<const std::byte>(record.id)}));
  return {};
}

Result<std::int64_t> ResealFields(store::Transaction& transaction, const access::OpenedCase& opened,
                                  int limit) {
  const vault::CaseId of = opened.id();
  std::int64_t count = 0;
  const std::string under_case = std::string(kColumns) +
                                 "FROM casework_sealed WHERE case_id = $1 AND key_version <> $2 "
                                 "AND item_id IS NULL LIMIT $3";
  const std::string under_item = std::string(kColumns) +
                                 "FROM casework_sealed WHERE case_id = $1 AND key_version <> $2 "
                                 "AND item_id = $4 LIMIT $3";
  const std::int64_t version{opened.public_key().name().version};
  for (const auto& row :
       TRY(store::Query(transaction, under_case, {access::IdValue(of), version, limit}))) {
    const FieldRow field = TRY(ReadRow(of, row));
    TRY(SealAnew(transaction, opened, opened, field));
    ++count;
  }
  for (const vault::ItemId item : opened.keyring().items()) {
    if (count >= limit) break;
    const vault::ItemKey key = TRY(opened.OpenItem(item));
    for (const auto& row : TRY(store::Query(transaction, under_item,
                                            {access::IdValue(of), std::int64_t{key.name().version},
                                             limit - count, access::IdValue(item)}))) {
      const FieldRow field = TRY(ReadRow(of, row));
      TRY(SealAnew(transaction, opened, opened, field));
      ++count;
    }
  }
  return count;
}

Result<void> MoveFields(store::Transaction& transaction, const access::OpenedCase& from,
                        const access::OpenedCase& to) {
  const vault::CaseId of = from.id();
  for (const auto& row : TRY(store::Query(
           transaction,
           // The case's own sheets stay behind: what the other case says of itself counts.
           std::string(kColumns) + "FROM casework_sealed WHERE case_id = $1 AND kind <> $2",
           {access::IdValue(of), std::int64_t{static_cast<std::uint8_t>(KeyKind::kCase)}}))) {
    const FieldRow field = TRY(ReadRow(of, row));
    TRY(SealAnew(transaction, from, to, field));
  }
  TRY(store::Execute(transaction, "DELETE FROM casework_sealed WHERE case_id = $1",
                     {access::IdValue(of)}));
  return {};
}

}  // namespace jikimi::casework
