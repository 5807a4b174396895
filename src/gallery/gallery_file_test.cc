#include "gallery/gallery_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "gallery/gallery_file_form.h"

namespace jikimi::gallery {
namespace {

using Access = GalleryFile::Access;

std::vector<std::byte> Payload(std::uint64_t seed, std::size_t size) {
  SplitMix64 random(seed + 1);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.Next() | 1);
  return bytes;
}

struct Loaded {
  std::map<std::uint64_t, std::vector<std::byte>> items;
  std::map<std::uint64_t, GalleryFile::Place> places;
};

Result<Loaded> LoadAll(GalleryFile& file) {
  Loaded loaded;
  GalleryFile::Visitor visitor;
  visitor.registered = [&](ItemId id, GalleryFile::Place place,
                           std::span<const std::byte> payload) -> Result<void> {
    loaded.items[id.value] = {payload.begin(), payload.end()};
    loaded.places[id.value] = place;
    return {};
  };
  visitor.withdrawn = [&](ItemId id) -> Result<void> {
    loaded.items.erase(id.value);
    loaded.places.erase(id.value);
    return {};
  };
  TRY(file.Load(visitor));
  return loaded;
}

Result<Loaded> LoadFrom(const std::filesystem::path& path, Access access = Access::kReadOnly) {
  GalleryFile file = TRY(GalleryFile::Open(path, access));
  return LoadAll(file);
}

std::vector<std::byte> BytesOf(const std::filesystem::path& path) {
  auto bytes = ReadFile(path, 1 << 28);
  CHECK(bytes.has_value());
  return *bytes;
}

void Overwrite(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

class GalleryFileTest : public testing::Test {
 protected:
  GalleryFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "gallery-file-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    path_ = folder_ / "items.gallery";
  }
  ~GalleryFileTest() override { std::filesystem::remove_all(folder_); }

  // Items 1 to 6 of 40 to 240 bytes, 3 withdrawn.
  GalleryFile Small() {
    auto file = GalleryFile::Create(path_);
    CHECK(file.has_value());
    std::vector<GalleryFile::NewItem> items;
    for (std::uint64_t i = 1; i <= 6; ++i) items.push_back({{i}, Payload(i, i * 40)});
    const auto places = file->Append(items);
    CHECK(places.has_value());
    const auto withdrawn = file->Withdraw({{3}, (*places)[2]});
    CHECK(withdrawn.has_value() && withdrawn->erased.has_value());
    return std::move(*file);
  }
  std::size_t FilesInFolder() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                  std::filesystem::directory_iterator()));
  }

  std::filesystem::path folder_, path_;
};

TEST_F(GalleryFileTest, WhatWasWrittenIsReadBack) {
  Small();
  const auto loaded = LoadFrom(path_);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  ASSERT_EQ(loaded->items.size(), 5u);
  for (const auto& [id, bytes] : loaded->items) EXPECT_EQ(bytes, Payload(id, id * 40));
  EXPECT_FALSE(loaded->items.contains(3));
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(GalleryFileTest, ExistingPathIsNeverReplacedByANewGallery) {
  Overwrite(path_, Payload(1, 10));
  EXPECT_EQ(GalleryFile::Create(path_).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(BytesOf(path_), Payload(1, 10));
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(GalleryFileTest, OtherThingsThanGalleriesAreToldApart) {
  const auto code = [&](Access access = Access::kReadOnly) {
    return GalleryFile::Open(path_, access).error().code;
  };
  EXPECT_EQ(code(), ErrorCode::kNotFound);
  Overwrite(path_, {});
  EXPECT_EQ(code(), ErrorCode::kUnsupported);
  Overwrite(path_, Payload(2, 100));
  EXPECT_EQ(code(), ErrorCode::kUnsupported);
  EXPECT_EQ(code(Access::kReadWrite), ErrorCode::kUnsupported);
  EXPECT_EQ(BytesOf(path_), Payload(2, 100));
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(code(), ErrorCode::kUnsupported);
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(code(), ErrorCode::kUnsupported);
}

TEST_F(GalleryFileTest, AnotherVersionIsUnsupportedAndNamed) {
  Small();
  auto bytes = BytesOf(path_);
  bytes[8] = std::byte{2};
  const std::uint32_t crc = Crc32c(std::span(bytes).first(12));
  std::memcpy(bytes.data() + 12, &crc, 4);
  Overwrite(path_, bytes);
  const auto opened = GalleryFile::Open(path_, Access::kReadWrite);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("version 2"));
  EXPECT_EQ(BytesOf(path_), bytes);
}

TEST_F(GalleryFileTest, CutFileIsAnErrorAtEveryLength) {
  Small();
  const auto bytes = BytesOf(path_);
  std::vector<std::size_t> lengths;
  for (std::size_t length = file_form::kFirstRecord; length < bytes.size(); ++length) {
    lengths.push_back(length);
  }
  for (std::size_t length = 0; length < file_form::kFirstRecord; length += 61) {
    lengths.push_back(length);
  }
  for (const std::size_t length : lengths) {
    Overwrite(path_, std::span(bytes).first(length));
    for (const Access access : {Access::kReadOnly, Access::kReadWrite}) {
      const auto loaded = LoadFrom(path_, access);
      ASSERT_FALSE(loaded.has_value()) << length;
      const bool told = loaded.error().code == ErrorCode::kCorrupt ||
                        loaded.error().code == ErrorCode::kUnsupported;
      ASSERT_TRUE(told) << length << ": " << loaded.error().message;
      ASSERT_THAT(loaded.error().message, testing::HasSubstr("items.gallery"));
    }
    ASSERT_EQ(std::filesystem::file_size(path_), length) << "a damaged file was changed";
  }
}

TEST_F(GalleryFileTest, FlippedBitIsAnErrorOrChangesNothing) {
  Small();
  const auto bytes = BytesOf(path_);
  const auto sound = LoadFrom(path_);
  ASSERT_TRUE(sound.has_value());
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < 40; ++i) places.push_back(i);
  for (std::size_t i = 4096; i < 4096 + 40; ++i) places.push_back(i);
  for (std::size_t i = 8192; i < 8192 + 40; ++i) places.push_back(i);
  for (std::size_t i = file_form::kFirstRecord; i < bytes.size(); ++i) places.push_back(i);
  int errors = 0;
  for (const std::size_t place : places) {
    auto spoiled = bytes;
    spoiled[place] ^= static_cast<std::byte>(1 << (place % 8));
    Overwrite(path_, spoiled);
    const auto loaded = LoadFrom(path_);
    if (loaded.has_value()) {
      ASSERT_EQ(loaded->items, sound->items) << place;
    } else {
      ++errors;
    }
  }
  EXPECT_GT(errors, 800);
}

TEST_F(GalleryFileTest, BytesThatNeverCountedAreCutOffByTheNextWriter) {
  Small();
  const auto bytes = BytesOf(path_);
  auto longer = bytes;
  const auto half_record = Payload(9, 77);
  longer.insert(longer.end(), half_record.begin(), half_record.end());
  Overwrite(path_, longer);
  EXPECT_EQ(LoadFrom(path_)->items.size(), 5u);
  auto file = GalleryFile::Open(path_, Access::kReadWrite);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(LoadAll(*file).has_value());
  const GalleryFile::NewItem item = {{7}, Payload(7, 80)};
  ASSERT_TRUE(file->Append({&item, 1}).has_value());
  EXPECT_EQ(LoadFrom(path_)->items.size(), 6u);
}

TEST_F(GalleryFileTest, SecondWriterIsUnavailableAndReadersAreNot) {
  GalleryFile writer = Small();
  EXPECT_EQ(GalleryFile::Open(path_, Access::kReadWrite).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(LoadFrom(path_).has_value());
  const auto loaded = LoadFrom(path_);
  std::vector<GalleryFile::LiveItem> live;
  for (const auto& [id, place] : loaded->places) live.push_back({{id}, place});
  ASSERT_TRUE(writer.Compact(live).has_value());
  EXPECT_EQ(GalleryFile::Open(path_, Access::kReadWrite).error().code, ErrorCode::kUnavailable)
      << "the lock must go with the new file";
}

TEST_F(GalleryFileTest, ReaderMayNotChange) {
  Small();
  auto reader = GalleryFile::Open(path_, Access::kReadOnly);
  ASSERT_TRUE(reader.has_value());
  const GalleryFile::NewItem item = {{7}, Payload(7, 80)};
  EXPECT_EQ(reader->Append({&item, 1}).error().code, ErrorCode::kPermissionDenied);
}

TEST_F(GalleryFileTest, WithdrawnBytesAreGoneFromTheFileAtOnce) {
  GalleryFile file = Small();
  const auto bytes = BytesOf(path_);
  const auto secret = Payload(3, 120);
  EXPECT_EQ(std::search(bytes.begin(), bytes.end(), secret.begin() + 8, secret.begin() + 40),
            bytes.end());
  const auto kept = Payload(4, 160);
  EXPECT_NE(std::search(bytes.begin(), bytes.end(), kept.begin(), kept.end()), bytes.end());
  EXPECT_EQ(file.withdrawn_bytes(), 32u + 120u + 32u);
}

TEST_F(GalleryFileTest, ErasingThatWasCutShortIsFinishedByTheNextWriter) {
  Small();
  const auto loaded = LoadFrom(path_);
  const auto places = loaded->places;
  auto bytes = BytesOf(path_);
  // As if killed between the withdrawal of 3 and its erasing: half of its payload is there still.
  const auto secret = Payload(3, 120);
  const std::size_t at = static_cast<std::size_t>(places.at(4).offset) - 120;
  std::copy(secret.begin() + 60, secret.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(at) + 60);
  Overwrite(path_, bytes);
  EXPECT_EQ(LoadFrom(path_)->items, loaded->items);
  EXPECT_EQ(LoadFrom(path_, Access::kReadWrite)->items, loaded->items);
  const auto after = BytesOf(path_);
  EXPECT_TRUE(std::all_of(after.begin() + static_cast<std::ptrdiff_t>(at),
                          after.begin() + static_cast<std::ptrdiff_t>(at) + 120,
                          [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST_F(GalleryFileTest, CompactionKeepsTheItemsAndNothingElse) {
  GalleryFile file = Small();
  std::filesystem::permissions(path_, std::filesystem::perms(0640));
  const auto before = LoadFrom(path_);
  std::vector<GalleryFile::LiveItem> live;
  for (const auto& [id, place] : before->places) live.push_back({{id}, place});
  const std::uint64_t size = file.size_bytes();
  const auto places = file.Compact(live);
  ASSERT_TRUE(places.has_value()) << places.error().message;
  EXPECT_EQ(file.size_bytes(), size - (32 + 120 + 32));
  EXPECT_EQ(file.withdrawn_bytes(), 0u);
  EXPECT_EQ(std::filesystem::file_size(path_), file.size_bytes());
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0640));
  const GalleryFile::NewItem item = {{9}, Payload(9, 80)};
  ASSERT_TRUE(file.Append({&item, 1}).has_value());
  auto after = LoadFrom(path_);
  EXPECT_EQ(after->items.erase(9), 1u);
  EXPECT_EQ(after->items, before->items);
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(GalleryFileTest, CompactionThroughALinkReplacesTheFileItself) {
  Small();
  const auto link = folder_ / "link";
  std::filesystem::create_symlink(path_, link);
  auto file = GalleryFile::Open(link, Access::kReadWrite);
  ASSERT_TRUE(file.has_value());
  const auto loaded = LoadAll(*file);
  std::vector<GalleryFile::LiveItem> live;
  for (const auto& [id, place] : loaded->places) live.push_back({{id}, place});
  ASSERT_TRUE(file->Compact(live).has_value());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(LoadFrom(path_)->items, loaded->items);
}

TEST_F(GalleryFileTest, FullDiskLeavesEverythingAsItWas) {
  GalleryFile file = Small();
  const auto before = LoadFrom(path_);
  const auto size = std::filesystem::file_size(path_);
  // A limit on the size of files stands for the disk; its signal is not ours to die of.
  signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit, tight;
  getrlimit(RLIMIT_FSIZE, &old_limit);
  for (std::size_t room = 0; room < 2000; room += 190) {
    tight = old_limit;
    tight.rlim_cur = size + room;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    const GalleryFile::NewItem item = {{50}, Payload(50, 4000)};
    const auto added = file.Append({&item, 1});
    setrlimit(RLIMIT_FSIZE, &old_limit);
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().code, ErrorCode::kResourceExhausted) << added.error().message;
    EXPECT_EQ(std::filesystem::file_size(path_), size);
  }
  tight.rlim_cur = file_form::kFirstRecord + 100;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::vector<GalleryFile::LiveItem> live;
  for (const auto& [id, place] : before->places) live.push_back({{id}, place});
  EXPECT_FALSE(file.Compact(live).has_value());
  setrlimit(RLIMIT_FSIZE, &old_limit);
  EXPECT_EQ(FilesInFolder(), 1u);
  const GalleryFile::NewItem item = {{50}, Payload(50, 4000)};
  EXPECT_TRUE(file.Append({&item, 1}).has_value()) << "there is room again";
  auto after = LoadFrom(path_);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->items.erase(50), 1u);
  EXPECT_EQ(after->items, before->items);
}

// Adds, withdraws and compacts without end; each acknowledged change goes to `report` as a number,
// negative for a withdrawal.
[[noreturn]] void WriteUntilKilled(const std::filesystem::path& path, std::uint64_t first,
                                   int report) {
  auto file = GalleryFile::Open(path, Access::kReadWrite);
  if (!file.has_value()) _exit(1);
  auto loaded = LoadAll(*file);
  if (!loaded.has_value()) _exit(2);
  std::map<std::uint64_t, GalleryFile::Place> live = loaded->places;
  const auto tell = [&](std::int64_t number) {
    if (write(report, &number, sizeof(number)) != sizeof(number)) _exit(3);
  };
  for (std::uint64_t id = first;; ++id) {
    const GalleryFile::NewItem item = {{id}, Payload(id, 800 + id % 7 * 8)};
    const auto places = file->Append({&item, 1});
    if (!places.has_value()) _exit(4);
    live[id] = (*places)[0];
    tell(static_cast<std::int64_t>(id));
    if (id % 3 == 0) {
      const auto victim = live.begin()->first;
      // Said first: from here on it may be gone.
      tell(-static_cast<std::int64_t>(victim));
      if (!file->Withdraw({{victim}, live[victim]}).has_value()) _exit(5);
      live.erase(victim);
    }
    if (id % 11 == 0) {
      std::vector<GalleryFile::LiveItem> items;
      for (const auto& [number, place] : live) items.push_back({{number}, place});
      const auto moved = file->Compact(items);
      if (!moved.has_value()) _exit(6);
      for (std::size_t i = 0; i < items.size(); ++i) live[items[i].item.value] = (*moved)[i];
    }
  }
}

TEST_F(GalleryFileTest, KilledAtAnyPointLosesNothingAcknowledged) {
  { ASSERT_TRUE(GalleryFile::Create(path_).has_value()); }
  SplitMix64 random(20261122);
  std::map<std::uint64_t, bool> acknowledged;  // false: its withdrawal began
  std::uint64_t next = 1;
  for (int round = 0; round < 40; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      WriteUntilKilled(path_, next, ends[1]);
    }
    close(ends[1]);
    usleep(2000 + random.Below(30000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed with " << WEXITSTATUS(status);
    std::int64_t number;
    std::uint64_t last = next - 1;
    while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
      if (number > 0) last = static_cast<std::uint64_t>(number);
      acknowledged[static_cast<std::uint64_t>(std::abs(number))] = number > 0;
    }
    close(ends[0]);
    const auto loaded = LoadFrom(path_, round % 2 == 0 ? Access::kReadOnly : Access::kReadWrite);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    for (const auto& [id, live] : acknowledged) {
      if (!live) continue;
      ASSERT_TRUE(loaded->items.contains(id)) << "item " << id << " was lost in round " << round;
      ASSERT_EQ(loaded->items.at(id), Payload(id, 800 + id % 7 * 8));
    }
    for (const auto& [id, bytes] : loaded->items) last = std::max(last, id);
    next = last + 1;
  }
  EXPECT_GT(next, 40u);
}

}  // namespace
}  // namespace jikimi::gallery
