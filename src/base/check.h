#ifndef JIKIMI_BASE_CHECK_H_
#define JIKIMI_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace jikimi::internal {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: bug: CHECK(%s) does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace jikimi::internal

// Stops the program at a bug of ours, in every build. Never for bad input: that is a Result.
#define CHECK(condition) \
  ((condition) ? (void)0 : ::jikimi::internal::CheckFailed(#condition, __FILE__, __LINE__))

#endif  // JIKIMI_BASE_CHECK_H_
