#ifndef JIKIMI_LOG_SUCCESSION_H_
#define JIKIMI_LOG_SUCCESSION_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/merkle.h"
#include "log/note.h"

// A log that goes back to an older tree (a backup was restored) must not go on under the key that
// has signed the newer one: two trees under one key are what cheating looks like. It gets a new key
// and name, and the former key's last words say so in public.
namespace jikimi::log {

// One key of a log followed another. A signed note whose text is these lines:
//   jikimi.log.succession.1
//   former NAME+ID+KEY
//   next NAME+ID+KEY
//   size N                  the tree that the next key went on from
//   root BASE64
//   time SECONDS            since 1970
// Both keys sign it, so that the former one's word leads whoever knows it to the next one. What the
// former key, or one before it, signed of more than N entries does not count any more.
struct Succession {
  NoteVerifier former;
  NoteVerifier next;
  std::uint64_t size = 0;
  TreeHash root;
  Timestamp at;

  std::string ToText() const;
  // Errors name the line. The two keys must have different names.
  static Result<Succession> Parse(std::string_view text);

  Result<std::string> Sign(const NoteSigner& former_signer, const NoteSigner& next_signer) const;
  // The errors of OpenNote(), also when only one of the two keys has signed.
  static Result<Succession> Open(std::string_view note);
};

// The notes of a log's successions, the earliest first, as one text and back: each begins where the
// last one ended. Opens each, and checks that its former key is the next one of the one before.
// Whoever reads this must know one of the keys from elsewhere.
std::vector<std::string> SplitSuccessions(std::string_view notes);
Result<std::vector<Succession>> OpenSuccessions(std::string_view notes);

// The former keys, the latest first: for Sequencer, VerifyLog() and OpenCheckpoint().
std::vector<NoteVerifier> FormerKeys(std::span<const Succession> successions);

// Where the log went back to after the key of this name: the succession of the smallest tree among
// those since; none when it is the present key's name, or unknown. Of what that key signed only
// trees of this size and smaller are the log's.
const Succession* WentBackTo(std::span<const Succession> successions, std::string_view name);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_SUCCESSION_H_
