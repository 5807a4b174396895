#include "access/people_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kColumns =
    "person_id, number, sign_in_name, sealed_name, name_key, role, team_id, state, enrolled_at, "
    "revision, key_version, public_key, lock, sealed_totp, totp_key, totp_last_step";

using Bytes = std::vector<std::byte>;

std::optional<std::span<const std::byte>> TeamValue(const std::optional<vault::TeamId>& team) {
  if (!team) return std::nullopt;
  return IdValue(*team);
}

Result<std::optional<vault::TeamId>> TeamOf(const store::Row& row, std::size_t column) {
  if (!TRY(row.Get<std::optional<Bytes>>(column))) return std::optional<vault::TeamId>();
  return std::optional(TRY(IdOf<vault::KeyKind::kTeam>(row, column)));
}

Result<PersonState> ParseState(std::string_view code) {
  for (const PersonState state : {PersonState::kActive, PersonState::kLocked, PersonState::kLeft}) {
    if (PersonStateCode(state) == code) return state;
  }
  return Error{ErrorCode::kCorrupt, "person: is in an unknown state"};
}

Result<PersonRow> ReadPerson(const store::Row& row) {
  PersonRow read;
  Person& person = read.person;
  person.id = TRY(IdOf<vault::KeyKind::kPerson>(row, 0));
  person.number = TRY(row.Get<std::int64_t>(1));
  person.sign_in_name = TRY(row.Get<std::string>(2));
  read.name = {TRY(row.Get<Bytes>(3)), static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(4)))};
  const auto role = TRY(row.Get<std::string>(5));
  person.role = TRY(ParseRole(role));
  person.team = TRY(TeamOf(row, 6));
  const auto state = TRY(row.Get<std::string>(7));
  person.state = TRY(ParseState(state));
  person.enrolled_at = TRY(row.Get<Timestamp>(8));
  person.revision = TRY(row.Get<std::int64_t>(9));
  person.key_version = static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(10)));
  read.public_key = TRY(row.Get<Bytes>(11));
  read.lock = TRY(row.Get<std::optional<Bytes>>(12));
  if (auto sealed = TRY(row.Get<std::optional<Bytes>>(13))) {
    read.totp = {std::move(*sealed), static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(14)))};
  }
  read.totp_last_step = TRY(row.Get<std::optional<std::int64_t>>(15));
  return read;
}

Result<std::optional<PersonRow>> FindBy(store::Transaction& transaction, std::string_view condition,
                                        const store::Value& value) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT " + std::string(kColumns) + " FROM access_person WHERE " + std::string(condition),
      {value}));
  if (!row) return std::optional<PersonRow>();
  return std::optional(TRY(ReadPerson(*row)));
}

constexpr std::string_view kPurposes[] = {"enrol", "key", "second_factor"};

Result<InvitationRow::Purpose> ParsePurpose(std::string_view code) {
  for (std::size_t i = 0; i < std::size(kPurposes); ++i) {
    if (kPurposes[i] == code) return static_cast<InvitationRow::Purpose>(i);
  }
  return Error{ErrorCode::kCorrupt, "invitation: has an unknown purpose"};
}

constexpr std::string_view kCoverColumns = "cover_id, absent, stand_in, starts_at, ends_at";

Result<Cover> ReadCover(const store::Row& row) {
  return Cover{.id = TRY(row.Get<std::int64_t>(0)),
               .absent = TRY(IdOf<vault::KeyKind::kPerson>(row, 1)),
               .stand_in = TRY(IdOf<vault::KeyKind::kPerson>(row, 2)),
               .from = TRY(row.Get<Timestamp>(3)),
               .until = TRY(row.Get<Timestamp>(4))};
}

}  // namespace

Result<std::int64_t> NextStaffNumber(store::Transaction& transaction) {
  const auto row =
      TRY(store::QueryOne(transaction,
                          "UPDATE access_staff_number SET last_number = last_number + 1 "
                          "WHERE only_row = 1 RETURNING last_number"));
  if (!row) return Error{ErrorCode::kCorrupt, "access_staff_number has lost its row"};
  return row->Get<std::int64_t>(0);
}

Result<void> InsertPerson(store::Transaction& transaction, const PersonRow& row) {
  const Person& person = row.person;
  const std::int64_t added = TRY(store::Execute(
      transaction,
      "INSERT INTO access_person (person_id, number, sign_in_name, sealed_name, name_key, role, "
      "team_id, state, enrolled_at, revision, key_version, public_key, lock, sealed_totp, "
      "totp_key, totp_last_step) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "
      "ON CONFLICT (sign_in_name) DO NOTHING",
      {IdValue(person.id), person.number, person.sign_in_name, row.name.sealed,
       row.name.key_version, RoleCode(person.role), TeamValue(person.team),
       PersonStateCode(person.state), person.enrolled_at, person.revision, person.key_version,
       row.public_key, row.lock,
       row.totp ? std::optional(row.totp->sealed) : std::optional<Bytes>(),
       row.totp ? std::optional(row.totp->key_version) : std::optional<std::uint32_t>(),
       row.totp_last_step}));
  if (added == 1) return {};
  return Error{ErrorCode::kAlreadyExists,
               "sign-in name '" + person.sign_in_name + "' is taken: choose another one"};
}

Result<std::optional<PersonRow>> FindPersonRow(store::Transaction& transaction,
                                               vault::PersonId id) {
  return FindBy(transaction, "person_id = $1", IdValue(id));
}

Result<std::optional<PersonRow>> FindPersonByName(store::Transaction& transaction,
                                                  std::string_view sign_in_name) {
  return FindBy(transaction, "sign_in_name = $1", sign_in_name);
}

Result<std::vector<PersonRow>> ListPersonRows(store::Transaction& transaction, std::int64_t after,
                                              int limit) {
  std::vector<PersonRow> rows;
  for (const store::Row& row :
       TRY(store::Query(transaction,
                        "SELECT " + std::string(kColumns) +
                            " FROM access_person WHERE number > $1 ORDER BY number LIMIT $2",
                        {after, limit}))) {
    rows.push_back(TRY(ReadPerson(row)));
  }
  return rows;
}

Result<void> UpdateStanding(store::Transaction& transaction, const Person& person) {
  TRY(store::Execute(transaction,
                     "UPDATE access_person SET role = $2, team_id = $3, state = $4, "
                     "revision = revision + 1 WHERE person_id = $1",
                     {IdValue(person.id), RoleCode(person.role), TeamValue(person.team),
                      PersonStateCode(person.state)}));
  return {};
}

Result<void> UpdateLock(store::Transaction& transaction, vault::PersonId id,
                        const std::optional<Bytes>& lock) {
  TRY(store::Execute(transaction, "UPDATE access_person SET lock = $2 WHERE person_id = $1",
                     {IdValue(id), lock}));
  return {};
}

Result<void> UpdateKey(store::Transaction& transaction, vault::PersonId id, std::uint32_t version,
                       const Bytes& public_key) {
  TRY(store::Execute(transaction,
                     "UPDATE access_person SET key_version = $2, public_key = $3, "
                     "revision = revision + 1 WHERE person_id = $1",
                     {IdValue(id), version, public_key}));
  return {};
}

Result<void> UpdateTotp(store::Transaction& transaction, vault::PersonId id,
                        const std::optional<SealedColumn>& totp) {
  TRY(store::Execute(
      transaction,
      "UPDATE access_person SET sealed_totp = $2, totp_key = $3, totp_last_step = NULL "
      "WHERE person_id = $1",
      {IdValue(id), totp ? std::optional(totp->sealed) : std::optional<Bytes>(),
       totp ? std::optional(totp->key_version) : std::optional<std::uint32_t>()}));
  return {};
}

Result<bool> UseTotpStep(store::Transaction& transaction, vault::PersonId id, std::int64_t step) {
  return TRY(store::Execute(transaction,
                            "UPDATE access_person SET totp_last_step = $2 WHERE person_id = $1 "
                            "AND (totp_last_step IS NULL OR totp_last_step < $2)",
                            {IdValue(id), step})) == 1;
}

Result<std::int64_t> CountActive(store::Transaction& transaction, Role role) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT COUNT(*) FROM access_person WHERE role = $1 AND state <> 'left'",
      {RoleCode(role)}));
  return row->Get<std::int64_t>(0);
}

Result<void> PutInvitation(store::Transaction& transaction, const InvitationRow& row) {
  TRY(DeleteInvitation(transaction, row.person));
  TRY(store::Execute(
      transaction,
      "INSERT INTO access_invitation (person_id, purpose, code_hash, sealed_name, name_key, role, "
      "team_id, sealed_totp, totp_key, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {IdValue(row.person), kPurposes[static_cast<std::size_t>(row.purpose)], row.code_hash,
       row.name ? std::optional(row.name->sealed) : std::optional<Bytes>(),
       row.name ? std::optional(row.name->key_version) : std::optional<std::uint32_t>(),
       RoleCode(row.role), TeamValue(row.team), row.totp.sealed, row.totp.key_version,
       row.ends_at}));
  return {};
}

Result<std::optional<InvitationRow>> FindInvitation(store::Transaction& transaction,
                                                    std::span<const std::byte> code_hash) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT person_id, purpose, sealed_name, name_key, role, team_id, sealed_totp, totp_key, "
      "ends_at FROM access_invitation WHERE code_hash = $1",
      {code_hash}));
  if (!row) return std::optional<InvitationRow>();
  InvitationRow found;
  found.person = TRY(IdOf<vault::KeyKind::kPerson>(*row, 0));
  const auto purpose = TRY(row->Get<std::string>(1));
  found.purpose = TRY(ParsePurpose(purpose));
  found.code_hash = {code_hash.begin(), code_hash.end()};
  if (auto sealed = TRY(row->Get<std::optional<Bytes>>(2))) {
    found.name = {std::move(*sealed), static_cast<std::uint32_t>(TRY(row->Get<std::int64_t>(3)))};
  }
  const auto role = TRY(row->Get<std::string>(4));
  found.role = TRY(ParseRole(role));
  found.team = TRY(TeamOf(*row, 5));
  found.totp = {TRY(row->Get<Bytes>(6)),
                static_cast<std::uint32_t>(TRY(row->Get<std::int64_t>(7)))};
  found.ends_at = TRY(row->Get<Timestamp>(8));
  return std::optional(std::move(found));
}

Result<bool> DeleteInvitation(store::Transaction& transaction, vault::PersonId person) {
  return TRY(store::Execute(transaction, "DELETE FROM access_invitation WHERE person_id = $1",
                            {IdValue(person)})) == 1;
}

Result<void> InsertPasskey(store::Transaction& transaction, const StoredPasskey& passkey) {
  const std::int64_t added = TRY(store::Execute(
      transaction,
      "INSERT INTO access_passkey (credential_id, person_id, algorithm, public_key, sign_count, "
      "label, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING",
      {passkey.passkey.credential_id, IdValue(passkey.person), passkey.passkey.algorithm,
       passkey.passkey.public_key, passkey.passkey.sign_count, passkey.label, passkey.added_at}));
  if (added == 1) return {};
  return Error{ErrorCode::kAlreadyExists, "passkey: is registered already"};
}

Result<std::vector<StoredPasskey>> ListPasskeys(store::Transaction& transaction,
                                                vault::PersonId person) {
  std::vector<StoredPasskey> passkeys;
  for (const store::Row& row :
       TRY(store::Query(transaction,
                        "SELECT credential_id, algorithm, public_key, sign_count, label, added_at "
                        "FROM access_passkey WHERE person_id = $1 ORDER BY added_at, credential_id",
                        {IdValue(person)}))) {
    StoredPasskey passkey;
    passkey.passkey.credential_id = TRY(row.Get<Bytes>(0));
    passkey.passkey.algorithm = static_cast<int>(TRY(row.Get<std::int64_t>(1)));
    passkey.passkey.public_key = TRY(row.Get<Bytes>(2));
    passkey.passkey.sign_count = static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(3)));
    passkey.person = person;
    passkey.label = TRY(row.Get<std::string>(4));
    passkey.added_at = TRY(row.Get<Timestamp>(5));
    passkeys.push_back(std::move(passkey));
  }
  return passkeys;
}

Result<void> UpdateSignCount(store::Transaction& transaction,
                             std::span<const std::byte> credential_id, std::uint32_t count) {
  TRY(store::Execute(transaction,
                     "UPDATE access_passkey SET sign_count = $2 WHERE credential_id = $1",
                     {credential_id, count}));
  return {};
}

Result<bool> DeletePasskey(store::Transaction& transaction, vault::PersonId person,
                           std::span<const std::byte> credential_id) {
  return TRY(store::Execute(transaction,
                            "DELETE FROM access_passkey WHERE credential_id = $1 "
                            "AND person_id = $2",
                            {credential_id, IdValue(person)})) == 1;
}

Result<void> DeletePasskeys(store::Transaction& transaction, vault::PersonId person) {
  TRY(store::Execute(transaction, "DELETE FROM access_passkey WHERE person_id = $1",
                     {IdValue(person)}));
  return {};
}

Result<std::int64_t> InsertCover(store::Transaction& transaction, const Cover& cover) {
  const auto row = TRY(
      store::QueryOne(transaction,
                      "INSERT INTO access_cover (absent, stand_in, starts_at, ends_at) "
                      "VALUES ($1, $2, $3, $4) RETURNING cover_id",
                      {IdValue(cover.absent), IdValue(cover.stand_in), cover.from, cover.until}));
  return row->Get<std::int64_t>(0);
}

Result<std::optional<Cover>> FindCover(store::Transaction& transaction, std::int64_t id) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT " + std::string(kCoverColumns) + " FROM access_cover WHERE cover_id = $1", {id}));
  if (!row) return std::optional<Cover>();
  return std::optional(TRY(ReadCover(*row)));
}

Result<void> ShortenCover(store::Transaction& transaction, std::int64_t id, Timestamp until) {
  TRY(store::Execute(transaction, "UPDATE access_cover SET ends_at = $2 WHERE cover_id = $1",
                     {id, until}));
  return {};
}

Result<void> DeleteCovers(store::Transaction& transaction, vault::PersonId of) {
  TRY(store::Execute(transaction, "DELETE FROM access_cover WHERE absent = $1 OR stand_in = $1",
                     {IdValue(of)}));
  return {};
}

Result<std::vector<vault::PersonId>> CoveredBy(store::Transaction& transaction,
                                               vault::PersonId stand_in, Timestamp now) {
  std::vector<vault::PersonId> absent;
  for (const store::Row& row :
       TRY(store::Query(transaction,
                        "SELECT absent FROM access_cover WHERE stand_in = $1 AND ends_at > $2 "
                        "AND starts_at <= $2 ORDER BY cover_id",
                        {IdValue(stand_in), now}))) {
    absent.push_back(TRY(IdOf<vault::KeyKind::kPerson>(row, 0)));
  }
  return absent;
}

Result<std::vector<Cover>> ListCovers(store::Transaction& transaction,
                                      const std::optional<vault::PersonId>& of, Timestamp now) {
  const std::string sql =
      "SELECT " + std::string(kCoverColumns) + " FROM access_cover WHERE ends_at > $1" +
      (of ? " AND (absent = $2 OR stand_in = $2)" : "") + " ORDER BY starts_at, cover_id";
  std::vector<store::Value> values = {now};
  if (of) values.push_back(IdValue(*of));
  std::vector<Cover> covers;
  for (const store::Row& row : TRY(store::Query(transaction, sql, store::Parameters(values)))) {
    covers.push_back(TRY(ReadCover(row)));
  }
  return covers;
}

Result<std::int64_t> StaffNumberOf(store::Transaction& transaction, vault::PersonId id) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT number FROM access_person WHERE person_id = $1", {IdValue(id)}));
  if (!row) return Error{ErrorCode::kNotFound, "person: no such one"};
  return row->Get<std::int64_t>(0);
}

Result<std::vector<Team>> ListTeams(store::Transaction& transaction) {
  std::vector<Team> teams;
  for (const store::Row& row : TRY(store::Query(
           transaction, "SELECT team_id, name FROM access_team ORDER BY name, team_id"))) {
    teams.push_back({TRY(IdOf<vault::KeyKind::kTeam>(row, 0)), TRY(row.Get<std::string>(1))});
  }
  return teams;
}

Result<void> InsertTeam(store::Transaction& transaction, const Team& team, Timestamp now) {
  const std::int64_t added =
      TRY(store::Execute(transaction,
                         "INSERT INTO access_team (team_id, name, made_at) VALUES ($1, $2, $3) "
                         "ON CONFLICT (name) DO NOTHING",
                         {IdValue(team.id), team.name, now}));
  if (added == 1) return {};
  return Error{ErrorCode::kAlreadyExists, "a team is called '" + team.name + "' already"};
}

Result<bool> HasTeam(store::Transaction& transaction, vault::TeamId team) {
  return TRY(store::QueryOne(transaction, "SELECT 1 FROM access_team WHERE team_id = $1",
                             {IdValue(team)}))
      .has_value();
}

}  // namespace jikimi::access
