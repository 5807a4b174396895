#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "search/journal.h"
#include "search/range_index.h"
#include "search/test_words.h"

namespace jikimi::search {
namespace {

using testing::HasSubstr;

std::filesystem::path With(const std::filesystem::path& path, const char* ending) {
  return path.native() + ending;
}

Word256 WordOf(std::uint64_t id) {
  SplitMix64 random(id);
  return RandomWord(random);
}

bool Holds(const RangeIndex& index, std::uint64_t id) {
  const auto matches = *index.Query(WordOf(id), RadiusOf(5));
  return std::find(matches.begin(), matches.end(), Match{EntryId{id}, 0}) != matches.end();
}

TEST(DurabilityTest, ChangesAreThereAfterReopeningWithAndWithoutACheckpoint) {
  const TemporaryFolder folder;
  const auto path = folder / "words";
  std::uint64_t next = 0;
  for (int round = 0; round < 4; ++round) {
    const auto index = *RangeIndex::OpenDurable(path);
    for (std::uint64_t id = 0; id < next; ++id) EXPECT_EQ(Holds(*index, id), id % 10 != 3);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(index->Insert(WordOf(next), EntryId{next}).has_value());
      if (next % 10 == 3) {
        EXPECT_EQ(*index->Withdraw(EntryId{next}), 1u);
      }
      ++next;
    }
    if (round % 2 == 1) {
      ASSERT_TRUE(index->Checkpoint().has_value());
      EXPECT_FALSE(std::filesystem::exists(With(path, ".journal-0")));
    }
  }
}

TEST(DurabilityTest, ASecondProcessIsTurnedAway) {
  const TemporaryFolder folder;
  const auto first = *RangeIndex::OpenDurable(folder / "words");
  const auto second = RangeIndex::OpenDurable(folder / "words");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

// What the child process of the test below does until it is killed. Says over `acknowledged` what
// it has done: an id inserted, or its complement for one withdrawn.
[[noreturn]] void ChangeForEver(const std::filesystem::path& path, std::uint64_t seed,
                                std::uint64_t next, int acknowledged) {
  SplitMix64 random(seed);
  const auto index = *RangeIndex::OpenDurable(path);
  const auto say = [&](std::uint64_t what) {
    if (write(acknowledged, &what, sizeof what) != sizeof what) _exit(1);
  };
  std::vector<std::uint64_t> mine;
  while (true) {
    const std::uint32_t choice = random.Below(20);
    if (choice < 12 || mine.empty()) {
      if (!index->Insert(WordOf(next), EntryId{next}).has_value()) _exit(2);
      say(next);
      mine.push_back(next++);
    } else if (choice < 15) {
      std::vector<Entry> batch;
      for (std::uint32_t i = 0; i < 1 + random.Below(300); ++i) {
        batch.push_back({WordOf(next + i), EntryId{next + i}});
      }
      if (!index->Insert(batch).has_value()) _exit(2);
      for (const Entry& entry : batch) say(static_cast<std::uint64_t>(entry.id));
      next += batch.size();
    } else if (choice < 19) {
      const std::size_t pick = random.Below(static_cast<std::uint32_t>(mine.size()));
      if (!index->Withdraw(EntryId{mine[pick]}).has_value()) _exit(2);
      say(~mine[pick]);
      mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(pick));
    } else if (!index->Checkpoint().has_value()) {
      _exit(3);
    }
  }
}

TEST(DurabilityTest, NothingAcknowledgedIsLostByKillingTheWriterAtAnyMoment) {
  const TemporaryFolder folder;
  const auto path = folder / "words";
  SplitMix64 random(99);
  std::map<std::uint64_t, bool> expected;  // id to whether it is there
  std::uint64_t next = 0;
  for (int round = 0; round < 60; ++round) {
    int channel[2];
    ASSERT_EQ(pipe2(channel, O_CLOEXEC), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(channel[0]);
      ChangeForEver(path, random.Next(), next, channel[1]);
    }
    close(channel[1]);
    // Between at once and some dozens of changes later.
    usleep(1000 + random.Below(40000));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    std::uint64_t said = 0;
    ssize_t got = 0;
    while ((got = read(channel[0], &said, sizeof said)) == sizeof said) {
      const bool inserted = said < (std::uint64_t{1} << 63);
      expected[inserted ? said : ~said] = inserted;
      if (inserted) next = said + 1;
    }
    EXPECT_EQ(got, 0);
    close(channel[0]);

    auto opened = RangeIndex::OpenDurable(path);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    int withdrawn_unsaid = 0;
    for (const auto& [id, there] : expected) {
      if (there && !Holds(**opened, id)) ++withdrawn_unsaid;
      if (!there) {
        ASSERT_FALSE(Holds(**opened, id)) << "round " << round << ", id " << id;
      }
    }
    // A last withdrawal may have been done before it could be said.
    ASSERT_LE(withdrawn_unsaid, 1) << "round " << round;
    // And so may a last insert, of a batch at most; they may stay.
    for (std::uint64_t unsaid = next; unsaid < next + 301; ++unsaid) {
      if (Holds(**opened, unsaid)) expected[unsaid] = true;
    }
    if (!expected.empty()) next = expected.rbegin()->first + 1;
    for (auto& [id, there] : expected) there = there && Holds(**opened, id);
    const auto there = static_cast<std::size_t>(
        std::count_if(expected.begin(), expected.end(), [](const auto& e) { return e.second; }));
    ASSERT_EQ((*opened)->size(), there) << "round " << round;
  }
  EXPECT_GT(expected.size(), 500u);
}

class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    auto journal = *Journal::Create(path_, 4);
    for (std::uint64_t i = 0; i < 6; ++i) {
      std::vector<Change> changes;
      for (std::uint64_t j = 0; j <= i; ++j) {
        changes.push_back({Change::Kind::kInsert, {WordOf(i * 10 + j), EntryId{i * 10 + j}}});
      }
      changes.push_back({Change::Kind::kWithdraw, {Word256(), EntryId{i * 10}}});
      ASSERT_TRUE(journal.Append(changes).has_value());
      written_.insert(written_.end(), changes.begin(), changes.end());
      ends_.push_back(std::filesystem::file_size(path_));
    }
    bytes_ = *ReadFile(path_, 1 << 20);
  }
  void Write(std::span<const std::byte> bytes) {
    std::ofstream file(path_, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    ASSERT_TRUE(file.flush().good());
  }
  Result<Journal> Replay() {
    read_.clear();
    return Journal::Open(path_, 4, [this](const Change& change) -> Result<void> {
      read_.push_back(change);
      return {};
    });
  }
  void ExpectPrefix() {
    ASSERT_LE(read_.size(), written_.size());
    for (std::size_t i = 0; i < read_.size(); ++i) {
      ASSERT_EQ(read_[i].kind, written_[i].kind);
      ASSERT_EQ(read_[i].entry.id, written_[i].entry.id);
      ASSERT_EQ(read_[i].entry.word, written_[i].entry.word);
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "journal";
  std::vector<Change> written_, read_;
  std::vector<std::uint64_t> ends_;
  std::vector<std::byte> bytes_;
};

TEST_F(JournalTest, CutAnywhereItKeepsEveryWholeChangeAndCanGoOn) {
  for (std::size_t length = 0; length <= bytes_.size(); ++length) {
    Write(std::span(bytes_).first(length));
    auto journal = Replay();
    if (length < 24) {
      ASSERT_FALSE(journal.has_value());
      ASSERT_EQ(journal.error().code, ErrorCode::kCorrupt);
      continue;
    }
    ASSERT_TRUE(journal.has_value()) << journal.error().message;
    ExpectPrefix();
    std::size_t whole = 0;
    for (std::size_t i = 0; i < ends_.size() && ends_[i] <= length; ++i) whole += i + 2;
    ASSERT_EQ(read_.size(), whole);
    const Change more = {Change::Kind::kInsert, {WordOf(77), EntryId{77}}};
    ASSERT_TRUE(journal->Append({&more, 1}).has_value());
    ASSERT_TRUE(Replay().has_value());
    ASSERT_EQ(read_.size(), whole + 1);
    ASSERT_EQ(read_.back().entry.id, EntryId{77});
  }
}

TEST_F(JournalTest, EveryFlippedByteIsAnError) {
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    bytes_[i] ^= std::byte{0x40};
    Write(bytes_);
    const auto journal = Replay();
    ASSERT_FALSE(journal.has_value()) << "byte " << i;
    ASSERT_THAT(journal.error().message, HasSubstr(path_.native()));
    ExpectPrefix();
    bytes_[i] ^= std::byte{0x40};
  }
}

TEST_F(JournalTest, ATailThatWasNeverWrittenIsDropped) {
  bytes_.resize(bytes_.size() + 3000);
  Write(bytes_);
  ASSERT_TRUE(Replay().has_value());
  EXPECT_EQ(read_.size(), written_.size());
  EXPECT_EQ(std::filesystem::file_size(path_), ends_.back());
}

TEST_F(JournalTest, OfAnotherGenerationIsCorrupt) {
  const auto journal = Journal::Open(path_, 5, [](const Change&) { return Result<void>(); });
  ASSERT_FALSE(journal.has_value());
  EXPECT_EQ(journal.error().code, ErrorCode::kCorrupt);
}

TEST_F(JournalTest, AFullDiskLosesTheChangeAloneAndLeavesTheJournalWhole) {
  auto journal = *Replay();
  // The file may not grow beyond this, as on a full disk.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit limit = {bytes_.size() + 100, before.rlim_max};
  const auto ignored = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::vector<Change> many(50, {Change::Kind::kInsert, {WordOf(1), EntryId{1}}});
  const auto failed = journal.Append(many);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, ignored);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::kResourceExhausted);
  ASSERT_TRUE(journal.Append(std::span(many).first(1)).has_value());
  ASSERT_TRUE(Replay().has_value());
  EXPECT_EQ(read_.size(), written_.size() + 1);
}

TEST(DurabilityTest, AMissingJournalWhoseChangesAreNowhereElseIsAnError) {
  const TemporaryFolder folder;
  const auto path = folder / "words";
  {
    const auto index = *RangeIndex::OpenDurable(path);
    ASSERT_TRUE(index->Insert(WordOf(1), EntryId{1}).has_value());
  }
  std::filesystem::rename(With(path, ".journal-0"), With(path, ".journal-7"));
  const auto index = RangeIndex::OpenDurable(path);
  ASSERT_FALSE(index.has_value());
  EXPECT_EQ(index.error().code, ErrorCode::kCorrupt);
}

TEST(DurabilityTest, ItsOwnSnapshotIsOnlyReplacedByACheckpoint) {
  const TemporaryFolder folder;
  const auto path = folder / "words";
  const auto index = *RangeIndex::OpenDurable(path);
  ASSERT_TRUE(index->Insert(WordOf(1), EntryId{1}).has_value());
  EXPECT_EQ(index->SaveSnapshot(path).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(index->Checkpoint().has_value());
  EXPECT_EQ(index->SaveSnapshot(folder / "./words").error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(index->SaveSnapshot(folder / "copy").has_value());
}

// A checkpoint that failed leaves two journals to be read one after the other.
TEST(DurabilityTest, ChangesAfterAFailedCheckpointAreKept) {
  const TemporaryFolder folder;
  const auto path = folder / "words";
  {
    const auto index = *RangeIndex::OpenDurable(path);
    ASSERT_TRUE(index->Insert(WordOf(1), EntryId{1}).has_value());
    std::filesystem::create_directory(path);  // in the way of the snapshot
    EXPECT_FALSE(index->Checkpoint().has_value());
    ASSERT_TRUE(index->Insert(WordOf(2), EntryId{2}).has_value());
    EXPECT_EQ(*index->Withdraw(EntryId{1}), 1u);
    std::filesystem::remove(path);
  }
  const auto index = *RangeIndex::OpenDurable(path);
  EXPECT_FALSE(Holds(*index, 1));
  EXPECT_TRUE(Holds(*index, 2));
  ASSERT_TRUE(index->Checkpoint().has_value());
  EXPECT_FALSE(std::filesystem::exists(With(path, ".journal-0")));
  EXPECT_FALSE(std::filesystem::exists(With(path, ".journal-1")));
}

TEST(DurabilityTest, HalfWrittenSnapshotsOfAKilledProcessAreRemovedAndNothingElse) {
  const TemporaryFolder folder;
  const auto path = folder / "words";
  for (const char* ending : {".new-aB3dEf", ".new-notes-of-mine"}) {
    ASSERT_TRUE(WriteFileAtomically(With(path, ending), {}).has_value());
  }
  const auto index = *RangeIndex::OpenDurable(path);
  EXPECT_FALSE(std::filesystem::exists(With(path, ".new-aB3dEf")));
  EXPECT_TRUE(std::filesystem::exists(With(path, ".new-notes-of-mine")));
}

}  // namespace
}  // namespace jikimi::search
