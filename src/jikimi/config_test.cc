#include "jikimi/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "jikimi/centre.h"

namespace jikimi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Environment Variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(testing::TempDir()) /
            ("centre-" +
             std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".toml");
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Result<LoadedConfig> Load(const std::string& text,
                            std::map<std::string, std::string> variables = {}) {
    std::ofstream(path_) << text;
    return LoadConfig(path_, Variables(std::move(variables)));
  }
  std::string MessageOf(const std::string& text) {
    const auto loaded = Load(text);
    return loaded.has_value() ? "no error" : loaded.error().message;
  }

  std::filesystem::path path_;
};

TEST_F(ConfigTest, WithoutAFileEveryKeyHasItsDefault) {
  const auto loaded = LoadConfig("", Variables({}));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_EQ(ShownValue(loaded->config, key.name), key.default_text) << key.name;
    EXPECT_EQ(loaded->from.at(std::string(key.name)), "default");
  }
}

TEST_F(ConfigTest, EachCopyOfTheKeysIsAFolder) {
  const auto copies = [&](const std::string& text) {
    const auto loaded = Load("[keys]\nfolder = \"/keys\"\ncopies = \"" + text + "\"\n");
    return KeysOptions(loaded.value().config).copies;
  };
  EXPECT_THAT(copies(""), IsEmpty());
  EXPECT_THAT(copies("/a/keys"), ElementsAre("/a/keys"));
  EXPECT_THAT(copies("/a/keys:/b b"), ElementsAre("/a/keys", "/b b"));
  EXPECT_THAT(copies(":/a::/b:"), ElementsAre("/a", "/b"));
}

TEST_F(ConfigTest, TheEnvironmentGoesBeforeTheFileAndTheFileBeforeTheDefault) {
  const auto loaded = Load("[centre]\nname = \"Harbour\"\n[server]\nworkers = 3\n",
                           {{"JIKIMI_SERVER_WORKERS", "5"}});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->config.centre.name, "Harbour");
  EXPECT_THAT(loaded->from.at("centre.name"), HasSubstr(".toml:2"));
  EXPECT_EQ(loaded->config.server.workers, 5);
  EXPECT_EQ(loaded->from.at("server.workers"), "JIKIMI_SERVER_WORKERS");
}

TEST_F(ConfigTest, AnErrorNamesTheFileTheLineAndTheKey) {
  EXPECT_THAT(MessageOf("[server]\nlissten = \"x\"\n"),
              testing::AllOf(HasSubstr(".toml:2"), HasSubstr("server.lissten: no such key")));
  EXPECT_THAT(MessageOf("[server]\n\nworkers = \"5\"\n"),
              testing::AllOf(HasSubstr(".toml:3"), HasSubstr("must be a whole number")));
  EXPECT_THAT(MessageOf("[server]\nworkers = 0\n"), HasSubstr("0 is outside 1 to 1000"));
  EXPECT_THAT(MessageOf("workers = 4\n"), HasSubstr("must stand in a section"));
  EXPECT_THAT(MessageOf("[server]\nlisten = \"a\"\nlisten = \"b\"\n"), HasSubstr(".toml:"));
  EXPECT_THAT(MessageOf("[server\n"), HasSubstr(".toml:1"));
  EXPECT_THAT(MessageOf("[server]\nlisten = \"a\\nb\"\n"), HasSubstr("control character"));
  EXPECT_THAT(MessageOf("[server]\ncertificate = \"a.pem\"\n"), HasSubstr("give both or none"));
  EXPECT_THAT(MessageOf("[server]\nbehind_proxy = true\n"), HasSubstr("needs server.public_url"));
}

TEST_F(ConfigTest, AWrongVariableIsNamed) {
  const auto loaded = Load("", {{"JIKIMI_SERVER_BEHIND_PROXY", "yes"}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("JIKIMI_SERVER_BEHIND_PROXY"));
}

TEST_F(ConfigTest, APasswordIsNeverShownAndItsFileIsTheOwnersOnly) {
  const std::string text = "[database]\nurl = \"postgresql://jikimi:hush@db.example/centre\"\n";
  std::ofstream(path_) << "";
  ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
  auto loaded = Load(text);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(loaded.error().message, testing::Not(HasSubstr("hush")));
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  loaded = Load(text);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(ShownValue(loaded->config, "database.url"),
            "postgresql://jikimi:***@db.example/centre");
}

TEST_F(ConfigTest, TheManualListsExactlyTheKeysThatThereAre) {
  std::ifstream file(std::string(JIKIMI_SOURCE_DIR) + "/doc/config.md");
  ASSERT_TRUE(file.good());
  std::stringstream manual;
  manual << file.rdbuf();
  std::size_t rows = 0;
  for (std::string line; std::getline(manual, line);) rows += line.rfind("| `", 0) == 0 ? 1 : 0;
  EXPECT_EQ(rows, ConfigKeys().size());
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string row = "| `" + std::string(key.name) + "` | " + std::string(key.type) + " | " +
                            (key.default_text.empty() ? "" : "`" + key.default_text + "` ") + "| " +
                            std::string(key.what) + " |\n";
    EXPECT_THAT(manual.str(), HasSubstr(row));
  }
}

}  // namespace
}  // namespace jikimi
