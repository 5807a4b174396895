#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "log/log_contract.h"
#include "log/sequencer.h"
#include "log/verify.h"

namespace jikimi::log {
namespace {

using testing::HasSubstr;

class SequencerTest : public LogContractTest {
 protected:
  Checkpoint Last() {
    const auto note = Must(Tree(*database_).Checkpoint());
    return Must(Checkpoint::Open(note, signer_.verifier()));
  }
  LogVerdict Verify() {
    return Must(VerifyLog(*database_, signer_.verifier(),
                          {.kept = {}, .server_keys = &server_keys_, .audit = nullptr}));
  }
  std::map<std::int64_t, std::int64_t> Numbers() {
    std::map<std::int64_t, std::int64_t> numbers;
    for (const auto& row :
         store::Rows(*database_, "SELECT id, number FROM log_leaf WHERE number IS NOT NULL")) {
      numbers[Must(row.Get<std::int64_t>(0))] = Must(row.Get<std::int64_t>(1));
    }
    return numbers;
  }
};

TEST_P(SequencerTest, TheFirstRoundSignsTheEmptyTree) {
  Tree tree(*database_);
  EXPECT_EQ(tree.Checkpoint().error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Number(), 0);
  EXPECT_EQ(Last(), (Checkpoint{"jikimi.example/log", 0, EmptyRoot()}));
  EXPECT_EQ(Number(), 0);
  EXPECT_EQ(Must(tree.LastCheckpoint()).number, 1);
  EXPECT_EQ(tree.Tile({0, 0, 1}).error().code, ErrorCode::kNotFound);
}

TEST_P(SequencerTest, CommittedEntriesGetTheNextNumbersInTheirOrder) {
  Append("a");
  Append("b");
  EXPECT_EQ(Must(Tree(*database_).Pending()), 2);
  EXPECT_EQ(Number(), 2);
  Append("c");
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Number(), 1);
  EXPECT_EQ(Must(Tree(*database_).Pending()), 0);
  const auto page = Page();
  EXPECT_EQ(page.entries[0].number, 2U);
  EXPECT_EQ(page.entries[1].number, 1U);
  EXPECT_EQ(page.entries[2].number, 0U);
  const auto covering = Must(Tree(*database_).CheckpointCovering(1));
  EXPECT_EQ(covering.size, 2U);
  EXPECT_EQ(covering.at, kSampleDay);
  EXPECT_EQ(Must(Tree(*database_).LastCheckpoint()).at, kSampleDay + std::chrono::hours(1));
  EXPECT_EQ(Tree(*database_).CheckpointCovering(3).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Verify().intact());
}

// Grown in odd steps over the borders of tiles, the stored tree is the one that a plain Merkle tree
// over the same entries gives: tiles, roots and proofs.
TEST_P(SequencerTest, TheStoredTreeIsThatOfItsEntries) {
  Tree tree(*database_);
  TreeEdge edge;
  std::vector<Checkpoint> checkpoints;
  std::uint64_t size = 0;
  for (const int step : {1, 2, 252, 1, 1, 255, 256, 300, 700}) {
    AppendMany(step);
    EXPECT_EQ(Number(), step);
    const std::uint64_t before = size;
    size += static_cast<std::uint64_t>(step);
    for (std::uint64_t number = before; number < size;) {
      const int width = static_cast<int>(std::min<std::uint64_t>(256, size - number / 256 * 256));
      const auto bundle = Must(tree.Tile({TileId::kEntries, number / 256, width}));
      const auto entries = Must(ReadBundle(bundle, width));
      std::vector<Node> nodes;
      for (; number < size && number % 256 < entries.size(); ++number) {
        edge.Append(LeafHash(entries[number % 256]), nodes);
        if (number % 256 == 255) {
          ++number;
          break;
        }
      }
    }
    checkpoints.push_back(Last());
    EXPECT_EQ(checkpoints.back().size, size);
    EXPECT_EQ(checkpoints.back().root, edge.Root());
    const auto read = [&](const TileId& tile) { return tree.Tile(tile); };
    EXPECT_TRUE(CheckTree(size, edge.Root(), read).has_value());
  }
  // Older trees are still served, by partial tiles.
  for (const auto& older : checkpoints) {
    const auto read = [&](const TileId& tile) { return tree.Tile(tile); };
    EXPECT_TRUE(CheckTree(older.size, older.root, read).has_value()) << older.size;
    EXPECT_TRUE(VerifyConsistency(older.size, older.root, size, edge.Root(),
                                  Must(tree.Consistency(older.size, size)))
                    .has_value());
  }
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{255}, std::uint64_t{256}, size - 1}) {
    const auto bundle =
        Must(tree.Tile({TileId::kEntries, number / 256, static_cast<int>(number % 256) + 1}));
    const auto leaf = LeafHash(Must(ReadBundle(bundle, static_cast<int>(number % 256) + 1)).back());
    EXPECT_TRUE(Must(tree.Prove(number)).Verify(leaf, signer_.verifier()).has_value());
    EXPECT_TRUE(VerifyInclusion(leaf, number, size, Must(tree.Inclusion(number, size)), edge.Root())
                    .has_value());
  }
  EXPECT_EQ(tree.Prove(size).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tree.Inclusion(0, size + 1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(tree.Consistency(1, size + 1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(tree.Tile({0, size / 256, 256}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tree.Tile({TileId::kEntries, size, 1}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tree.Tile({0, 0, 0}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Verify().intact());
}

// Writers append, some transactions linger or fail, and four machines number: no number is given
// twice, left out or changed afterwards.
TEST_P(SequencerTest, SeveralMachinesNumberTogetherAndNoNumberEverChanges) {
  constexpr int kWriters = 4;
  constexpr int kEach = 40;
  std::atomic<int> writing = kWriters;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      store::Database own = Open();
      for (int i = 0; i < kEach; ++i) {
        const bool fails = i % 7 == 3;
        const auto done = own.Write([&](store::Transaction& transaction) -> Result<void> {
          TRY(log::Append(transaction, CaseEntry(std::to_string(writer)), CaseSeals()));
          std::this_thread::sleep_for(std::chrono::microseconds((writer * 5 + i * 11) % 7 * 300));
          if (fails) return Error{ErrorCode::kInterrupted, "on purpose"};
          return {};
        });
        EXPECT_EQ(done.has_value(), !fails);
      }
      --writing;
    });
  }
  std::atomic<std::int64_t> numbered = 0;
  for (int machine = 0; machine < 4; ++machine) {
    threads.emplace_back([&, machine] {
      store::Database own = Open();
      // Clocks that disagree by years, and jump.
      ManualClock clock(kSampleDay + std::chrono::hours(24 * 365 * machine));
      Sequencer sequencer(own, signer_, clock,
                          {.interval = std::chrono::milliseconds(1), .most = 7});
      while (true) {
        const bool last_round = writing == 0;
        const auto count = Must(sequencer.RunOnce());
        numbered += count;
        clock.Advance(std::chrono::hours(machine % 2 == 0 ? -100 : 100));
        if (last_round && count == 0 && Must(Tree(own).Pending()) == 0) break;
      }
    });
  }
  std::map<std::int64_t, std::int64_t> seen;
  while (writing > 0) {
    for (const auto& [id, number] : Numbers()) {
      EXPECT_EQ(seen.emplace(id, number).first->second, number);
    }
  }
  for (std::thread& thread : threads) thread.join();
  const std::int64_t expected = Count("log_leaf");
  EXPECT_EQ(numbered, expected);
  const auto numbers = Numbers();
  for (const auto& [id, number] : seen) EXPECT_EQ(numbers.at(id), number);
  EXPECT_EQ(Last().size, static_cast<std::uint64_t>(expected));
  const auto verdict = Verify();
  EXPECT_TRUE(verdict.intact()) << verdict.breaches.at(0).text;
}

TEST_P(SequencerTest, EntriesAreInTheTreeWithinASecondWhileItRuns) {
  SystemClock clock;
  Sequencer sequencer(*database_, signer_, clock);
  sequencer.Start();
  for (int i = 0; i < 5; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    Append(std::to_string(i));
    while (Must(Tree(*database_).Pending()) > 0 &&
           std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(Must(Tree(*database_).Pending()), 0);
  }
  sequencer.Stop();
  EXPECT_EQ(sequencer.status().numbered, 5);
  EXPECT_FALSE(sequencer.status().error.has_value());
  Append("unseen");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(Must(Tree(*database_).Pending()), 1);
  sequencer.Start();
  sequencer.Start();  // twice is once
  for (int i = 0; i < 1000 && Must(Tree(*database_).Pending()) > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(Must(Tree(*database_).Pending()), 0);
}

// Killed at any moment, also between numbering, tiles and checkpoint, the log is whole, and another
// one goes on.
TEST_P(SequencerTest, AKilledSequencerLeavesAWholeLogAndAnotherGoesOn) {
  const int kills = std::getenv("JIKIMI_SLOW_TESTS") ? 100 : 12;
  SplitMix64 random(5);
  std::map<std::int64_t, std::int64_t> seen;
  std::optional<Checkpoint> kept;
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      store::Database own = Open();
      Sequencer sequencer(own, signer_, clock_,
                          {.interval = std::chrono::milliseconds(1), .most = 50});
      while (true) {
        std::vector<SealedEntry> entries;
        for (int i = 0; i < 20; ++i) {
          Entry entry{"staff.signed_in", kSampleDay, ActorRef::System()};
          entries.push_back(SealedEntry::Seal(entry, CentreSeals()).value());
        }
        Must(own.Write(
            [&](store::Transaction& transaction) { return AppendAll(transaction, entries); }));
        Must(sequencer.RunOnce());
        if (write(ends[1], "x", 1) != 1) _exit(1);
      }
    }
    close(ends[1]);
    char first = 0;
    ASSERT_EQ(read(ends[0], &first, 1), 1);
    std::this_thread::sleep_for(std::chrono::microseconds(random.Below(30'000)));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(ends[0]);
    const auto verdict =
        Must(VerifyLog(*database_, signer_.verifier(),
                       {.kept = kept, .server_keys = &server_keys_, .audit = nullptr}));
    ASSERT_TRUE(verdict.intact()) << verdict.breaches.at(0).text;
    kept = verdict.last;
    for (const auto& [id, number] : Numbers()) {
      ASSERT_EQ(seen.emplace(id, number).first->second, number);
    }
  }
  Number();
  EXPECT_EQ(Last().size, static_cast<std::uint64_t>(Count("log_leaf")));
  EXPECT_TRUE(Verify().intact());
}

// Nothing is ever signed on top of a tree that was changed.
TEST_P(SequencerTest, ATreeThatWasChangedIsNotSignedAgain) {
  AppendMany(3);
  Number();
  AppendMany(2);
  Number();
  AppendMany(1);
  const auto expect_refused = [&](std::string_view tampering) {
    Sequencer sequencer(*database_, signer_, clock_);
    const auto refused = sequencer.RunOnce();
    ASSERT_FALSE(refused.has_value()) << tampering;
    EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt) << tampering;
    EXPECT_THAT(refused.error().message, HasSubstr("nothing is signed on top of it"));
    EXPECT_EQ(Must(Tree(*database_).Pending()), 1) << tampering;
  };
  const auto hashes = Must(
      store::Rows(*database_, "SELECT hashes FROM log_tile")[0].Get<std::vector<std::byte>>(0));
  auto changed = hashes;
  changed[70] ^= std::byte{1};
  Sql("UPDATE log_tile SET hashes = $1", {changed});
  expect_refused("a changed tile");
  Sql("UPDATE log_tile SET hashes = $1", {std::vector<std::byte>(64)});
  expect_refused("a tile that was cut off");
  Sql("DELETE FROM log_tile");
  expect_refused("a tile that is gone");
  Sql("INSERT INTO log_tile (level, place, hashes) VALUES (0, 0, $1)", {hashes});

  Sql("UPDATE log_tree SET size = size - 1");
  expect_refused("another size");
  Sql("UPDATE log_tree SET size = size + 1");

  const auto last = Must(Tree(*database_).LastCheckpoint());
  Sql("UPDATE log_checkpoint SET note = 'x' || note WHERE number = 2");
  expect_refused("a changed checkpoint");
  Sql("DELETE FROM log_checkpoint WHERE number = 2");
  expect_refused("a checkpoint that is gone");
  Sql("DELETE FROM log_checkpoint");
  expect_refused("all checkpoints gone");
  Sql("INSERT INTO log_checkpoint (number, size, signed_at, note) VALUES (2, 5, $1, $2)",
      {last.at, last.note});

  const NoteSigner other = SampleSigner();
  Sequencer stranger(*database_, other, clock_);
  EXPECT_EQ(stranger.RunOnce().error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(Number(), 1);
}

TEST_P(SequencerTest, ARunningSequencerSaysWhyItStoppedAndGoesOnWhenItCan) {
  Append("a");
  Number();
  Append("b");
  Sql("UPDATE log_tree SET size = 0");
  Sequencer sequencer(*database_, signer_, clock_, {.interval = std::chrono::milliseconds(1)});
  sequencer.Start();
  const auto wait = [&](auto&& condition) {
    for (int i = 0; i < 4000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return condition();
  };
  EXPECT_TRUE(wait([&] { return sequencer.status().error.has_value(); }));
  Sql("UPDATE log_tree SET size = 1");
  EXPECT_TRUE(wait([&] { return sequencer.status().numbered == 1; }));
  EXPECT_TRUE(wait([&] { return !sequencer.status().error.has_value(); }));
}

// --- A key that follows another one.

class HandOverTest : public SequencerTest {
 protected:
  static NoteSigner Second() {
    return NoteSigner::Create("jikimi.example/log-2", vault::SigningKey::Generate()).value();
  }
  Result<Succession> HandOverTo(const NoteSigner& next,
                                std::span<const NoteVerifier> earlier = {}) {
    return HandOver(*database_, signer_, next, earlier, clock_.Now(),
                    [&](store::Transaction&, const Succession&, const std::string& note) {
                      notes_.push_back(note);
                      return Result<void>();
                    });
  }
  std::vector<std::string> notes_;
};

TEST_P(HandOverTest, TheNextKeySignsTheSameTreeAndTheFormerOneCantGoOn) {
  AppendMany(300);
  Number();
  const auto before = Must(Tree(*database_).LastCheckpoint());
  AppendMany(1);  // waits for the next key
  const auto next = Second();
  const auto succession = Must(HandOverTo(next));
  EXPECT_EQ(succession.size, 300U);
  ASSERT_FALSE(notes_.empty());
  EXPECT_EQ(Succession::Open(notes_.back()).value().ToText(), succession.ToText());

  const auto after = Must(Tree(*database_).LastCheckpoint());
  EXPECT_EQ(after.number, before.number + 1);
  const auto signed_before = Checkpoint::Open(before.note, signer_.verifier()).value();
  const auto signed_after = Checkpoint::Open(after.note, next.verifier()).value();
  EXPECT_EQ(signed_after.size, signed_before.size);
  EXPECT_EQ(signed_after.root, signed_before.root);
  EXPECT_EQ(succession.root, signed_before.root);

  // A server that was not stopped still has the former key.
  Sequencer running(*database_, signer_, clock_);
  const auto refused = running.RunOnce();
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("key was replaced"));
  Sequencer anew(*database_, next, clock_, {.former = {signer_.verifier()}});
  EXPECT_EQ(Must(anew.RunOnce()), 1);
  Sequencer without_former(*database_, next, clock_);
  EXPECT_EQ(Must(without_former.RunOnce()), 0);

  const std::vector<NoteVerifier> keys = {next.verifier(), signer_.verifier()};
  EXPECT_EQ(Must(LastSigner(*database_, keys)), std::size_t{0});
  EXPECT_EQ(LastSigner(*database_, std::span(keys).subspan(1)).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_P(HandOverTest, OneThatCouldntKeepItsNoteLeavesTheLogToTheFormerKey) {
  AppendMany(2);
  Number();
  const auto next = Second();
  const auto failed =
      HandOver(*database_, signer_, next, {}, clock_.Now(),
               [](store::Transaction&, const Succession&, const std::string&) -> Result<void> {
                 return Error{ErrorCode::kResourceExhausted, "the disk is full"};
               });
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().message, "the disk is full");
  AppendMany(1);
  EXPECT_EQ(Number(), 1);
  // Another one can be handed over to, on top of the one that never signed.
  EXPECT_EQ(Must(HandOverTo(Second())).size, 3U);
}

TEST_P(HandOverTest, ALogWithoutEntriesOrCheckpointsIsHandedOverToo) {
  const std::vector<NoteVerifier> nobody = {signer_.verifier()};
  EXPECT_EQ(Must(LastSigner(*database_, nobody)), std::nullopt);
  const auto next = Second();
  EXPECT_EQ(Must(HandOverTo(next)).root, EmptyRoot());
  AppendMany(2);
  Sequencer sequencer(*database_, next, clock_);
  EXPECT_EQ(Must(sequencer.RunOnce()), 2);
}

TEST_P(HandOverTest, ATreeThatWasChangedIsNotHandedOver) {
  AppendMany(3);
  Number();
  Sql("UPDATE log_tree SET size = 2");
  EXPECT_EQ(HandOverTo(Second()).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(notes_.empty());
}

// A second restore, from a copy that is older than the first one.
TEST_P(HandOverTest, TheLastCheckpointMayBeOfAnEarlierKey) {
  AppendMany(3);
  Number();
  const auto earliest = std::move(signer_);
  signer_ = Second();
  const auto third =
      NoteSigner::Create("jikimi.example/log-3", vault::SigningKey::Generate()).value();
  EXPECT_EQ(HandOverTo(third).error().code, ErrorCode::kCorrupt);
  const std::vector<NoteVerifier> earlier = {earliest.verifier()};
  const auto succession = Must(HandOverTo(third, earlier));
  EXPECT_EQ(succession.former.name(), "jikimi.example/log-2");
  EXPECT_EQ(succession.size, 3U);
}

JIKIMI_ON_BOTH_DATABASES(HandOverTest);

class ExportTest : public SequencerTest {};

TEST_P(ExportTest, TheWholeLogIsStaticFilesThatAReaderOfFilesAlonePasses) {
  const auto out = folder() / "log";
  const auto read = [&](const TileId& tile) { return ReadFile(out / tile.Path(), 1 << 20); };
  for (const int step : {700, 1, 600}) {
    AppendMany(step);
    Number();
    const auto size = Must(Tree(*database_).Export(out, signer_.verifier()));
    const auto bytes = Must(ReadFile(out / "checkpoint", 10'000));
    const std::string_view note(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto checkpoint = Must(Checkpoint::Open(note, signer_.verifier()));
    EXPECT_EQ(checkpoint.size, size);
    const auto checked = CheckTree(size, checkpoint.root, read);
    EXPECT_TRUE(checked.has_value()) << checked.error().message;
  }
  EXPECT_TRUE(std::filesystem::exists(out / "key"));
  EXPECT_TRUE(std::filesystem::exists(out / "tile/0/004"));
  EXPECT_TRUE(std::filesystem::exists(out / "tile/entries/005.p/21"));
}

TEST_P(ExportTest, ALogWithoutACheckpointAndAFolderThatCantBeMadeAreErrors) {
  Tree tree(*database_);
  EXPECT_EQ(tree.Export(folder() / "a", signer_.verifier()).error().code, ErrorCode::kNotFound);
  Number();
  EXPECT_EQ(Must(tree.Export(folder() / "a", signer_.verifier())), 0U);
  Must(WriteFileAtomically(folder() / "file", {}));
  EXPECT_FALSE(tree.Export(folder() / "file", signer_.verifier()).has_value());
}

JIKIMI_ON_BOTH_DATABASES(ExportTest);
JIKIMI_ON_BOTH_DATABASES(SequencerTest);

}  // namespace
}  // namespace jikimi::log
