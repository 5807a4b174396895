// What a stored log does in a second. SQLite's file lies in TMPDIR, whose disk counts; PostgreSQL
// is the server of JIKIMI_POSTGRESQL, which must run with fsync on.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include "log/entries.h"
#include "log/entry_samples.h"
#include "log/log_benchmark_tables.h"
#include "log/read_batch.h"
#include "log/reader.h"
#include "log/sequencer.h"
#include "log/tree.h"
#include "log/verify.h"
#include "store/migration.h"

namespace jikimi::log {
namespace {

using SteadyClock = std::chrono::steady_clock;

template <typename T>
T Must(Result<T> result) {
  if (result) return std::move(result).value();
  std::cerr << result.error().message << "\n";
  std::exit(1);
}

std::string NewUrl(store::Engine engine) {
  static int number = 0;
  if (engine == store::Engine::kSqlite) {
    static const std::string folder = [] {
      std::string name = (std::filesystem::temp_directory_path() / "jikimi-bench-XXXXXX").native();
      if (!mkdtemp(name.data())) std::exit(1);
      return name;
    }();
    return "sqlite:" + folder + "/log" + std::to_string(++number) + ".db";
  }
  const char* server = std::getenv("JIKIMI_POSTGRESQL");
  std::ifstream file(std::filesystem::path(server ? server : "") / "url");
  std::string url;
  if (!server || !std::getline(file, url)) {
    std::cerr << "JIKIMI_POSTGRESQL: start a server with tools/postgresql start FOLDER\n";
    std::exit(1);
  }
  return url;
}

store::Engine EngineOf(const benchmark::State& state) {
  return state.range(0) == 0 ? store::Engine::kSqlite : store::Engine::kPostgresql;
}

void MakeTables(store::Database& database, const Clock& clock) {
  Must(DropTables(database));
  const store::Schema schemas[] = {LogSchema()};
  Must(store::Migrate(database, schemas, clock));
}

// A log with a sequencer at work, and somebody who looks how long an entry takes into the tree.
class BusyLog {
 public:
  explicit BusyLog(store::Engine engine)
      : database(Must(store::Database::Open(NewUrl(engine), {.max_connections = 32}))) {
    MakeTables(database, clock);
    sequencer.emplace(database, signer, clock);
    sequencer->Start();
    prober = std::thread([this] { Probe(); });
  }
  ~BusyLog() {
    stop = true;
    prober.join();
    sequencer->Stop();
  }

  EntrySeals Seals() const {
    return EntrySeals::ForCase(case_.keyring.public_key(), audit.public_key());
  }

  SystemClock clock;
  store::Database database;
  NoteSigner signer =
      NoteSigner::Create("jikimi.example/log", vault::SigningKey::Generate()).value();
  vault::CaseKeyring::Created case_ = SampleCase();
  vault::CaseKeyring::Created probed = SampleCase();
  vault::AuditKeyPair audit = SampleAudit();
  std::optional<Sequencer> sequencer;
  std::atomic<std::int64_t> worst_lag_us = 0;
  std::atomic<std::int64_t> lag_sum_us = 0;
  std::atomic<std::int64_t> probes = 0;

 private:
  void Probe() {
    const auto seals = EntrySeals::ForCase(probed.keyring.public_key(), audit.public_key());
    while (!stop) {
      Must(database.Write([&](store::Transaction& transaction) {
        return Append(transaction, SampleEntry("case.opened", probed.keyring.id()), seals);
      }));
      const auto begin = SteadyClock::now();
      while (!Must(database.Read([&](store::Transaction& transaction) {
                return ReadCase(transaction, probed.keyring, probed.pair, {{}, 1});
              }))
                  .entries.at(0)
                  .number) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      const auto lag =
          std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin).count();
      if (lag > worst_lag_us) worst_lag_us = lag;
      lag_sum_us += lag;
      ++probes;
    }
  }

  std::atomic<bool> stop = false;
  std::thread prober;
};

std::unique_ptr<BusyLog> busy_log;

void Open(const benchmark::State& state) { busy_log = std::make_unique<BusyLog>(EngineOf(state)); }
void Close(const benchmark::State&) { busy_log.reset(); }

void Report(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() != 0) return;
  const auto probes = std::max<std::int64_t>(1, busy_log->probes);
  state.counters["lag_ms"] = static_cast<double>(busy_log->lag_sum_us / probes) / 1000;
  state.counters["worst_lag_ms"] = static_cast<double>(busy_log->worst_lag_us) / 1000;
}

// An act's entry, alone in a transaction of its own: sealed to the case and to the audit key.
void BM_Append(benchmark::State& state) {
  BusyLog& log = *busy_log;
  const auto entry = SampleEntry("case.opened", log.case_.keyring.id());
  for (auto _ : state) {
    const auto sealed = Must(SealedEntry::Seal(entry, log.Seals()));
    Must(log.database.Write(
        [&](store::Transaction& transaction) { return Append(transaction, sealed); }));
  }
  Report(state);
}

// A read's entry, durable before the next.
void BM_ReadBatch(benchmark::State& state) {
  static std::unique_ptr<store::GroupCommit> commits;
  BusyLog& log = *busy_log;
  if (state.thread_index() == 0) {
    commits = std::make_unique<store::GroupCommit>(
        log.database, store::GroupCommit::Options{.groups = static_cast<int>(state.range(1))});
  }
  const auto entry = SampleEntry("case.opened", log.case_.keyring.id());
  for (auto _ : state) {
    ReadBatch reads(*commits);
    Must(reads.Record(entry, log.Seals()));
  }
  Report(state);
}

std::int64_t PeakKilobytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    std::int64_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes;
  }
  return 0;
}

// A whole log of range(1) entries of the centre, without and with the server's keys.
void BM_Verify(benchmark::State& state) {
  const SystemClock clock;
  auto database = Must(store::Database::Open(NewUrl(EngineOf(state))));
  MakeTables(database, clock);
  const auto signer =
      NoteSigner::Create("jikimi.example/log", vault::SigningKey::Generate()).value();
  Sequencer sequencer(database, signer, clock);
  const auto server_keys = vault::ServerKeys::Create();
  const Entry entry{"backup.made", kSampleDay, ActorRef::System()};
  for (std::int64_t done = 0; done < state.range(1); done += 1000) {
    std::vector<SealedEntry> entries;
    for (int i = 0; i < 1000; ++i) {
      entries.push_back(Must(SealedEntry::Seal(entry, EntrySeals::ForCentre(server_keys))));
    }
    Must(database.Write(
        [&](store::Transaction& transaction) { return AppendAll(transaction, entries); }));
    Must(sequencer.RunOnce());
  }
  std::ofstream("/proc/self/clear_refs") << "5";  // forgets the peak so far
  const auto before = PeakKilobytes();
  for (auto _ : state) {
    const auto verdict =
        Must(VerifyLog(database, signer.verifier(),
                       {.kept = {}, .server_keys = state.range(2) == 1 ? &server_keys : nullptr}));
    if (!verdict.intact()) std::exit(1);
  }
  state.counters["entries/s"] = benchmark::Counter(
      static_cast<double>(state.range(1) * state.iterations()), benchmark::Counter::kIsRate);
  state.counters["peak_MB"] = static_cast<double>(PeakKilobytes()) / 1024;
  state.counters["before_MB"] = static_cast<double>(before) / 1024;
}

BENCHMARK(BM_Append)
    ->ArgName("postgresql")
    ->Arg(0)
    ->Arg(1)
    ->Threads(1)
    ->Threads(16)
    ->UseRealTime()
    ->Setup(Open)
    ->Teardown(Close);
BENCHMARK(BM_ReadBatch)
    ->ArgNames({"postgresql", "groups"})
    ->Args({0, 1})
    ->Args({1, 1})
    ->Args({1, 4})
    ->Threads(16)
    ->UseRealTime()
    ->Setup(Open)
    ->Teardown(Close);
BENCHMARK(BM_Verify)
    ->ArgNames({"postgresql", "entries", "keys"})
    ->Args({0, 100'000, 0})
    ->Args({0, 100'000, 1})
    ->Args({1, 100'000, 0})
    ->Args({0, 1'000'000, 0})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace jikimi::log

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::AddCustomContext("SQLite's folder", std::filesystem::temp_directory_path());
  benchmark::RunSpecifiedBenchmarks();
}
