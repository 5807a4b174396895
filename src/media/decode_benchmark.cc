#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "media/decode.h"
#include "media/decoder_pool.h"
#include "media/samples.h"
#include "media/worker.h"

// Decoding in this process and through the pool. JIKIMI_BENCH_PHOTO and JIKIMI_BENCH_VIDEO name
// real files; without them pictures are made.
namespace jikimi::media {
namespace {

samples::Bytes PhotoBytes(int width, int height) {
  if (const char* path = std::getenv("JIKIMI_BENCH_PHOTO"); path != nullptr && width > 1000) {
    auto bytes = ReadFile(path, std::uint64_t{1} << 32);
    CHECK(bytes.has_value());
    return *std::move(bytes);
  }
  return samples::Picture(samples::Scene(width, height), {.suffix = ".jpg[Q=90]"});
}

samples::Bytes VideoBytes() {
  if (const char* path = std::getenv("JIKIMI_BENCH_VIDEO"); path != nullptr) {
    auto bytes = ReadFile(path, std::uint64_t{1} << 32);
    CHECK(bytes.has_value());
    return *std::move(bytes);
  }
  return samples::Video(
      {.codec = "libx264", .width = 1280, .height = 720, .frames = 150, .fps = 30, .gop = 60});
}

DecoderPool& Pool() {
  static const std::unique_ptr<DecoderPool> pool = DecoderPool::Create({.workers = 1}).value();
  return *pool;
}

enum class Where { kHere, kPool };

void Run(benchmark::State& state, const samples::Bytes& bytes, const DecodeRequest& request,
         Where where) {
  std::int64_t frames = 0;
  const FrameSink sink = [&frames](const PixelsView& view, const FrameInfo&) {
    benchmark::DoNotOptimize(view.data);
    ++frames;
    return Result<void>();
  };
  for (auto _ : state) {
    const auto info = where == Where::kPool ? Pool().Decode(bytes, request, sink)
                                            : DecodeHere(bytes, request, sink);
    CHECK(info.has_value());
  }
  state.counters["frames/s"] =
      benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
  state.counters["file_MB"] = static_cast<double>(bytes.size()) / 1e6;
}

void Photo(benchmark::State& state, int width, int height, int target, Color color, Where where) {
  DecodeRequest request;
  request.target_side = target;
  request.color = color;
  Run(state, PhotoBytes(width, height), request, where);
}

void Video(benchmark::State& state, FrameSelection frames, int target, Color color, Where where) {
  DecodeRequest request;
  request.frames = frames;
  request.target_side = target;
  request.color = color;
  Run(state, VideoBytes(), request, where);
}

constexpr auto kMs = benchmark::kMillisecond;
BENCHMARK_CAPTURE(Photo, Large512Here, 4000, 3000, 512, Color::kRgb, Where::kHere)->Unit(kMs);
BENCHMARK_CAPTURE(Photo, Large512Pool, 4000, 3000, 512, Color::kRgb, Where::kPool)
    ->Unit(kMs)
    ->UseRealTime();
BENCHMARK_CAPTURE(Photo, LargeLuma512Pool, 4000, 3000, 512, Color::kLuma, Where::kPool)
    ->Unit(kMs)
    ->UseRealTime();
BENCHMARK_CAPTURE(Photo, Small481x321Here, 481, 321, 0, Color::kRgb, Where::kHere)->Unit(kMs);
BENCHMARK_CAPTURE(Photo, Small481x321Pool, 481, 321, 0, Color::kRgb, Where::kPool)
    ->Unit(kMs)
    ->UseRealTime();
BENCHMARK_CAPTURE(Photo, Tiny16x16Here, 16, 16, 0, Color::kRgb, Where::kHere)->Unit(kMs);
BENCHMARK_CAPTURE(Photo, Tiny16x16Pool, 16, 16, 0, Color::kRgb, Where::kPool)
    ->Unit(kMs)
    ->UseRealTime();
BENCHMARK_CAPTURE(Video, AllRgbHere, FrameSelection::All(), 0, Color::kRgb, Where::kHere)
    ->Unit(kMs);
BENCHMARK_CAPTURE(Video, AllLuma512Here, FrameSelection::All(), 512, Color::kLuma, Where::kHere)
    ->Unit(kMs);
BENCHMARK_CAPTURE(Video, AllLuma512Pool, FrameSelection::All(), 512, Color::kLuma, Where::kPool)
    ->Unit(kMs)
    ->UseRealTime();
BENCHMARK_CAPTURE(Video, EverySecondHere, FrameSelection::EveryMicroseconds(1'000'000), 512,
                  Color::kLuma, Where::kHere)
    ->Unit(kMs);

}  // namespace
}  // namespace jikimi::media

int main(int argc, char** argv) {
  jikimi::media::WorkerMainIfAsked(argc, argv);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
