// The time to find and describe a picture's patches, from pixels in memory.

#include <benchmark/benchmark.h>

#include "fingerprint/patch.h"
#include "fingerprint/patch_scene.h"

namespace jikimi::fingerprint {
namespace {

void BM_ExtractPatches(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const Pixels grey = Scene(width, height, 5).View(width, height);
  Pixels picture(width, height, 3);
  for (std::size_t i = 0; i < picture.bytes().size(); ++i) picture.bytes()[i] = grey.bytes()[i / 3];
  std::size_t patches = 0;
  for (auto _ : state) {
    patches =
        ExtractPatches(picture.view(), {.max_patches = static_cast<int>(state.range(2))}).size();
  }
  state.counters["patches"] = static_cast<double>(patches);
}
BENCHMARK(BM_ExtractPatches)
    ->ArgNames({"width", "height", "most"})
    ->Args({481, 321, 250})
    ->Args({1184, 888, 250})
    ->Args({1184, 888, 600})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace jikimi::fingerprint

BENCHMARK_MAIN();
