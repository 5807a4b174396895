#include "jikimi/progress.h"

#include <gtest/gtest.h>

namespace jikimi {
namespace {

TEST(ProgressTest, SaysRateAndTimeLeft) {
  EXPECT_EQ(Progress::Text("searching", 0, 10, 0), "searching 0 of 10");
  EXPECT_EQ(Progress::Text("searching", 50, 100, 10),
            "searching 50 of 100, 5.0 a second, 10 s left");
  EXPECT_EQ(Progress::Text("searching", 100, 100, 5), "searching 100 of 100, 20 a second");
  EXPECT_EQ(Progress::Text("x", 1, 1001, 1), "x 1 of 1001, 1.0 a second, 17 min left");
  EXPECT_EQ(Progress::Text("x", 1, 36001, 1), "x 1 of 36001, 1.0 a second, 10 h 0 min left");
}

}  // namespace
}  // namespace jikimi
