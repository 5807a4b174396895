#include "media/demuxer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "media/frame_output.h"

namespace jikimi::media {
namespace {

constexpr int kIoBufferBytes = 64 << 10;
constexpr std::size_t kProbeBytes = 1 << 20;

const char* DemuxerName(Format format) {
  switch (format) {
    case Format::kApng:
      return "apng";
    case Format::kAvifSequence:
    case Format::kMp4:
      return "mov";
    case Format::kMatroska:
      return "matroska";
    case Format::kAvi:
      return "avi";
    case Format::kAsf:
      return "asf";
    case Format::kFlv:
      return "flv";
    case Format::kMpegTs:
      return "mpegts";
    case Format::kMpegPs:
      return "mpeg";
    case Format::kMpegVideo:
      return "mpegvideo";
    case Format::kOgg:
      return "ogg";
    case Format::kMxf:
      return "mxf";
    case Format::kRealMedia:
      return "rm";
    case Format::kIvf:
      return "ivf";
    case Format::kY4m:
      return "yuv4mpegpipe";
    case Format::kNut:
      return "nut";
    case Format::kDv:
      return "dv";
    default:
      return nullptr;
  }
}

// Demuxers that bytes of no known format may be given to: video, self-contained.
constexpr std::string_view kProbed[] = {
    "mpegts", "mpeg",    "mpegvideo", "h264",      "hevc",   "m4v",         "obu",   "av1",
    "vc1",    "vc1test", "avs",       "avs2",      "avs3",   "cavsvideo",   "dirac", "h261",
    "h263",   "mjpeg",   "dv",        "gxf",       "wtv",    "nsv",         "nuv",   "pva",
    "roq",    "smk",     "bink",      "film_cpk",  "flic",   "vivo",        "thp",   "xmv",
    "4xm",    "ea",      "ipmovie",   "wc3movie",  "wsvqa",  "mv",          "mvi",   "mtv",
    "rpl",    "smjpeg",  "dhav",      "kux",       "lmlm4",  "pmp",         "r3d",   "ivr",
    "dxa",    "cdxl",    "anm",       "filmstrip", "moflex", "bethsoftvid", "idcin", "tmv",
};

const AVInputFormat* Probe(std::span<const std::byte> bytes) {
  const std::size_t size = std::min(bytes.size(), kProbeBytes);
  std::vector<unsigned char> head(size + AVPROBE_PADDING_SIZE);
  std::memcpy(head.data(), bytes.data(), size);
  AVProbeData data = {};
  data.filename = "";
  data.buf = head.data();
  data.buf_size = static_cast<int>(size);
  int score = 0;
  const AVInputFormat* found = av_probe_input_format3(&data, 1, &score);
  if (found == nullptr || score <= AVPROBE_SCORE_RETRY) return nullptr;
  const bool known =
      std::find(std::begin(kProbed), std::end(kProbed), found->name) != std::end(kProbed);
  return known ? found : nullptr;
}

int RefuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

// Codecs whose every packet is one frame, and whose key packets are marked truly.
bool CanPlan(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_MJPEG:
    case AV_CODEC_ID_PRORES:
    case AV_CODEC_ID_DNXHD:
      return true;
    default:
      return false;
  }
}

struct FreeDictionaries {
  std::vector<AVDictionary*> dictionaries;
  ~FreeDictionaries() {
    for (AVDictionary*& dictionary : dictionaries) av_dict_free(&dictionary);
  }
};

}  // namespace

int Demuxer::ReadBytes(void* opaque, std::uint8_t* buffer, int size) {
  Input& input = *static_cast<Input*>(opaque);
  const auto left = static_cast<std::int64_t>(input.bytes.size()) - input.position;
  if (left <= 0) return AVERROR_EOF;
  const int count = static_cast<int>(std::min<std::int64_t>(left, size));
  std::memcpy(buffer, input.bytes.data() + input.position, static_cast<std::size_t>(count));
  input.position += count;
  return count;
}

std::int64_t Demuxer::Seek(void* opaque, std::int64_t offset, int whence) {
  Input& input = *static_cast<Input*>(opaque);
  const auto size = static_cast<std::int64_t>(input.bytes.size());
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      if (__builtin_add_overflow(offset, input.position, &offset)) return AVERROR(EINVAL);
      break;
    case SEEK_END:
      if (__builtin_add_overflow(offset, size, &offset)) return AVERROR(EINVAL);
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  input.position = offset;
  return offset;
}

Result<Demuxer> Demuxer::Open(std::span<const std::byte> bytes, Format format,
                              const Limits& limits) {
  const char* name = DemuxerName(format);
  const AVInputFormat* input_format = name != nullptr ? av_find_input_format(name) : Probe(bytes);
  if (input_format == nullptr) {
    return Error{ErrorCode::kUnsupported, "is of no photo or video format that is known"};
  }
  Demuxer demuxer;
  demuxer.input_ = std::make_unique<Input>(Input{bytes, 0});
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  if (buffer == nullptr) return OutOfMemory();
  demuxer.io_.reset(avio_alloc_context(buffer, kIoBufferBytes, 0, demuxer.input_.get(), ReadBytes,
                                       nullptr, Seek));
  AVFormatContext* context = avformat_alloc_context();
  if (demuxer.io_ == nullptr || context == nullptr) return OutOfMemory();
  context->pb = demuxer.io_.get();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = RefuseToOpen;
  context->protocol_whitelist = av_strdup("");
  context->max_streams = 64;
  // Frees the context when it fails.
  if (const int failed = avformat_open_input(&context, "", input_format, nullptr); failed < 0) {
    return Error{ErrorCode::kCorrupt,
                 std::string(FormatName(format)) + ": can't be opened: " + LibavText(failed)};
  }
  demuxer.context_.reset(context);

  // Looking for stream parameters decodes frames. Some sizes are only known by that, so the bound
  // is wider here: what is over the limit is then told from what is damaged.
  FreeDictionaries options;
  for (unsigned i = 0; i < context->nb_streams; ++i) {
    const AVCodecParameters& stated = *context->streams[i]->codecpar;
    if (stated.width > 0 && stated.height > 0) {
      TRY(CheckPictureSize(stated.width, stated.height, limits));
    }
    options.dictionaries.push_back(nullptr);
    av_dict_set_int(&options.dictionaries.back(), "max_pixels", limits.pixels * 4, 0);
    if (context->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      context->streams[i]->discard = AVDISCARD_ALL;
    }
  }
  if (const int failed = avformat_find_stream_info(context, options.dictionaries.data());
      failed < 0) {
    return Error{ErrorCode::kCorrupt,
                 std::string(FormatName(format)) + ": its streams: " + LibavText(failed)};
  }
  TRY(demuxer.ChooseStream());
  return demuxer;
}

Result<void> Demuxer::ChooseStream() {
  const auto area = [this](unsigned i) {
    const AVCodecParameters& codec = *context_->streams[i]->codecpar;
    return std::int64_t{codec.width} * codec.height;
  };
  bool video = false;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    const AVStream& stream = *context_->streams[i];
    constexpr int kStill = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_VIDEO || (stream.disposition & kStill) != 0) {
      continue;
    }
    video = true;
    const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
    if (codec == nullptr) continue;
    const bool better =
        codec_ == nullptr || area(i) > area(stream_) ||
        (area(i) == area(stream_) && (stream.disposition & AV_DISPOSITION_DEFAULT) != 0 &&
         (this->stream().disposition & AV_DISPOSITION_DEFAULT) == 0);
    if (!better) continue;
    stream_ = i;
    codec_ = codec;
  }
  if (!video) return Error{ErrorCode::kUnsupported, "holds no video, only sound or other data"};
  if (codec_ == nullptr) {
    return Error{ErrorCode::kUnsupported, "its video is of a kind that there is no decoder for"};
  }
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    context_->streams[i]->discard = i == stream_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  return {};
}

Orientation Demuxer::orientation() const {
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream(), AV_PKT_DATA_DISPLAYMATRIX, &size);
  std::array<std::int32_t, 9> matrix;
  if (data == nullptr || size < sizeof matrix) return Orientation::kAsIs;
  std::memcpy(matrix.data(), data, sizeof matrix);
  return OrientationFromMatrix(matrix);
}

double Demuxer::frame_rate() const {
  for (const AVRational rate : {stream().avg_frame_rate, stream().r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0) return av_q2d(rate);
  }
  return 0;
}

Result<bool> Demuxer::Read(AVPacket& packet) {
  while (true) {
    av_packet_unref(&packet);
    const int got = av_read_frame(context_.get(), &packet);
    if (got == AVERROR_EOF) return false;
    if (got < 0) return Error{ErrorCode::kCorrupt, "breaks off: " + LibavText(got)};
    if (packet.stream_index == static_cast<int>(stream_)) return true;
  }
}

Result<std::optional<std::vector<PacketEntry>>> Demuxer::Index(const Limits& limits) {
  using Entries = std::optional<std::vector<PacketEntry>>;
  const AVFieldOrder order = stream().codecpar->field_order;
  const bool fields = order != AV_FIELD_PROGRESSIVE && order != AV_FIELD_UNKNOWN;
  if (!CanPlan(stream().codecpar->codec_id) || fields) return Entries();
  const Libav<AVPacket> packet(av_packet_alloc());
  if (packet == nullptr) return OutOfMemory();
  std::vector<PacketEntry> entries;
  while (true) {
    auto more = Read(*packet);
    if (!more.has_value() || !*more) break;  // decoding comes upon the damage again, and says so
    if (packet->pts == AV_NOPTS_VALUE) return Entries();
    if (static_cast<std::int64_t>(entries.size()) >= limits.frames) return Entries();
    entries.push_back({.time_us = ToMicroseconds(packet->pts),
                       .key = (packet->flags & AV_PKT_FLAG_KEY) != 0,
                       .shown = (packet->flags & AV_PKT_FLAG_DISCARD) == 0});
  }
  return Entries(std::move(entries));
}

}  // namespace jikimi::media
