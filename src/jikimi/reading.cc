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
  return Ended(done.has_value() ? Result<ExitCode>(ExitCode::kDone) : done.error());
}

ExitCode Ended(const Result<ExitCode>& done) {
  if (done.has_value()) return *done;
  Complain(done.error());
  return ExitCodeFor(done.error().code);
}

std::string Shown(const InputPath& input) { return Printable(input.path.native()); }

}  // namespace jikimi
