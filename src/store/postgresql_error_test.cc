#include "store/postgresql_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jikimi::store {
namespace {

struct Sample {
  std::string sqlstate;
  ErrorCode code;
};
class SqlstateTest : public testing::TestWithParam<Sample> {};

TEST_P(SqlstateTest, HasItsCode) {
  EXPECT_EQ(SqlstateErrorCode(GetParam().sqlstate), GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(
    , SqlstateTest,
    testing::Values(
        Sample{"23505", ErrorCode::kAlreadyExists}, Sample{"23503", ErrorCode::kInvalidArgument},
        Sample{"23502", ErrorCode::kInvalidArgument}, Sample{"22003", ErrorCode::kInvalidArgument},
        Sample{"42804", ErrorCode::kInvalidArgument}, Sample{"40001", ErrorCode::kUnavailable},
        Sample{"40P01", ErrorCode::kUnavailable}, Sample{"08006", ErrorCode::kUnavailable},
        Sample{"57P01", ErrorCode::kUnavailable}, Sample{"53300", ErrorCode::kUnavailable},
        Sample{"53100", ErrorCode::kResourceExhausted},
        Sample{"53200", ErrorCode::kResourceExhausted},
        Sample{"57014", ErrorCode::kResourceExhausted},
        Sample{"54000", ErrorCode::kResourceExhausted},
        Sample{"28P01", ErrorCode::kPermissionDenied},
        Sample{"42501", ErrorCode::kPermissionDenied}, Sample{"25006", ErrorCode::kInternal},
        Sample{"3D000", ErrorCode::kNotFound}, Sample{"XX001", ErrorCode::kCorrupt},
        Sample{"42601", ErrorCode::kInternal}, Sample{"XX000", ErrorCode::kInternal},
        Sample{"58030", ErrorCode::kInternal}, Sample{"", ErrorCode::kInternal}),
    [](const auto& test) { return "State" + test.param.sqlstate; });

TEST(SqlstateErrorTest, MessagesThatMayQuoteValuesAreLeftOut) {
  const Error data =
      SqlstateError("INSERT", "22P02", "invalid input syntax for type bigint: \"planted\"");
  EXPECT_EQ(data.message,
            "INSERT: a value that its column or function doesn't take (SQLSTATE 22P02)");
  const Error raised = SqlstateError("INSERT", "P0001", "planted");
  EXPECT_EQ(raised.message, "INSERT: the server failed (SQLSTATE P0001)");
  const Error unique = SqlstateError("INSERT", "23505", "duplicate key … \"person_pkey\"");
  EXPECT_THAT(unique.message, testing::HasSubstr("person_pkey"));
}

TEST(SqlstateErrorTest, ConflictsAndLostConnectionsAreKnown) {
  for (const std::string_view state : {"40001", "40P01", "55P03"}) {
    EXPECT_TRUE(IsSqlstateConflict(state));
  }
  EXPECT_FALSE(IsSqlstateConflict("23505"));
  for (const std::string_view state : {"57P01", "57P02", "57P03", "08006", "25P03"}) {
    EXPECT_TRUE(IsSqlstateConnectionLost(state));
  }
  EXPECT_FALSE(IsSqlstateConnectionLost("57014"));
}

}  // namespace
}  // namespace jikimi::store
