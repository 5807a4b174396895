#ifndef JIKIMI_JIKIMI_INPUT_PATHS_H_
#define JIKIMI_JIKIMI_INPUT_PATHS_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace jikimi {

// One input of a command: a path to read, or what was wrong with finding it.
struct InputPath {
  std::filesystem::path path;  // "-" for the standard input
  std::optional<Error> error;

  bool is_stdin() const { return path == "-"; }
};

// The files that the words of a command name, in order: a file is itself, a folder is every file
// below it (sorted by name; hidden ones too; links to folders are not followed, so loops end), "-"
// is the standard input. What is missing or can't be listed becomes an input with an error, so that
// the rest goes on. Things in folders that are no regular files (FIFOs, sockets) are inputs too:
// reading them gives the error that names them. Stops early, with what it has, once `stop` is true.
std::vector<InputPath> ExpandInputs(const std::vector<std::string>& words, bool (*stop)());

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_INPUT_PATHS_H_
