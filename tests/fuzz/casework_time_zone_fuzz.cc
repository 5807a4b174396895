// A compiled time zone: any file gives offsets without end or trap, and one that was cut off is
// refused or gives the same ones.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "casework/time_zone.h"

namespace {

using jikimi::Timestamp;
using jikimi::casework::TimeZone;

constexpr std::array<int, 5> kYears = {1900, 1970, 2026, 2037, 2150};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  const auto zone = TimeZone::Parse(file, "fuzzed");
  if (!zone) {
    CHECK(zone.error().code == jikimi::ErrorCode::kCorrupt);
    return 0;
  }
  const auto cut = TimeZone::Parse(file.first(size - 1), "cut");
  for (const int year : kYears) {
    for (const int month : {1, 3, 7, 10}) {
      const Timestamp at(std::chrono::sys_days(std::chrono::year(year) / month / 28));
      const auto local = zone->ToLocal(at);
      CHECK(local.time_since_epoch() - zone->OffsetAt(at) ==
            std::chrono::floor<std::chrono::seconds>(at).time_since_epoch());
      zone->FirstAt(local);
      if (cut) CHECK(cut->OffsetAt(at) == zone->OffsetAt(at));
    }
  }
  return 0;
}
