#ifndef JIKIMI_MEDIA_WORKER_PROCESS_H_
#define JIKIMI_MEDIA_WORKER_PROCESS_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "media/channel.h"
#include "media/media.h"
#include "media/wire.h"

// The pool's end of its processes. Nothing that a worker sends is believed before it is checked.
namespace jikimi::media {

using Clock = std::chrono::steady_clock;

// One sandboxed process. Used by one thread at a time. Destroying it kills the process.
class WorkerProcess {
 public:
  WorkerProcess(int pid, FileDescriptor handle, FileDescriptor socket, SharedMemory pixels)
      : pid_(pid),
        handle_(std::move(handle)),
        socket_(std::move(socket)),
        pixels_(std::move(pixels)) {}
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();

  // False if the worker is dead already; the job then is untouched.
  bool Start(const JobRequest& job, const FileDescriptor& input);

  // Runs the started job to its end.
  Result<MediaInfo> Finish(const JobRequest& job, Clock::time_point begun, const FrameSink& sink);

  int pid() const { return pid_; }
  // Whether it may be given another input.
  bool fit() const { return fit_; }
  int jobs() const { return jobs_; }

 private:
  Result<JobReply> Await(const Limits& limits, Clock::time_point begun);
  Result<PixelsView> TakeFrame(const WireFrame& frame, const DecodeRequest& request);
  Error Unfit(ErrorCode code, std::string message);

  int pid_;
  FileDescriptor handle_;  // pidfd
  FileDescriptor socket_;
  SharedMemory pixels_;
  std::vector<std::uint8_t> copy_;
  std::int64_t last_number_ = -1, last_time_us_ = 0, frames_ = 0, output_bytes_ = 0;
  std::size_t largest_frame_ = 0;
  bool fit_ = true;
  int jobs_ = 0;
};

// The process that forks workers (worker.h). Any thread may ask it; it is started again if it died.
class Forker {
 public:
  explicit Forker(const SpawnRequest& spawn) : spawn_(spawn) {}
  Forker(const Forker&) = delete;
  Forker& operator=(const Forker&) = delete;
  ~Forker();

  Result<std::unique_ptr<WorkerProcess>> Spawn();

 private:
  Result<void> Start();
  void Stop();
  Result<std::unique_ptr<WorkerProcess>> Ask();

  const SpawnRequest spawn_;
  std::mutex mutex_;
  FileDescriptor control_;
  int pid_ = 0;
};

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_WORKER_PROCESS_H_
