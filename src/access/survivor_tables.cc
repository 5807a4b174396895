#include "access/survivor_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kColumns =
    "survivor_id, case_id, locator, lock, key_version, contact_unsafe_at, sealed_question";

// The columns with which the rows of both tables begin.
Result<void> ReadCommon(const store::Row& row, SurvivorRow& read) {
  read.id = TRY(IdOf<vault::KeyKind::kSurvivor>(row, 0));
  read.of_case = TRY(IdOf<vault::KeyKind::kCase>(row, 1));
  read.locator = TRY(row.Get<std::string>(2));
  read.lock = TRY(row.Get<std::vector<std::byte>>(3));
  read.key_version = static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(4)));
  return {};
}

Result<SurvivorRow> ReadSurvivor(const store::Row& row) {
  SurvivorRow read;
  TRY(ReadCommon(row, read));
  read.contact_unsafe_at = TRY(row.Get<std::optional<Timestamp>>(5));
  read.question = TRY(row.Get<std::optional<std::vector<std::byte>>>(6));
  return read;
}

Result<std::optional<SurvivorRow>> FindBy(store::Transaction& transaction, std::string_view column,
                                          const store::Value& value) {
  const auto row =
      TRY(store::QueryOne(transaction,
                          "SELECT " + std::string(kColumns) + " FROM access_survivor WHERE " +
                              std::string(column) + " = $1",
                          {value}));
  if (!row) return std::optional<SurvivorRow>();
  return std::optional(TRY(ReadSurvivor(*row)));
}

constexpr std::string_view kRepresentativeColumns =
    "representative_id, case_id, locator, lock, key_version, party_id, role, issued_at, "
    "sealed_end, end_key";

Result<SurvivorRow> ReadRepresentative(const store::Row& row) {
  SurvivorRow read;
  TRY(ReadCommon(row, read));
  SurvivorRow::OfRepresentative representative;
  representative.who.party = TRY(Bytes16(row, 5));
  representative.who.role = TRY(row.Get<std::string>(6));
  representative.issued_at = TRY(row.Get<Timestamp>(7));
  representative.end.sealed = TRY(row.Get<std::vector<std::byte>>(8));
  representative.end.key_version = static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(9)));
  read.representative = std::move(representative);
  return read;
}

Result<std::vector<SurvivorRow>> QueryRepresentatives(store::Transaction& transaction,
                                                      std::string_view rest,
                                                      store::ParameterList parameters) {
  std::vector<SurvivorRow> rows;
  for (const auto& row : TRY(store::Query(transaction,
                                          "SELECT " + std::string(kRepresentativeColumns) +
                                              " FROM access_representative " + std::string(rest),
                                          parameters))) {
    rows.push_back(TRY(ReadRepresentative(row)));
  }
  return rows;
}

}  // namespace

Result<void> InsertRepresentative(store::Transaction& transaction, const SurvivorRow& row) {
  const auto& representative = *row.representative;
  TRY(store::Execute(
      transaction,
      "INSERT INTO access_representative (representative_id, case_id, locator, lock, key_version, "
      "party_id, role, issued_at, sealed_end, end_key) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {IdValue(row.id), IdValue(row.of_case), row.locator, row.lock, row.key_version,
       std::span<const std::byte>(representative.who.party), representative.who.role,
       representative.issued_at, representative.end.sealed, representative.end.key_version}));
  return {};
}

Result<std::vector<SurvivorRow>> RepresentativesOf(store::Transaction& transaction,
                                                   vault::CaseId of_case) {
  return QueryRepresentatives(transaction, "WHERE case_id = $1 ORDER BY representative_id",
                              {IdValue(of_case)});
}

Result<std::vector<SurvivorRow>> ListRepresentatives(store::Transaction& transaction,
                                                     const std::optional<vault::SurvivorId>& after,
                                                     int limit) {
  if (!after) {
    return QueryRepresentatives(transaction, "ORDER BY representative_id LIMIT $1", {limit});
  }
  return QueryRepresentatives(transaction,
                              "WHERE representative_id > $1 ORDER BY representative_id LIMIT $2",
                              {IdValue(*after), limit});
}

Result<void> DeleteRepresentative(store::Transaction& transaction, vault::SurvivorId id) {
  TRY(store::Execute(transaction, "DELETE FROM access_representative WHERE representative_id = $1",
                     {IdValue(id)}));
  return {};
}

Result<void> InsertSurvivor(store::Transaction& transaction, const SurvivorRow& row) {
  return store::ExecuteLater(
      transaction,
      "INSERT INTO access_survivor (survivor_id, case_id, locator, lock, key_version) "
      "VALUES ($1, $2, $3, $4, $5)",
      {IdValue(row.id), IdValue(row.of_case), row.locator, row.lock, row.key_version});
}

Result<std::optional<SurvivorRow>> FindByLocator(store::Transaction& transaction,
                                                 std::string_view locator) {
  // Both are asked, whatever the first one says: a locator that is there takes no other time.
  auto survivor = TRY(FindBy(transaction, "locator", locator));
  auto others = TRY(QueryRepresentatives(transaction, "WHERE locator = $1", {locator}));
  if (survivor || others.empty()) return survivor;
  return std::optional(std::move(others.front()));
}

Result<std::optional<SurvivorRow>> FindByCase(store::Transaction& transaction,
                                              vault::CaseId of_case) {
  return FindBy(transaction, "case_id", IdValue(of_case));
}

Result<std::optional<SurvivorRow>> FindSurvivorRow(store::Transaction& transaction,
                                                   vault::SurvivorId id) {
  auto survivor = TRY(FindBy(transaction, "survivor_id", IdValue(id)));
  if (survivor) return survivor;
  auto others =
      TRY(QueryRepresentatives(transaction, "WHERE representative_id = $1", {IdValue(id)}));
  if (others.empty()) return survivor;
  return std::optional(std::move(others.front()));
}

Result<void> UpdateSurvivorLock(store::Transaction& transaction, const SurvivorRow& row) {
  TRY(store::Execute(transaction,
                     row.representative ? "UPDATE access_representative SET locator = $2, "
                                          "lock = $3, key_version = $4 WHERE representative_id = $1"
                                        : "UPDATE access_survivor SET locator = $2, lock = $3, "
                                          "key_version = $4 WHERE survivor_id = $1",
                     {IdValue(row.id), row.locator, row.lock, row.key_version}));
  return {};
}

Result<void> UpdateSurvivorCase(store::Transaction& transaction, vault::SurvivorId id,
                                vault::CaseId to) {
  const std::int64_t changed =
      TRY(store::Execute(transaction,
                         "UPDATE access_survivor SET case_id = $2 WHERE survivor_id = $1 AND NOT "
                         "EXISTS (SELECT 1 FROM access_survivor WHERE case_id = $2)",
                         {IdValue(id), IdValue(to)}));
  if (changed == 1) return {};
  return Error{ErrorCode::kAlreadyExists,
               "survivor: no such one, or the other case has a survivor of its own"};
}

Result<void> UpdateContactUnsafe(store::Transaction& transaction, vault::SurvivorId id,
                                 const std::optional<Timestamp>& since) {
  TRY(store::Execute(transaction,
                     "UPDATE access_survivor SET contact_unsafe_at = $2 WHERE survivor_id = $1",
                     {IdValue(id), since}));
  return {};
}

Result<void> UpdateQuestion(store::Transaction& transaction, vault::SurvivorId id,
                            const std::optional<std::vector<std::byte>>& sealed) {
  std::optional<std::span<const std::byte>> value;
  if (sealed) value = *sealed;
  TRY(store::Execute(transaction,
                     "UPDATE access_survivor SET sealed_question = $2 WHERE survivor_id = $1",
                     {IdValue(id), value}));
  return {};
}

Result<std::int64_t> ResealQuestion(store::Transaction& transaction, const OpenedCase& opened,
                                    int limit) {
  const auto row = TRY(FindByCase(transaction, opened.id()));
  if (limit <= 0 || !row || !row->question) return 0;
  const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(*row->question));
  if (sealed.key_version() >= opened.public_key().name().version) return 0;
  const auto fresh = TRY(ResealedQuestion(opened, opened, sealed));
  if (!fresh) return 0;
  TRY(UpdateQuestion(transaction, row->id, fresh));
  return 1;
}

Result<void> DeleteSurvivorOf(store::Transaction& transaction, vault::CaseId of_case) {
  TRY(store::Execute(transaction, "DELETE FROM access_survivor WHERE case_id = $1",
                     {IdValue(of_case)}));
  return {};
}

Result<std::optional<LostCode>> FindLostCodeRow(store::Transaction& transaction,
                                                vault::CaseId of_case) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT case_id, first_person, asked_at, second_person, not_before FROM access_lost_code "
      "WHERE case_id = $1",
      {IdValue(of_case)}));
  if (!row) return std::optional<LostCode>();
  LostCode lost;
  lost.of_case = of_case;
  lost.first = TRY(IdOf<vault::KeyKind::kPerson>(*row, 1));
  lost.asked_at = TRY(row->Get<Timestamp>(2));
  if (TRY(row->Get<std::optional<std::vector<std::byte>>>(3))) {
    lost.second = TRY(IdOf<vault::KeyKind::kPerson>(*row, 3));
  }
  lost.not_before = TRY(row->Get<std::optional<Timestamp>>(4));
  return std::optional(std::move(lost));
}

Result<void> PutLostCode(store::Transaction& transaction, const LostCode& lost) {
  const std::optional<std::span<const std::byte>> second =
      lost.second ? std::optional(IdValue(*lost.second)) : std::nullopt;
  TRY(store::Execute(
      transaction,
      "INSERT INTO access_lost_code (case_id, first_person, asked_at, "
      "second_person, not_before) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (case_id) DO UPDATE SET first_person = excluded.first_person, "
      "asked_at = excluded.asked_at, second_person = excluded.second_person, "
      "not_before = excluded.not_before",
      {IdValue(lost.of_case), IdValue(lost.first), lost.asked_at, second, lost.not_before}));
  return {};
}

Result<bool> DeleteLostCode(store::Transaction& transaction, vault::CaseId of_case) {
  return TRY(store::Execute(transaction, "DELETE FROM access_lost_code WHERE case_id = $1",
                            {IdValue(of_case)})) == 1;
}

}  // namespace jikimi::access
