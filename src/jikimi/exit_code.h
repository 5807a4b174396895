#ifndef JIKIMI_JIKIMI_EXIT_CODE_H_
#define JIKIMI_JIKIMI_EXIT_CODE_H_

#include "base/result.h"

namespace jikimi {

// What the program's exit status means; doc/jikimi.1 holds the same table.
enum class ExitCode : int {
  kDone = 0,           // everything asked for was done (a search without a match too)
  kSomeFailed = 1,     // the run went through, and some inputs had errors of their own
  kUsage = 2,          // the words of the command are wrong; nothing was done
  kFailed = 3,         // the whole could not be done: a gallery that can't be opened, a full disk
  kWentBack = 4,       // the log is whole, and was restored to before the checkpoint that was kept
  kInterrupted = 130,  // stopped by Ctrl-C or a termination signal; what was added stays
};

// The status for a failure of the whole command.
ExitCode ExitCodeFor(ErrorCode code);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_EXIT_CODE_H_
