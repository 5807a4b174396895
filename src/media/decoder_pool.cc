#include "media/decoder_pool.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "media/channel.h"
#include "media/sniff.h"
#include "media/worker_process.h"

namespace jikimi::media {
namespace {

Limits Stricter(const Limits& a, const Limits& b) {
  return {.input_bytes = std::min(a.input_bytes, b.input_bytes),
          .pixels = std::min(a.pixels, b.pixels),
          .frames = std::min(a.frames, b.frames),
          .animation_frames = std::min(a.animation_frames, b.animation_frames),
          .output_bytes = std::min(a.output_bytes, b.output_bytes),
          .seconds = std::min(a.seconds, b.seconds),
          .silent_seconds = std::min(a.silent_seconds, b.silent_seconds)};
}

Result<void> CheckInputSize(std::uint64_t size, const Limits& limits) {
  if (size <= static_cast<std::uint64_t>(std::max<std::int64_t>(0, limits.input_bytes))) return {};
  return Error{ErrorCode::kResourceExhausted, "has " + std::to_string(size) +
                                                  " bytes, over the limit of " +
                                                  std::to_string(limits.input_bytes) + " bytes"};
}

SpawnRequest SpawnRequestOf(const PoolOptions& options) {
  SpawnRequest spawn;
  spawn.pixel_bytes =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, options.limits.pixels)) * 3;
  spawn.limits.memory_bytes = options.memory_bytes;
  spawn.limits.mapped_bytes =
      options.limits.input_bytes + static_cast<std::int64_t>(spawn.pixel_bytes);
  // A second line behind the pool's clock, which also covers all that a worker does in its life.
  spawn.limits.cpu_seconds =
      static_cast<std::int64_t>(std::clamp(options.limits.seconds, 1.0, 1e6)) *
      (options.files_per_worker + 1);
  return spawn;
}

class Pool : public DecoderPool {
 public:
  explicit Pool(const PoolOptions& options) : options_(options), forker_(SpawnRequestOf(options)) {}

  Result<void> Start() {
    auto worker = TRY(NewWorker());
    idle_.push_back(std::move(worker));
    return {};
  }

  Result<MediaInfo> Decode(std::span<const std::byte> bytes, const DecodeRequest& request,
                           const FrameSink& sink) override {
    const auto begun = Clock::now();
    JobRequest job = MakeJob(request);
    TRY(CheckInputSize(bytes.size(), job.request.limits));
    job.format = Sniff(bytes);
    TRY(CheckDecodable(job.format));
    job.input_bytes = bytes.size();
    const FileDescriptor input = TRY(SealedCopy(bytes));
    return Run(job, input, begun, sink);
  }

  Result<MediaInfo> DecodeFile(const std::filesystem::path& path, const DecodeRequest& request,
                               const FrameSink& sink) override {
    const FileDescriptor file = TRY(OpenRegularFile(path));
    // An error of the sink is the caller's own and stays as it is.
    bool stopped = false;
    auto result = DecodeOpened(path, file, request, [&](const auto& pixels, const auto& frame) {
      auto taken = sink(pixels, frame);
      stopped = !taken.has_value();
      return taken;
    });
    if (result.has_value() || stopped) return result;
    return Prefixed(Printable(path.native()), std::move(result).error());
  }

  std::vector<int> worker_pids() const override {
    const std::lock_guard lock(mutex_);
    return {pids_.begin(), pids_.end()};
  }

 private:
  JobRequest MakeJob(const DecodeRequest& request) const {
    JobRequest job;
    job.request = request;
    job.request.limits = Stricter(request.limits, options_.limits);
    return job;
  }

  Result<MediaInfo> DecodeOpened(const std::filesystem::path& path, const FileDescriptor& file,
                                 const DecodeRequest& request, const FrameSink& sink) {
    const auto begun = Clock::now();
    JobRequest job = MakeJob(request);
    struct stat status;
    if (fstat(file.get(), &status) != 0) return FileError(path, "look at", errno);
    job.input_bytes = static_cast<std::uint64_t>(status.st_size);
    TRY(CheckInputSize(job.input_bytes, job.request.limits));
    std::vector<std::byte> head(std::min<std::size_t>(job.input_bytes, kSniffBytes));
    ssize_t got;
    do {
      got = pread(file.get(), head.data(), head.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return FileError(path, "read", errno);
    job.format = Sniff(std::span(head).first(static_cast<std::size_t>(got)));
    TRY(CheckDecodable(job.format));
    auto result = Run(job, file, begun, sink);
    struct stat after;
    if (!result.has_value() && fstat(file.get(), &after) == 0 && after.st_size < status.st_size) {
      return Error{ErrorCode::kCorrupt, "shrank while it was read"};
    }
    return result;
  }

  Result<MediaInfo> Run(const JobRequest& job, const FileDescriptor& input, Clock::time_point begun,
                        const FrameSink& sink) {
    // A worker may have died while it was idle; that is not this input's fault.
    constexpr int kTries = 3;
    for (int i = 0; i < kTries; ++i) {
      std::unique_ptr<WorkerProcess> worker = TRY(Acquire());
      if (!worker->Start(job, input)) {
        Release(std::move(worker));
        continue;
      }
      auto result = worker->Finish(job, begun, sink);
      Release(std::move(worker));
      return result;
    }
    return Error{ErrorCode::kUnavailable, "decoding processes die before they are used"};
  }

  Result<std::unique_ptr<WorkerProcess>> Acquire() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !idle_.empty() || busy_ < std::max(1, options_.workers); });
    ++busy_;
    if (!idle_.empty()) {
      auto worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
    lock.unlock();
    auto worker = NewWorker();
    if (!worker.has_value()) {
      lock.lock();
      --busy_;
      freed_.notify_one();
    }
    return worker;
  }

  Result<std::unique_ptr<WorkerProcess>> NewWorker() {
    auto worker = TRY(forker_.Spawn());
    const std::lock_guard lock(mutex_);
    pids_.insert(worker->pid());
    return worker;
  }

  // A worker that won't be used again is replaced at once, so that the next input finds one warm.
  void Release(std::unique_ptr<WorkerProcess> worker) {
    std::unique_ptr<WorkerProcess> next;
    if (worker->fit() && worker->jobs() < options_.files_per_worker) {
      next = std::move(worker);
    } else {
      {
        const std::lock_guard lock(mutex_);
        pids_.erase(worker->pid());
      }
      worker.reset();
      if (auto fresh = NewWorker(); fresh.has_value()) next = std::move(*fresh);
    }
    const std::lock_guard lock(mutex_);
    --busy_;
    if (next != nullptr) idle_.push_back(std::move(next));
    freed_.notify_one();
  }

  const PoolOptions options_;
  Forker forker_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<WorkerProcess>> idle_;
  std::set<int> pids_;
  int busy_ = 0;
};

// Keeps the first frame and stops there.
class FirstFrame {
 public:
  FrameSink sink() {
    return [this](const PixelsView& view, const FrameInfo&) -> Result<void> {
      if (taken_) return {};
      taken_ = true;
      pixels_ = Pixels(view.width, view.height, view.channels);
      for (int y = 0; y < view.height; ++y) {
        std::copy_n(view.row(y), pixels_.stride(), pixels_.row(y));
      }
      return {};
    };
  }
  Result<Photo> Take(Result<MediaInfo> info) && {
    if (!info.has_value()) return std::move(info).error();
    return Photo{std::move(pixels_), *std::move(info)};
  }

 private:
  Pixels pixels_;
  bool taken_ = false;
};

DecodeRequest OnlyFirst(DecodeRequest request) {
  request.frames = FrameSelection::EveryMicroseconds(INT64_MAX);
  return request;
}

}  // namespace

Result<std::unique_ptr<DecoderPool>> DecoderPool::Create(const PoolOptions& options) {
  auto pool = std::make_unique<Pool>(options);
  TRY(pool->Start());
  return std::unique_ptr<DecoderPool>(std::move(pool));
}

Result<Photo> DecoderPool::DecodePhoto(std::span<const std::byte> bytes,
                                       const DecodeRequest& request) {
  FirstFrame first;
  auto info = Decode(bytes, OnlyFirst(request), first.sink());
  return std::move(first).Take(std::move(info));
}

Result<Photo> DecoderPool::DecodePhotoFile(const std::filesystem::path& path,
                                           const DecodeRequest& request) {
  FirstFrame first;
  auto info = DecodeFile(path, OnlyFirst(request), first.sink());
  return std::move(first).Take(std::move(info));
}

Result<std::vector<std::byte>> ReadStream(int descriptor, std::uint64_t max_bytes,
                                          std::string_view name) {
  std::vector<std::byte> bytes;
  std::vector<std::byte> block(256 << 10);
  while (true) {
    const ssize_t got = read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(std::string(name), "read", errno);
    if (got == 0) return bytes;
    if (static_cast<std::uint64_t>(got) > max_bytes - bytes.size()) {
      return Error{ErrorCode::kResourceExhausted, Printable(name) + ": is over the limit of " +
                                                      std::to_string(max_bytes) + " bytes"};
    }
    bytes.insert(bytes.end(), block.begin(), block.begin() + got);
  }
}

}  // namespace jikimi::media
