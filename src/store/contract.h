#ifndef JIKIMI_STORE_CONTRACT_H_
#define JIKIMI_STORE_CONTRACT_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "store/sql.h"

// What the tests of both databases share.
namespace jikimi::store {

// The value, or a failure of the test that says why there is none.
template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error("unexpected error: " + result.error().message);
  return std::move(result).value();
}

// Runs each test on a new database of both kinds. PostgreSQL is the server whose URL stands in the
// file `url` of the folder that the environment variable JIKIMI_POSTGRESQL names; tools/postgresql
// makes one. Without it the test fails.
class ContractTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  bool sqlite() const { return GetParam() == Engine::kSqlite; }
  const std::string& url() const { return url_; }
  const std::filesystem::path& folder() const { return folder_; }
  Database Open(DatabaseOptions options = {}) const { return Must(Database::Open(url_, options)); }

  // Runs SQL of PostgreSQL's own on this test's database, past the store.
  void RunOnServer(const std::string& sql) const;

 private:
  std::filesystem::path folder_;
  std::string server_url_;
  std::string database_name_;
  std::string url_;
};

// A statement in a transaction of its own.
Result<std::int64_t> Do(Database& database, std::string_view sql, ParameterList parameters = {});
std::vector<Row> Rows(Database& database, std::string_view sql, ParameterList parameters = {});
// The integer that a statement gives.
std::int64_t Number(Database& database, std::string_view sql, ParameterList parameters = {});

// 2026-07-01 00:00 UTC.
inline constexpr Timestamp kSomeDay{std::chrono::microseconds(1'782'864'000'000'000)};

std::vector<std::byte> Bytes(std::string_view text);

#define JIKIMI_ON_BOTH_DATABASES(Suite)                                                        \
  INSTANTIATE_TEST_SUITE_P(                                                                    \
      , Suite,                                                                                 \
      testing::Values(::jikimi::store::Engine::kSqlite, ::jikimi::store::Engine::kPostgresql), \
      [](const auto& test) {                                                                   \
        return std::string(test.param == ::jikimi::store::Engine::kSqlite ? "Sqlite"           \
                                                                          : "Postgresql");     \
      })

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_CONTRACT_H_
