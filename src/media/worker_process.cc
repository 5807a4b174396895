#include "media/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include "media/worker.h"

namespace jikimi::media {
namespace {

constexpr int kHandshakeMilliseconds = 30'000;
constexpr std::size_t kKeptPixelBytes = 64 << 20;  // more is given back after a job

std::string TextOf(const JobReply& reply) {
  const auto end = std::find(reply.text.begin(), reply.text.end(), '\0');
  return Printable(
      std::string_view(reply.text.data(), static_cast<std::size_t>(end - reply.text.begin())));
}

bool IsPlausible(const WireInfo& info) {
  return info.kind >= 1 && info.kind <= 3 && info.orientation >= 1 && info.orientation <= 8 &&
         info.width >= 0 && info.height >= 0 && info.frames >= 0 && info.duration_us >= 0 &&
         std::isfinite(info.frame_rate) && info.frame_rate >= 0;
}

std::string Seconds(double seconds) {
  std::string text = std::to_string(seconds);
  text.erase(text.find('.') + 2);
  return text + " s";
}

Clock::duration FromSeconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, 1e8)));
}

bool WaitReadable(int descriptor, int milliseconds) {
  pollfd wait = {descriptor, POLLIN, 0};
  int ready;
  do {
    ready = poll(&wait, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// A program whose main() does not call WorkerMainIfAsked() would start itself for ever.
Result<void> CheckDispatch() {
  const auto text = TRY(ReadFile("/proc/self/cmdline", 1 << 20));
  const std::string_view line(reinterpret_cast<const char*>(text.data()), text.size());
  const std::size_t first = line.find('\0');
  if (first != line.npos && line.substr(first + 1).starts_with(kWorkerArgument)) {
    return Error{ErrorCode::kInternal, "main() does not call WorkerMainIfAsked()"};
  }
  return {};
}

}  // namespace

WorkerProcess::~WorkerProcess() {
  syscall(SYS_pidfd_send_signal, handle_.get(), SIGKILL, nullptr, 0);
}

bool WorkerProcess::Start(const JobRequest& job, const FileDescriptor& input) {
  last_number_ = -1;
  last_time_us_ = frames_ = output_bytes_ = 0;
  largest_frame_ = 0;
  ++jobs_;
  const int sent = input.get();
  fit_ = Send(socket_.get(), job, std::span(&sent, 1));
  return fit_;
}

Error WorkerProcess::Unfit(ErrorCode code, std::string message) {
  fit_ = false;
  return Error{code, std::move(message)};
}

Result<JobReply> WorkerProcess::Await(const Limits& limits, Clock::time_point begun) {
  const auto now = Clock::now();
  const auto end = begun + FromSeconds(limits.seconds);
  const auto silent_end = now + FromSeconds(limits.silent_seconds);
  const auto until = std::min(end, silent_end);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  // At the end of its time an input is given up even if its next frame is there already.
  if (now >= end || !WaitReadable(socket_.get(),
                                  static_cast<int>(std::clamp<std::int64_t>(left, 0, INT32_MAX)))) {
    if (end <= silent_end) {
      return Unfit(ErrorCode::kResourceExhausted,
                   "takes longer than the limit of " + Seconds(limits.seconds));
    }
    return Unfit(ErrorCode::kResourceExhausted,
                 "its decoder was silent for the limit of " + Seconds(limits.silent_seconds));
  }
  JobReply reply;
  switch (Receive(socket_.get(), &reply)) {
    case Received::kClosed:
      return Unfit(ErrorCode::kUnavailable, "the process that decoded it died");
    case Received::kNonsense:
      return Unfit(ErrorCode::kUnavailable, "the process that decoded it sent nonsense");
    case Received::kMessage:
      break;
  }
  return reply;
}

Result<PixelsView> WorkerProcess::TakeFrame(const WireFrame& frame, const DecodeRequest& request) {
  const auto nonsense = [this](const char* what) {
    return Unfit(ErrorCode::kUnavailable,
                 std::string("the process that decoded it sent nonsense: ") + what);
  };
  if (frame.width <= 0 || frame.height <= 0 || frame.channels != static_cast<int>(request.color)) {
    return nonsense("a frame's shape");
  }
  const auto pixels =
      static_cast<std::uint64_t>(frame.width) * static_cast<std::uint64_t>(frame.height);
  const std::uint64_t capacity = pixels_.bytes().size();
  if (pixels > capacity / static_cast<std::uint64_t>(frame.channels)) {
    return nonsense("a frame's size");
  }
  if (frame.number <= last_number_ || frame.time_us < last_time_us_) {
    return nonsense("a frame's number or time");
  }
  const auto size = static_cast<std::size_t>(pixels) * static_cast<std::size_t>(frame.channels);
  output_bytes_ += static_cast<std::int64_t>(size);
  if (++frames_ > request.limits.frames || output_bytes_ > request.limits.output_bytes) {
    return nonsense("more than the limits allow");
  }
  last_number_ = frame.number;
  last_time_us_ = frame.time_us;
  largest_frame_ = std::max(largest_frame_, size);
  // A copy: what the worker can still write to is never shown to anybody.
  copy_.resize(size);
  std::memcpy(copy_.data(), pixels_.bytes().data(), size);
  return PixelsView{copy_.data(), frame.width, frame.height, frame.channels,
                    std::ptrdiff_t{frame.width} * frame.channels};
}

Result<MediaInfo> WorkerProcess::Finish(const JobRequest& job, Clock::time_point begun,
                                        const FrameSink& sink) {
  std::optional<Error> stopped;  // what the sink said
  while (true) {
    const JobReply reply = TRY(Await(job.request.limits, begun));
    if (reply.kind == JobReply::kFrame) {
      const PixelsView pixels = TRY(TakeFrame(reply.frame, job.request));
      Send(socket_.get(), JobStep{.stop = stopped.has_value()});
      if (stopped.has_value()) continue;
      auto taken = sink(pixels, {.number = reply.frame.number, .time_us = reply.frame.time_us});
      if (!taken.has_value()) stopped = std::move(taken).error();
      continue;
    }
    if (largest_frame_ > kKeptPixelBytes) {
      pixels_.Clear();
      copy_ = {};
    }
    if (stopped.has_value()) return *std::move(stopped);
    if (reply.kind == JobReply::kFailed &&
        reply.error_code <= static_cast<std::uint32_t>(ErrorCode::kInternal)) {
      const auto code = static_cast<ErrorCode>(reply.error_code);
      // Whatever damaged bytes did to it must not touch the next file.
      if (code == ErrorCode::kCorrupt) fit_ = false;
      return Error{code, TextOf(reply)};
    }
    if (reply.kind != JobReply::kDone || !IsPlausible(reply.info)) {
      return Unfit(ErrorCode::kUnavailable, "the process that decoded it sent nonsense");
    }
    return MediaInfo{.kind = static_cast<MediaKind>(reply.info.kind),
                     .format = TextOf(reply),
                     .width = reply.info.width,
                     .height = reply.info.height,
                     .orientation = static_cast<Orientation>(reply.info.orientation),
                     .frames = reply.info.frames,
                     .duration_us = reply.info.duration_us,
                     .frame_rate = reply.info.frame_rate};
  }
}

Forker::~Forker() { Stop(); }

void Forker::Stop() {
  control_.Reset();
  if (pid_ > 0) {
    kill(pid_, SIGKILL);  // our own child, not reaped before the next line
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  pid_ = 0;
}

Result<void> Forker::Start() {
  TRY(CheckDispatch());
  ChannelPair channel = TRY(MakeChannel());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, channel.theirs.get(), 3);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
#ifdef NDEBUG
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
#endif
  posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);  // Ctrl-C is the pool's affair
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string name = "jikimi-media", argument(kWorkerArgument);
  char* const arguments[] = {name.data(), argument.data(), nullptr};
  char* const environment[] = {nullptr};
  const int failed =
      posix_spawn(&pid_, "/proc/self/exe", &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    pid_ = 0;
    return Error{ErrorCode::kInternal,
                 std::string("can't start the decoding process: ") + std::strerror(failed)};
  }
  control_ = std::move(channel.ours);
  channel.theirs.Reset();
  ForkerReady ready;
  if (!WaitReadable(control_.get(), kHandshakeMilliseconds) ||
      Receive(control_.get(), &ready) != Received::kMessage ||
      ready.version != ForkerReady::kVersion) {
    Stop();
    return Error{ErrorCode::kUnavailable, "the decoding process does not start"};
  }
  return {};
}

Result<std::unique_ptr<WorkerProcess>> Forker::Ask() {
  ChannelPair channel = TRY(MakeChannel());
  SharedMemory pixels = TRY(SharedMemory::Make(static_cast<std::size_t>(spawn_.pixel_bytes)));
  const int sent[] = {channel.theirs.get(), pixels.file().get()};
  SpawnReply reply;
  std::vector<FileDescriptor> handle;
  if (!Send(control_.get(), spawn_, sent) ||
      !WaitReadable(control_.get(), kHandshakeMilliseconds) ||
      Receive(control_.get(), &reply, &handle) != Received::kMessage) {
    Stop();
    return Error{ErrorCode::kUnavailable, "the process that forks decoders died"};
  }
  if (reply.pid <= 0 || handle.size() != 1) {
    return Error{ErrorCode::kUnavailable,
                 std::string("can't fork a decoder: ") + std::strerror(reply.error_number)};
  }
  return std::make_unique<WorkerProcess>(reply.pid, std::move(handle[0]), std::move(channel.ours),
                                         std::move(pixels));
}

Result<std::unique_ptr<WorkerProcess>> Forker::Spawn() {
  const std::lock_guard lock(mutex_);
  if (pid_ > 0) {
    if (auto worker = Ask(); worker.has_value() || pid_ > 0) return worker;
  }
  TRY(Start());
  return Ask();
}

}  // namespace jikimi::media
