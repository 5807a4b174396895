#ifndef JIKIMI_MEDIA_DECODER_POOL_H_
#define JIKIMI_MEDIA_DECODER_POOL_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/pixels.h"
#include "base/result.h"
#include "media/media.h"

namespace jikimi::media {

struct PoolOptions {
  int workers = 2;             // at most so many inputs are decoded at once; further callers wait
  int files_per_worker = 256;  // then it is replaced by a fresh one
  std::int64_t memory_bytes = std::int64_t{3} << 30;  // a worker's own memory
  Limits limits = {};                                 // no request goes beyond these
};

struct Photo {
  Pixels pixels;
  MediaInfo info;
};

// Decodes untrusted photos and videos in processes that have given up their rights (sandbox.h).
//
// Any number of threads may decode at once; each holds one worker while it does. A worker that
// dies, falls silent, or says what can't be true is killed, and its input gets an error of its own;
// one whose input was damaged is not used again. Other inputs never notice.
//
// Errors: kUnsupported (what the bytes seem to be), kCorrupt, kResourceExhausted (which limit),
// kUnavailable (the worker died on it), what the sink returned, and for files those of
// base/file.h with the path in front. Frames that came before an error were handed out.
//
// The program's main() must call WorkerMainIfAsked() (worker.h) first.
class DecoderPool {
 public:
  // Starts the process that forks workers, and the first worker: about 0.1 s, most of it waiting.
  static Result<std::unique_ptr<DecoderPool>> Create(const PoolOptions& options = {});

  virtual ~DecoderPool() = default;

  // Decodes bytes in memory. They are copied once; the caller's are not looked at afterwards.
  virtual Result<MediaInfo> Decode(std::span<const std::byte> bytes, const DecodeRequest& request,
                                   const FrameSink& sink) = 0;

  // Decodes a regular file; anything else (folder, FIFO, socket, device) is kUnsupported.
  virtual Result<MediaInfo> DecodeFile(const std::filesystem::path& path,
                                       const DecodeRequest& request, const FrameSink& sink) = 0;

  // The first frame of a photo, animation or video.
  Result<Photo> DecodePhoto(std::span<const std::byte> bytes, const DecodeRequest& request);
  Result<Photo> DecodePhotoFile(const std::filesystem::path& path, const DecodeRequest& request);

  // The process numbers of the workers there are now, for watching them.
  virtual std::vector<int> worker_pids() const = 0;
};

// All that comes from `descriptor` (a pipe, standard input) until its end. More than `max_bytes` is
// kResourceExhausted, as soon as they have come; `name` says in messages what it is.
Result<std::vector<std::byte>> ReadStream(int descriptor, std::uint64_t max_bytes,
                                          std::string_view name);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_DECODER_POOL_H_
