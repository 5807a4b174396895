#ifndef JIKIMI_MEDIA_SANDBOX_H_
#define JIKIMI_MEDIA_SANDBOX_H_

#include <cstdint>

#include "base/result.h"

namespace jikimi::media {

struct SandboxLimits {
  std::int64_t memory_bytes = std::int64_t{3} << 30;  // of its own, above what it has now
  std::int64_t mapped_bytes = 0;                      // shared with others, above what it has now
  std::int64_t cpu_seconds = 3600;
};

// Takes from this process, for good: new privileges, core dumps, writing files, more memory, CPU
// and descriptors than the limits, and every system call but a short list (memory, clocks, threads
// of its own, and reading, writing and closing the descriptors that it holds or is sent). Any other
// call fails with EPERM; clone3 with ENOSYS, so that the C library falls back to clone, whose flags
// a filter can see. No memory can be made executable.
//
// Call it before any thread is started. It opens /proc once to see how much memory there is now.
Result<void> EnterSandbox(const SandboxLimits& limits);

// False in a build for a sanitizer, which reserves terabytes of addresses.
bool SandboxLimitsMemory();

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_SANDBOX_H_
