#include "jikimi/input_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace jikimi {
namespace {

namespace fs = std::filesystem;

bool NeverStop() { return false; }

class InputPathsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "jikimi-paths-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  void Touch(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
  }
  std::vector<std::string> Expanded(const std::string& word) {
    std::vector<std::string> names;
    for (const InputPath& input : ExpandInputs({word}, NeverStop)) {
      names.push_back((input.error ? "!" : "") + input.path.lexically_relative(folder_).native());
    }
    return names;
  }

  fs::path folder_;
};

TEST_F(InputPathsTest, FolderIsItsFilesSortedAndDeep) {
  for (const char* name : {"b.jpg", "a/z.png", "a/.hidden", "c/사진.webp"}) Touch(name);
  EXPECT_THAT(Expanded(folder_.native()),
              testing::ElementsAre("a/.hidden", "a/z.png", "b.jpg", "c/사진.webp"));
}

TEST_F(InputPathsTest, NameThatIsNotUtf8IsAFileLikeAnyOther) {
  Touch("\xff\xfe.jpg");
  EXPECT_THAT(Expanded(folder_.native()), testing::ElementsAre("\xff\xfe.jpg"));
}

TEST_F(InputPathsTest, LoopOfLinksEnds) {
  Touch("a/file");
  fs::create_directory_symlink(folder_, folder_ / "a" / "up");
  EXPECT_THAT(Expanded(folder_.native()), testing::ElementsAre("a/file"));
}

TEST_F(InputPathsTest, LinkToAFolderIsFollowedWhenItIsNamed) {
  Touch("a/file");
  fs::create_directory_symlink(folder_ / "a", folder_ / "link");
  EXPECT_THAT(Expanded((folder_ / "link").native()), testing::ElementsAre("link/file"));
}

TEST_F(InputPathsTest, WhatIsMissingIsAnErrorOfItsOwn) {
  Touch("there");
  fs::create_symlink(folder_ / "nowhere", folder_ / "dangling");
  EXPECT_THAT(Expanded(folder_.native()), testing::ElementsAre("!dangling", "there"));
  const auto inputs = ExpandInputs({(folder_ / "gone").native()}, NeverStop);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].error->code, ErrorCode::kNotFound);
}

TEST_F(InputPathsTest, FifoIsAnInputAndIsNotOpened) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(Expanded(folder_.native()), testing::ElementsAre("pipe"));
}

TEST_F(InputPathsTest, DashIsTheStandardInput) {
  const auto inputs = ExpandInputs({"-"}, NeverStop);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_TRUE(inputs[0].is_stdin());
}

}  // namespace
}  // namespace jikimi
