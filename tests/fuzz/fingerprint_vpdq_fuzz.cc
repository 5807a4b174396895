// Any text as vPDQ's lines: an error, or frames whose text is read as the same text.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fingerprint/frame_words.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::fingerprint;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto frames = FrameWordsFromVpdq(text);
  if (!frames.has_value()) return 0;
  const std::string written = FrameWordsToVpdq(*frames);
  const auto again = FrameWordsFromVpdq(written);
  CHECK(again.has_value());
  CHECK(FrameWordsToVpdq(*again) == written);
  return 0;
}
