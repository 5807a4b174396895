#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "base/bytes.h"

namespace jikimi {
namespace {

using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "jikimi-file-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(FileTest, AtomicWriteThenReadGivesTheSameBytes) {
  const auto path = folder_ / "사진.bin";
  ASSERT_TRUE(WriteFileAtomically(path, AsBytes("first")).has_value());
  ASSERT_TRUE(WriteFileAtomically(path, AsBytes("second, longer")).has_value());
  const auto bytes = ReadFile(path, 100);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()),
            "second, longer");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, FailedAtomicWriteLeavesNothingBehind) {
  std::filesystem::create_directory(folder_ / "taken");
  std::ofstream(folder_ / "taken" / "x") << "x";
  EXPECT_FALSE(WriteFileAtomically(folder_ / "taken", AsBytes("no")).has_value());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, ReadOverTheLimitIsRefused) {
  const auto path = folder_ / "big";
  ASSERT_TRUE(WriteFileAtomically(path, AsBytes("12345")).has_value());
  EXPECT_TRUE(ReadFile(path, 5).has_value());
  EXPECT_EQ(ReadFile(path, 4).error().code, ErrorCode::kResourceExhausted);
}

TEST_F(FileTest, EmptyFileReadsAndMapsAsNoBytes) {
  const auto path = folder_ / "empty";
  ASSERT_TRUE(WriteFileAtomically(path, {}).has_value());
  EXPECT_TRUE(ReadFile(path, 0)->empty());
  EXPECT_TRUE(MappedFile::Open(path)->bytes().empty());
}

TEST_F(FileTest, WhatIsNoRegularFileIsNamed) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadFile(folder_ / "pipe", 10).error().message, HasSubstr("a FIFO"));
  EXPECT_THAT(ReadFile(folder_, 10).error().message, HasSubstr("a folder"));
  EXPECT_EQ(ReadFile(folder_ / "none", 10).error().code, ErrorCode::kNotFound);

  const FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = (folder_ / "socket").native();
  ASSERT_LT(name.size(), sizeof(address.sun_path));
  name.copy(address.sun_path, name.size());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_THAT(ReadFile(name, 10).error().message, HasSubstr("a socket"));
}

TEST_F(FileTest, SecondLockIsRefusedUntilTheFirstIsGone) {
  const auto path = folder_ / "lock";
  {
    const auto first = FileLock::Acquire(path);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(FileLock::Acquire(path).error().code, ErrorCode::kUnavailable);
  }
  EXPECT_TRUE(FileLock::Acquire(path).has_value());
}

TEST(PrintableTest, KeepsTextAndEscapesTheRest) {
  EXPECT_EQ(Printable("사진 😀.jpg"), "사진 😀.jpg");
  EXPECT_EQ(Printable("a\xff\n\\"), "a\\xff\\x0a\\\\");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b");           // a C1 control steers terminals
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate is no character
  EXPECT_EQ(Printable("\xec\x82"), "\\xec\\x82");           // cut short
}

}  // namespace
}  // namespace jikimi
