// `jikimi import`: old cases of another system. It takes nobody's secret: what comes in is sealed
// to public halves, as a report from the portal is.

#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "access/act_log.h"
#include "base/file.h"
#include "jikimi/centre_commands.h"
#include "jikimi/import_run.h"
#include "jikimi/reading.h"

namespace jikimi {
namespace {

namespace json = boost::json;

// It is held in memory, so that what was checked is what is taken in.
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;

Result<std::vector<std::byte>> ReadStandardInput() {
  std::vector<std::byte> bytes;
  std::vector<std::byte> piece(std::size_t{1} << 16);
  while (true) {
    const ssize_t got = read(STDIN_FILENO, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError("the standard input", "read", errno);
    if (got == 0) return bytes;
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + got);
    if (bytes.size() > kMaxFileBytes) {
      return Error{ErrorCode::kResourceExhausted,
                   "the standard input: has more than " + std::to_string(kMaxFileBytes) + " bytes"};
    }
    if (Interrupted()) return Error{ErrorCode::kInterrupted, "stopped; nothing was written"};
  }
}

// Where a country has one zone, its clocks are meant; elsewhere a guess would move dates.
Result<casework::TimeZone> ZoneOf(const ImportOptions& options, const Config& config) {
  std::string name = options.time_zone;
  if (name.empty() && config.centre.country == "KR") name = "Asia/Seoul";
  if (name.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--time-zone: name that of the file's times, as in Europe/Berlin"};
  }
  auto zone = casework::TimeZone::Load(name);
  if (!zone) return Error{ErrorCode::kInvalidArgument, "--time-zone: " + zone.error().message};
  return zone;
}

class Output {
 public:
  explicit Output(const ImportOptions& options) : options_(options) {}

  void Refuse(std::uint64_t row, std::uint64_t line,
              const casework::ImportColumns::Problem& problem) const {
    const std::string what = Printable(problem.what);
    if (options_.json) {
      json::object object{{"row", row}, {"line", line}, {"what", what}};
      object["column"] =
          problem.column.empty() ? json::value(nullptr) : json::value(problem.column);
      std::printf("%s\n", json::serialize(object).c_str());
      return;
    }
    std::printf("%llu\t%llu\t%s\t%s\n", static_cast<unsigned long long>(row),
                static_cast<unsigned long long>(line),
                problem.column.empty() ? "-" : problem.column.c_str(), what.c_str());
  }

  void Sum(const ImportCounts& counts) const {
    if (options_.json) {
      const json::object object{{"rows", counts.rows},
                                {"good", counts.good},
                                {"refused", counts.refused},
                                {"already_there", counts.already_there},
                                {"imported", counts.imported}};
      std::printf("%s\n", json::serialize(object).c_str());
    } else {
      std::printf("%lld rows: %lld good, %lld refused, %lld already there; %lld imported%s\n",
                  static_cast<long long>(counts.rows), static_cast<long long>(counts.good),
                  static_cast<long long>(counts.refused),
                  static_cast<long long>(counts.already_there),
                  static_cast<long long>(counts.imported), options_.dry_run ? " (a dry run)" : "");
    }
    std::fflush(stdout);
  }

 private:
  const ImportOptions& options_;
};

Result<void> LogImport(Centre& centre, const ImportCounts& counts) {
  if (counts.imported == 0) return {};
  const access::Actor who(access::SystemActor{"import"});
  return centre.database.Write([&](store::Transaction& transaction) {
    return access::LogCentreAct(transaction, centre.keys, who, "import.done",
                                {{"cases", std::to_string(counts.imported)},
                                 {"refused", std::to_string(counts.refused)},
                                 {"already_there", std::to_string(counts.already_there)}},
                                centre.clock.Now());
  });
}

Result<ExitCode> Import(const ImportOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  auto zone = TRY(ZoneOf(options, loaded.config));
  const auto bytes =
      TRY(options.file == "-" ? ReadStandardInput() : ReadFile(options.file, kMaxFileBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  auto opened = ImportRun::Open(*centre, text, std::move(zone));
  if (!opened) {
    return Prefixed(options.file == "-" ? "the standard input" : Printable(options.file),
                    std::move(opened).error());
  }
  ImportRun& run = **opened;
  const Output output(options);
  TRY(run.Check(
      [&](std::uint64_t row, std::uint64_t line, const casework::ImportColumns::Problem& problem) {
        output.Refuse(row, line, problem);
      }));
  const bool refused = run.counts().refused > 0;
  if (options.dry_run) {
    output.Sum(run.counts());
    return refused ? ExitCode::kSomeFailed : ExitCode::kDone;
  }
  if (refused && !options.skip_refused) {
    output.Sum(run.counts());
    return Error{ErrorCode::kUnsupported,
                 "nothing was imported, since rows were refused; --skip-refused takes the others"};
  }
  const auto written = run.Write();
  const auto logged = LogImport(*centre, run.counts());
  output.Sum(run.counts());
  TRY(written);
  TRY(logged);
  return refused ? ExitCode::kSomeFailed : ExitCode::kDone;
}

}  // namespace

ExitCode RunImport(const ImportOptions& options) { return Ended(Import(options)); }

}  // namespace jikimi
