#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace jikimi {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::kInvalidArgument, "odd"};
  return number / 2;
}
Result<int> Quarter(int number) {
  const int half = TRY(Half(number));
  return Half(half);
}
Result<void> MustBeEven(int number) {
  TRY(Half(number));
  return {};
}

TEST(ResultTest, TryPassesTheValueOn) { EXPECT_EQ(Quarter(8).value(), 2); }

TEST(ResultTest, TryReturnsTheError) {
  EXPECT_EQ(Quarter(6).error(), (Error{ErrorCode::kInvalidArgument, "odd"}));
  EXPECT_FALSE(MustBeEven(3).has_value());
  EXPECT_TRUE(MustBeEven(2).has_value());
}

TEST(ResultTest, TryStandsWithinTryAndWithinItsLambdas) {
  const auto eighth = [](int number) -> Result<int> {
    return TRY(Half(TRY(Half(TRY([&]() -> Result<int> { return TRY(Half(number)); }())))));
  };
  EXPECT_EQ(eighth(8).value(), 1);
  EXPECT_EQ(eighth(4).error().message, "odd");
}

TEST(ResultTest, MoveOnlyValuesPassThrough) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, ValueOfAnErrorIsABug) { EXPECT_DEATH((void)Half(1).value(), "CHECK"); }

TEST(ResultTest, PrefixedSaysWhereFirst) {
  EXPECT_EQ(Prefixed("a.jpg", Half(1).error()).message, "a.jpg: odd");
}

}  // namespace
}  // namespace jikimi
