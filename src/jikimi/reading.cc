#include "jikimi/reading.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/file.h"

namespace jikimi {

int ThreadsOf(const ReadingOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void Complain(const Error& error) { std::fprintf(stderr, "jikimi: %s\n", error.message.c_str()); }

ExitCode Ended(const Result<void>& done) {
  if (done.has_value()) return ExitCode::kDone;
  Complain(done.error());
  return ExitCodeFor(done.error().code);
}

std::string Shown(const InputPath& input) { return Printable(input.path.native()); }

}  // namespace jikimi
