#ifndef JIKIMI_JIKIMI_RESTORE_LOG_H_
#define JIKIMI_JIKIMI_RESTORE_LOG_H_

#include <cstdint>

#include "base/result.h"
#include "jikimi/centre.h"
#include "log/succession.h"

namespace jikimi {

// The log of a restored database goes on under a new key and name (log/succession.h): makes them,
// replaces the key in the folder of keys, writes "restore.done" into the log with the size that it
// went back to and the two keys, signs, and puts everything that waits into the tree. Nobody can
// tell what was signed after the backup was made, so each restore does this, also one that lost
// nothing. Killed anywhere it is done again, with another key. `centre` keeps the former key, with
// which nothing more can be signed: open it anew.
struct NewLogKey {
  log::Succession succession;
  // Entries that the former key is known to have signed and the database does not have: at least
  // so many were lost.
  std::uint64_t known_lost = 0;
};
Result<NewLogKey> GoOnUnderNewLogKey(Centre& centre);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_RESTORE_LOG_H_
