#ifndef JIKIMI_LOG_READ_BATCH_H_
#define JIKIMI_LOG_READ_BATCH_H_

#include <functional>

#include "base/result.h"
#include "log/entry.h"
#include "store/group_commit.h"

namespace jikimi::log {

// Entries of reads, many in one transaction. Thread-safe; `commits` must outlive it.
class ReadBatch {
 public:
  // What must still hold when the entry is written, checked in the same transaction: the session,
  // the permission, that `seals` has the case's current key. Its error comes back and nothing is
  // written. May be called again.
  using Check = std::function<Result<void>(store::Transaction&)>;

  explicit ReadBatch(store::GroupCommit& commits) : commits_(commits) {}

  // Returns when the entry is durable: only then may what was read leave the server.
  Result<void> Record(const Entry& entry, const EntrySeals& seals, const Check& check = {});

 private:
  store::GroupCommit& commits_;
};

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_READ_BATCH_H_
