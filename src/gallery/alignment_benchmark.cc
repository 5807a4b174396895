// The time to compare two pictures by their patches, where they are one and where they are not.

#include <benchmark/benchmark.h>

#include "fingerprint/patch_scene.h"
#include "gallery/alignment.h"

namespace jikimi::gallery {
namespace {

using fingerprint::ExtractPatches;
using fingerprint::Patch;
using fingerprint::Scene;

constexpr int kWidth = 640;
constexpr int kHeight = 480;

std::vector<Patch> PatchesOf(std::uint64_t seed, int most) {
  return ExtractPatches(Scene(kWidth, kHeight, seed, 600).View(kWidth, kHeight).view(),
                        {.max_patches = most});
}

void BM_Align(benchmark::State& state) {
  const std::vector<Patch> query = PatchesOf(1, 600);
  const std::vector<Patch> item = PatchesOf(static_cast<std::uint64_t>(state.range(0)), 250);
  bool found = false;
  for (auto _ : state) {
    found = Align({{kWidth, kHeight}, query, {}}, {{kWidth, kHeight}, item, {}},
                  fingerprint::Form::kPlain)
                .has_value();
  }
  state.counters["query"] = static_cast<double>(query.size());
  state.counters["item"] = static_cast<double>(item.size());
  state.counters["found"] = found ? 1 : 0;
}
// The same scene, and three others.
BENCHMARK(BM_Align)->ArgName("scene")->DenseRange(1, 4)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace jikimi::gallery

BENCHMARK_MAIN();
