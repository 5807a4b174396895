#include "store/postgresql_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jikimi::store {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(PostgresqlUrlTest, TheNameHasHostPortAndDatabaseOnly) {
  const auto url = PostgresqlUrl::Parse("postgresql://anna:pl%40nted@db.example:5433/centre");
  EXPECT_EQ(url->name(), "postgresql://db.example:5433/centre");
  EXPECT_THAT(url->settings(), Contains(Pair("password", "pl@nted")));
  EXPECT_THAT(url->settings(), Contains(Pair("target_session_attrs", "read-write")));
  EXPECT_THAT(url->settings(), Contains(Pair("client_encoding", "UTF8")));
}

TEST(PostgresqlUrlTest, WhatTheUrlSaysIsKept) {
  const auto url = PostgresqlUrl::Parse(
      "postgres://a,b:5433/x?target_session_attrs=any&connect_timeout=3&client_encoding=LATIN1");
  EXPECT_THAT(url->settings(), Contains(Pair("target_session_attrs", "any")));
  EXPECT_THAT(url->settings(), Contains(Pair("connect_timeout", "3")));
  EXPECT_THAT(url->settings(), Contains(Pair("host", "a,b")));
  EXPECT_THAT(url->settings(), Not(Contains(Pair("client_encoding", "LATIN1"))));
}

TEST(PostgresqlUrlTest, PasswordsAreBlottedOut) {
  const auto url = PostgresqlUrl::Parse("postgresql://u@h/d?password=sesame&sslpassword=open");
  EXPECT_EQ(url->Redact("open sesame, sesame"), "*** ***, ***");
}

class BadUrlTest : public testing::TestWithParam<std::string> {};

// The planted password never comes back, wherever a mistake has put it.
TEST_P(BadUrlTest, IsRefusedAndNotQuoted) {
  const auto url = PostgresqlUrl::Parse(GetParam());
  ASSERT_FALSE(url.has_value());
  EXPECT_EQ(url.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(url.error().message, Not(HasSubstr("planted")));
  EXPECT_THAT(url.error().message, Not(HasSubstr("secret")));
}
INSTANTIATE_TEST_SUITE_P(
    , BadUrlTest,
    testing::Values("postgresql://u:planted/secret@host/d", "postgresql://u:planted@secret@host/d",
                    "postgresql://u:planted?secret@host/d", "postgresql://u:planted#secret@host/d",
                    "postgresql://u:planted%zzsecret@host/d", "postgresql://planted:secret/d",
                    "postgresql://h/d?planted=secret", "postgresql://h/d?planted",
                    "postgresql://h:99999999/d", "postgresql://[planted/d", "sqlite:planted",
                    std::string("postgresql://u:planted\0secret@h/d", 33), ""),
    [](const auto& test) { return "Number" + std::to_string(test.index); });

}  // namespace
}  // namespace jikimi::store
