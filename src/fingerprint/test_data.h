#ifndef JIKIMI_FINGERPRINT_TEST_DATA_H_
#define JIKIMI_FINGERPRINT_TEST_DATA_H_

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace jikimi::fingerprint {

// The folder of pictures and clips that some tests read beside their own: $JIKIMI_DATA, or
// shared/data beside the project. None: those tests say that they are skipped.
inline std::optional<std::filesystem::path> DataFolder() {
  const char* named = std::getenv("JIKIMI_DATA");
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named)
                       : std::filesystem::path(JIKIMI_SOURCE_DIR) / ".." / "shared" / "data";
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return std::nullopt;
  return folder;
}

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_TEST_DATA_H_
