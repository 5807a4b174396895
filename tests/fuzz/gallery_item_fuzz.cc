// Any bytes as the payload of a registered item: an error that says where, or an item whose values
// are within bounds and that is written as long as it was read.
#include <cstdint>
#include <span>

#include "base/check.h"
#include "gallery/item_index.h"
#include "gallery/item_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi;
  const auto item = gallery::ParseItemRecord(std::as_bytes(std::span(data, size)));
  if (!item.has_value()) {
    CHECK(item.error().code == ErrorCode::kCorrupt && !item.error().message.empty());
    return 0;
  }
  const auto bytes = gallery::ItemRecordBytes(*item);
  CHECK(bytes.size() == size);
  const auto again = gallery::ParseItemRecord(bytes);
  CHECK(again.has_value() && gallery::ItemRecordBytes(*again) == bytes);
  if (item->pictures.size() > 50 || item->frames.size() > 1000) return 0;
  auto index = gallery::ItemIndex::Make();
  CHECK(index.has_value());
  const auto number = (*index)->Add({1}, *item);
  CHECK(number.has_value());
  CHECK(gallery::ItemRecordBytes((*index)->Record(*number)) == bytes);
  return 0;
}
