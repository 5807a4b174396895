#ifndef JIKIMI_LOG_SEQUENCER_H_
#define JIKIMI_LOG_SEQUENCER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/note.h"
#include "log/succession.h"
#include "store/database.h"

namespace jikimi::log {

// Puts committed entries into the tree: gives them the next numbers, extends the tiles, signs a
// checkpoint and stores it with its time, all in one transaction. Run one on every machine: whoever
// holds the lock on the tree's row does the round, the others find it taken or nothing left to do.
// So no clock decides who is first, and a machine that dies holds nothing for longer than its
// connection. A number that was given is never given again or changed.
class Sequencer {
 public:
  struct Options {
    std::chrono::milliseconds interval{200};  // between rounds
    std::int64_t most = 8192;                 // entries a round
    // Keys that this log was signed with before `signer`: it goes on from their last checkpoint.
    std::vector<NoteVerifier> former = {};
  };

  // `database`, `signer` (the log's key, the same on all machines) and `clock` must outlive it.
  Sequencer(store::Database& database, const NoteSigner& signer, const Clock& clock,
            Options options);
  Sequencer(store::Database& database, const NoteSigner& signer, const Clock& clock)
      : Sequencer(database, signer, clock, Options{}) {}
  ~Sequencer() { Stop(); }

  // One round: how many entries it numbered, 0 when another machine is at it. The first round ever
  // signs the empty tree. kCorrupt when the stored tree doesn't fit its last checkpoint: nothing is
  // ever signed on top of a tree that was changed.
  Result<std::int64_t> RunOnce();

  // Runs rounds in a thread of its own until Stop(). After an error it goes on, ever more slowly up
  // to every 5 s.
  void Start();
  void Stop();

  struct Status {
    std::int64_t rounds = 0;
    std::int64_t numbered = 0;
    std::optional<Error> error;  // of the last round
  };
  Status status() const;

 private:
  void Run();

  store::Database& database_;
  const NoteSigner& signer_;
  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Status status_;
  std::thread thread_;
};

// Hands the log over from `former` to `next` in one transaction, which keeps sequencers out: reads
// the last checkpoint (by `former` or one of `earlier`), has `keep` store the signed succession
// where the keys are and append an entry, and signs the same tree with `next`. From then on a
// sequencer that doesn't know `next` refuses to go on. `keep` may be called more than once, and
// when the transaction fails after it the next key has signed nothing: call this again, with a new
// one. kUnavailable: a sequencer is at work; kCorrupt: the stored tree doesn't fit its checkpoint.
using KeepSuccession =
    std::function<Result<void>(store::Transaction&, const Succession&, const std::string& note)>;
Result<Succession> HandOver(store::Database& database, const NoteSigner& former,
                            const NoteSigner& next, std::span<const NoteVerifier> earlier,
                            Timestamp now, const KeepSuccession& keep);

// Which of `keys` signed the last checkpoint of a database, by its place among them; none: there is
// no checkpoint. kPermissionDenied: another key did.
Result<std::optional<std::size_t>> LastSigner(store::Database& database,
                                              std::span<const NoteVerifier> keys);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_SEQUENCER_H_
