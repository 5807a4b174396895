#ifndef JIKIMI_MEDIA_WIRE_H_
#define JIKIMI_MEDIA_WIRE_H_

#include <array>
#include <cstdint>

#include "media/media.h"
#include "media/sandbox.h"
#include "media/sniff.h"

// What the pool, the process that forks its workers, and the workers say to each other. All are the
// same program, so plain structures do. The pool believes nothing that a worker says.
namespace jikimi::media {

// Pool to the forking process, with the worker's end of a channel and its pixel memory.
struct SpawnRequest {
  SandboxLimits limits;
  std::uint64_t pixel_bytes = 0;
};
// Its answer, with a pidfd; pid 0 if forking failed.
struct SpawnReply {
  std::int32_t pid = 0;
  std::int32_t error_number = 0;
};
// Its first message, when it is able to fork.
struct ForkerReady {
  std::uint32_t version = kVersion;
  static constexpr std::uint32_t kVersion = 1;
};

// Pool to worker, with the input's descriptor.
struct JobRequest {
  DecodeRequest request;
  std::uint64_t input_bytes = 0;
  Format format = Format::kUnknown;
};
// Pool to worker, once for each frame: its pixels were copied.
struct JobStep {
  bool stop = false;  // no more frames are wanted
};

struct WireFrame {
  std::int32_t width = 0, height = 0, channels = 0;  // packed pixels in the shared memory
  std::int64_t number = 0, time_us = 0;
};
struct WireInfo {
  std::uint8_t kind = 0, orientation = 0;
  std::int32_t width = 0, height = 0;
  std::int64_t frames = 0, duration_us = 0;
  double frame_rate = 0;
};

// Worker to pool: frames, then one end.
struct JobReply {
  enum Kind : std::uint32_t { kFrame = 1, kDone = 2, kFailed = 3 };
  std::uint32_t kind = 0;
  std::uint32_t error_code = 0;     // of kFailed
  WireFrame frame;                  // of kFrame
  WireInfo info;                    // of kDone
  std::array<char, 400> text = {};  // kDone: name of the format; kFailed: message; zero-terminated
};

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_WIRE_H_
