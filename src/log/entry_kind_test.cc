#include "log/entry_kind.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace jikimi::log {
namespace {

TEST(EntryKindTest, EachCodeIsThereOnceAndIsWordDotWord) {
  std::set<std::string_view> codes;
  for (const auto& row : internal::kEntryKinds) {
    EXPECT_TRUE(codes.insert(row.code).second) << row.code;
    EXPECT_EQ(std::count(row.code.begin(), row.code.end(), '.'), 1) << row.code;
    EXPECT_TRUE(std::all_of(row.code.begin(), row.code.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '.' || c == '_';
    })) << row.code;
    EXPECT_LE(row.code.size(), 64U);
  }
  EXPECT_GT(codes.size(), 50U);
}

TEST(EntryKindTest, EachHasAWholeSentenceInBothLanguages) {
  for (const auto& row : internal::kEntryKinds) {
    EXPECT_TRUE(row.english.ends_with('.')) << row.code;
    EXPECT_TRUE(std::all_of(row.english.begin(), row.english.end(), [](char c) {
      return c >= ' ' && c <= '~';
    })) << row.code;
    EXPECT_TRUE(row.korean.ends_with("다.")) << row.code;
  }
}

TEST(EntryKindTest, ACodeIsReadBackAndAnUnknownOneIsRefused) {
  for (const auto& row : internal::kEntryKinds) {
    const auto kind = EntryKind::Parse(row.code);
    ASSERT_TRUE(kind.has_value());
    EXPECT_EQ(kind->code(), row.code);
    EXPECT_EQ(kind->Words(Language::kEnglish), row.english);
    EXPECT_EQ(kind->Words(Language::kKorean), row.korean);
  }
  for (const std::string_view unknown : {"", "case", "case.opened ", "CASE.OPENED", "case.opene"}) {
    EXPECT_EQ(EntryKind::Parse(unknown).error().code, ErrorCode::kInvalidArgument) << unknown;
  }
}

TEST(EntryKindTest, ReadsAndActsAreToldApart) {
  EXPECT_EQ(EntryKind("case.opened").mode(), EntryMode::kRead);
  EXPECT_EQ(EntryKind("case.granted").mode(), EntryMode::kAct);
  EXPECT_EQ(EntryKind("case.granted").scope(), EntryScope::kCase);
  EXPECT_EQ(EntryKind("key.pinned").scope(), EntryScope::kCentre);
}

}  // namespace
}  // namespace jikimi::log
