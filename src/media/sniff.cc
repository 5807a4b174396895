#include "media/sniff.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/bytes.h"

namespace jikimi::media {
namespace {

using namespace std::string_view_literals;

struct Entry {
  std::string_view name;
  Decoder decoder;
};

// In the order of Format.
constexpr std::array<Entry, kFormats> kEntries = {{
    {"unknown format", Decoder::kLibav},
    {"JPEG", Decoder::kVips},
    {"PNG", Decoder::kVips},
    {"GIF", Decoder::kVips},
    {"WebP", Decoder::kVips},
    {"HEIC", Decoder::kVips},
    {"AVIF", Decoder::kVips},
    {"TIFF", Decoder::kVips},
    {"JPEG XL", Decoder::kVips},
    {"BMP", Decoder::kLibav},
    {"animated PNG", Decoder::kLibav},
    {"AVIF sequence", Decoder::kLibav},
    {"MP4 or QuickTime", Decoder::kLibav},
    {"Matroska or WebM", Decoder::kLibav},
    {"AVI", Decoder::kLibav},
    {"Windows Media", Decoder::kLibav},
    {"Flash video", Decoder::kLibav},
    {"MPEG transport stream", Decoder::kLibav},
    {"MPEG programme stream", Decoder::kLibav},
    {"MPEG video", Decoder::kLibav},
    {"Ogg", Decoder::kLibav},
    {"MXF", Decoder::kLibav},
    {"RealMedia", Decoder::kLibav},
    {"IVF", Decoder::kLibav},
    {"YUV4MPEG", Decoder::kLibav},
    {"NUT", Decoder::kLibav},
    {"DV", Decoder::kLibav},
    {"an empty file", Decoder::kNone},
    {"a file of zeros", Decoder::kNone},
    {"plain text", Decoder::kNone},
    {"an HTML page", Decoder::kNone},
    {"an XML document", Decoder::kNone},
    {"an SVG drawing", Decoder::kNone},
    {"JSON text", Decoder::kNone},
    {"a PDF document", Decoder::kNone},
    {"a PostScript document", Decoder::kNone},
    {"an RTF document", Decoder::kNone},
    {"a ZIP archive or a document in one", Decoder::kNone},
    {"a gzip archive", Decoder::kNone},
    {"a bzip2 archive", Decoder::kNone},
    {"an xz archive", Decoder::kNone},
    {"a Zstandard archive", Decoder::kNone},
    {"a 7-Zip archive", Decoder::kNone},
    {"a RAR archive", Decoder::kNone},
    {"a tar archive", Decoder::kNone},
    {"an Office document", Decoder::kNone},
    {"an SQLite database", Decoder::kNone},
    {"a program", Decoder::kNone},
    {"a script", Decoder::kNone},
    {"a playlist that names other files", Decoder::kNone},
    {"a session description", Decoder::kNone},
    {"WAV audio", Decoder::kNone},
    {"MP3 audio", Decoder::kNone},
    {"FLAC audio", Decoder::kNone},
    {"AAC audio", Decoder::kNone},
    {"MIDI music", Decoder::kNone},
    {"AMR audio", Decoder::kNone},
    {"AIFF audio", Decoder::kNone},
    {"a Photoshop document", Decoder::kNone},
    {"an icon file", Decoder::kNone},
    {"a JPEG 2000 picture", Decoder::kNone},
    {"a camera's raw picture", Decoder::kNone},
    {"an OpenEXR picture", Decoder::kNone},
    {"a Radiance picture", Decoder::kNone},
    {"a Netpbm picture", Decoder::kNone},
    {"a DjVu document", Decoder::kNone},
    {"a FITS picture", Decoder::kNone},
    {"a DirectDraw texture", Decoder::kNone},
    {"a QOI picture", Decoder::kNone},
    {"a font", Decoder::kNone},
    {"a WebAssembly program", Decoder::kNone},
    {"a Flash program", Decoder::kNone},
}};

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  Format format;
};

// Tried in order; formats that need more than fixed bytes come before or after this table.
constexpr Magic kMagics[] = {
    {0, "\xff\xd8\xff"sv, Format::kJpeg},
    {0, "GIF87a"sv, Format::kGif},
    {0, "GIF89a"sv, Format::kGif},
    {8, "CR\x02\x00"sv, Format::kCameraRaw},
    {0, "II*\0"sv, Format::kTiff},
    {0, "MM\0*"sv, Format::kTiff},
    {0, "II+\0\x08\0"sv, Format::kTiff},
    {0, "MM\0+\0\x08"sv, Format::kTiff},
    {0, "\xff\x0a"sv, Format::kJxl},
    {0, "\0\0\0\x0cJXL \r\n\x87\n"sv, Format::kJxl},
    {0, "\x1a\x45\xdf\xa3"sv, Format::kMatroska},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, Format::kAsf},
    {0, "FLV\x01"sv, Format::kFlv},
    {0, "OggS\0"sv, Format::kOgg},
    {0, "\x06\x0e\x2b\x34\x02\x05\x01\x01"sv, Format::kMxf},
    {0, ".RMF"sv, Format::kRealMedia},
    {0, "DKIF"sv, Format::kIvf},
    {0, "YUV4MPEG2 "sv, Format::kY4m},
    {0, "nut/multimedia container\0"sv, Format::kNut},
    {0, "\0\0\x01\xba"sv, Format::kMpegPs},
    {0, "\0\0\x01\xb3"sv, Format::kMpegVideo},
    {0, "\x1f\x07\0"sv, Format::kDv},
    {0, "PK\x03\x04"sv, Format::kZip},
    {0, "PK\x05\x06"sv, Format::kZip},
    {0, "\x1f\x8b"sv, Format::kGzip},
    {0, "BZh"sv, Format::kBzip2},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     Format::kXz},
    {0, "\x28\xb5\x2f\xfd"sv, Format::kZstd},
    {0, "7z\xbc\xaf\x27\x1c"sv, Format::kSevenZip},
    {0, "Rar!\x1a\x07"sv, Format::kRar},
    {257, "ustar"sv, Format::kTar},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, Format::kOfficeDocument},
    {0, "SQLite format 3\0"sv, Format::kSqlite},
    {0,
     "\x7f"
     "ELF"sv,
     Format::kExecutable},
    {0, "\xcf\xfa\xed\xfe"sv, Format::kExecutable},
    {0, "\xca\xfe\xba\xbe"sv, Format::kExecutable},
    {0, "\0asm"sv, Format::kWasm},
    {0, "8BPS"sv, Format::kPhotoshop},
    {0, "\0\0\x01\0"sv, Format::kIcon},
    {0, "\0\0\x02\0"sv, Format::kIcon},
    {0, "icns"sv, Format::kIcon},
    {0, "\0\0\0\x0cjP  \r\n\x87\n"sv, Format::kJpeg2000},
    {0, "\xff\x4f\xff\x51"sv, Format::kJpeg2000},
    {0, "IIRO"sv, Format::kCameraRaw},
    {0, "IIRS"sv, Format::kCameraRaw},
    {0, "IIU\0"sv, Format::kCameraRaw},
    {0, "FUJIFILMCCD-RAW"sv, Format::kCameraRaw},
    {0, "FOVb"sv, Format::kCameraRaw},
    {0, "\x76\x2f\x31\x01"sv, Format::kOpenExr},
    {0, "AT&TFORM"sv, Format::kDjvu},
    {0, "SIMPLE  ="sv, Format::kFits},
    {0, "DDS "sv, Format::kDds},
    {0, "qoif"sv, Format::kQoi},
    {0, "\0\x01\0\0\0"sv, Format::kFont},
    {0, "OTTO"sv, Format::kFont},
    {0, "wOFF"sv, Format::kFont},
    {0, "wOF2"sv, Format::kFont},
    {0, "FWS"sv, Format::kSwf},
    {0, "CWS"sv, Format::kSwf},
    {0, "ZWS"sv, Format::kSwf},
    {0, "ID3"sv, Format::kMp3},
    {0, "fLaC"sv, Format::kFlac},
    {0, "MThd"sv, Format::kMidi},
    {0, "#!AMR"sv, Format::kAmr},
    {0, "FORM"sv, Format::kAiff},
    {0, "%!PS"sv, Format::kPostScript},
    {0, "\xc5\xd0\xd3\xc6"sv, Format::kPostScript},
    {0, "{\\rtf"sv, Format::kRtf},
};

class Head {
 public:
  explicit Head(std::span<const std::byte> bytes)
      : text_(reinterpret_cast<const char*>(bytes.data()),
              bytes.size() < kSniffBytes ? bytes.size() : kSniffBytes) {}

  std::string_view text() const { return text_; }
  std::size_t size() const { return text_.size(); }
  bool Has(std::size_t offset, std::string_view bytes) const {
    return offset <= size() && text_.substr(offset).starts_with(bytes);
  }
  unsigned byte(std::size_t i) const {
    return i < size() ? static_cast<unsigned char>(text_[i]) : 0;
  }
  std::uint32_t BigEndian32(std::size_t i) const {
    return byte(i) << 24 | byte(i + 1) << 16 | byte(i + 2) << 8 | byte(i + 3);
  }

 private:
  std::string_view text_;
};

// A PNG that has an acTL chunk before its first IDAT is animated (the APNG specification).
Format SniffPng(const Head& head) {
  std::size_t at = 8;
  while (at + 8 <= head.size() && !head.Has(at + 4, "IDAT"sv)) {
    if (head.Has(at + 4, "acTL"sv)) return Format::kApng;
    at += std::size_t{12} + head.BigEndian32(at);
  }
  return Format::kPng;
}

Format SniffRiff(const Head& head) {
  if (head.Has(8, "WEBP"sv)) return Format::kWebp;
  if (head.Has(8, "AVI "sv) || head.Has(8, "AVIX"sv) || head.Has(8, "AMV "sv)) return Format::kAvi;
  if (head.Has(8, "WAVE"sv)) return Format::kWav;
  if (head.Has(8, "RMID"sv)) return Format::kMidi;
  return Format::kUnknown;
}

// The brands of an ISO base media file: major first, then the compatible ones.
Format SniffFtyp(const Head& head) {
  const std::size_t end = std::min<std::size_t>(head.size(), head.BigEndian32(0));
  bool picture = false, avif = false;
  for (std::size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
    const std::string_view brand = head.text().substr(at, 4);
    if (at == 8) {
      if (brand == "avis") return Format::kAvifSequence;
      if (brand == "avif") return Format::kAvif;
      if (brand == "heic" || brand == "heix" || brand == "heim" || brand == "heis" ||
          brand == "hevc" || brand == "hevx" || brand == "hevm" || brand == "hevs") {
        return Format::kHeic;
      }
      if (brand == "crx ") return Format::kCameraRaw;
      if (brand == "jp2 " || brand == "jpx ") return Format::kJpeg2000;
      if (brand == "M4A " || brand == "M4B " || brand == "M4P ") return Format::kAac;
      if (brand != "mif1" && brand != "msf1" && brand != "miaf") return Format::kMp4;
      picture = true;
    }
    avif |= brand == "avif" || brand == "avis";
  }
  if (!picture) return Format::kUnknown;
  return avif ? Format::kAvif : Format::kHeic;
}

bool IsIsoBox(const Head& head) {
  for (const auto type :
       {"moov"sv, "mdat"sv, "wide"sv, "free"sv, "skip"sv, "pnot"sv, "styp"sv, "moof"sv, "sidx"sv}) {
    if (head.Has(4, type)) return true;
  }
  return false;
}

// At least three packets of 188 bytes (192 with a time stamp before each, 204 with parity).
bool IsTransportStream(const Head& head) {
  for (const std::size_t step : {188u, 192u, 204u}) {
    const std::size_t first = step == 192 ? 4 : 0;
    if (head.size() > first + 2 * step && head.byte(first) == 0x47 &&
        head.byte(first + step) == 0x47 && head.byte(first + 2 * step) == 0x47) {
      return true;
    }
  }
  return false;
}

// A file header of 14 bytes and an info header of a known length.
bool IsBmp(const Head& head) {
  if (!head.Has(0, "BM"sv) || head.size() < 26) return false;
  const unsigned header = head.byte(14) | head.byte(15) << 8 | head.byte(16) << 16;
  return header == 12 || header == 16 || header == 40 || header == 52 || header == 56 ||
         header == 64 || header == 108 || header == 124;
}

// MPEG audio and ADTS start with a sync word of eleven or twelve bits.
Format SniffAudioSync(const Head& head) {
  if (head.byte(0) != 0xff || head.byte(1) >= 0xfe || head.size() < 4) return Format::kUnknown;
  if ((head.byte(1) & 0xf6) == 0xf0) return Format::kAac;
  const bool layer = (head.byte(1) & 0x06) != 0, rate = (head.byte(2) & 0xf0) != 0xf0;
  return (head.byte(1) & 0xe0) == 0xe0 && layer && rate ? Format::kMp3 : Format::kUnknown;
}

bool StartsWithoutCase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

Format SniffMarkup(std::string_view text) {
  const bool html = StartsWithoutCase(text, "<!doctype html") || StartsWithoutCase(text, "<html") ||
                    StartsWithoutCase(text, "<head") || StartsWithoutCase(text, "<body");
  if (html) return Format::kHtml;
  if (text.find("<svg") != text.npos || text.find(":svg") != text.npos) return Format::kSvg;
  if (text.find("<MPD") != text.npos || text.find("<smil") != text.npos) return Format::kPlaylist;
  if (text.find("<html") != text.npos) return Format::kHtml;
  return Format::kXml;
}

// Text of any 8-bit encoding, or UTF-16 with a mark: no control characters but white space.
Format SniffText(std::string_view text) {
  if (text.starts_with("\xff\xfe"sv) || text.starts_with("\xfe\xff"sv)) return Format::kText;
  if (text.starts_with("\xef\xbb\xbf"sv)) text.remove_prefix(3);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u >= 0x20 && u != 0x7f) || (u >= 0x07 && u <= 0x0d) || u == 0x1b;
  });
  if (!plain) return Format::kUnknown;
  const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(start);
  if (text.starts_with("#!")) return Format::kScript;
  if (text.starts_with("<")) return SniffMarkup(text);
  if (text.starts_with("#EXTM3U") || text.starts_with("ffconcat") ||
      text.starts_with("[playlist]")) {
    return Format::kPlaylist;
  }
  if (text.starts_with("v=0")) return Format::kSessionDescription;
  if (text.starts_with("#?RADIANCE")) return Format::kRadiance;
  if (text.starts_with("{") || text.starts_with("[")) return Format::kJson;
  return Format::kText;
}

bool IsNetpbm(const Head& head) {
  return head.byte(0) == 'P' && head.byte(1) >= '1' && head.byte(1) <= '7' &&
         (head.byte(2) == ' ' || (head.byte(2) >= '\t' && head.byte(2) <= '\r'));
}

}  // namespace

Format Sniff(std::span<const std::byte> bytes) {
  const Head head(bytes);
  if (head.size() == 0) return Format::kEmpty;
  if (head.Has(0, "\x89PNG\r\n\x1a\n"sv)) return SniffPng(head);
  if (head.Has(0, "RIFF"sv)) return SniffRiff(head);
  if (head.Has(4, "ftyp"sv)) return SniffFtyp(head);
  if (IsBmp(head)) return Format::kBmp;
  for (const Magic& magic : kMagics) {
    if (head.Has(magic.offset, magic.bytes)) return magic.format;
  }
  if (IsIsoBox(head)) return Format::kMp4;
  if (IsTransportStream(head)) return Format::kMpegTs;
  // A PDF may begin with up to 1,024 bytes of something else.
  if (head.text().substr(0, 1024).find("%PDF-") != std::string_view::npos) return Format::kPdf;
  if (head.Has(0, "MZ"sv) && head.size() > 64) return Format::kExecutable;
  if (IsNetpbm(head)) return Format::kNetpbm;
  if (head.text().find_first_not_of('\0') == std::string_view::npos) return Format::kZeros;
  if (head.Has(0, "#?RADIANCE"sv)) return Format::kRadiance;
  if (const Format audio = SniffAudioSync(head); audio != Format::kUnknown) return audio;
  return SniffText(head.text());
}

std::string_view FormatName(Format format) {
  return kEntries[static_cast<std::size_t>(format)].name;
}

Decoder DecoderOf(Format format) { return kEntries[static_cast<std::size_t>(format)].decoder; }

Result<void> CheckDecodable(Format format) {
  if (DecoderOf(format) != Decoder::kNone) return {};
  return Error{ErrorCode::kUnsupported,
               "seems to be " + std::string(FormatName(format)) + ", not a photo or video"};
}

}  // namespace jikimi::media
