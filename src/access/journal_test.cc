#include "access/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "vault/secret_bytes.h"

namespace jikimi::access {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "jikimi-journal-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ / "destructions.journal";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static JournalEntry Entry(GoneKind kind) {
    return {vault::RandomArray<16>(),
            {kind, vault::RandomArray<16>(), vault::RandomArray<16>(),
             Timestamp(std::chrono::microseconds(-5))}};
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(JournalTest, GivesBackWhatWasAppendedInOrder) {
  EXPECT_THAT(ReadJournal(path_).value(), IsEmpty());
  std::vector<JournalEntry> entries;
  for (const auto kind : {GoneKind::kCase, GoneKind::kItem, GoneKind::kGrant, GoneKind::kConsent,
                          GoneKind::kPerson, GoneKind::kMember}) {
    entries.push_back(Entry(kind));
    ASSERT_TRUE(AppendToJournal(path_, std::span(&entries.back(), 1)).has_value());
  }
  const auto read = ReadJournal(path_).value();
  ASSERT_THAT(read, SizeIs(entries.size()));
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].id, entries[i].id);
    EXPECT_EQ(read[i].gone.kind, entries[i].gone.kind);
    EXPECT_EQ(read[i].gone.subject, entries[i].gone.subject);
    EXPECT_EQ(read[i].gone.of, entries[i].gone.of);
    EXPECT_EQ(read[i].gone.at, entries[i].gone.at);
  }
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(JournalTest, CutAnywhereItHasTheWholeLinesAndGoesOn) {
  const std::vector entries = {Entry(GoneKind::kCase), Entry(GoneKind::kGrant)};
  ASSERT_TRUE(AppendToJournal(path_, entries).has_value());
  const auto whole = ReadFile(path_, 100'000).value();
  const auto last_line =
      (whole.size() - 22) / 2;  // after the head, both lines are of one length +1
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_TRUE(WriteFileAtomically(path_, std::span(whole).first(size)).has_value());
    const auto read = ReadJournal(path_);
    ASSERT_TRUE(read.has_value()) << size << ": " << read.error().message;
    EXPECT_LE(read->size(), 1u);
    if (size > 22 + last_line + 2) {
      EXPECT_THAT(*read, SizeIs(1)) << size;
    }
    ASSERT_TRUE(AppendToJournal(path_, std::span(entries).last(1)).has_value()) << size;
    EXPECT_THAT(ReadJournal(path_).value(), SizeIs(read->size() + 1)) << size;
  }
}

TEST_F(JournalTest, EachChangedByteOfAWholeLineAndEachMissingOrMovedLineShows) {
  const std::vector entries = {Entry(GoneKind::kCase), Entry(GoneKind::kCase),
                               Entry(GoneKind::kCase)};
  ASSERT_TRUE(AppendToJournal(path_, entries).has_value());
  const auto whole = ReadFile(path_, 100'000).value();
  const auto reads = [&](const std::vector<std::byte>& bytes) {
    EXPECT_TRUE(WriteFileAtomically(path_, bytes).has_value());
    return ReadJournal(path_);
  };
  for (std::size_t at = 0; at + 1 < whole.size(); ++at) {  // the last line end alone: a cut line
    auto changed = whole;
    changed[at] ^= std::byte{1};
    EXPECT_EQ(reads(changed).error().code, ErrorCode::kCorrupt) << at;
  }
  const auto line = static_cast<std::ptrdiff_t>((whole.size() - 22) / 3);
  auto without_first = whole;
  without_first.erase(without_first.begin() + 22, without_first.begin() + 22 + line);
  EXPECT_FALSE(reads(without_first).has_value());
  auto swapped = whole;
  std::swap_ranges(swapped.begin() + 22, swapped.begin() + 22 + line, swapped.begin() + 22 + line);
  EXPECT_FALSE(reads(swapped).has_value());
}

TEST_F(JournalTest, AnotherFileIsRefused) {
  const auto text = std::string_view("some other text that is long enough\n");
  ASSERT_TRUE(WriteFileAtomically(path_, std::as_bytes(std::span(text))).has_value());
  EXPECT_EQ(ReadJournal(path_).error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(AppendToJournal(path_, std::vector{Entry(GoneKind::kCase)}).has_value());
}

}  // namespace
}  // namespace jikimi::access
