#ifndef JIKIMI_TESTS_FUZZ_ACCESS_FILE_FUZZ_H_
#define JIKIMI_TESTS_FUZZ_ACCESS_FILE_FUZZ_H_

#include <stdlib.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include "base/check.h"

// A file in a folder of this process alone, in memory where the system has such a place.
namespace jikimi {

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name) {
    std::string folder = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
    folder += "/jikimi-fuzz-XXXXXX";
    CHECK(mkdtemp(folder.data()) != nullptr);
    path_ = std::filesystem::path(folder) / name;
  }
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove_all(path_.parent_path(), ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void Remove() const { std::filesystem::remove(path_); }
  std::string Content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Write(std::string_view content) const {
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    std::filesystem::permissions(path_, std::filesystem::perms(0600));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace jikimi

#endif  // JIKIMI_TESTS_FUZZ_ACCESS_FILE_FUZZ_H_
