// Any text as either JSON form: an error, or something whose text is read as the same text.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fingerprint/fingerprint_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::fingerprint;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto read = FingerprintFromJson(text); read.has_value()) {
    for (const Disclosure disclosure : {Disclosure::kWordsOnly, Disclosure::kEverything}) {
      const auto written = FingerprintToJson(*read, disclosure);
      CHECK(written.has_value());
      const auto again = FingerprintFromJson(*written);
      CHECK(again.has_value());
      CHECK(*FingerprintToJson(*again, disclosure) == *written);
    }
  }
  if (const auto frames = FrameWordsFromJson(text); frames.has_value()) {
    const std::string written = FrameWordsToJson(*frames);
    const auto again = FrameWordsFromJson(written);
    CHECK(again.has_value());
    CHECK(FrameWordsToJson(*again) == written);
  }
  return 0;
}
