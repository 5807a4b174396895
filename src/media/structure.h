#ifndef JIKIMI_MEDIA_STRUCTURE_H_
#define JIKIMI_MEDIA_STRUCTURE_H_

#include <cstddef>
#include <span>

#include "media/orientation.h"
#include "media/sniff.h"

// What the decoding libraries don't tell and a walk over a file's outer boxes does. Pure and total;
// the cost is a step a box.
namespace jikimi::media {

// Whether the file ends before its own structure says so: a GIF without its trailer, a RIFF, MP4 or
// Matroska file whose boxes go on beyond its end. False for formats that don't say.
bool IsCutOff(Format format, std::span<const std::byte> bytes);

// The orientation in an Exif block (TIFF 6.0 header, first directory, tag 0x0112).
Orientation ExifOrientation(std::span<const std::byte> exif);

// That of a PNG's eXIf chunk (PNG third edition, 11.3.3.5), which libvips leaves out.
Orientation PngOrientation(std::span<const std::byte> png);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_STRUCTURE_H_
