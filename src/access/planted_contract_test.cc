// Strings planted in everything that is secret to this room: none of them may stand in any file of
// the machine, the database server's included.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "access/case_keys.h"
#include "access/consent.h"
#include "access/destructions.h"
#include "access/key_centre.h"
#include "access/planted_search.h"
#include "base/bytes.h"
#include "base/file.h"
#include "vault/base64.h"
#include "vault/code_symbols.h"

namespace jikimi::access {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(PlantedSearchTest, FindsEachFormAtEachPlace) {
  const std::string planted = "비밀-말-0123456789";
  const auto search = PlantedSearch::Create(std::vector{planted}).value();
  EXPECT_THAT(search.InBytes("x" + planted + "y"), SizeIs(1));
  for (std::size_t before = 0; before < 9; ++before) {
    const std::string text = std::string(before, 'a') + planted + "tail";
    const auto encoded = vault::ToBase64(AsBytes(text));
    EXPECT_THAT(search.InBytes(encoded), SizeIs(1)) << before;
    std::string hex;
    for (const char c : text) {
      char digits[3];
      std::snprintf(digits, sizeof(digits), "%02x", static_cast<unsigned char>(c));
      hex += digits;
    }
    EXPECT_THAT(search.InBytes(hex), SizeIs(1)) << before;
  }
  const std::string utf16("\x44\xbe\x00", 2);  // the first letter alone is no match
  EXPECT_THAT(search.InBytes(utf16), IsEmpty());
  const std::string ascii = "abcdefghij";
  const auto other = PlantedSearch::Create(std::vector{ascii}).value();
  std::string wide;
  for (const char c : ascii) wide += std::string{c, '\0'};
  EXPECT_THAT(other.InBytes("\1" + wide), SizeIs(1));
  EXPECT_THAT(other.InBytes(std::string(1, '\0') + wide), SizeIs(2)) << "in either order";
  EXPECT_FALSE(PlantedSearch::Create(std::vector<std::string>{"short"}).has_value());
}

TEST(PlantedSearchTest, FindsAcrossThePiecesThatAFileIsReadIn) {
  std::string folder = testing::TempDir() + "jikimi-planted-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string planted = "planted-string-17";
  std::string content(3 * (4 << 20), '.');
  for (const std::size_t at : {std::size_t{0}, std::size_t{(4 << 20) - 5}, content.size() - 17}) {
    content.replace(at, planted.size(), planted);
  }
  std::filesystem::create_directories(folder + "/a/b");
  std::ofstream(folder + "/a/b/file", std::ios::binary) << content;
  const auto report = PlantedSearch::Create(std::vector{planted}).value().InFolder(folder).value();
  EXPECT_THAT(report.found, SizeIs(3));
  EXPECT_EQ(report.bytes, std::ssize(content));
  std::filesystem::remove_all(folder);
}

class PlantedTest : public KeyCentreTest {
 protected:
  std::string Plant() {
    const auto symbols = vault::SymbolText(vault::SecretBytes::Random(16).bytes());
    planted_.emplace_back(reinterpret_cast<const char*>(symbols.bytes().data()), symbols.size());
    return planted_.back();
  }
  // Where the database keeps its files.
  std::filesystem::path DatabaseFolder() {
    if (sqlite()) return folder();
    RunOnServer("CHECKPOINT");
    std::ifstream home(std::filesystem::path(std::getenv("JIKIMI_POSTGRESQL")) / "home");
    std::string path;
    std::getline(home, path);
    return path;
  }

  std::vector<std::string> planted_;
};

TEST_P(PlantedTest, NothingThatIsSecretStandsInAnyFile) {
  const auto anna = AddStaff(Role::kCounsellor, team_);
  const auto bora = AddStaff(Role::kCounsellor, team_);
  const auto made = NewCaseOf(anna, bora);
  // Keys are searched for as text of theirs; as bytes the vault's own test does.
  const auto secret = [&](std::span<const std::byte> bytes) {
    planted_.push_back(vault::ToBase64(bytes));
  };
  for (const auto* staff : {&anna, &bora}) secret(staff->private_half);
  secret(made.survivor.private_half);
  const auto opened = Must(Open(As(anna), made.id));
  secret(opened.pair().private_half());
  secret(Must(opened.OpenItem(made.item)).bytes());
  planted_.insert(planted_.end(), escrow_shares_.begin(), escrow_shares_.end());

  const ConsentChoice choice{
      "kr.police", "investigation", {"survivor.name"}, Now(), Now() + std::chrono::hours(10)};
  while (planted_.size() < 300) {
    const auto reason = Plant();
    Must(Write([&](store::Transaction& transaction) {
      return DecideDuty(transaction, keys(), As(anna), made.id, choice, "kr.child-abuse-act.10",
                        reason, Now());
    }));
  }
  Must(Write([&](store::Transaction& transaction) -> Result<void> {
    auto again = TRY(OpenCase(transaction, keys(), As(anna), made.id));
    return RotateCase(transaction, keys(), As(anna), again, Now());
  }));
  const auto search = Must(PlantedSearch::Create(planted_));
  const auto report = Must(search.InFolder(DatabaseFolder()));
  for (const auto& found : report.found) {
    ADD_FAILURE() << found.file << " has string " << found.planted << " as " << found.form;
  }
  EXPECT_GT(report.bytes, 300 * 200);

  // The search does find what stands there.
  const std::vector<std::string> there = {"kr.child-abuse-act.10"};
  EXPECT_FALSE(Must(Must(PlantedSearch::Create(there)).InFolder(DatabaseFolder())).found.empty());
}

JIKIMI_ON_BOTH_DATABASES(PlantedTest);

}  // namespace
}  // namespace jikimi::access
