// Any bytes as a snapshot: an error or an index that answers, and answers within the radius. With
// the first byte odd, the checksums are made true first, so that what lies behind them is met too.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/file.h"
#include "search/block_file.h"
#include "search/range_index.h"

namespace {

using jikimi::Crc32c;

// doc/search.md: where the head says how long the file and the head are, and how many sections.
constexpr std::size_t kFileBytes = 16, kHeadBytes = 24, kSections = 44, kFixed = 48, kSection = 24;

void MakeChecksumsTrue(std::vector<std::byte>& file) {
  if (file.size() < kFixed) return;
  std::uint64_t head_bytes = 0;
  std::uint32_t sections = 0;
  const std::uint64_t size = file.size();
  std::memcpy(file.data() + kFileBytes, &size, 8);
  std::memcpy(&head_bytes, file.data() + kHeadBytes, 8);
  std::memcpy(&sections, file.data() + kSections, 4);
  const std::uint64_t table = kFixed + std::uint64_t{sections} * kSection;
  if (head_bytes > size || head_bytes < table + 4) return;
  const std::uint64_t begin = (head_bytes + 63) / 64 * 64;
  constexpr std::size_t kBlock = jikimi::search::BlockFile::kBlockBytes;
  std::uint64_t to = table;
  for (std::uint64_t at = begin; at < size && to + 8 <= head_bytes; at += kBlock, to += 4) {
    const std::uint32_t checksum =
        Crc32c(std::span(file).subspan(at, std::min<std::uint64_t>(kBlock, size - at)));
    std::memcpy(file.data() + to, &checksum, 4);
  }
  const std::uint32_t checksum = Crc32c(std::span(file).first(head_bytes - 4));
  std::memcpy(file.data() + head_bytes - 4, &checksum, 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::search;
  if (size == 0) return 0;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> contents(bytes + 1, bytes + size);
  if ((data[0] & 1) != 0) MakeChecksumsTrue(contents);
  const jikimi::FileDescriptor file(memfd_create("snapshot", MFD_CLOEXEC));
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  CHECK(jikimi::WriteFully(file, contents, 0, path).has_value());

  const auto index = RangeIndex::OpenSnapshot(path, {RangeIndex::Options::Merging::kOnRequest});
  if (!index.has_value()) return 0;
  for (const int bits : {0, 31, 64}) {
    const jikimi::Word256 word({size, data[0], 0, 1});
    const auto matches = (*index)->Query(word, *Radius::Of(bits));
    if (!matches.has_value()) continue;
    CHECK(matches->size() <= (*index)->size());
    for (const Match& match : *matches) CHECK(match.distance >= 0 && match.distance <= bits);
  }
  const auto withdrawn = (*index)->Withdraw(EntryId{0});
  const std::size_t before = (*index)->size();
  if ((*index)->Merge().has_value()) CHECK((*index)->size() == before);
  return 0;
}
