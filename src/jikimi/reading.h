#ifndef JIKIMI_JIKIMI_READING_H_
#define JIKIMI_JIKIMI_READING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/reader.h"
#include "jikimi/commands.h"
#include "jikimi/in_order.h"
#include "jikimi/input_paths.h"
#include "jikimi/interrupt.h"
#include "jikimi/progress.h"

namespace jikimi {

// The number of threads that `options` ask for.
int ThreadsOf(const ReadingOptions& options);

// "jikimi: message" on stderr.
void Complain(const Error& error);

// How a command that is one whole ends: its error goes to stderr and decides the status.
ExitCode Ended(const Result<void>& done);
ExitCode Ended(const Result<ExitCode>& done);

// The path of an input for printing; "-" for the standard input.
std::string Shown(const InputPath& input);

// Fingerprints `inputs` on several threads, lets `then(Result<Reading>)` do more on the same
// thread, and hands what that gives to `take(input, value)` in order on this one, with progress on
// the terminal. Returns whether all inputs were taken (false: interrupted).
template <typename Then, typename Take>
bool ReadAll(const std::vector<InputPath>& inputs, const ingest::Reader& reader, int threads,
             const std::string& doing, const Then& then, const Take& take) {
  Progress progress(doing, inputs.size());
  const auto work = [&](std::size_t i) {
    if (inputs[i].error) return then(Result<ingest::Reading>(*inputs[i].error));
    return then(reader.Read(inputs[i].path));
  };
  const auto take_one = [&](std::size_t i, auto value) {
    progress.Clear();
    take(inputs[i], std::move(value));
    progress.Advance(i + 1);
  };
  return InOrder(inputs.size(), threads, work, take_one, Interrupted) == inputs.size();
}

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_READING_H_
