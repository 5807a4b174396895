#ifndef JIKIMI_ACCESS_SESSION_TABLES_H_
#define JIKIMI_ACCESS_SESSION_TABLES_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/roles.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/record_id.h"
#include "vault/session.h"

// Rows of sessions; private to this room.
namespace jikimi::access {

enum class SessionKind {
  kPending,  // staff after the password, before the second factor
  kStaff,
  kSurvivor,
};

struct StoredSession {
  vault::SessionId id;
  SessionKind kind = SessionKind::kStaff;
  std::array<std::byte, 16> subject = {};  // the person's or survivor's id
  std::optional<std::vector<std::byte>> sealed;
  std::int64_t revision = 0;  // of the person; of a survivor's lock
  Timestamp began_at;
  Timestamp last_used_at;
  Timestamp ends_at;
  std::string device;
  std::optional<std::vector<std::byte>> challenge;
};

Result<void> InsertSession(store::Transaction& transaction, const StoredSession& session);
Result<std::optional<StoredSession>> FindSession(store::Transaction& transaction,
                                                 vault::SessionId id);

// A session with its person, in one query.
struct StaffSession {
  StoredSession session;
  std::int64_t number = 0;
  Role role = Role::kCounsellor;
  std::optional<vault::TeamId> team;
  bool is_active = false;
  std::int64_t revision = 0;  // of the person now
  std::uint32_t key_version = 0;
  bool has_covers = false;  // maybe: somebody's cover is not over
};
Result<std::optional<StaffSession>> FindStaffSession(store::Transaction& transaction,
                                                     vault::SessionId id, Timestamp now);

Result<void> TouchSession(store::Transaction& transaction, vault::SessionId id, Timestamp now);
Result<void> PutChallenge(store::Transaction& transaction, vault::SessionId id,
                          const std::vector<std::byte>& challenge);
// The challenge, which is gone afterwards.
Result<std::optional<std::vector<std::byte>>> TakeChallenge(store::Transaction& transaction,
                                                            vault::SessionId id);
Result<bool> DeleteSession(store::Transaction& transaction, vault::SessionId id);
// All of a person or survivor, but `except`; how many.
Result<std::int64_t> DeleteSessionsOf(store::Transaction& transaction,
                                      const std::array<std::byte, 16>& subject,
                                      const std::optional<vault::SessionId>& except);
Result<std::vector<StoredSession>> ListSessions(store::Transaction& transaction,
                                                const std::array<std::byte, 16>& subject,
                                                SessionKind kind);
// Those that are over for good.
Result<std::int64_t> PruneSessions(store::Transaction& transaction, Timestamp now);

// kPermissionDenied when the session is gone, or the person isn't what it was made for.
Result<void> CheckStaffSessionHolds(store::Transaction& transaction, vault::SessionId id,
                                    vault::PersonId person, std::int64_t revision);
Result<void> CheckSurvivorSessionHolds(store::Transaction& transaction, vault::SessionId id,
                                       vault::SurvivorId survivor);

// What every check of a session answers when it is no good.
Error SessionOver();
// The secret of a cookie; SessionOver() when it is none.
Result<vault::SessionSecret> ParseCookie(std::string_view cookie);
// How often a use is noted.
inline constexpr std::chrono::seconds kTouchEvery{60};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SESSION_TABLES_H_
