#include "jikimi/shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace jikimi {
namespace {

using testing::HasSubstr;

class SharesTest : public testing::Test {
 protected:
  SharesTest() {
    const auto pair =
        vault::EscrowKeyPair::Generate({vault::RecordId<vault::KeyKind::kEscrow>::Random(), 1});
    const auto made = vault::EscrowRecord::Split(pair, 2, 3).value();
    for (const auto& share : made.shares) {
      const auto text = share.ToText();
      pages_.emplace_back(reinterpret_cast<const char*>(text.bytes().data()), text.size());
    }
  }
  static std::string OneLine(std::string page) {
    for (char& c : page) c = c == '\n' ? ' ' : c;
    return page;
  }
  static std::vector<int> Numbers(const std::string& text) {
    std::vector<int> numbers;
    const auto shares = ParseShares(text).value();
    for (const auto& share : shares) numbers.push_back(share.point.x);
    return numbers;
  }

  std::vector<std::string> pages_;  // five lines each
};

TEST_F(SharesTest, AreReadAsTheyStandOnALineOrOnPages) {
  const std::string a = OneLine(pages_[0]);
  const std::string c = OneLine(pages_[2]);
  const struct {
    const char* name;
    std::string text;
    std::vector<int> numbers;
  } cases[] = {
      {"nothing", "", {}},
      {"empty lines", "\n \r\n\n", {}},
      {"a line each", a + "\n" + c + "\n", {1, 3}},
      {"without the last line end, of another system", c + "\r\n\r\n" + a, {3, 1}},
      {"pages one after another", pages_[0] + pages_[2], {1, 3}},
      {"pages with headings",
       "\n== Escrow: any 2\n\n-- Escrow, share 1\n" + pages_[0] + "\n\n-- Escrow, share 2\n" +
           pages_[1],
       {1, 2}},
      {"a page, then a line", pages_[1] + a + "\n", {2, 1}},
      {"one twice", a + "\n" + a, {1, 1}},
  };
  for (const auto& each : cases) EXPECT_EQ(Numbers(each.text), each.numbers) << each.name;
}

TEST_F(SharesTest, AnErrorNamesTheLineAndQuotesNothing) {
  std::string mistyped = OneLine(pages_[1]);
  mistyped[0] = mistyped[0] == '3' ? '4' : '3';
  const std::string a = OneLine(pages_[0]);
  const struct {
    std::string text;
    const char* words;
  } cases[] = {
      {a + "\n\n" + mistyped, "line 3: share: mistyped in group 1 "},
      {a + "\nhello\n", "line 2: share: "},
      {"\n" + pages_[0].substr(0, 50) + "\n\n" + a, "line 2: share: has "},
      {a + " " + a, "line 1: share: is too long"},
      {std::string("\0\0", 2), "line 1: share"},
  };
  for (const auto& each : cases) {
    const auto shares = ParseShares(each.text);
    ASSERT_FALSE(shares.has_value()) << each.words;
    EXPECT_THAT(shares.error().message, HasSubstr(each.words));
    EXPECT_THAT(shares.error().message, testing::Not(HasSubstr(mistyped.substr(6, 5))));
  }
}

}  // namespace
}  // namespace jikimi
