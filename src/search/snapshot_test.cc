#include "search/snapshot.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/bytes.h"
#include "search/merging.h"
#include "search/range_index.h"
#include "search/test_words.h"

namespace jikimi::search {
namespace {

using testing::HasSubstr;

const RangeIndex::Options kOnRequest = {RangeIndex::Options::Merging::kOnRequest};

std::vector<std::byte> Read(const std::filesystem::path& path) { return *ReadFile(path, 1 << 30); }

void Write(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  ASSERT_TRUE(file.flush().good());
}

// An index of `entries` with those of every seventh id withdrawn, saved at `path`.
std::vector<Entry> Save(const std::filesystem::path& path, std::vector<Entry> entries) {
  const auto index = *RangeIndex::Make(kOnRequest);
  EXPECT_TRUE(index->Insert(entries).has_value());
  std::erase_if(entries, [&](const Entry& entry) {
    if (static_cast<std::uint64_t>(entry.id) % 7 != 0) return false;
    EXPECT_EQ(*index->Withdraw(entry.id), 1u);
    return true;
  });
  EXPECT_TRUE(index->SaveSnapshot(path).has_value());
  return entries;
}

TEST(SnapshotTest, AnswersAsTheIndexThatWasSaved) {
  const TemporaryFolder folder;
  SplitMix64 random(1);
  for (const std::size_t size : {0u, 1u, 100u, 5000u, 40000u}) {
    const auto path = folder / "words";
    const auto entries = Save(path, ClusteredEntries(size, random));
    const auto index = *RangeIndex::OpenSnapshot(path, kOnRequest);
    ASSERT_EQ(index->size(), entries.size());
    for (int repeat = 0; repeat < 100; ++repeat) {
      Word256 word = RandomWord(random);
      if (!entries.empty()) {
        word = entries[random.Below(static_cast<std::uint32_t>(entries.size()))].word;
      }
      const Radius radius = RadiusOf(static_cast<int>(random.Below(65)));
      ASSERT_EQ(Sorted(*index->Query(word, radius)), BruteForce(entries, word, radius));
    }
  }
}

TEST(SnapshotTest, GoesOnBeingChangedAndIsSavedAgain) {
  const TemporaryFolder folder;
  SplitMix64 random(2);
  const auto path = folder / "words";
  auto entries = Save(path, ClusteredEntries(20000, random));
  for (int round = 0; round < 3; ++round) {
    const auto index = *RangeIndex::OpenSnapshot(path, kOnRequest);
    for (std::uint64_t i = 0; i < 5000; ++i) {
      entries.push_back({RandomWord(random), EntryId{100000 + entries.size()}});
      ASSERT_TRUE(index->Insert(entries.back().word, entries.back().id).has_value());
    }
    const EntryId gone = entries[5].id;
    entries.erase(entries.begin() + 5);
    ASSERT_EQ(*index->Withdraw(gone), 1u);
    if (round == 1) {
      ASSERT_TRUE(index->Merge().has_value());
    }
    ASSERT_TRUE(index->SaveSnapshot(path).has_value());
  }
  const auto index = *RangeIndex::OpenSnapshot(path, kOnRequest);
  EXPECT_EQ(index->size(), entries.size());
  for (int i = 0; i < 200; ++i) {
    const Word256 word = entries[random.Below(static_cast<std::uint32_t>(entries.size()))].word;
    ASSERT_EQ(Sorted(*index->Query(word, Radius::Pdq())), BruteForce(entries, word, Radius::Pdq()));
  }
}

TEST(SnapshotTest, ManyThreadsMayTouchItFirst) {
  const TemporaryFolder folder;
  SplitMix64 random(3);
  const auto path = folder / "words";
  const auto entries = Save(path, ClusteredEntries(30000, random));
  const auto index = *RangeIndex::OpenSnapshot(path);
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&] {
      for (std::size_t i = 0; i < entries.size(); i += 500) {
        EXPECT_EQ(Sorted(*index->Query(entries[i].word, Radius::Pdq())),
                  BruteForce(entries, entries[i].word, Radius::Pdq()));
      }
    });
  }
  for (auto& reader : readers) reader.join();
}

// Whether what `path` holds now is an error or answers as `entries` do.
void ExpectErrorOrRightAnswers(const std::filesystem::path& path, std::span<const Entry> entries,
                               std::string_view what) {
  const auto index = RangeIndex::OpenSnapshot(path, kOnRequest);
  if (!index.has_value()) return;
  for (const std::size_t i : {std::size_t{0}, entries.size() / 2, entries.size() - 1}) {
    const auto matches = (*index)->Query(entries[i].word, RadiusOf(40));
    if (!matches.has_value()) continue;
    ASSERT_EQ(Sorted(*matches), BruteForce(entries, entries[i].word, RadiusOf(40))) << what;
  }
}

TEST(SnapshotTest, EveryFlippedByteOfASmallOneIsAnErrorOrChangesNothing) {
  const TemporaryFolder folder;
  SplitMix64 random(4);
  const auto path = folder / "words";
  const auto entries = Save(path, ClusteredEntries(300, random));
  auto bytes = Read(path);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto kept = bytes[i];
    bytes[i] ^= std::byte{static_cast<unsigned char>(1 + random.Below(255))};
    Write(path, bytes);
    ExpectErrorOrRightAnswers(path, entries, "byte " + std::to_string(i));
    bytes[i] = kept;
  }
}

TEST(SnapshotTest, EveryCutOfASmallOneIsCorrupt) {
  const TemporaryFolder folder;
  SplitMix64 random(5);
  const auto path = folder / "words";
  Save(path, ClusteredEntries(300, random));
  const auto bytes = Read(path);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Write(path, std::span(bytes).first(length));
    const auto index = RangeIndex::OpenSnapshot(path, kOnRequest);
    ASSERT_FALSE(index.has_value()) << "cut to " << length;
    ASSERT_EQ(index.error().code, ErrorCode::kCorrupt);
    ASSERT_THAT(index.error().message, HasSubstr(path.native()));
  }
}

TEST(SnapshotTest, FlippedBytesOfALargeOneAreErrorsOrChangeNothing) {
  const TemporaryFolder folder;
  SplitMix64 random(6);
  const auto path = folder / "words";
  const auto entries = Save(path, ClusteredEntries(kTableWords + 3000, random));
  const auto size = std::filesystem::file_size(path);
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  for (int repeat = 0; repeat < 300; ++repeat) {
    const auto offset = static_cast<off_t>(random.Next() % size);
    unsigned char byte = 0;
    ASSERT_EQ(pread(file.get(), &byte, 1, offset), 1);
    const auto changed = static_cast<unsigned char>(byte ^ (1 + random.Below(255)));
    ASSERT_EQ(pwrite(file.get(), &changed, 1, offset), 1);
    ExpectErrorOrRightAnswers(path, entries, "byte " + std::to_string(offset));
    ASSERT_EQ(pwrite(file.get(), &byte, 1, offset), 1);
  }
}

TEST(SnapshotTest, ATableThatPointsOutsideItselfIsCorruptThoughItsChecksumsAreTrue) {
  const TemporaryFolder folder;
  SplitMix64 random(7);
  const auto path = folder / "words";
  const std::size_t size = kTableWords;
  const auto entries = Save(path, ClusteredEntries(size, random));
  const Snapshot snapshot = *OpenSnapshot(path);
  ASSERT_TRUE(snapshot.segments.front()->TouchAll().has_value());
  const Segment& good = *snapshot.segments.front();
  const auto copy = [](const auto& column) {
    using T = std::remove_cvref_t<decltype(*column.data())>;
    auto made = *Column<T>::Make(column.size());
    std::copy(column.data(), column.data() + column.size(), made.mutable_data());
    return made;
  };
  for (const bool bad_offsets : {true, false}) {
    auto offsets = copy(good.table()->offsets());
    auto positions = copy(good.table()->positions());
    if (bad_offsets) {
      std::fill_n(offsets.mutable_data(), offsets.size(), 0xfffffff0);
    } else {
      std::fill_n(positions.mutable_data(), positions.size(), 0xfffffff0);
    }
    const std::shared_ptr<const Segment> bad = Segment::Assemble(
        copy(good.words()), copy(good.ids()), good.WithdrawnBits(),
        BandTable(std::move(offsets), copy(good.table()->sketches()), std::move(positions)));
    const FrozenSegment frozen = {bad, size, good.WithdrawnBits()};
    ASSERT_TRUE(WriteSnapshot(path, 1, {&frozen, 1}).has_value());
    const auto index = *RangeIndex::OpenSnapshot(path, kOnRequest);
    const auto matches = index->Query(entries[0].word, Radius::Pdq());
    ASSERT_FALSE(matches.has_value());
    EXPECT_EQ(matches.error().code, ErrorCode::kCorrupt);
  }
}

TEST(SnapshotTest, AFileCutWhileItIsOpenIsAnErrorOfThatFile) {
  const TemporaryFolder folder;
  SplitMix64 random(8);
  const auto path = folder / "words";
  const auto entries = Save(path, ClusteredEntries(30000, random));
  const auto index = *RangeIndex::OpenSnapshot(path, kOnRequest);
  const auto before = *index->Query(entries[1].word, RadiusOf(20));
  ASSERT_EQ(truncate(path.c_str(), 4096), 0);
  // What was read stays; what was not is missing.
  EXPECT_EQ(Sorted(*index->Query(entries[1].word, RadiusOf(20))), Sorted(before));
  int failed = 0;
  for (const Entry& entry : std::span(entries).first(200)) {
    const auto matches = index->Query(entry.word, Radius::Pdq());
    if (matches.has_value()) continue;
    ++failed;
    EXPECT_EQ(matches.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(matches.error().message, HasSubstr(path.native()));
  }
  EXPECT_GT(failed, 0);
}

TEST(SnapshotTest, ADamagedPartStaysAnErrorAndIsNotMergedAway) {
  const TemporaryFolder folder;
  SplitMix64 random(9);
  const auto path = folder / "words";
  const auto entries = Save(path, ClusteredEntries(30000, random));
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  // Somewhere in the words.
  ASSERT_EQ(pwrite(file.get(), "damage", 6, 100000), 6);
  const auto index = *RangeIndex::OpenSnapshot(path, kOnRequest);
  const auto merged = index->Merge();
  ASSERT_FALSE(merged.has_value());
  EXPECT_EQ(merged.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(index->size(), entries.size());
  EXPECT_FALSE(index->SaveSnapshot(folder / "copy").has_value());
  EXPECT_FALSE(std::filesystem::exists(folder / "copy"));
}

TEST(SnapshotTest, AnotherVersionIsUnsupported) {
  const TemporaryFolder folder;
  const auto path = folder / "words";
  SplitMix64 random(10);
  Save(path, ClusteredEntries(10, random));
  auto bytes = Read(path);
  bytes[8] = std::byte{2};
  Write(path, bytes);
  const auto index = RangeIndex::OpenSnapshot(path);
  ASSERT_FALSE(index.has_value());
  EXPECT_EQ(index.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(index.error().message, HasSubstr("version 2"));
}

TEST(SnapshotTest, WhatIsNoSnapshotIsAClearError) {
  const TemporaryFolder folder;
  EXPECT_EQ(OpenSnapshot(folder / "missing").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(OpenSnapshot(folder / "").error().code, ErrorCode::kUnsupported);  // a folder
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(OpenSnapshot(folder / "fifo").error().code, ErrorCode::kUnsupported);
  Write(folder / "empty", {});
  EXPECT_EQ(OpenSnapshot(folder / "empty").error().code, ErrorCode::kCorrupt);
  Write(folder / "text", AsBytes(std::string(5000, 'x')));
  EXPECT_EQ(OpenSnapshot(folder / "text").error().code, ErrorCode::kCorrupt);
  const auto index = *RangeIndex::Make(kOnRequest);
  EXPECT_EQ(index->SaveSnapshot(folder / "no/such/place").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(index->Checkpoint().error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace jikimi::search
