// The detail of a log entry: what is read has one form, which is what is written, and only that has
// its digest.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "log/entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::log;
  const auto form = std::as_bytes(std::span(data, size));
  const auto detail = Detail::Parse(form);
  if (!detail) return 0;
  const auto again = detail->Encode();
  CHECK(again.has_value());
  CHECK(std::equal(again->begin(), again->end(), form.begin(), form.end()));
  CHECK(EntryDigest::Of(*again) == EntryDigest::Of(form));
  return 0;
}
