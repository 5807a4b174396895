// What the two databases do in a second. SQLite's file lies in TMPDIR, whose disk counts;
// PostgreSQL is the server of JIKIMI_POSTGRESQL (contract.h), which must run with fsync on.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>

#include "store/job.h"
#include "store/migration.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

constexpr Timestamp kSomeDay{std::chrono::microseconds(1'782'864'000'000'000)};
constexpr std::int64_t kStored = 100'000;
constexpr Migration kTables[] = {
    {"report",
     "CREATE TABLE bench_report (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
     "taken_at TIMESTAMPTZ NOT NULL, sealed BYTEA NOT NULL);"
     "CREATE TABLE bench_item (id BIGINT NOT NULL PRIMARY KEY, word BYTEA NOT NULL, "
     "note TEXT)"}};

template <typename T>
T Must(Result<T> result) {
  if (result) return std::move(result).value();
  std::cerr << result.error().message << "\n";
  std::exit(1);
}

std::string TemporaryFolder() {
  std::string folder = (std::filesystem::temp_directory_path() / "jikimi-bench-XXXXXX").native();
  if (!mkdtemp(folder.data())) std::exit(1);
  return folder;
}

std::string Url(Engine engine) {
  static const std::string folder = TemporaryFolder();
  if (engine == Engine::kSqlite) return "sqlite:" + folder + "/bench.db";
  const char* server = std::getenv("JIKIMI_POSTGRESQL");
  std::ifstream file(std::filesystem::path(server ? server : "") / "url");
  std::string url;
  if (!server || !std::getline(file, url)) {
    std::cerr << "JIKIMI_POSTGRESQL: start a server with tools/postgresql start FOLDER\n";
    std::exit(1);
  }
  return url;
}

// A database with 100,000 rows to read, made when it is first wanted.
Database& Prepared(Engine engine) {
  static std::mutex mutex;
  static std::unique_ptr<Database> databases[2];
  const std::lock_guard lock(mutex);
  auto& database = databases[engine == Engine::kSqlite ? 0 : 1];
  if (database) return *database;
  database = std::make_unique<Database>(Must(Database::Open(Url(engine), {.max_connections = 32})));
  Must(database->WriteLocking([](Transaction& transaction) -> Result<void> {
    for (const std::string_view table :
         {"bench_report", "bench_item", "store_job", "store_event", "store_event_counter",
          "store_consumer", "store_migration"}) {
      TRY(Execute(transaction, "DROP TABLE IF EXISTS " + std::string(table)));
    }
    return {};
  }));
  const Schema schemas[] = {StoreSchema(), {"bench", kTables}};
  Must(Migrate(*database, schemas, SystemClock()));
  const std::string_view columns[] = {"id", "word", "note"};
  const std::vector<std::byte> word(32, std::byte{0x5a});
  Must(database->WriteLocking([&](Transaction& transaction) {
    std::int64_t id = 0;
    return BulkInsert(transaction, "bench_item", columns, [&](std::vector<Value>& row) {
      row = {++id, word, "note"};
      return id <= kStored;
    });
  }));
  return *database;
}

Engine EngineOf(const benchmark::State& state) {
  return state.range(0) == 0 ? Engine::kSqlite : Engine::kPostgresql;
}

// A report taken: one row of 2 kB and a job, durable before the next.
void BM_DurableReport(benchmark::State& state) {
  Database& database = Prepared(EngineOf(state));
  const std::vector<std::byte> sealed(2048, std::byte{0xa5});
  for (auto _ : state) {
    Must(database.Write([&](Transaction& transaction) -> Result<void> {
      const auto row = TRY(QueryOne(
          transaction, "INSERT INTO bench_report (taken_at, sealed) VALUES ($1, $2) RETURNING id",
          {kSomeDay, sealed}));
      const std::string key = std::to_string(TRY(row->Get<std::int64_t>(0)));
      TRY(Enqueue(transaction,
                  {.queue = "match", .unique_key = key, .payload = {}, .run_at = kSomeDay}));
      return {};
    }));
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_PointRead(benchmark::State& state) {
  Database& database = Prepared(EngineOf(state));
  std::int64_t id = state.thread_index() * 7919;
  for (auto _ : state) {
    id = (id * 48271 + 11) % kStored;
    Must(database.Read([&](Transaction& transaction) -> Result<void> {
      const auto row =
          TRY(QueryOne(transaction, "SELECT word, note FROM bench_item WHERE id = $1", {id + 1}));
      benchmark::DoNotOptimize(TRY(row->Get<std::vector<std::byte>>(0)));
      return {};
    }));
  }
  state.SetItemsProcessed(state.iterations());
}

// 10,000 rows of a word each in one transaction.
void BM_BulkInsert(benchmark::State& state) {
  Database& database = Prepared(EngineOf(state));
  const std::string_view columns[] = {"id", "word"};
  const std::vector<std::byte> word(32, std::byte{0x5a});
  static std::int64_t id = kStored + 1;
  constexpr std::int64_t kRows = 10'000;
  for (auto _ : state) {
    const std::int64_t end = id + kRows;
    Must(database.WriteLocking([&](Transaction& transaction) {
      return BulkInsert(transaction, "bench_item", columns, [&](std::vector<Value>& row) {
        row = {id, word};
        return id++ < end;
      });
    }));
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

BENCHMARK(BM_DurableReport)
    ->ArgName("postgresql")
    ->Arg(0)
    ->Arg(1)
    ->ThreadRange(1, 16)
    ->UseRealTime();
BENCHMARK(BM_PointRead)
    ->ArgName("postgresql")
    ->Arg(0)
    ->Arg(1)
    ->Threads(1)
    ->Threads(4)
    ->UseRealTime();
BENCHMARK(BM_BulkInsert)->ArgName("postgresql")->Arg(0)->Arg(1)->UseRealTime();

std::string Processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace
}  // namespace jikimi::store

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::AddCustomContext("CPU", jikimi::store::Processor());
  benchmark::AddCustomContext("SQLite's folder", std::filesystem::temp_directory_path());
  benchmark::RunSpecifiedBenchmarks();
}
