#ifndef JIKIMI_STORE_GROUP_COMMIT_H_
#define JIKIMI_STORE_GROUP_COMMIT_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace jikimi::store {

// Small writes of many threads in few transactions, so that they share the wait for the disk. The
// thread that comes first leads: it runs what waits, in the order in which it came, commits, and
// hands over. Writes of one group succeed or fail each on its own: one that fails is taken out and
// run alone, in its place, and the others again without it.
//
// Thread-safe. `database` must outlive it; it must outlive its callers.
class GroupCommit {
 public:
  struct Options {
    std::size_t most = 256;           // writes in one transaction
    std::size_t most_waiting = 4096;  // threads that wait at a time
    // How long a write waits for room or for its turn; then kUnavailable, and it hasn't been done.
    std::chrono::milliseconds patience{10'000};
    // Groups that are under way at a time. Above 1 the order among groups is open; SQLite, with its
    // one writer, gains nothing from it.
    int groups = 1;
  };

  GroupCommit(Database& database, Options options);
  explicit GroupCommit(Database& database) : GroupCommit(database, Options{}) {}
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Runs `work` (callable as Result<T>(Transaction&)) in a transaction with others'. A success is
  // durable. As with Database::Write() `work` may be called again, here also after it succeeded
  // and another write of its group failed; and it runs in another thread while this one waits. A
  // commit whose outcome is unknown is kUnavailable for all of its group.
  template <typename Work>
  auto Write(Work&& work) -> std::invoke_result_t<Work&, Transaction&> {
    using Given = typename std::invoke_result_t<Work&, Transaction&>::value_type;
    if constexpr (std::is_void_v<Given>) {
      return RunErased([&](Transaction& transaction) { return work(transaction); });
    } else {
      std::optional<Given> value;
      const auto keep = [&](Transaction& transaction) -> Result<void> {
        value.reset();
        value.emplace(TRY(work(transaction)));
        return {};
      };
      TRY(RunErased(keep));
      return std::move(*value);
    }
  }

  struct Counts {
    std::size_t writes = 0;        // that were answered
    std::size_t transactions = 0;  // that it took
    std::size_t waiting = 0;       // writes that no leader has taken yet
  };
  Counts counts() const;

 private:
  struct Member;
  using Members = std::vector<Member*>;

  Result<void> RunErased(const std::function<Result<void>(Transaction&)>& work);
  Members TakeGroup();
  // Runs them and sets their results; how many transactions it took.
  std::size_t RunGroup(std::span<Member* const> members);

  Database& database_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Member*> waiting_;
  int leaders_ = 0;
  std::size_t inside_ = 0;
  Counts counts_;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_GROUP_COMMIT_H_
