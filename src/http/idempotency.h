#ifndef JIKIMI_HTTP_IDEMPOTENCY_H_
#define JIKIMI_HTTP_IDEMPOTENCY_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "store/database.h"
#include "store/group_commit.h"
#include "store/migration.h"

// Creating calls that are safe to repeat: a client that didn't see the answer sends the call again
// with the same Idempotency-Key, and gets the answer of the first. The answer is committed in the
// transaction of the act, so that there is never one without the other.
//
// At rest stands a digest of (principal, operation, key), a keyed digest of the body, and status,
// headers and body sealed under a key that only the client's key gives: who has the database learns
// nothing, not even by guessing bodies, as long as clients draw their keys at random.
namespace jikimi::http {

inline constexpr std::chrono::hours kIdempotencyTime{24};

// The tables of this room, for store::Migrate().
store::Schema HttpSchema();

// One call under its key. A value without secrets but for the key it was made of: keep it for the
// request only.
class IdempotentCall {
 public:
  // `principal` names who acts, so that nobody meets the keys of others: staff's id, a session, a
  // source. kInvalidArgument when the header Idempotency-Key is missing, or is not 16 to 128
  // visible ASCII characters (a UUID or better, drawn at random).
  static Result<IdempotentCall> Of(const Request& request, std::string_view principal);

  // The answer that was given to this call before; nullopt: it is new. kInvalidArgument when the
  // key was used for another body (answer 422).
  Result<std::optional<Response>> Replay(store::Transaction& transaction, Timestamp now) const;
  // Keeps the answer, in the transaction of the act. Answers with `content` or `events` are a bug.
  Result<void> Remember(store::Transaction& transaction, const Response& response,
                        Timestamp now) const;

 private:
  IdempotentCall() = default;

  std::string principal_, key_, operation_;
  std::array<std::byte, 32> scope_ = {};
  std::array<std::byte, 32> body_digest_ = {};
};

// Runs `work` in a write transaction, once for each key: a repeated call gets the first one's
// answer with the header Idempotency-Replayed: true, also when both come at once. A failed call,
// and one whose answer is an error, leaves nothing, so that it can be tried again. `work` may be
// run again as store::GroupCommit::Write() says, and once more after it failed: the first time
// nobody looks whether the call was done before, since nearly none was.
Result<Response> RunOnce(store::GroupCommit& commits, const Clock& clock,
                         const IdempotentCall& call,
                         const std::function<Result<Response>(store::Transaction&)>& work);

// Deletes what is older than kIdempotencyTime; how many. For a job that runs every hour.
Result<std::int64_t> PruneIdempotency(store::Database& database, Timestamp now);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_IDEMPOTENCY_H_
