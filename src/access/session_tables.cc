#include "access/session_tables.h"

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kKinds[] = {"pending", "staff", "survivor"};

std::string_view KindCode(SessionKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Result<SessionKind> ParseKind(std::string_view code) {
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    if (kKinds[i] == code) return static_cast<SessionKind>(i);
  }
  return Error{ErrorCode::kCorrupt, "session: is of an unknown kind"};
}

constexpr std::string_view kColumns =
    "s.session_id, s.kind, s.subject, s.sealed, s.revision, s.began_at, s.last_used_at, s.ends_at, "
    "s.device, s.challenge";
constexpr std::size_t kColumnCount = 10;

Result<StoredSession> ReadSession(const store::Row& row) {
  StoredSession session;
  session.id = TRY(IdOf<vault::KeyKind::kSession>(row, 0));
  const auto kind = TRY(row.Get<std::string>(1));
  session.kind = TRY(ParseKind(kind));
  session.subject = TRY(Bytes16(row, 2));
  session.sealed = TRY(row.Get<std::optional<std::vector<std::byte>>>(3));
  session.revision = TRY(row.Get<std::int64_t>(4));
  session.began_at = TRY(row.Get<Timestamp>(5));
  session.last_used_at = TRY(row.Get<Timestamp>(6));
  session.ends_at = TRY(row.Get<Timestamp>(7));
  session.device = TRY(row.Get<std::string>(8));
  session.challenge = TRY(row.Get<std::optional<std::vector<std::byte>>>(9));
  return session;
}

std::span<const std::byte> Bytes(const std::array<std::byte, 16>& id) { return id; }

}  // namespace

Error SessionOver() { return {ErrorCode::kPermissionDenied, "session: is over, sign in again"}; }

Result<vault::SessionSecret> ParseCookie(std::string_view cookie) {
  auto secret = vault::SessionSecret::Parse(cookie);
  if (!secret) return SessionOver();
  return secret;
}

Result<void> InsertSession(store::Transaction& transaction, const StoredSession& session) {
  TRY(store::Execute(transaction,
                     "INSERT INTO access_session (session_id, kind, subject, sealed, revision, "
                     "began_at, last_used_at, ends_at, device, challenge) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                     {IdValue(session.id), KindCode(session.kind), Bytes(session.subject),
                      session.sealed, session.revision, session.began_at, session.last_used_at,
                      session.ends_at, session.device, session.challenge}));
  return {};
}

Result<std::optional<StoredSession>> FindSession(store::Transaction& transaction,
                                                 vault::SessionId id) {
  static const std::string kSql =
      "SELECT " + std::string(kColumns) + " FROM access_session s WHERE s.session_id = $1";
  const auto row = TRY(store::QueryOne(transaction, kSql, {IdValue(id)}));
  if (!row) return std::optional<StoredSession>();
  return std::optional(TRY(ReadSession(*row)));
}

Result<std::optional<StaffSession>> FindStaffSession(store::Transaction& transaction,
                                                     vault::SessionId id, Timestamp now) {
  static const std::string kSql =
      "SELECT " + std::string(kColumns) +
      ", p.number, p.role, p.team_id, p.state, p.revision, p.key_version, "
      "(SELECT COUNT(*) FROM access_cover c WHERE c.stand_in = p.person_id AND c.ends_at > $2) "
      "FROM access_session s JOIN access_person p ON p.person_id = s.subject "
      "WHERE s.session_id = $1";
  const auto row = TRY(store::QueryOne(transaction, kSql, {IdValue(id), now}));
  if (!row) return std::optional<StaffSession>();
  StaffSession found;
  found.session = TRY(ReadSession(*row));
  found.number = TRY(row->Get<std::int64_t>(kColumnCount));
  const auto role = TRY(row->Get<std::string>(kColumnCount + 1));
  found.role = TRY(ParseRole(role));
  if (TRY(row->Get<std::optional<std::vector<std::byte>>>(kColumnCount + 2))) {
    found.team = TRY(IdOf<vault::KeyKind::kTeam>(*row, kColumnCount + 2));
  }
  found.is_active = TRY(row->Get<std::string>(kColumnCount + 3)) == "active";
  found.revision = TRY(row->Get<std::int64_t>(kColumnCount + 4));
  found.key_version = static_cast<std::uint32_t>(TRY(row->Get<std::int64_t>(kColumnCount + 5)));
  found.has_covers = TRY(row->Get<std::int64_t>(kColumnCount + 6)) > 0;
  return std::optional(std::move(found));
}

Result<void> TouchSession(store::Transaction& transaction, vault::SessionId id, Timestamp now) {
  TRY(store::Execute(transaction,
                     "UPDATE access_session SET last_used_at = $2 "
                     "WHERE session_id = $1 AND last_used_at < $2",
                     {IdValue(id), now}));
  return {};
}

Result<void> PutChallenge(store::Transaction& transaction, vault::SessionId id,
                          const std::vector<std::byte>& challenge) {
  TRY(store::Execute(transaction, "UPDATE access_session SET challenge = $2 WHERE session_id = $1",
                     {IdValue(id), challenge}));
  return {};
}

Result<std::optional<std::vector<std::byte>>> TakeChallenge(store::Transaction& transaction,
                                                            vault::SessionId id) {
  const auto session = TRY(FindSession(transaction, id));
  if (!session || !session->challenge) return std::optional<std::vector<std::byte>>();
  TRY(store::Execute(transaction,
                     "UPDATE access_session SET challenge = NULL WHERE session_id = $1",
                     {IdValue(id)}));
  return session->challenge;
}

Result<bool> DeleteSession(store::Transaction& transaction, vault::SessionId id) {
  return TRY(store::Execute(transaction, "DELETE FROM access_session WHERE session_id = $1",
                            {IdValue(id)})) == 1;
}

Result<std::int64_t> DeleteSessionsOf(store::Transaction& transaction,
                                      const std::array<std::byte, 16>& subject,
                                      const std::optional<vault::SessionId>& except) {
  const vault::SessionId none;
  return store::Execute(transaction,
                        "DELETE FROM access_session WHERE subject = $1 AND session_id <> $2",
                        {Bytes(subject), IdValue(except ? *except : none)});
}

Result<std::vector<StoredSession>> ListSessions(store::Transaction& transaction,
                                                const std::array<std::byte, 16>& subject,
                                                SessionKind kind) {
  static const std::string kSql = "SELECT " + std::string(kColumns) +
                                  " FROM access_session s WHERE s.subject = $1 AND s.kind = $2 "
                                  "ORDER BY s.last_used_at DESC, s.session_id";
  std::vector<StoredSession> sessions;
  for (const store::Row& row :
       TRY(store::Query(transaction, kSql, {Bytes(subject), KindCode(kind)}))) {
    sessions.push_back(TRY(ReadSession(row)));
  }
  return sessions;
}

Result<std::int64_t> PruneSessions(store::Transaction& transaction, Timestamp now) {
  return store::Execute(transaction, "DELETE FROM access_session WHERE ends_at <= $1", {now});
}

Result<void> CheckStaffSessionHolds(store::Transaction& transaction, vault::SessionId id,
                                    vault::PersonId person, std::int64_t revision) {
  const auto row =
      TRY(store::QueryOne(transaction,
                          "SELECT 1 FROM access_session s JOIN access_person p "
                          "ON p.person_id = s.subject WHERE s.session_id = $1 "
                          "AND s.kind = 'staff' AND p.person_id = $2 AND p.state = 'active' "
                          "AND p.revision = $3 AND s.revision = $3",
                          {IdValue(id), IdValue(person), revision}));
  if (!row) return SessionOver();
  return {};
}

Result<void> CheckSurvivorSessionHolds(store::Transaction& transaction, vault::SessionId id,
                                       vault::SurvivorId survivor) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT 1 FROM access_session s WHERE s.session_id = $1 AND s.kind = 'survivor' "
      "AND s.subject = $2 AND (EXISTS (SELECT 1 FROM access_survivor v "
      "WHERE v.survivor_id = $2 AND v.key_version = s.revision) "
      "OR EXISTS (SELECT 1 FROM access_representative r "
      "WHERE r.representative_id = $2 AND r.key_version = s.revision))",
      {IdValue(id), IdValue(survivor)}));
  if (!row) return SessionOver();
  return {};
}

}  // namespace jikimi::access
