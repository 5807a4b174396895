// Any bytes as a gallery file, its checksums set right first on three inputs of four: an error that
// names the file, or items that are the same after a writer opened, compacted and closed it. A file
// that is refused is left as it was.
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/file.h"
#include "gallery/gallery_file.h"
#include "gallery/gallery_file_form.h"

namespace {

using namespace jikimi;
using gallery::GalleryFile;
using gallery::ItemId;
namespace form = gallery::file_form;

using Items = std::map<std::uint64_t, std::vector<std::byte>>;
using Places = std::map<std::uint64_t, GalleryFile::Place>;

void Put(std::vector<std::byte>& file, std::uint64_t offset, const std::vector<std::byte>& bytes) {
  std::memcpy(file.data() + offset, bytes.data(), bytes.size());
}

// Header, commits and the records' checksums as they should be, as far as records can be told.
void SetChecksums(std::vector<std::byte>& file) {
  if (file.size() < form::kFirstRecord) file.resize(form::kFirstRecord);
  file.resize(file.size() / 8 * 8);
  Put(file, 0, form::FileHeader());
  Put(file, form::kCommitOffsets[0], form::CommitBytes({4, file.size()}));
  Put(file, form::kCommitOffsets[1], form::CommitBytes({3, form::kFirstRecord}));
  std::size_t offset = form::kFirstRecord;
  while (file.size() - offset >= form::kRecordHeaderBytes) {
    const std::size_t room = file.size() - offset - form::kRecordHeaderBytes;
    std::byte* const at = file.data() + offset;
    const bool item = (at[0] & std::byte{3}) != std::byte{0};
    const std::uint64_t number = static_cast<std::uint64_t>(at[8]) % 8;
    const std::size_t size =
        item ? std::min<std::size_t>(static_cast<std::size_t>(at[16]) * 8, room) : 0;
    const std::vector<std::byte> payload(at + form::kRecordHeaderBytes,
                                         at + form::kRecordHeaderBytes + size);
    std::vector<std::byte> record;
    form::PutRecord(item ? form::RecordKind::kItem : form::RecordKind::kWithdrawn, {number},
                    payload, record);
    std::memcpy(at, record.data(), record.size());
    offset += record.size();
  }
  file.resize(offset);
  Put(file, form::kCommitOffsets[0], form::CommitBytes({4, file.size()}));
}

Result<std::pair<Items, Places>> Load(GalleryFile& file) {
  std::pair<Items, Places> loaded;
  GalleryFile::Visitor visitor;
  visitor.registered = [&](ItemId id, GalleryFile::Place place,
                           std::span<const std::byte> payload) -> Result<void> {
    loaded.first[id.value] = {payload.begin(), payload.end()};
    loaded.second[id.value] = place;
    return {};
  };
  visitor.withdrawn = [&](ItemId id) -> Result<void> {
    CHECK(loaded.first.erase(id.value) == 1);
    loaded.second.erase(id.value);
    return {};
  };
  TRY(file.Load(visitor));
  return loaded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("gallery-fuzz-" + std::to_string(getpid()));
  const auto input = std::as_bytes(std::span(data, size));
  std::vector<std::byte> bytes(input.begin(), input.end());
  if (size == 0 || data[0] % 4 != 0) {
    bytes.insert(bytes.begin(), form::kFirstRecord, std::byte{0});
    SetChecksums(bytes);
  }
  CHECK(WriteFileAtomically(path, bytes).has_value());
  auto reader = GalleryFile::Open(path, GalleryFile::Access::kReadOnly);
  const auto before =
      reader.has_value() ? Load(*reader) : Result<std::pair<Items, Places>>(reader.error());
  if (!before.has_value()) {
    CHECK(before.error().message.find("gallery-fuzz") != std::string::npos);
    CHECK(*ReadFile(path, bytes.size() + 1) == bytes);
    return 0;
  }
  {
    auto writer = GalleryFile::Open(path, GalleryFile::Access::kReadWrite);
    CHECK(writer.has_value());
    const auto loaded = Load(*writer);
    CHECK(loaded.has_value() && loaded->first == before->first);
    std::vector<GalleryFile::LiveItem> live;
    for (const auto& [id, place] : loaded->second) live.push_back({{id}, place});
    CHECK(writer->Compact(live).has_value());
  }
  auto again = GalleryFile::Open(path, GalleryFile::Access::kReadOnly);
  CHECK(again.has_value());
  const auto after = Load(*again);
  CHECK(after.has_value() && after->first == before->first);
  return 0;
}
