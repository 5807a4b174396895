#include "media/sniff.h"
#include "tests/fuzz/media_fuzz.h"

// The first byte chooses the request, the rest is a video.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::media;
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  if (DecoderOf(Sniff(bytes)) != Decoder::kLibav) return 0;
  DecodeRequest request = SmallRequest();
  request.target_side = (data[0] & 1) != 0 ? 32 : 0;
  request.color = (data[0] & 2) != 0 ? Color::kLuma : Color::kRgb;
  request.facing = (data[0] & 4) != 0 ? Facing::kAsStored : Facing::kAsShown;
  if ((data[0] & 8) != 0) request.exact_width = request.exact_height = 64;
  request.frames.stride = 1 + (data[0] >> 6);
  if ((data[0] & 16) != 0) request.frames.interval_us = 100'000;
  CheckDecoding(bytes, request);
  return 0;
}
