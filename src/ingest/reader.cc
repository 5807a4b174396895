#include "ingest/reader.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/file.h"
#include "fingerprint/fingerprint_picture.h"
#include "fingerprint/video_fingerprinter.h"
#include "media/decoder_pool.h"
#include "media/sniff.h"

namespace jikimi::ingest {
namespace {

using fingerprint::Fingerprint;
using fingerprint::FingerprintPicture;
using fingerprint::KeyFrameRule;
using fingerprint::Kind;
using fingerprint::VideoFingerprinter;
using fingerprint::VideoOptions;

// Pictures are fingerprinted at this size or up to twice it: patches are looked for on a plane of
// about a third of a megapixel, and PDQ's own is smaller still.
constexpr int kTargetSide = 800;  // pixels

// More than this from a pipe is refused: it is held in memory.
constexpr std::uint64_t kMaxStreamBytes = std::uint64_t{2} << 30;

constexpr int kMaxAnimationPictures = 64;
constexpr std::int64_t kWordEvery_us = 1'000'000;

// Whether the format is of pictures that may have several frames: each that looks different counts.
bool MayBeAnimation(media::Format format) {
  switch (format) {
    case media::Format::kGif:
    case media::Format::kWebp:
    case media::Format::kTiff:
    case media::Format::kApng:
    case media::Format::kPng:
    case media::Format::kHeic:
    case media::Format::kAvif:
    case media::Format::kAvifSequence:
    case media::Format::kJxl:
      return true;
    default:
      return false;
  }
}

bool DecodesAsPicture(media::Format format) {
  return MayBeAnimation(format) || media::DecoderOf(format) == media::Decoder::kVips ||
         format == media::Format::kBmp;
}

VideoOptions VideoOptionsFor(media::Format format, const ReaderOptions& options) {
  VideoOptions video{.word_every_us = kWordEvery_us};
  if (options.every_frame) video.word_every_us = 0;
  if (options.words_only) video.max_key_frames = 0;
  if (MayBeAnimation(format)) {
    video.rule = KeyFrameRule::kByChange;
    video.max_key_frames = kMaxAnimationPictures;
  }
  return video;
}

media::DecodeRequest RequestFor(media::Format format, const ReaderOptions& options) {
  media::DecodeRequest request;
  // A video's frames come as large as they are: its words are those that others make of them. They
  // are made of luma, which a video keeps apart.
  if (DecodesAsPicture(format)) {
    request.target_side = kTargetSide;
  } else {
    request.color = media::Color::kLuma;
  }
  if (!options.every_frame && !MayBeAnimation(format)) {
    static_assert(kWordEvery_us == VideoFingerprinter::kLookEvery_us);
    request.frames = media::FrameSelection::EveryMicroseconds(kWordEvery_us);
  }
  return request;
}

// Moves sizes and places from the pixels of a shrunk picture to those of the whole one.
void ScaleTo(int width, int height, fingerprint::PictureFingerprint& print) {
  if (print.width <= 0 || print.height <= 0 || width <= 0 || height <= 0) return;
  const float across = static_cast<float>(width) / static_cast<float>(print.width);
  const float down = static_cast<float>(height) / static_cast<float>(print.height);
  for (fingerprint::Patch& patch : print.patches) {
    patch.x *= across;
    patch.y *= down;
    patch.scale *= (across + down) / 2;
  }
  for (auto& inner : print.inner) {
    inner.region.x *= across;
    inner.region.width *= across;
    inner.region.y *= down;
    inner.region.height *= down;
  }
  print.width = width;
  print.height = height;
}

Pixels Copied(const PixelsView& view) {
  Pixels pixels(view.width, view.height, view.channels);
  for (int y = 0; y < view.height; ++y) std::copy_n(view.row(y), pixels.stride(), pixels.row(y));
  return pixels;
}

// Takes the frames of one file. Whether it is a photo, and how large it was before it was shrunk,
// stands only at the end, so the first frame is kept until a second one comes.
class Frames {
 public:
  explicit Frames(const VideoOptions& options) : video_(options) {}

  Result<void> See(const PixelsView& frame, const media::FrameInfo& info) {
    if (count_++ == 0) {
      first_ = Copied(frame);
      first_info_ = info;
      return {};
    }
    SeeFirst();
    SeeVideo(frame, info);
    return {};
  }

  // Sizes and places are those of the picture as shown, before it was shrunk.
  Fingerprint Take(const media::MediaInfo& info) && {
    Fingerprint print;
    if (info.kind == media::MediaKind::kPhoto && count_ == 1) {
      print.pictures.push_back(FingerprintPicture(
          first_.view(), {.full_width = info.width, .full_height = info.height}));
    } else {
      SeeFirst();
      print = video_.Take(info.duration_us);
    }
    if (info.kind != media::MediaKind::kVideo && !print.key_frames.empty()) {
      print = AsPictures(std::move(print));
    }
    for (auto& picture : print.pictures) ScaleTo(info.width, info.height, picture);
    for (auto& key_frame : print.key_frames) {
      ScaleTo(info.width, info.height, key_frame.picture);
    }
    return print;
  }

  int count() const { return count_; }

 private:
  static Fingerprint AsPictures(Fingerprint frames) {
    Fingerprint print;
    for (fingerprint::KeyFrame& key_frame : frames.key_frames) {
      print.pictures.push_back(std::move(key_frame.picture));
    }
    return print;
  }

  void SeeFirst() {
    if (first_.empty()) return;
    SeeVideo(first_.view(), first_info_);
    first_ = Pixels();
  }

  void SeeVideo(const PixelsView& frame, const media::FrameInfo& info) {
    video_.See(frame, static_cast<std::uint32_t>(info.number), info.time_us);
  }

  VideoFingerprinter video_;
  int count_ = 0;
  Pixels first_;
  media::FrameInfo first_info_;
};

Result<media::Format> SniffFile(const std::filesystem::path& path) {
  const FileDescriptor file = TRY(OpenRegularFile(path));
  std::vector<std::byte> head(media::kSniffBytes);
  const ssize_t got = pread(file.get(), head.data(), head.size(), 0);
  if (got < 0) return FileError(path, "read", errno);
  return media::Sniff(std::span(head).first(static_cast<std::size_t>(got)));
}

bool IsStandardInput(const std::filesystem::path& path) { return path == "-"; }

}  // namespace

Result<std::unique_ptr<Reader>> Reader::Create(const ReaderOptions& options) {
  media::PoolOptions pool_options;
  pool_options.workers = options.workers;
  auto pool = TRY(media::DecoderPool::Create(pool_options));
  return std::unique_ptr<Reader>(new Reader(std::move(pool), options));
}

Reader::Reader(std::unique_ptr<media::DecoderPool> pool, const ReaderOptions& options)
    : pool_(std::move(pool)), options_(options) {}

Reader::~Reader() = default;

Result<Reading> Reader::Read(const std::filesystem::path& path) const {
  std::vector<std::byte> piped;
  media::Format format = media::Format::kUnknown;
  if (IsStandardInput(path)) {
    piped = TRY(media::ReadStream(STDIN_FILENO, kMaxStreamBytes, "-"));
    format = media::Sniff(std::span(piped).first(std::min(piped.size(), media::kSniffBytes)));
  } else {
    format = TRY(SniffFile(path));
  }
  Frames frames(VideoOptionsFor(format, options_));
  const auto sink = [&](const PixelsView& frame, const media::FrameInfo& info) {
    return frames.See(frame, info);
  };
  const media::DecodeRequest request = RequestFor(format, options_);
  auto decoded = IsStandardInput(path) ? pool_->Decode(piped, request, sink)
                                       : pool_->DecodeFile(path, request, sink);
  if (!decoded.has_value()) {
    return IsStandardInput(path) ? Prefixed("-", std::move(decoded).error())
                                 : std::move(decoded).error();
  }
  if (frames.count() == 0) {
    return Error{ErrorCode::kCorrupt, Printable(path.native()) + ": holds no frame"};
  }
  return Reading{std::move(frames).Take(*decoded), media::MediaKindName(decoded->kind),
                 decoded->format, decoded->width, decoded->height};
}

Result<Pixels> Reader::Picture(const std::filesystem::path& path, std::int64_t time_us,
                               int target_side) const {
  constexpr std::int64_t kTolerance_us = 20'000;  // half a frame
  media::DecodeRequest request;
  request.target_side = target_side;
  Pixels shown;
  bool arrived = false;
  const auto sink = [&](const PixelsView& frame, const media::FrameInfo& info) -> Result<void> {
    shown = Copied(frame);
    arrived = info.time_us + kTolerance_us >= time_us;
    if (arrived) return Error{ErrorCode::kInterrupted, "that was the frame"};
    return {};
  };
  if (time_us <= 0) return TRY(pool_->DecodePhotoFile(path, request)).pixels;
  const auto decoded = pool_->DecodeFile(path, request, sink);
  if (!decoded.has_value() && !arrived) return decoded.error();
  return shown;
}

}  // namespace jikimi::ingest
