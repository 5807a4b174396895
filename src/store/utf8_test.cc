#include "store/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace jikimi::store {
namespace {

TEST(Utf8Test, GoodTextIsGoodAtEveryOffset) {
  for (const std::string_view good : {"", "a", "각", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\x7f"}) {
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string text = std::string(before, 'x') + std::string(good) + "yyyyyyyyy";
      EXPECT_EQ(FindBadText(text), text.size());
    }
  }
}

TEST(Utf8Test, BadTextIsFoundWhereItBegins) {
  const std::string_view bad[] = {std::string_view("\0", 1),
                                  "\x80",
                                  "\xc0\x80",
                                  "\xc1\xbf",
                                  "\xc3",
                                  "\xe0\x9f\xbf",
                                  "\xed\xa0\x80",
                                  "\xe1\x80",
                                  "\xf0\x8f\xbf\xbf",
                                  "\xf4\x90\x80\x80",
                                  "\xf5\x80\x80",
                                  "\xff",
                                  "\xe1\x80z",
                                  "\xf1\x80\x80z"};
  for (const std::string_view sequence : bad) {
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string text = std::string(before, 'x') + std::string(sequence);
      EXPECT_EQ(FindBadText(text), before);
      EXPECT_EQ(FindBadText(text + std::string(12, 'z')), before);
    }
  }
}

TEST(Utf8Test, APrefixCutsNoSequence) {
  EXPECT_EQ(Utf8Prefix("각각", 6), "각각");
  EXPECT_EQ(Utf8Prefix("각각", 5), "각");
  EXPECT_EQ(Utf8Prefix("각각", 3), "각");
  EXPECT_EQ(Utf8Prefix("각각", 2), "");
  EXPECT_EQ(Utf8Prefix("abc", 2), "ab");
  EXPECT_EQ(Utf8Prefix("", 0), "");
}

}  // namespace
}  // namespace jikimi::store
