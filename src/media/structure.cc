#include "media/structure.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace jikimi::media {
namespace {

// Bytes by offset; beyond the end they are missing, never read.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t size() const { return bytes_.size(); }
  bool Has(std::uint64_t at, std::uint64_t count) const {
    return at <= size() && count <= size() - at;
  }
  std::uint64_t Big(std::uint64_t at, int count) const {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 8 | At(at + static_cast<std::uint64_t>(i));
    return value;
  }
  std::uint64_t Little(std::uint64_t at, int count) const {
    std::uint64_t value = 0;
    for (int i = count; i-- > 0;) value = value << 8 | At(at + static_cast<std::uint64_t>(i));
    return value;
  }
  bool Says(std::uint64_t at, std::string_view text) const {
    if (!Has(at, text.size())) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (At(at + i) != static_cast<unsigned char>(text[i])) return false;
    }
    return true;
  }

 private:
  std::uint64_t At(std::uint64_t at) const {
    return at < size() ? std::to_integer<std::uint64_t>(bytes_[static_cast<std::size_t>(at)]) : 0;
  }

  std::span<const std::byte> bytes_;
};

// Bytes of the colour table that the flags of a GIF's screen or image say.
std::uint64_t GifTable(std::uint64_t flags) {
  return (flags & 0x80) != 0 ? std::uint64_t{3} << ((flags & 7) + 1) : 0;
}

// GIF89a: blocks until the trailer 0x3b.
bool IsGifCutOff(const Bytes& gif) {
  std::uint64_t at = 13 + GifTable(gif.Big(10, 1));
  while (gif.Has(at, 1)) {
    const std::uint64_t block = gif.Big(at, 1);
    if (block == 0x3b) return false;
    if (block == 0x21) {
      at += 2;
    } else if (block == 0x2c) {
      at += 11 + GifTable(gif.Big(at + 9, 1));
    } else {
      return false;  // no GIF block: damage, which is the decoder's to judge
    }
    while (gif.Has(at, 1) && gif.Big(at, 1) != 0) at += 1 + gif.Big(at, 1);
    ++at;
  }
  return true;
}

// ISO 14496-12: boxes of a 32-bit length and a type; length 1 has 64 bits more, 0 goes to the end.
bool IsMp4CutOff(const Bytes& mp4) {
  std::uint64_t at = 0;
  while (mp4.Has(at, 8)) {
    std::uint64_t length = mp4.Big(at, 4);
    if (length == 1) length = mp4.Big(at + 8, 8);
    if (length == 0) return false;
    if (length < 8) return false;  // no box: what follows the last one
    if (!mp4.Has(at, length)) return true;
    at += length;
  }
  return false;
}

// RFC 8794: a number whose leading zero bits say how long it is. All ones: unknown.
std::optional<std::uint64_t> EbmlLength(const Bytes& ebml, std::uint64_t* at) {
  const std::uint64_t first = ebml.Big(*at, 1);
  int count = 1;
  while (count <= 8 && (first & (std::uint64_t{0x100} >> count)) == 0) ++count;
  if (count > 8 || !ebml.Has(*at, static_cast<std::uint64_t>(count))) return std::nullopt;
  const std::uint64_t mask = (std::uint64_t{1} << (7 * count)) - 1;
  const std::uint64_t value = ebml.Big(*at, count) & mask;
  *at += static_cast<std::uint64_t>(count);
  if (value == mask) return std::nullopt;
  return value;
}

// The EBML header, then one segment.
bool IsMatroskaCutOff(const Bytes& ebml) {
  std::uint64_t at = 4;
  const auto header = EbmlLength(ebml, &at);
  if (!header.has_value() || !ebml.Has(at, *header)) return true;
  at += *header;
  if (ebml.Big(at, 4) != 0x18538067) return false;
  at += 4;
  const auto segment = EbmlLength(ebml, &at);
  return segment.has_value() && !ebml.Has(at, *segment);
}

bool IsRiffCutOff(const Bytes& riff) {
  const std::uint64_t length = riff.Little(4, 4);
  // Recorders that were switched off leave 0 or the largest number.
  return length != 0 && length != 0xffffffff && !riff.Has(8, length);
}

}  // namespace

bool IsCutOff(Format format, std::span<const std::byte> bytes) {
  const Bytes file(bytes);
  switch (format) {
    case Format::kGif:
      return IsGifCutOff(file);
    case Format::kWebp:
    case Format::kAvi:
      return IsRiffCutOff(file);
    case Format::kMp4:
    case Format::kAvifSequence:
    case Format::kAvif:
    case Format::kHeic:
      return IsMp4CutOff(file);
    case Format::kMatroska:
      return IsMatroskaCutOff(file);
    default:
      return false;
  }
}

Orientation ExifOrientation(std::span<const std::byte> exif) {
  const Bytes tiff(exif);
  const bool big = tiff.Says(0, "MM");
  if (!big && !tiff.Says(0, "II")) return Orientation::kAsIs;
  const auto number = [&](std::uint64_t at, int count) {
    return big ? tiff.Big(at, count) : tiff.Little(at, count);
  };
  const std::uint64_t directory = number(4, 4);
  const std::uint64_t entries = tiff.Has(directory, 2) ? number(directory, 2) : 0;
  for (std::uint64_t i = 0; i < entries; ++i) {
    const std::uint64_t entry = directory + 2 + 12 * i;
    if (!tiff.Has(entry, 12)) break;
    if (number(entry, 2) == 0x0112) {
      return OrientationFromExif(static_cast<int>(number(entry + 8, 2)));
    }
  }
  return Orientation::kAsIs;
}

Orientation PngOrientation(std::span<const std::byte> bytes) {
  const Bytes png(bytes);
  std::uint64_t at = 8;
  while (png.Has(at, 8) && !png.Says(at + 4, "IEND")) {
    const std::uint64_t length = png.Big(at, 4);
    if (png.Says(at + 4, "eXIf") && png.Has(at + 8, length)) {
      return ExifOrientation(
          bytes.subspan(static_cast<std::size_t>(at + 8), static_cast<std::size_t>(length)));
    }
    at += 12 + length;
  }
  return Orientation::kAsIs;
}

}  // namespace jikimi::media
