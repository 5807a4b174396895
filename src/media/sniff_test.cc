#include "media/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/bytes.h"
#include "base/random.h"

namespace jikimi::media {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;

struct Known {
  std::string_view name;
  std::string bytes;
  Format format;
};

std::string At(std::size_t offset, std::string_view bytes) {
  return std::string(offset, '\0') + std::string(bytes);
}

std::string Ftyp(std::string_view brands) {
  std::string box = "\0\0\0\0ftyp"s + std::string(brands);
  box[3] = static_cast<char>(box.size());
  return box + std::string(16, '\0');
}

std::string TransportStream(std::size_t step, std::size_t first) {
  std::string bytes(step * 4, 'x');
  for (std::size_t i = first; i < bytes.size(); i += step) bytes[i] = 0x47;
  return bytes;
}

const std::string kPngStart = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"s + std::string(17, '\x01');

const Known kKnown[] = {
    {"Empty", "", Format::kEmpty},
    {"OneZero", "\0"s, Format::kZeros},
    {"ManyZeros", std::string(5000, '\0'), Format::kZeros},
    {"Jpeg", "\xff\xd8\xff\xe0"s, Format::kJpeg},
    {"Png", kPngStart + "\0\0\0\0IDAT"s, Format::kPng},
    {"PngCutAfterSignature", "\x89PNG\r\n\x1a\n"s, Format::kPng},
    {"AnimatedPng", kPngStart + "\0\0\0\x08"s + "acTL12345678CCCC" + "\0\0\0\0IDAT"s,
     Format::kApng},
    {"AnimationAfterData", kPngStart + "\0\0\0\0IDATCCCC\0\0\0\x08"s + "acTL12345678CCCC",
     Format::kPng},
    {"PngWithEndlessChunk", kPngStart + "\xff\xff\xff\xffteSt"s, Format::kPng},
    {"Gif87", "GIF87a", Format::kGif},
    {"Gif89", "GIF89a", Format::kGif},
    {"Webp", "RIFF\x10\0\0\0WEBPVP8 "s, Format::kWebp},
    {"Avi", "RIFF\x10\0\0\0AVI LIST"s, Format::kAvi},
    {"Wav", "RIFF\x10\0\0\0WAVEfmt "s, Format::kWav},
    {"OtherRiff", "RIFF\x10\0\0\0ABCD"s, Format::kUnknown},
    {"TiffLittle", "II*\0\x08\0\0\0"s, Format::kTiff},
    {"TiffBig", "MM\0*\0\0\0\x08"s, Format::kTiff},
    {"BigTiff", "II+\0\x08\0\0\0"s, Format::kTiff},
    {"CanonRaw", "II*\0\x10\0\0\0CR\x02\0"s, Format::kCameraRaw},
    {"Heic", Ftyp("heic\0\0\0\0mif1heic"sv), Format::kHeic},
    {"HeicByCompatibleBrand", Ftyp("mif1\0\0\0\0mif1heic"sv), Format::kHeic},
    {"Avif", Ftyp("avif\0\0\0\0mif1miaf"sv), Format::kAvif},
    {"AvifByCompatibleBrand", Ftyp("mif1\0\0\0\0avifmiaf"sv), Format::kAvif},
    {"AvifSequence", Ftyp("avis\0\0\0\0msf1"sv), Format::kAvifSequence},
    {"Mp4", Ftyp("isom\0\0\2\0isomiso2"sv), Format::kMp4},
    {"QuickTime", Ftyp("qt  \0\0\0\0qt  "sv), Format::kMp4},
    {"OldQuickTime", "\0\0\0\x08wide\0\0\0\0mdat"s, Format::kMp4},
    {"M4a", Ftyp("M4A \0\0\0\0"sv), Format::kAac},
    {"CanonCr3", Ftyp("crx \0\0\0\0"sv), Format::kCameraRaw},
    {"FtypOfNoLength", "\0\0\0\0ftyp"s, Format::kUnknown},
    {"JxlBare", "\xff\x0a\x00"s, Format::kJxl},
    {"JxlBoxed", "\0\0\0\x0cJXL \r\n\x87\n"s, Format::kJxl},
    {"Bmp", "BM" + At(12, "\x28\0\0\0"sv) + std::string(20, '\0'), Format::kBmp},
    {"TextThatBeginsLikeBmp", "BMW makes cars and motorcycles, mostly.", Format::kText},
    {"Matroska", "\x1a\x45\xdf\xa3"s, Format::kMatroska},
    {"Asf", "\x30\x26\xb2\x75\x8e\x66\xcf\x11"s, Format::kAsf},
    {"Flv", "FLV\x01\x05"s, Format::kFlv},
    {"Ts188", TransportStream(188, 0), Format::kMpegTs},
    {"Ts192", TransportStream(192, 4), Format::kMpegTs},
    {"Ts204", TransportStream(204, 0), Format::kMpegTs},
    {"MpegPs", "\0\0\x01\xba\x44"s, Format::kMpegPs},
    {"MpegVideo", "\0\0\x01\xb3\x14"s, Format::kMpegVideo},
    {"Ogg", "OggS\0\x02"s, Format::kOgg},
    {"Mxf", "\x06\x0e\x2b\x34\x02\x05\x01\x01"s, Format::kMxf},
    {"RealMedia", ".RMF\0"s, Format::kRealMedia},
    {"Ivf", "DKIF\0\0"s, Format::kIvf},
    {"Y4m", "YUV4MPEG2 W4 H4", Format::kY4m},
    {"Nut", "nut/multimedia container\0"s, Format::kNut},
    {"H264IsLeftToLibav", "\0\0\0\x01\x67\x64"s, Format::kUnknown},
    {"Text", "hello\nworld\n", Format::kText},
    {"KoreanText", "지킴이는 지켜보는 사람", Format::kText},
    {"Utf16Text", "\xff\xfeh\0i\0"s, Format::kText},
    {"Html", "  <!DOCTYPE HTML><html>", Format::kHtml},
    {"Xml", "<?xml version='1.0'?><a/>", Format::kXml},
    {"Svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", Format::kSvg},
    {"SvgAfterProlog", "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg/>", Format::kSvg},
    {"Dash", "<?xml version='1.0'?><MPD></MPD>", Format::kPlaylist},
    {"Hls", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", Format::kPlaylist},
    {"Concat", "ffconcat version 1.0\nfile /etc/passwd\n", Format::kPlaylist},
    {"Sdp", "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", Format::kSessionDescription},
    {"Json", "{\"a\": 1}", Format::kJson},
    {"Script", "#!/bin/sh\n", Format::kScript},
    {"Pdf", "%PDF-1.7\n\xe2\xe3\xcf\xd3"s, Format::kPdf},
    {"PdfAfterJunk", "\x01\x02\x03%PDF-1.4"s, Format::kPdf},
    {"PostScript", "%!PS-Adobe-3.0\n", Format::kPostScript},
    {"Rtf", "{\\rtf1}", Format::kRtf},
    {"Zip", "PK\x03\x04"s, Format::kZip},
    {"Gzip", "\x1f\x8b\x08"s, Format::kGzip},
    {"Bzip2", "BZh91AY", Format::kBzip2},
    {"Xz",
     "\xfd"
     "7zXZ\0"s,
     Format::kXz},
    {"Zstd", "\x28\xb5\x2f\xfd"s, Format::kZstd},
    {"SevenZip", "7z\xbc\xaf\x27\x1c"s, Format::kSevenZip},
    {"Rar", "Rar!\x1a\x07\x01\0"s, Format::kRar},
    {"Tar", std::string(257, 'a') + "ustar\0"s, Format::kTar},
    {"OldOffice", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"s, Format::kOfficeDocument},
    {"Sqlite", "SQLite format 3\0"s, Format::kSqlite},
    {"Elf",
     "\x7f"
     "ELF\x02"s,
     Format::kExecutable},
    {"WindowsProgram", "MZ\x90\0"s + std::string(80, '\0'), Format::kExecutable},
    {"Wasm", "\0asm\x01\0\0\0"s, Format::kWasm},
    {"Mp3WithTags", "ID3\x04"s, Format::kMp3},
    {"Mp3", "\xff\xfb\x90\x64"s, Format::kMp3},
    {"Adts", "\xff\xf1\x50\x80"s, Format::kAac},
    {"Flac", "fLaC\0"s, Format::kFlac},
    {"Midi", "MThd\0\0\0\x06"s, Format::kMidi},
    {"Amr", "#!AMR\n", Format::kAmr},
    {"Aiff", "FORM\0\0\0\0AIFF"s, Format::kAiff},
    {"Photoshop", "8BPS\0\x01"s, Format::kPhotoshop},
    {"Icon", "\0\0\x01\0\x01\0"s, Format::kIcon},
    {"Jpeg2000", "\0\0\0\x0cjP  \r\n\x87\n"s, Format::kJpeg2000},
    {"Jpeg2000Stream", "\xff\x4f\xff\x51"s, Format::kJpeg2000},
    {"OpenExr", "\x76\x2f\x31\x01"s, Format::kOpenExr},
    {"Radiance", "#?RADIANCE\n", Format::kRadiance},
    {"Netpbm", "P6\n4 4\n255\n", Format::kNetpbm},
    {"Djvu", "AT&TFORM", Format::kDjvu},
    {"Fits", "SIMPLE  =", Format::kFits},
    {"Dds", "DDS |", Format::kDds},
    {"Qoi", "qoif\0\0"s, Format::kQoi},
    {"Font", "wOF2", Format::kFont},
    {"Flash", "CWS\x0a"s, Format::kSwf},
    {"Noise", "\x01\x9a\x02\xf3\x00\x11"s, Format::kUnknown},
};

class SniffKnownTest : public testing::TestWithParam<Known> {};

TEST_P(SniffKnownTest, IsNamedByItsBytes) {
  EXPECT_EQ(FormatName(Sniff(AsBytes(GetParam().bytes))), FormatName(GetParam().format));
}
INSTANTIATE_TEST_SUITE_P(, SniffKnownTest, testing::ValuesIn(kKnown),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(SniffTest, EveryFormatHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i < kFormats; ++i) {
    const std::string_view name = FormatName(static_cast<Format>(i));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(SniffTest, RefusalSaysWhatTheFileSeemsToBe) {
  const auto svg = CheckDecodable(Sniff(AsBytes("<svg/>")));
  ASSERT_FALSE(svg.has_value());
  EXPECT_EQ(svg.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(svg.error().message, "seems to be an SVG drawing, not a photo or video");
  EXPECT_TRUE(CheckDecodable(Format::kJpeg).has_value());
  EXPECT_TRUE(CheckDecodable(Format::kUnknown).has_value());
}

TEST(SniffTest, NeverReadsBeyondCutOrRandomBytes) {
  SplitMix64 random(7);
  for (const Known& known : kKnown) {
    for (std::size_t size = 0; size <= std::min<std::size_t>(known.bytes.size(), 600); ++size) {
      std::string cut = known.bytes.substr(0, size);
      cut.shrink_to_fit();
      EXPECT_LT(static_cast<int>(Sniff(AsBytes(cut))), kFormats);
      if (cut.empty()) continue;
      cut[random.Below(static_cast<std::uint32_t>(size))] = static_cast<char>(random.Next());
      EXPECT_LT(static_cast<int>(Sniff(AsBytes(cut))), kFormats);
    }
  }
}

}  // namespace
}  // namespace jikimi::media
