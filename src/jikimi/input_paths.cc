#include "jikimi/input_paths.h"

#include <algorithm>
#include <system_error>

#include "base/file.h"

namespace jikimi {
namespace {

namespace fs = std::filesystem;

void Expand(const fs::path& path, bool named_by_user, bool (*stop)(),
            std::vector<InputPath>& inputs) {
  if (stop()) return;
  std::error_code error;
  const fs::file_status link = fs::symlink_status(path, error);
  const bool is_link = !error && link.type() == fs::file_type::symlink;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found || error) {
    const int number = error ? error.value() : ENOENT;
    inputs.push_back({path, FileError(path, "open", number)});
    return;
  }
  if (status.type() != fs::file_type::directory) {
    inputs.push_back({path, std::nullopt});
    return;
  }
  if (is_link && !named_by_user) return;
  std::vector<fs::path> names;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path());
  }
  if (error) inputs.push_back({path, FileError(path, "list", error.value())});
  std::sort(names.begin(), names.end());
  for (const fs::path& name : names) Expand(name, false, stop, inputs);
}

}  // namespace

std::vector<InputPath> ExpandInputs(const std::vector<std::string>& words, bool (*stop)()) {
  std::vector<InputPath> inputs;
  for (const std::string& word : words) {
    if (word == "-") {
      inputs.push_back({"-", std::nullopt});
    } else {
      Expand(word, true, stop, inputs);
    }
  }
  return inputs;
}

}  // namespace jikimi
