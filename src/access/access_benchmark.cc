// What sessions and sign-ins cost on one core. SQLite's file lies in TMPDIR.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <iostream>

#include "access/enrolment.h"
#include "access/escrow.h"
#include "access/schema.h"
#include "access/sign_in.h"
#include "access/survivors.h"
#include "log/entries.h"
#include "store/migration.h"
#include "vault/totp.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kPassword = "made-up battery 9 horse";

template <typename T>
T Must(Result<T> result) {
  if (result) return std::move(result).value();
  std::cerr << result.error().message << "\n";
  std::exit(1);
}

std::string_view View(const vault::SecretBytes& secret) {
  const auto bytes = secret.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A centre with one supervisor, `kim`.
struct Centre {
  Centre() {
    std::string name = (std::filesystem::temp_directory_path() / "jikimi-bench-XXXXXX").native();
    if (mkdtemp(name.data()) == nullptr) std::exit(1);
    folder = name;
    database.emplace(Must(store::Database::Open("sqlite:" + name + "/bench.db")));
    const store::Schema schemas[] = {store::StoreSchema(), log::LogSchema(), AccessSchema()};
    Must(store::Migrate(*database, schemas, clock));
    const CentreKeysOptions options{.folder = folder / "keys", .copies = {}};
    Must(CentreKeys::Init(options, clock.Now()));
    keys.emplace(Must(CentreKeys::Load(options)));
    SignInOptions sign_in_options;
    sign_in_options.quota.burst = 1'000'000'000;
    sign_in = Must(SignIn::Create(*database, *keys, roles, clock, gate, sign_in_options));
    const Actor system(SystemActor{"benchmark"});
    const auto invitation = Must(database->Write([&](store::Transaction& transaction) {
      return Invite(transaction, *keys, roles, system, std::nullopt,
                    {"Kim", Role::kSupervisor, std::nullopt}, clock.Now());
    }));
    const auto welcome =
        Must(OpenInvitation(*database, *keys, "Centre", View(invitation.code), clock.Now()));
    totp.emplace(FromBase32(View(welcome.totp_secret)));
    Must(AcceptInvitation(*database, *keys, gate, source, View(invitation.code),
                          {"kim", kPassword, Code()}, clock));
  }
  ~Centre() {
    sign_in.reset();
    database.reset();
    std::filesystem::remove_all(folder);
  }
  static vault::Totp FromBase32(std::string_view text) {
    std::vector<std::byte> bytes;
    unsigned bits = 0;
    int count = 0;
    for (const char letter : text) {
      bits = bits << 5 | static_cast<unsigned>(letter >= 'A' ? letter - 'A' : letter - '2' + 26);
      count += 5;
      if (count < 8) continue;
      count -= 8;
      bytes.push_back(static_cast<std::byte>(bits >> count & 255));
    }
    return Must(vault::Totp::FromSecret(bytes));
  }
  std::string Code() {
    const auto now = clock.Now().time_since_epoch();
    return totp->Code(std::chrono::duration_cast<std::chrono::seconds>(now).count() / 30);
  }
  SignedIn SignInOnce() {
    clock.Advance(std::chrono::seconds(30));
    const auto pending = Must(sign_in->Password("kim", kPassword, source, "benchmark"));
    return Must(sign_in->Totp(View(pending.cookie), Code()));
  }

  std::filesystem::path folder;
  ManualClock clock{Timestamp(std::chrono::seconds(1'782'864'000))};
  std::optional<store::Database> database;
  std::optional<CentreKeys> keys;
  Roles roles = Must(Roles::BuiltIn());
  Argon2Gate gate{Argon2Gate::Limits{}};
  Source source = SourceHasher().Local();
  std::optional<vault::Totp> totp;
  std::unique_ptr<SignIn> sign_in;
};

Centre& TheCentre() {
  static Centre centre;
  return centre;
}

void BM_SessionChecked(benchmark::State& state) {
  Centre& centre = TheCentre();
  const SignedIn signed_in = centre.SignInOnce();
  for (auto _ : state) {
    benchmark::DoNotOptimize(Must(centre.sign_in->Check(View(signed_in.cookie))));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SessionChecked);

void BM_SignInWithPasswordAndCode(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TheCentre().SignInOnce());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SignInWithPasswordAndCode)->Unit(benchmark::kMillisecond);

void BM_WrongSurvivorCode(benchmark::State& state) {
  Centre& centre = TheCentre();
  SurvivorOptions options;
  options.quota.burst = 1'000'000'000;
  SurvivorDoor door(*centre.database, *centre.keys, centre.roles, centre.clock, centre.gate,
                    options);
  const auto code = vault::SurvivorCode::Generate().ToText();
  for (auto _ : state) {
    if (door.Enter(View(code), centre.source)) std::exit(1);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_WrongSurvivorCode);

void BM_NewSurvivorCode(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Must(MakeSurvivor()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_NewSurvivorCode);

void BM_RequireWithinSelf(benchmark::State& state) {
  const SignedIn signed_in = TheCentre().SignInOnce();
  const vault::PersonId persons[] = {vault::PersonId::Random(), signed_in.actor.staff()->person};
  for (auto _ : state) {
    benchmark::DoNotOptimize(Require(signed_in.actor, Permission::kCaseOpen, {.persons = persons}));
  }
}
BENCHMARK(BM_RequireWithinSelf);

}  // namespace
}  // namespace jikimi::access

BENCHMARK_MAIN();
