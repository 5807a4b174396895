#include "media/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "media/channel.h"
#include "media/decode.h"
#include "media/photo_decoder.h"
#include "media/sandbox.h"
#include "media/wire.h"

namespace jikimi::media {
namespace {

constexpr int kControl = 3;  // the forking process's channel to the pool

// Hands frames to the pool through shared memory. The next frame is decoded while the pool works on
// the last one, and written only when that was copied.
class SharedOutput : public FrameOutput {
 public:
  SharedOutput(int socket, std::span<std::byte> memory) : socket_(socket), memory_(memory) {}

  Result<std::uint8_t*> Reserve(int width, int height, Color color) override {
    TRY(AwaitCopied());
    const std::int64_t size = std::int64_t{width} * height * static_cast<int>(color);
    if (width <= 0 || height <= 0 || size > static_cast<std::int64_t>(memory_.size())) {
      return Error{ErrorCode::kResourceExhausted, "has a frame of " + std::to_string(width) + "x" +
                                                      std::to_string(height) +
                                                      " pixels, over what a worker can hand out"};
    }
    reply_.frame.width = width;
    reply_.frame.height = height;
    reply_.frame.channels = static_cast<int>(color);
    return reinterpret_cast<std::uint8_t*>(memory_.data());
  }

  Result<void> Finish(const FrameInfo& frame) override {
    reply_.kind = JobReply::kFrame;
    reply_.frame.number = frame.number;
    reply_.frame.time_us = frame.time_us;
    if (!Send(socket_, reply_)) _exit(1);
    waiting_ = true;
    return {};
  }

  // Waits until the pool has the last frame. kInterrupted if it wants no more.
  Result<void> AwaitCopied() {
    if (!std::exchange(waiting_, false)) return {};
    JobStep step;
    if (Receive(socket_, &step) != Received::kMessage) _exit(0);
    if (step.stop) return Error{ErrorCode::kInterrupted, "no more frames are wanted"};
    return {};
  }

 private:
  int socket_;
  std::span<std::byte> memory_;
  JobReply reply_;
  bool waiting_ = false;
};

void PutText(const std::string& text, JobReply& reply) {
  const std::size_t size = std::min(text.size(), reply.text.size() - 1);
  std::copy_n(text.begin(), size, reply.text.begin());
}

JobReply ReplyOf(const Result<MediaInfo>& result) {
  JobReply reply;
  if (!result.has_value()) {
    reply.kind = JobReply::kFailed;
    reply.error_code = static_cast<std::uint32_t>(result.error().code);
    PutText(result.error().message, reply);
    return reply;
  }
  reply.kind = JobReply::kDone;
  reply.info = {.kind = static_cast<std::uint8_t>(result->kind),
                .orientation = static_cast<std::uint8_t>(result->orientation),
                .width = result->width,
                .height = result->height,
                .frames = result->frames,
                .duration_us = result->duration_us,
                .frame_rate = result->frame_rate};
  PutText(result->format, reply);
  return reply;
}

Result<MediaInfo> RunJob(const JobRequest& job, const FileDescriptor& input, SharedOutput& output) {
  const auto size = static_cast<std::size_t>(job.input_bytes);
  // A file that shrinks while it is read costs this process a SIGBUS, and the pool says so.
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, input.get(), 0);
  if (data == MAP_FAILED) return Error{ErrorCode::kResourceExhausted, "is too large to be mapped"};
  auto result =
      DecodeHere({static_cast<const std::byte*>(data), size}, job.format, job.request, output);
  munmap(data, size);
  if (auto copied = output.AwaitCopied(); !copied.has_value() && result.has_value()) {
    return std::move(copied).error();
  }
  return result;
}

[[noreturn]] void RunWorker(FileDescriptor socket, FileDescriptor pixels,
                            const SpawnRequest& spawn) {
  auto memory = SharedMemory::Map(std::move(pixels), static_cast<std::size_t>(spawn.pixel_bytes));
  if (!memory.has_value()) _exit(1);
  memory->CloseFile();
  if (!EnterSandbox(spawn.limits).has_value()) _exit(1);
  while (true) {
    JobRequest job;
    std::vector<FileDescriptor> input;
    if (Receive(socket.get(), &job, &input) != Received::kMessage || input.size() != 1) _exit(0);
    SharedOutput output(socket.get(), memory->bytes());
    const auto result = RunJob(job, input.front(), output);
    input.clear();
    if (!Send(socket.get(), ReplyOf(result))) _exit(1);
  }
}

// In the new process, of which only the two descriptors are wanted.
[[noreturn]] void BecomeWorker(const SpawnRequest& spawn, std::vector<FileDescriptor> descriptors,
                               pid_t forker) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != forker) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int socket = fcntl(descriptors[0].get(), F_DUPFD_CLOEXEC, 64);
  const int pixels = fcntl(descriptors[1].get(), F_DUPFD_CLOEXEC, 64);
  if (socket < 0 || pixels < 0 || dup2(socket, kControl) < 0 || dup2(pixels, kControl + 1) < 0) {
    _exit(1);
  }
  close_range(kControl + 2, ~0u, 0);
  for (FileDescriptor& closed : descriptors) closed.Release();
  RunWorker(FileDescriptor(kControl), FileDescriptor(kControl + 1), spawn);
}

void Spawn(const SpawnRequest& request, std::vector<FileDescriptor> descriptors) {
  SpawnReply reply;
  if (descriptors.size() != 2) {
    reply.error_number = EINVAL;
    Send(kControl, reply);
    return;
  }
  const pid_t forker = getpid();
  const pid_t pid = fork();
  if (pid == 0) BecomeWorker(request, std::move(descriptors), forker);
  if (pid < 0) {
    reply.error_number = errno;
    Send(kControl, reply);
    return;
  }
  // The child is not reaped before the next turn of the loop, so the number is still its own.
  const FileDescriptor handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!handle.valid()) {
    reply.error_number = errno;
    kill(pid, SIGKILL);
    Send(kControl, reply);
    return;
  }
  reply.pid = pid;
  const int sent = handle.get();
  Send(kControl, reply, std::span(&sent, 1));
}

[[noreturn]] void RunForker() {
  if (!StartVips().has_value()) _exit(1);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, nullptr);
  const FileDescriptor deaths(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!deaths.valid() || !Send(kControl, ForkerReady())) _exit(1);
  while (true) {
    pollfd waits[] = {{kControl, POLLIN, 0}, {deaths.get(), POLLIN, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) _exit(1);
    if (waits[1].revents != 0) {
      signalfd_siginfo info;
      while (read(deaths.get(), &info, sizeof info) == sizeof info) continue;
      while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
    }
    if (waits[0].revents == 0) continue;
    SpawnRequest request;
    std::vector<FileDescriptor> descriptors;
    if (Receive(kControl, &request, &descriptors) != Received::kMessage) _exit(0);
    Spawn(request, std::move(descriptors));
  }
}

}  // namespace

void WorkerMainIfAsked(int argc, char* const argv[]) {
  if (argc != 2 || argv[1] != kWorkerArgument) return;
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(kControl, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
    std::fprintf(stderr, "%s is for this program's own use\n", argv[1]);
    _exit(64);
  }
  RunForker();
}

}  // namespace jikimi::media
