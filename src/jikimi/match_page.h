#ifndef JIKIMI_JIKIMI_MATCH_PAGE_H_
#define JIKIMI_JIKIMI_MATCH_PAGE_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/pixels.h"
#include "base/result.h"
#include "gallery/verdict.h"

namespace jikimi {

// One HTML page, readable without anything else (pictures are inside it), with a table of matches
// and each match drawn. Built in memory, some 60 kB a match; written by Save().
class MatchPage {
 public:
  // `drawn` may be empty: the match is listed without a picture.
  Result<void> Add(const std::string& found, const std::string& registered,
                   const gallery::Verdict& verdict, const Pixels& drawn);

  Result<void> Save(const std::filesystem::path& path, std::size_t searched,
                    std::size_t registered) const;

 private:
  std::size_t matches_ = 0;
  std::string rows_;
  std::string figures_;
};

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_MATCH_PAGE_H_
