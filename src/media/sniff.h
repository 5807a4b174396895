#ifndef JIKIMI_MEDIA_SNIFF_H_
#define JIKIMI_MEDIA_SNIFF_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace jikimi::media {

// What the first bytes of a file say that it is. A name or an extension is never asked.
enum class Format : std::uint8_t {
  kUnknown = 0,  // nothing that we know; may still be one of libav's rarer video formats
  // Pictures, by libvips.
  kJpeg,
  kPng,
  kGif,
  kWebp,
  kHeic,
  kAvif,
  kTiff,
  kJxl,
  // Pictures by libav.
  kBmp,
  kApng,
  kAvifSequence,
  // Video by libav.
  kMp4,
  kMatroska,
  kAvi,
  kAsf,
  kFlv,
  kMpegTs,
  kMpegPs,
  kMpegVideo,
  kOgg,
  kMxf,
  kRealMedia,
  kIvf,
  kY4m,
  kNut,
  kDv,
  // Known and refused.
  kEmpty,
  kZeros,
  kText,
  kHtml,
  kXml,
  kSvg,
  kJson,
  kPdf,
  kPostScript,
  kRtf,
  kZip,
  kGzip,
  kBzip2,
  kXz,
  kZstd,
  kSevenZip,
  kRar,
  kTar,
  kOfficeDocument,
  kSqlite,
  kExecutable,
  kScript,
  kPlaylist,
  kSessionDescription,
  kWav,
  kMp3,
  kFlac,
  kAac,
  kMidi,
  kAmr,
  kAiff,
  kPhotoshop,
  kIcon,
  kJpeg2000,
  kCameraRaw,
  kOpenExr,
  kRadiance,
  kNetpbm,
  kDjvu,
  kFits,
  kDds,
  kQoi,
  kFont,
  kWasm,
  kSwf,
};
inline constexpr int kFormats = static_cast<int>(Format::kSwf) + 1;

// How many of the first bytes settle it; more are not looked at.
inline constexpr std::size_t kSniffBytes = 64 << 10;

// Pure, total and cheap (a few comparisons; one pass over at most kSniffBytes for text). `head` is
// a file's first bytes: the whole file if it is shorter than kSniffBytes.
Format Sniff(std::span<const std::byte> head);

// "JPEG", "PDF document", "empty file"; never empty.
std::string_view FormatName(Format format);

enum class Decoder : std::uint8_t { kNone, kVips, kLibav };

// Who decodes it. kUnknown is libav's, which has the last word on it.
Decoder DecoderOf(Format format);

// kUnsupported that says what the bytes seem to be, if DecoderOf(format) is kNone.
Result<void> CheckDecodable(Format format);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_SNIFF_H_
