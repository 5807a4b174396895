#include "media/samples.h"

#include <vips/vips.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "media/libav.h"
#include "media/photo_decoder.h"

namespace jikimi::media::samples {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
using Image = std::unique_ptr<VipsImage, Unref>;

Image FromPixels(const Pixels& pixels) {
  CHECK(StartVips().has_value());
  VipsImage* image =
      vips_image_new_from_memory_copy(pixels.bytes().data(), pixels.bytes().size(), pixels.width(),
                                      pixels.height(), pixels.channels(), VIPS_FORMAT_UCHAR);
  CHECK(image != nullptr);
  VipsImage* typed = nullptr;
  CHECK(vips_copy(image, &typed, "interpretation",
                  pixels.channels() == 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W,
                  nullptr) == 0);
  g_object_unref(image);
  return Image(typed);
}

template <typename Operation>
Image Made(const Image& image, Operation operation) {
  VipsImage* out = nullptr;
  CHECK(operation(image.get(), &out) == 0);
  return Image(out);
}

Image Converted(const Image& image, const std::string& interpretation) {
  VipsInterpretation space = VIPS_INTERPRETATION_B_W;
  if (interpretation == "cmyk") {
    return Made(image, [](VipsImage* in, VipsImage** out) {
      return vips_icc_transform(in, out, "cmyk", "input_profile", "srgb", nullptr);
    });
  }
  if (interpretation == "rgb16") space = VIPS_INTERPRETATION_RGB16;
  if (interpretation == "grey16") space = VIPS_INTERPRETATION_GREY16;
  return Made(image, [space](VipsImage* in, VipsImage** out) {
    return vips_colourspace(in, out, space, nullptr);
  });
}

Image Animated(const Image& image, int pages, int delay_ms) {
  const Image mirror = Made(image, [](VipsImage* in, VipsImage** out) {
    return vips_flip(in, out, VIPS_DIRECTION_HORIZONTAL, nullptr);
  });
  std::vector<VipsImage*> frames;
  for (int i = 0; i < pages; ++i) frames.push_back(i % 2 == 0 ? image.get() : mirror.get());
  VipsImage* out = nullptr;
  CHECK(vips_arrayjoin(frames.data(), &out, pages, "across", 1, nullptr) == 0);
  Image joined(out);
  Image copy = Made(joined, [](VipsImage* in, VipsImage** o) { return vips_copy(in, o, nullptr); });
  vips_image_set_int(copy.get(), VIPS_META_PAGE_HEIGHT, image->Ysize);
  const std::vector<int> delays(static_cast<std::size_t>(pages), delay_ms);
  vips_image_set_array_int(copy.get(), "delay", delays.data(), pages);
  return copy;
}

void PutPngChunk(const char* type, const Bytes& body, Bytes& png) {
  const auto put = [&png](std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
      png.push_back(static_cast<std::byte>(value >> shift));
  };
  put(static_cast<std::uint32_t>(body.size()));
  const std::size_t start = png.size();
  for (int i = 0; i < 4; ++i) png.push_back(static_cast<std::byte>(type[i]));
  png.insert(png.end(), body.begin(), body.end());
  const auto* from = reinterpret_cast<const Bytef*>(png.data() + start);
  put(static_cast<std::uint32_t>(crc32(0, from, static_cast<uInt>(png.size() - start))));
}

struct MemoryFile {
  Bytes bytes;
  std::size_t position = 0;
};

int WriteMemory(void* opaque, std::uint8_t* data, int size) {
  MemoryFile& file = *static_cast<MemoryFile*>(opaque);
  const auto count = static_cast<std::size_t>(size);
  file.bytes.resize(std::max(file.bytes.size(), file.position + count));
  std::memcpy(file.bytes.data() + file.position, data, count);
  file.position += count;
  return size;
}

std::int64_t SeekMemory(void* opaque, std::int64_t offset, int whence) {
  MemoryFile& file = *static_cast<MemoryFile*>(opaque);
  if (whence == AVSEEK_SIZE) return static_cast<std::int64_t>(file.bytes.size());
  if (whence == SEEK_CUR) offset += static_cast<std::int64_t>(file.position);
  if (whence == SEEK_END) offset += static_cast<std::int64_t>(file.bytes.size());
  file.position = static_cast<std::size_t>(offset);
  return offset;
}

// One encoder and its place in a container.
struct Track {
  Libav<AVCodecContext> encoder;
  AVStream* stream = nullptr;
};

Track AddTrack(AVFormatContext* muxer, const VideoOptions& options, int width, int height) {
  Track track;
  const AVCodec* codec = avcodec_find_encoder_by_name(options.codec.c_str());
  CHECK(codec != nullptr);
  track.encoder.reset(avcodec_alloc_context3(codec));
  AVCodecContext& encoder = *track.encoder;
  encoder.width = width;
  encoder.height = height;
  encoder.time_base = options.times.empty() ? AVRational{1, options.fps} : AVRational{1, 1000};
  encoder.framerate = AVRational{options.fps, 1};
  encoder.pix_fmt = codec->pix_fmts != nullptr ? codec->pix_fmts[0] : AV_PIX_FMT_YUV420P;
  encoder.gop_size = options.gop;
  encoder.max_b_frames = options.b_frames;
  encoder.bit_rate = 2'000'000;
  encoder.thread_count = 1;
  encoder.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  if ((muxer->oformat->flags & AVFMT_GLOBALHEADER) != 0) {
    encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  CHECK(avcodec_open2(&encoder, codec, nullptr) == 0);
  track.stream = avformat_new_stream(muxer, nullptr);
  track.stream->time_base = encoder.time_base;
  track.stream->avg_frame_rate = encoder.framerate;
  CHECK(avcodec_parameters_from_context(track.stream->codecpar, &encoder) == 0);
  return track;
}

Pixels VideoFrame(int width, int height, int frame) {
  Pixels pixels = Scene(width, height);
  const auto level = static_cast<std::uint8_t>(Level(frame));
  for (int y = height / 4; y < height * 3 / 4; ++y) {
    std::fill_n(pixels.row(y) + 3 * (width / 4), 3 * (width / 2), level);
  }
  return pixels;
}

void WritePackets(AVFormatContext* muxer, Track& track, const AVFrame* frame) {
  CHECK(avcodec_send_frame(track.encoder.get(), frame) == 0);
  const Libav<AVPacket> packet(av_packet_alloc());
  while (avcodec_receive_packet(track.encoder.get(), packet.get()) == 0) {
    av_packet_rescale_ts(packet.get(), track.encoder->time_base, track.stream->time_base);
    packet->stream_index = track.stream->index;
    CHECK(av_interleaved_write_frame(muxer, packet.get()) == 0);
  }
}

void EncodeFrame(AVFormatContext* muxer, Track& track, const VideoOptions& options, int i) {
  const AVCodecContext& encoder = *track.encoder;
  const Pixels pixels = VideoFrame(encoder.width, encoder.height, i);
  const Libav<AVFrame> frame(av_frame_alloc());
  frame->width = encoder.width;
  frame->height = encoder.height;
  frame->format = encoder.pix_fmt;
  CHECK(av_frame_get_buffer(frame.get(), 0) == 0);
  const Libav<SwsContext> scaler(sws_getContext(encoder.width, encoder.height, AV_PIX_FMT_RGB24,
                                                encoder.width, encoder.height, encoder.pix_fmt,
                                                SWS_BICUBIC, nullptr, nullptr, nullptr));
  const std::uint8_t* source[] = {pixels.bytes().data()};
  const int stride[] = {static_cast<int>(pixels.stride())};
  sws_scale(scaler.get(), source, stride, 0, encoder.height, frame->data, frame->linesize);
  frame->pts = options.times.empty() ? i : options.times[static_cast<std::size_t>(i)];
  WritePackets(muxer, track, frame.get());
}

void AddCover(AVFormatContext* muxer) {
  AVStream* cover = avformat_new_stream(muxer, nullptr);
  cover->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  cover->codecpar->codec_id = AV_CODEC_ID_PNG;
  cover->codecpar->width = 640;
  cover->codecpar->height = 640;
  cover->disposition = AV_DISPOSITION_ATTACHED_PIC;
}

void WriteCover(AVFormatContext* muxer, int index) {
  const Bytes png = Picture(Scene(640, 640), {.suffix = ".png"});
  const Libav<AVPacket> packet(av_packet_alloc());
  CHECK(av_new_packet(packet.get(), static_cast<int>(png.size())) == 0);
  std::memcpy(packet->data, png.data(), png.size());
  packet->stream_index = index;
  packet->flags = AV_PKT_FLAG_KEY;
  packet->pts = packet->dts = 0;
  CHECK(av_interleaved_write_frame(muxer, packet.get()) == 0);
}

}  // namespace

Pixels Scene(int width, int height) {
  Pixels pixels(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = pixels.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(40 + 170 * x / width);
      pixel[1] = static_cast<std::uint8_t>(40 + 170 * y / height);
      pixel[2] = static_cast<std::uint8_t>(128 + 60 * std::sin(0.1 * (x + 2 * y)));
      const bool left = x < width / 4, right = x >= width - width / 4;
      const bool top = y < height / 4, bottom = y >= height - height / 4;
      if (!(left || right) || !(top || bottom)) continue;
      pixel[0] = (top && left) || (bottom && right) ? 250 : 5;
      pixel[1] = right ? 250 : 5;
      pixel[2] = bottom ? 250 : 5;
    }
  }
  return pixels;
}

Bytes Picture(const Pixels& pixels, const PictureOptions& options) {
  Image image = FromPixels(pixels);
  if (!options.interpretation.empty()) image = Converted(image, options.interpretation);
  if (options.alpha >= 0) {
    const double alpha = image->BandFmt == VIPS_FORMAT_USHORT ? options.alpha * 257 : options.alpha;
    image = Made(image, [alpha](VipsImage* in, VipsImage** out) {
      return vips_bandjoin_const1(in, out, alpha, nullptr);
    });
  }
  if (options.pages > 1) image = Animated(image, options.pages, options.delay_ms);
  if (options.orientation != 1) {
    image = Made(image, [](VipsImage* in, VipsImage** out) { return vips_copy(in, out, nullptr); });
    vips_image_set_int(image.get(), VIPS_META_ORIENTATION, options.orientation);
  }
  void* data = nullptr;
  std::size_t size = 0;
  CHECK(vips_image_write_to_buffer(image.get(), options.suffix.c_str(), &data, &size, nullptr) ==
        0);
  const auto* first = static_cast<const std::byte*>(data);
  Bytes bytes(first, first + size);
  g_free(data);
  if (options.orientation != 1 && options.suffix.starts_with(".png")) {
    const auto turn = static_cast<std::uint8_t>(options.orientation);
    Bytes exif;
    for (const int byte : std::initializer_list<int>{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0,
                                                     3, 0, 0, 0, 1, 0}) {
      exif.push_back(static_cast<std::byte>(byte));
    }
    for (const int byte : {int{turn}, 0, 0, 0, 0, 0, 0})
      exif.push_back(static_cast<std::byte>(byte));
    Bytes chunk;
    PutPngChunk("eXIf", exif, chunk);
    constexpr int kAfterHeader = 8 + 25;
    bytes.insert(bytes.begin() + kAfterHeader, chunk.begin(), chunk.end());
  }
  return bytes;
}

Bytes Bmp(const Pixels& pixels) {
  const auto width = static_cast<std::uint32_t>(pixels.width());
  const auto height = static_cast<std::uint32_t>(pixels.height());
  const std::uint32_t stride = (width * 3 + 3) / 4 * 4;
  Bytes bytes;
  const auto put = [&bytes](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  put('B' | 'M' << 8, 2);
  put(54 + stride * height, 4);
  put(0, 4);
  put(54, 4);
  put(40, 4);
  put(width, 4);
  put(height, 4);
  put(1 | 24 << 16, 4);
  for (int i = 0; i < 6; ++i) put(0, 4);
  for (int y = pixels.height() - 1; y >= 0; --y) {
    const std::uint8_t* row = pixels.row(y);
    for (std::uint32_t x = 0; x < width; ++x) {
      put(static_cast<std::uint32_t>(row[3 * x + 2] | row[3 * x + 1] << 8 | row[3 * x] << 16), 3);
    }
    put(0, static_cast<int>(stride - width * 3));
  }
  return bytes;
}

Bytes BombPng(int width, int height) {
  Bytes bytes;
  for (const int c : std::initializer_list<int>{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}) {
    bytes.push_back(static_cast<std::byte>(c));
  }
  Bytes header;
  for (const int side : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8)
      header.push_back(static_cast<std::byte>(side >> shift));
  }
  for (const int c : {1, 0, 0, 0, 0}) header.push_back(static_cast<std::byte>(c));  // 1-bit grey
  PutPngChunk("IHDR", header, bytes);
  const std::vector<Bytef> row(static_cast<std::size_t>(width) / 8 + 2);
  z_stream stream = {};
  CHECK(deflateInit(&stream, 9) == Z_OK);
  Bytes data(1 << 20);
  stream.next_out = reinterpret_cast<Bytef*>(data.data());
  stream.avail_out = static_cast<uInt>(data.size());
  for (int y = 0; y < height; ++y) {
    stream.next_in = const_cast<Bytef*>(row.data());
    stream.avail_in = static_cast<uInt>((width + 7) / 8 + 1);
    CHECK(deflate(&stream, y + 1 == height ? Z_FINISH : Z_NO_FLUSH) >= 0);
  }
  data.resize(stream.total_out);
  deflateEnd(&stream);
  PutPngChunk("IDAT", data, bytes);
  PutPngChunk("IEND", {}, bytes);
  return bytes;
}

int Level(std::int64_t frame) { return static_cast<int>(30 + (frame * 67) % kLevels * 10); }

std::int64_t FrameOfLevel(const PixelsView& view) {
  std::int64_t sum = 0, count = 0;
  for (int y = view.height * 3 / 8; y < view.height * 5 / 8; ++y) {
    for (int x = view.width * 3 / 8; x < view.width * 5 / 8; ++x, ++count) {
      sum += view.row(y)[x * view.channels];
    }
  }
  for (std::int64_t i = 0; i < kLevels; ++i) {
    if (std::abs(sum / count - Level(i)) <= 4) return i;
  }
  return -1;
}

Bytes Video(const VideoOptions& options) {
  av_log_set_level(AV_LOG_QUIET);
  AVFormatContext* muxer = nullptr;
  CHECK(avformat_alloc_output_context2(&muxer, nullptr, options.container.c_str(), nullptr) >= 0);
  MemoryFile file;
  const Libav<AVIOContext> io(avio_alloc_context(static_cast<unsigned char*>(av_malloc(4096)), 4096,
                                                 1, &file, nullptr, WriteMemory, SeekMemory));
  muxer->pb = io.get();
  std::vector<Track> tracks;
  if (options.small_stream_first) {
    tracks.push_back(AddTrack(muxer, options, options.width / 2, options.height / 2));
  }
  tracks.push_back(AddTrack(muxer, options, options.width, options.height));
  if (options.rotation != 0) {
    std::uint8_t* matrix = av_stream_new_side_data(tracks.back().stream, AV_PKT_DATA_DISPLAYMATRIX,
                                                   9 * sizeof(std::int32_t));
    CHECK(matrix != nullptr);
    av_display_rotation_set(reinterpret_cast<std::int32_t*>(matrix), options.rotation);
  }
  if (options.cover_art) AddCover(muxer);
  CHECK(avformat_write_header(muxer, nullptr) >= 0);
  for (int i = 0; i < options.frames; ++i) {
    for (Track& track : tracks) EncodeFrame(muxer, track, options, i);
  }
  for (Track& track : tracks) WritePackets(muxer, track, nullptr);
  if (options.cover_art) WriteCover(muxer, static_cast<int>(tracks.size()));
  CHECK(av_write_trailer(muxer) == 0);
  avio_flush(muxer->pb);
  avformat_free_context(muxer);
  return std::move(file.bytes);
}

}  // namespace jikimi::media::samples
