#include "media/sniff.h"
#include "tests/fuzz/media_fuzz.h"

// The first byte chooses the request, the rest is a picture.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::media;
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  const Format format = Sniff(bytes);
  if (DecoderOf(format) != Decoder::kVips && format != Format::kBmp) return 0;
  DecodeRequest request = SmallRequest();
  request.target_side = (data[0] & 1) != 0 ? 32 : 0;
  request.color = (data[0] & 2) != 0 ? Color::kLuma : Color::kRgb;
  request.facing = (data[0] & 4) != 0 ? Facing::kAsStored : Facing::kAsShown;
  request.frames.stride = 1 + (data[0] >> 6);
  CheckDecoding(bytes, request);
  return 0;
}
