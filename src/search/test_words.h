#ifndef JIKIMI_SEARCH_TEST_WORDS_H_
#define JIKIMI_SEARCH_TEST_WORDS_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "search/entry.h"
#include "search/radius.h"

// Words for the tests of this folder, and the answer by brute force that all are held against.
namespace jikimi::search {

inline Word256 RandomWord(SplitMix64& random) {
  return Word256({random.Next(), random.Next(), random.Next(), random.Next()});
}

// `word` with exactly `flips` other bits.
inline Word256 Flipped(Word256 word, int flips, SplitMix64& random) {
  const Word256 original = word;
  while (HammingDistance(word, original) < flips) {
    word.flip_bit(static_cast<int>(random.Below(256)));
  }
  return word;
}

// Half of them on their own, half in clusters of up to 80 bits across, ids from 0 on.
inline std::vector<Entry> ClusteredEntries(std::size_t count, SplitMix64& random) {
  std::vector<Entry> entries;
  Word256 centre = RandomWord(random);
  for (std::size_t i = 0; i < count; ++i) {
    if (random.Below(20) == 0) centre = RandomWord(random);
    const bool alone = random.Below(2) == 0;
    const Word256 word =
        alone ? RandomWord(random) : Flipped(centre, static_cast<int>(random.Below(41)), random);
    entries.push_back({word, EntryId{i}});
  }
  return entries;
}

inline Radius RadiusOf(int bits) { return *Radius::Of(bits); }

// Matches by id, then distance.
inline std::vector<Match> Sorted(std::vector<Match> matches) {
  std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    return std::pair(a.id, a.distance) < std::pair(b.id, b.distance);
  });
  return matches;
}

inline std::vector<Match> BruteForce(std::span<const Entry> entries, const Word256& word,
                                     Radius radius) {
  std::vector<Match> matches;
  for (const Entry& entry : entries) {
    const int distance = HammingDistance(entry.word, word);
    if (distance <= radius.bits()) matches.push_back({entry.id, distance});
  }
  return Sorted(std::move(matches));
}

// A folder of its own, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "search-XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_TEST_WORDS_H_
