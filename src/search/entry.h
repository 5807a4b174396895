#ifndef JIKIMI_SEARCH_ENTRY_H_
#define JIKIMI_SEARCH_ENTRY_H_

#include <cstdint>

#include "base/word256.h"

namespace jikimi::search {

// Whose word it is: a number that means nothing to search. Several words may share one (the frames
// of a video), and several ids may have the same word.
enum class EntryId : std::uint64_t {};

struct Entry {
  Word256 word;
  EntryId id{};
};

// A word that is in range. An id with several words in range is in several matches.
struct Match {
  EntryId id{};
  int distance = 0;  // bits, at most the radius

  friend bool operator==(const Match&, const Match&) = default;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_ENTRY_H_
