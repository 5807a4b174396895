#include "vault/survivor_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "vault/code_symbols.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string Plain(const SurvivorCode& code) {
  auto text = TextOf(code.ToText());
  std::erase(text, '-');
  return text;
}

TEST(SurvivorCodeTest, ComesBackFromItsText) {
  for (int i = 0; i < 200; ++i) {
    const auto code = SurvivorCode::Generate();
    const auto text = TextOf(code.ToText());
    EXPECT_EQ(text.size(), 29u + 7u);
    const auto back = SurvivorCode::Parse(text);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(back->Locator(), code.Locator());
    EXPECT_EQ(code.Locator(), Plain(code).substr(0, 8));
    EXPECT_EQ(CopyOf(back->secret()), CopyOf(code.secret()));
    EXPECT_EQ(code.secret().size(), 20u);
  }
}

TEST(SurvivorCodeTest, NoTwoAreTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(Plain(SurvivorCode::Generate())).second);
}

TEST(SurvivorCodeTest, IsReadKindly) {
  const auto code = SurvivorCode::Generate();
  const auto plain = Plain(code);
  std::string typed = "  ";
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    if (c == '0') {
      typed += i % 2 == 0 ? "o" : "O";
    } else if (c == '1') {
      typed += i % 3 == 0 ? "i" : i % 3 == 1 ? "L" : "l";
    } else {
      typed += static_cast<char>(i % 2 == 0 ? std::tolower(c) : c);
    }
    constexpr std::string_view kBetween[] = {" ", "-", "\u2013", "\u00a0", "\u3000", "\n", ""};
    typed += kBetween[i % std::size(kBetween)];
  }
  const auto back = SurvivorCode::Parse(typed);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(Plain(*back), plain);
}

TEST(SurvivorCodeTest, FullWidthCharactersAreRead) {
  const auto code = SurvivorCode::Generate();
  std::string wide;
  for (const char c : Plain(code)) {
    const int point = c + 0xfee0;
    wide += {static_cast<char>(0xe0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 63)),
             static_cast<char>(0x80 | (point & 63))};
  }
  const auto back = SurvivorCode::Parse(wide);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(Plain(*back), Plain(code));
}

TEST(SurvivorCodeTest, EverySingleWrongCharacterIsFound) {
  const auto plain = Plain(SurvivorCode::Generate());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    for (const char c : kAlphabet) {
      if (c == plain[i]) continue;
      auto wrong = plain;
      wrong[i] = c;
      EXPECT_FALSE(SurvivorCode::Parse(wrong).has_value()) << i;
    }
  }
}

TEST(SurvivorCodeTest, EveryTwoThatChangedPlacesAreFound) {
  for (int round = 0; round < 20; ++round) {
    const auto plain = Plain(SurvivorCode::Generate());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      for (std::size_t j = i + 1; j < plain.size(); ++j) {
        if (plain[i] == plain[j]) continue;
        auto wrong = plain;
        std::swap(wrong[i], wrong[j]);
        EXPECT_FALSE(SurvivorCode::Parse(wrong).has_value()) << i << " " << j;
      }
    }
  }
}

TEST(SurvivorCodeTest, ErrorsSayWhereAndNeverRepeatTheText) {
  struct Case {
    std::string text, part;
  };
  const auto plain = Plain(SurvivorCode::Generate());
  auto wrong = plain;
  wrong[3] = wrong[3] == 'Q' ? 'R' : 'Q';
  for (const auto& [text, part] :
       {Case{"", "0 letters and digits instead of 29"},
        Case{plain.substr(1), "28 letters and digits instead of 29"}, Case{plain + "0", "too long"},
        Case{"ab\u1100", "character 3"}, Case{"abu", "character 3"}, Case{"a\xff", "not UTF-8"},
        Case{wrong, "mistyped"}}) {
    const auto code = SurvivorCode::Parse(text);
    ASSERT_FALSE(code.has_value());
    EXPECT_EQ(code.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(code.error().message, testing::HasSubstr(part));
    EXPECT_THAT(code.error().message, testing::Not(testing::HasSubstr(plain.substr(8, 6))));
  }
}

TEST(CodeSymbolsTest, BytesComeBackFromSymbols) {
  for (std::size_t size = 0; size < 60; ++size) {
    const auto bytes = CopyOf(SecretBytes::Random(size).bytes());
    const auto symbols = SymbolsOfBytes(bytes);
    EXPECT_EQ(symbols.size(), (size * 8 + 4) / 5);
    EXPECT_EQ(CopyOf(BytesOfSymbols(symbols.bytes()).bytes()), bytes);
  }
}

TEST(CodeSymbolsTest, TheCheckSymbolMakesACodewordAtEveryLength) {
  for (std::size_t size = 0; size <= 30; ++size) {
    auto symbols = SecretBytes::Random(size + 1);
    for (auto& symbol : symbols.bytes()) symbol &= std::byte{31};
    symbols.bytes()[size] = CheckSymbol(symbols.bytes().first(size));
    EXPECT_TRUE(IsCodeword(symbols.bytes())) << size;
    symbols.bytes()[size] ^= std::byte{1};
    EXPECT_FALSE(IsCodeword(symbols.bytes())) << size;
  }
}

}  // namespace
}  // namespace jikimi::vault
