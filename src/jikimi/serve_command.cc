// `jikimi serve`: the server of a centre, until SIGTERM or Ctrl-C.

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include "access/argon2_gate.h"
#include "access/sign_in.h"
#include "access/source.h"
#include "access/survivors.h"
#include "base/file.h"
#include "http/api.h"
#include "http/basic_routes.h"
#include "http/cursor.h"
#include "http/events.h"
#include "http/metrics.h"
#include "http/server.h"
#include "http/services.h"
#include "http/time_text.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/housekeeping.h"
#include "jikimi/interrupt.h"
#include "jikimi/listen_address.h"
#include "jikimi/live_feed.h"
#include "jikimi/log_head.h"
#include "jikimi/reading.h"
#include "log/sequencer.h"
#include "store/group_commit.h"

namespace jikimi {
namespace {

constexpr std::chrono::milliseconds kGrace{20'000};

// Lines of the server's own log, on stderr: JSON, one at a time, nothing of a person.
class LogLines {
 public:
  void Request(const http::Access& access) {
    const std::lock_guard lock(mutex_);
    std::fprintf(stderr,
                 "{\"at\":\"%s\",\"request\":\"%s\",\"operation\":\"%s\",\"method\":\"%s\","
                 "\"status\":%d,\"in\":%llu,\"out\":%llu,\"us\":%lld}\n",
                 http::TimeText(access.at).c_str(), access.reference.c_str(),
                 std::string(access.operation).c_str(), std::string(access.method).c_str(),
                 access.status, static_cast<unsigned long long>(access.request_bytes),
                 static_cast<unsigned long long>(access.response_bytes),
                 static_cast<long long>(access.took.count()));
  }
  void Failure(std::string_view reference, std::string_view operation, const Error& error) {
    const std::lock_guard lock(mutex_);
    std::fprintf(stderr, "jikimi: request %s, %s: %s: %s\n", std::string(reference).c_str(),
                 std::string(operation).c_str(), std::string(ErrorCodeName(error.code)).c_str(),
                 Printable(error.message).c_str());
  }

 private:
  std::mutex mutex_;
};

// Set in whichever thread gets the signal.
std::atomic<bool> reload_wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

// SIGHUP makes the server read its certificates anew; elsewhere it ends a command.
void CatchReload() {
  struct sigaction action = {};
  action.sa_handler = [](int) { reload_wanted = true; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
}

// As many descriptors as connections need, or the most that the system allows.
void AllowDescriptors(std::int64_t connections) {
  constexpr rlim_t kOthers = 1024;  // database, files, event loop
  struct rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = static_cast<rlim_t>(connections) + kOthers;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

http::Limits LimitsOf(const Config& config) {
  http::Limits limits;
  limits.workers = static_cast<int>(config.server.workers);
  limits.connections = static_cast<int>(config.server.connections);
  // Behind a proxy every connection is the proxy's.
  limits.connections_a_source = config.server.behind_proxy
                                    ? limits.connections
                                    : static_cast<int>(config.server.connections_per_source);
  return limits;
}

Result<std::vector<http::Listener>> ListenersOf(const Config& config) {
  std::vector<http::Listener> listeners;
  const auto main = TRY(ParseListenAddress("server.listen", config.server.listen));
  http::Listener listener{main.address, main.port, std::nullopt, false};
  if (!config.server.certificate.empty()) {
    listener.tls = {config.server.certificate, config.server.certificate_key};
  } else if (!main.loopback) {
    return Error{ErrorCode::kInvalidArgument,
                 "server.listen: without server.certificate only a loopback address, behind a "
                 "proxy that ends TLS"};
  }
  listeners.push_back(std::move(listener));
  if (!config.metrics.listen.empty()) {
    const auto metrics = TRY(ParseListenAddress("metrics.listen", config.metrics.listen));
    listeners.push_back({metrics.address, metrics.port, std::nullopt, true});
  }
  return listeners;
}

access::SignInOptions SignInOptionsOf(const Config& config) {
  access::SignInOptions options;
  const std::string& url = config.server.public_url;
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) {
    std::string host = url.substr(scheme + 3);
    if (!host.starts_with('[')) host.resize(std::min(host.find(':'), host.size()));
    options.site = {host, url};
  }
  return options;
}

http::ReadyCheck DatabaseCheck(store::Database& database) {
  return {"database", [&database]() -> Result<void> {
            return database.Read([](store::Transaction&) -> Result<void> { return {}; });
          }};
}

http::ReadyCheck SequencerCheck(const log::Sequencer& sequencer) {
  return {"log", [&sequencer]() -> Result<void> {
            const auto status = sequencer.status();
            if (status.error) return *status.error;
            return {};
          }};
}

Result<void> Serve(const ServeOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUpgrade));
  const auto listeners = TRY(ListenersOf(loaded.config));

  CatchReload();
  AllowDescriptors(loaded.config.server.connections);
  LogLines lines;
  const access::SourceHasher sources;
  access::Argon2Gate gate({});
  const auto sign_in =
      TRY(access::SignIn::Create(centre->database, centre->keys, centre->roles, centre->clock, gate,
                                 SignInOptionsOf(loaded.config)));
  // A gate of their own, so that a flood at one door doesn't hold up the other.
  access::Argon2Gate survivors_gate({});
  access::SurvivorDoor survivors(centre->database, centre->keys, centre->roles, centre->clock,
                                 survivors_gate, {});
  store::GroupCommit commits(centre->database);
  http::EventHubOptions event_options;
  event_options.kept_events = 1000;  // each is asked about anew for whoever comes back
  http::EventHub events(event_options);
  const http::Cursors cursors = http::Cursors::From(centre->keys.server()->current());
  const http::Services services{centre->database,
                                centre->clock,
                                centre->keys,
                                centre->roles,
                                centre->rules,
                                sources,
                                gate,
                                *sign_in,
                                survivors,
                                commits,
                                events,
                                cursors,
                                centre->log_signer.verifier(),
                                log::SplitSuccessions(centre->keys.log_successions()),
                                loaded.config.centre.name,
                                ReceiptTime(loaded.config),
                                loaded.config.server.behind_proxy};
  http::Api::Options api_options;
  if (!loaded.config.server.public_url.empty()) {
    api_options.origins = {loaded.config.server.public_url};
  }
  api_options.check_responses = options.check_responses;
  api_options.failure_log = [&lines](std::string_view reference, std::string_view operation,
                                     const Error& error) {
    lines.Failure(reference, operation, error);
  };
  api_options.guard = http::MakeGuard(services);

  log::Sequencer sequencer(centre->database, centre->log_signer, centre->clock,
                           {.former = log::FormerKeys(centre->log_successions)});
  http::Metrics metrics;
  http::Api api(TRY(http::OpenApi::Embedded()), std::move(api_options));
  http::AddBasicRoutes(api, metrics, {DatabaseCheck(centre->database), SequencerCheck(sequencer)});
  http::AddProductRoutes(api, services);
  TRY(api.Finish());

  http::ServerOptions server_options;
  server_options.listeners = listeners;
  server_options.limits = LimitsOf(loaded.config);
  server_options.access_log = [&lines](const http::Access& access) { lines.Request(access); };
  sequencer.Start();
  Housekeeping housekeeping(*centre, *sign_in, [&lines](const Error& error) {
    lines.Failure("-", "housekeeping", error);
  });
  housekeeping.Start();
  LiveFeed live_feed(*centre, events,
                     [&lines](const Error& error) { lines.Failure("-", "events", error); });
  live_feed.Start();
  const auto server =
      TRY(http::Server::Start(api, std::move(server_options), centre->clock, metrics));
  const std::string& address = listeners.front().address;
  const bool six = address.find(':') != std::string::npos;
  std::printf("jikimi serves \"%s\" at %s://%s%s%s:%u\n", loaded.config.centre.name.c_str(),
              listeners.front().tls ? "https" : "http", six ? "[" : "", address.c_str(),
              six ? "]" : "", static_cast<unsigned>(server->ports().front()));
  std::fflush(stdout);
  while (!Interrupted()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (!reload_wanted.exchange(false)) continue;
    if (const auto reloaded = server->ReloadTls(); !reloaded.has_value()) {
      Complain(reloaded.error());
    }
  }
  events.EndAll();
  const int cut = server->Stop(kGrace);
  live_feed.Stop();
  housekeeping.Stop();
  sequencer.Stop();
  const auto kept = KeepLogHead(centre->database, centre->keys.folder(), centre->LogKeys());
  if (!kept.has_value()) Complain(kept.error());
  std::printf("jikimi: stopped; %d connections cut off\n", cut);
  return {};
}

}  // namespace

ExitCode RunServe(const ServeOptions& options) { return Ended(Serve(options)); }

}  // namespace jikimi
