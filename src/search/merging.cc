#include "search/merging.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>

namespace jikimi::search {
Segments WorthMerging(const Segments& segments) {
  if (segments.empty()) return {};
  Segments full(segments.begin(), segments.end() - 1);
  for (const auto& segment : full) {
    if (segment->withdrawn() > segment->size() / 2) return {segment};
  }
  std::sort(full.begin(), full.end(),
            [](const auto& a, const auto& b) { return a->size() < b->size(); });
  Segments chosen;
  std::size_t words = 0;
  for (const auto& segment : full) {
    // A much larger one is only rewritten when enough has come together.
    if (!chosen.empty() && segment->size() > 2 * words) break;
    chosen.push_back(segment);
    words += segment->size();
  }
  return chosen.size() >= 4 && words >= kTableWords ? chosen : Segments();
}

Result<std::shared_ptr<Segment>> MergeSegments(const Segments& sources,
                                               const std::atomic<bool>& stop) {
  // Words may be withdrawn meanwhile: what is kept is decided once.
  std::vector<std::vector<std::uint64_t>> withdrawn;
  std::size_t kept = 0;
  for (const auto& source : sources) {
    TRY(source->TouchEntries());
    withdrawn.push_back(source->WithdrawnBits());
    kept += source->size();
    for (const std::uint64_t bits : withdrawn.back()) {
      kept -= static_cast<std::size_t>(std::popcount(bits));
    }
  }
  if (kept >= std::numeric_limits<std::uint32_t>::max()) {
    return Error{ErrorCode::kResourceExhausted,
                 std::to_string(kept) + " words are too many for one table"};
  }
  const auto merged = TRY(Segment::Make(kept));
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const Segment& source = *sources[s];
    for (std::size_t i = 0; i < source.size(); ++i) {
      if ((withdrawn[s][i / 64] >> (i % 64) & 1) != 0) continue;
      merged->Append(source.words().data()[i], EntryId{source.ids().data()[i]});
    }
  }
  if (stop) return Error{ErrorCode::kInterrupted, "stopped while parts of an index were merged"};
  if (kept >= kTableWords) TRY(merged->BuildTable());
  return merged;
}

}  // namespace jikimi::search
