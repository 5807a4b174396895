// What sealing costs: one core, warm.

#include <benchmark/benchmark.h>

#include "base/bytes.h"
#include "vault/blind_index.h"
#include "vault/case_keyring.h"
#include "vault/file_seal.h"
#include "vault/password.h"

namespace jikimi::vault {
namespace {

const std::string kNote(500, 'x');

Context NoteOf(CaseId id) {
  return {.purpose = Purpose::kField, .of = id, .about = {}, .field = "note", .version = 1};
}

void SealFieldUnderKey(benchmark::State& state) {
  const auto key = ItemKey::Generate({ItemId::Random(), 1});
  const auto context = NoteOf(CaseId::Random());
  for (auto _ : state) benchmark::DoNotOptimize(Seal(key, context, AsBytes(kNote)));
}
BENCHMARK(SealFieldUnderKey);

void OpenFieldUnderKey(benchmark::State& state) {
  const auto key = ItemKey::Generate({ItemId::Random(), 1});
  const auto context = NoteOf(CaseId::Random());
  const auto sealed = Seal(key, context, AsBytes(kNote));
  for (auto _ : state) benchmark::DoNotOptimize(Open(key, context, sealed));
}
BENCHMARK(OpenFieldUnderKey);

void SealFieldToCase(benchmark::State& state) {
  const auto pair = CaseKeyPair::Generate({CaseId::Random(), 1});
  const auto context = NoteOf(pair.name().owner);
  for (auto _ : state) {
    benchmark::DoNotOptimize(Seal(pair.public_key(), context, AsBytes(kNote)));
  }
}
BENCHMARK(SealFieldToCase);

void OpenFieldOfCase(benchmark::State& state) {
  const auto pair = CaseKeyPair::Generate({CaseId::Random(), 1});
  const auto context = NoteOf(pair.name().owner);
  const auto sealed = Seal(pair.public_key(), context, AsBytes(kNote)).value();
  for (auto _ : state) benchmark::DoNotOptimize(Open(pair, context, sealed));
}
BENCHMARK(OpenFieldOfCase);

// A case of three grantees, with as many items as the argument says, of one file each.
class CaseOfItems {
 public:
  explicit CaseOfItems(std::int64_t items) {
    std::vector<PinnedPersonKey> grantees;
    for (int i = 0; i < 3; ++i) {
      people_.push_back(PersonKeyPair::Generate({PersonId::Random(), 1}));
      const auto& key = people_.back().public_key();
      grantees.push_back(PinnedPersonKey::Check(key, key.Pin()).value());
    }
    const auto escrow = EscrowKeyPair::Generate({EscrowId::Random(), 1}).public_key();
    created_.emplace(CaseKeyring::Create(CaseId::Random(), grantees,
                                         PinnedEscrowKey::Check(escrow, escrow.Pin()).value(),
                                         std::nullopt)
                         .value());
    for (std::int64_t i = 0; i < items; ++i) {
      const auto key = created_->keyring.AddItem(ItemId::Random()).value();
      CHECK(created_->keyring.AddFile(key, FileId::Random()).has_value());
    }
  }
  const PersonKeyPair& person() const { return people_[0]; }
  const CaseKeyring& keyring() const { return created_->keyring; }
  const CaseKeyPair& pair() const { return created_->pair; }

 private:
  std::vector<PersonKeyPair> people_;
  std::optional<CaseKeyring::Created> created_;
};

void OpenCaseFromItsForm(benchmark::State& state) {
  const CaseOfItems one(state.range(0));
  const auto form = one.keyring().bytes();
  for (auto _ : state) {
    const auto keyring = CaseKeyring::Parse(form).value();
    benchmark::DoNotOptimize(keyring.Open(one.person()));
  }
  state.counters["form_bytes"] = static_cast<double>(form.size());
}
BENCHMARK(OpenCaseFromItsForm)->Arg(10)->Arg(100);

void RotateCase(benchmark::State& state) {
  const CaseOfItems one(state.range(0));
  for (auto _ : state) {
    auto keyring = one.keyring();
    benchmark::DoNotOptimize(keyring.Rotate(one.pair()));
  }
}
BENCHMARK(RotateCase)->Arg(10)->Arg(100);

void Argon2idAtItsDefault(benchmark::State& state) {
  const std::array<std::byte, kArgon2SaltBytes> salt = {};
  std::array<std::byte, 32> output;
  for (auto _ : state) CHECK(Argon2id(AsBytes("password"), salt, {}, output).has_value());
}
BENCHMARK(Argon2idAtItsDefault)->Unit(benchmark::kMillisecond);

void TokenOfName(benchmark::State& state) {
  const auto key = IndexKey::Generate({});
  for (auto _ : state) benchmark::DoNotOptimize(NameToken(key, "name", "김지은"));
}
BENCHMARK(TokenOfName);

void SealFile(benchmark::State& state) {
  const auto key = FileKey::Generate({FileId::Random(), 1});
  const std::vector<std::byte> content(1 << 22);
  for (auto _ : state) {
    FileSealer sealer(key);
    benchmark::DoNotOptimize(sealer.Append(content));
    benchmark::DoNotOptimize(sealer.Finish());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(content.size()));
}
BENCHMARK(SealFile)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace jikimi::vault

BENCHMARK_MAIN();
