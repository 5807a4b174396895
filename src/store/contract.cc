#include "store/contract.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "base/bytes.h"

namespace jikimi::store {
namespace {

std::string ServerUrl() {
  const char* folder = std::getenv("JIKIMI_POSTGRESQL");
  if (!folder) {
    throw std::runtime_error(
        "JIKIMI_POSTGRESQL is not set: run the tests with ctest, or start a server with "
        "tools/postgresql start FOLDER and set it to FOLDER");
  }
  std::ifstream file(std::filesystem::path(folder) / "url");
  std::string url;
  if (!std::getline(file, url)) {
    throw std::runtime_error(std::string(folder) + "/url can't be read: no server was started");
  }
  return url;
}

void RunSql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  }
}

}  // namespace

void ContractTest::SetUp() {
  std::string name = testing::TempDir() + "jikimi-store-XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
  if (sqlite()) {
    url_ = "sqlite:" + (folder_ / "사건.db").native();
    return;
  }
  server_url_ = ServerUrl();
  database_name_ = "test_" + std::to_string(getpid()) + "_" +
                   std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  RunSql(server_url_, "CREATE DATABASE " + database_name_);
  const std::string any = "/postgres?";
  url_ = server_url_;
  url_.replace(url_.find(any), any.size(), "/" + database_name_ + "?");
}

void ContractTest::TearDown() {
  std::filesystem::remove_all(folder_);
  if (!database_name_.empty()) {
    RunSql(server_url_, "DROP DATABASE " + database_name_ + " WITH (FORCE)");
  }
}

void ContractTest::RunOnServer(const std::string& sql) const { RunSql(url_, sql); }

Result<std::int64_t> Do(Database& database, std::string_view sql, ParameterList parameters) {
  return database.Write(
      [&](Transaction& transaction) { return Execute(transaction, sql, parameters); });
}

std::vector<Row> Rows(Database& database, std::string_view sql, ParameterList parameters) {
  return Must(database.Read([&](Transaction& transaction) {
    return Query(transaction, sql, Parameters(parameters.begin(), parameters.size()));
  }));
}

std::int64_t Number(Database& database, std::string_view sql, ParameterList parameters) {
  const auto rows = Rows(database, sql, parameters);
  if (rows.size() != 1) throw std::runtime_error("not one row");
  return Must(rows[0].Get<std::int64_t>(0));
}

std::vector<std::byte> Bytes(std::string_view text) {
  const auto bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace jikimi::store
