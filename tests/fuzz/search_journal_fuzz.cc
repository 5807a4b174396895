// Any bytes as a journal: an error, or changes that are the same when it is opened again, and that
// an appended change follows.
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "search/journal.h"

namespace {

using jikimi::search::Change;
using jikimi::search::Journal;

jikimi::Result<Journal> Open(const std::string& path, std::uint64_t generation,
                             std::vector<Change>* changes) {
  return Journal::Open(path, generation, [changes](const Change& change) {
    changes->push_back(change);
    return jikimi::Result<void>();
  });
}

bool Same(const std::vector<Change>& a, const std::vector<Change>& b, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (a[i].kind != b[i].kind || a[i].entry.id != b[i].entry.id ||
        a[i].entry.word != b[i].entry.word) {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const jikimi::FileDescriptor file(memfd_create("journal", MFD_CLOEXEC));
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  CHECK(jikimi::WriteFully(file, std::as_bytes(std::span(data, size)), 0, path).has_value());
  std::uint64_t generation = 0;
  if (size >= 20) std::memcpy(&generation, data + 12, 8);

  std::vector<Change> first, second;
  {
    auto journal = Open(path, generation, &first);
    if (!journal.has_value()) return 0;
    const Change more = {Change::Kind::kInsert,
                         {jikimi::Word256({1, 2, 3, 4}), jikimi::search::EntryId{size}}};
    CHECK(journal->Append({&more, 1}).has_value());
  }
  CHECK(Open(path, generation, &second).has_value());
  CHECK(second.size() == first.size() + 1 && Same(first, second, first.size()));
  return 0;
}
