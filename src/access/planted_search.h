#ifndef JIKIMI_ACCESS_PLANTED_SEARCH_H_
#define JIKIMI_ACCESS_PLANTED_SEARCH_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

// For tests: whether strings that were put in as secrets stand in any file of a folder (database,
// write-ahead log, temporary files, logs, backups), in whichever common form.
namespace jikimi::access {

// Strings in UTF-8, UTF-16 (both orders), hex (both cases) and base64 (both alphabets, at each of
// the three places at which they may stand in a longer text).
class PlantedSearch {
 public:
  static constexpr std::size_t kMinBytes = 10;  // of a string; shorter ones occur by chance

  // kInvalidArgument for a string that is too short, or no UTF-8.
  static Result<PlantedSearch> Create(std::span<const std::string> planted);

  struct Found {
    std::size_t planted = 0;  // which of them
    std::string_view form;    // "UTF-8", "base64", …
    std::filesystem::path file;
    std::uint64_t offset = 0;
  };
  std::vector<Found> InBytes(std::string_view bytes) const;
  // All regular files at and under `folder`, also in links to folders; one that can't be read is an
  // error, one that vanishes meanwhile is none. `files` and `bytes` count what was read.
  struct Report {
    std::vector<Found> found;
    std::int64_t files = 0;
    std::int64_t bytes = 0;
  };
  Result<Report> InFolder(const std::filesystem::path& folder) const;

 private:
  struct Pattern {
    std::string bytes;
    std::size_t planted;
    std::string_view form;
  };
  PlantedSearch() : may_start_(kFilterBits) {}
  void Add(std::string bytes, std::size_t planted, std::string_view form);
  Result<void> InFile(const std::filesystem::path& path, Report& report) const;

  static constexpr std::size_t kFilterBits = std::size_t{1} << 22;
  std::vector<bool> may_start_;  // by a hash of the first 8 bytes
  std::unordered_map<std::uint64_t, std::vector<Pattern>> patterns_;  // by the first 8 bytes
  std::size_t longest_ = 0;
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_PLANTED_SEARCH_H_
