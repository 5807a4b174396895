#include "browser/fingerprint_abi.h"

#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/pixels.h"
#include "fingerprint/fingerprint_form.h"
#include "fingerprint/fingerprint_picture.h"

namespace {

using jikimi::Pixels;
using jikimi::PixelsView;

constexpr std::int32_t kMostSide = 1 << 16;
constexpr std::int64_t kMostPixels = 150'000'000;

Pixels OnWhite(const std::uint8_t* rgba, int width, int height) {
  Pixels result(width, height, 3);
  for (std::uint8_t *out = result.bytes().data(), *end = out + result.bytes().size(); out != end;
       rgba += 4) {
    const int alpha = rgba[3];
    for (int channel = 0; channel < 3; ++channel) {
      *out++ = static_cast<std::uint8_t>((rgba[channel] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  return result;
}

bool MakesSense(std::int32_t side, std::int32_t full_side) {
  return side >= 1 && side <= kMostSide && (full_side == 0 || full_side >= side) &&
         full_side <= kMostSide;
}

}  // namespace

void* jikimi_alloc(std::size_t bytes) { return std::malloc(bytes); }

void jikimi_free(void* memory) { std::free(memory); }

std::uint8_t* jikimi_fingerprint(const std::uint8_t* pixels, std::int32_t width,
                                 std::int32_t height, std::int32_t channels,
                                 std::int32_t full_width, std::int32_t full_height,
                                 std::int32_t max_patches, std::uint32_t* size) {
  namespace fingerprint = jikimi::fingerprint;
  *size = 0;
  if (pixels == nullptr || !MakesSense(width, full_width) || !MakesSense(height, full_height) ||
      std::int64_t{width} * height > kMostPixels || max_patches < 0 ||
      (channels != 1 && channels != 3 && channels != 4)) {
    return nullptr;
  }
  const Pixels flattened = channels == 4 ? OnWhite(pixels, width, height) : Pixels();
  const PixelsView view =
      channels == 4 ? flattened.view()
                    : PixelsView{pixels, width, height, channels, std::ptrdiff_t{width} * channels};
  fingerprint::Fingerprint photo;
  photo.pictures.push_back(fingerprint::FingerprintPicture(
      view, {.max_patches = max_patches, .full_width = full_width, .full_height = full_height}));
  const auto bytes = fingerprint::WriteFingerprint(photo);
  if (!bytes.has_value()) return nullptr;
  auto* result = static_cast<std::uint8_t*>(std::malloc(bytes->size()));
  if (result == nullptr) return nullptr;
  std::memcpy(result, bytes->data(), bytes->size());
  *size = static_cast<std::uint32_t>(bytes->size());
  return result;
}
