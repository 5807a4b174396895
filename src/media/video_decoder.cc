#include "media/video_decoder.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "media/demuxer.h"
#include "media/frame_converter.h"
#include "media/libav.h"
#include "media/sampling_plan.h"
#include "media/structure.h"

namespace jikimi::media {
namespace {

Result<Libav<AVCodecContext>> OpenDecoder(const AVCodec& codec, const AVCodecParameters* parameters,
                                          const Limits& limits) {
  Libav<AVCodecContext> context(avcodec_alloc_context3(&codec));
  if (context == nullptr) return OutOfMemory();
  if (parameters != nullptr && avcodec_parameters_to_context(context.get(), parameters) < 0) {
    return OutOfMemory();
  }
  context->thread_count = 1;
  context->max_pixels = limits.pixels;
  if (const int failed = avcodec_open2(context.get(), &codec, nullptr); failed < 0) {
    return Error{ErrorCode::kCorrupt,
                 std::string("its ") + codec.name + " decoder can't start: " + LibavText(failed)};
  }
  return context;
}

class VideoDecoder {
 public:
  VideoDecoder(Demuxer demuxer, Format format, const DecodeRequest& request, FrameOutput& output)
      : demuxer_(std::move(demuxer)),
        request_(request),
        output_(output),
        selector_(request.frames),
        converter_(request, demuxer_.orientation()) {
    const AVCodecParameters& parameters = *demuxer_.stream().codecpar;
    const bool animation = format == Format::kApng || format == Format::kAvifSequence;
    info_.kind = animation ? MediaKind::kAnimation : MediaKind::kVideo;
    info_.format = FormatName(format);
    if (format == Format::kUnknown) info_.format = demuxer_.codec().name;
    info_.orientation = demuxer_.orientation();
    info_.width = parameters.width;
    info_.height = parameters.height;
    if (SwapsSides(info_.orientation)) std::swap(info_.width, info_.height);
    info_.frame_rate = demuxer_.frame_rate();
  }

  void Follow(std::optional<SamplingPlan> plan) { plan_ = std::move(plan); }

  Result<MediaInfo> Decode() {
    if (info_.width <= 0 || info_.height <= 0) {
      return Error{ErrorCode::kCorrupt, info_.format +
                                            ": its size can't be found, or is far over " +
                                            std::to_string(request_.limits.pixels) + " pixels"};
    }
    TRY(CheckPictureSize(info_.width, info_.height, request_.limits));
    decoder_ = TRY(OpenDecoder(demuxer_.codec(), demuxer_.stream().codecpar, request_.limits));
    packet_.reset(av_packet_alloc());
    frame_.reset(av_frame_alloc());
    if (packet_ == nullptr || frame_ == nullptr) return OutOfMemory();

    std::optional<Error> broken;
    for (std::int64_t i = 0;; ++i) {
      const auto more = demuxer_.Read(*packet_);
      if (!more.has_value()) broken = more.error();
      if (!more.has_value() || !*more) break;
      if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) broken = CutOff();
      if (plan_.has_value() && !TRY(StartStep(i))) continue;
      TRY(Send(packet_.get()));
    }
    TRY(Send(nullptr));
    if (broken.has_value()) {
      broken->message += " (after " + std::to_string(decoded_) + " frames)";
      return *std::move(broken);
    }
    if (decoded_ == 0) return Error{ErrorCode::kCorrupt, info_.format + ": no frame of it decodes"};
    if (plan_.has_value()) {
      info_.frames = plan_->frames();
      const std::int64_t last = plan_->time_us(plan_->frames() - 1) - plan_->time_us(0);
      info_.duration_us = last + FrameTime();
    } else {
      info_.frames = decoded_;
      info_.duration_us = last_us_ + FrameTime();
    }
    return std::move(info_);
  }

 private:
  static Error CutOff() { return Error{ErrorCode::kCorrupt, "is cut off"}; }

  // Prepares the decoder for packet i; false if the packet is not needed. Beyond the plan (the
  // container gave fewer packets the first time) nothing is.
  Result<bool> StartStep(std::int64_t i) {
    if (i >= plan_->packets()) return false;
    const SamplingPlan::Step step = plan_->step(i);
    if (step == SamplingPlan::Step::kDrop) return false;
    if (plan_->StartsAfresh(i)) {
      TRY(Send(nullptr));
      avcodec_flush_buffers(decoder_.get());
    }
    decoder_->skip_frame = step == SamplingPlan::Step::kShow ? AVDISCARD_DEFAULT : AVDISCARD_NONREF;
    return true;
  }

  Result<void> Send(const AVPacket* packet) {
    // A packet that does not decode is damage that later key frames heal.
    const int sent = avcodec_send_packet(decoder_.get(), packet);
    if (sent == AVERROR(ENOMEM)) return OutOfMemory();
    while (true) {
      const int got = avcodec_receive_frame(decoder_.get(), frame_.get());
      if (got == AVERROR(ENOMEM)) return OutOfMemory();
      if (got < 0) return {};
      TRY(TakeFrame());
      av_frame_unref(frame_.get());
    }
  }

  Result<void> TakeFrame() {
    if (++decoded_ > request_.limits.frames) {
      return Error{ErrorCode::kResourceExhausted, "has more frames than the limit of " +
                                                      std::to_string(request_.limits.frames) +
                                                      " frames"};
    }
    if (frame_->pkt_duration > 0) frame_us_ = demuxer_.ToMicroseconds(frame_->pkt_duration);
    if (plan_.has_value()) {
      if (frame_->pts == AV_NOPTS_VALUE) return {};
      const auto number = plan_->Take(demuxer_.ToMicroseconds(frame_->pts));
      if (!number.has_value()) return {};
      const std::int64_t time_us = plan_->time_us(*number) - plan_->time_us(0);
      return converter_.Emit(*frame_, {.number = *number, .time_us = time_us}, output_);
    }
    const FrameInfo info = {.number = decoded_ - 1, .time_us = NextTime()};
    if (!selector_.Take(info.number, info.time_us)) return {};
    return converter_.Emit(*frame_, info, output_);
  }

  // The frame's time from the first frame; where the file has none or goes back, one frame's time
  // after the last.
  std::int64_t NextTime() {
    std::int64_t time_us = last_us_ + (decoded_ > 1 ? FrameTime() : 0);
    if (frame_->best_effort_timestamp != AV_NOPTS_VALUE) {
      const std::int64_t stated = demuxer_.ToMicroseconds(frame_->best_effort_timestamp);
      if (!first_us_.has_value()) first_us_ = stated - time_us;
      if (stated - *first_us_ >= last_us_) time_us = stated - *first_us_;
    }
    last_us_ = time_us;
    return time_us;
  }

  // How long a frame is shown, as far as anything says so.
  std::int64_t FrameTime() const {
    if (frame_us_ > 0) return frame_us_;
    return info_.frame_rate > 0 ? static_cast<std::int64_t>(1e6 / info_.frame_rate) : 0;
  }

  Demuxer demuxer_;
  const DecodeRequest& request_;
  FrameOutput& output_;
  FrameSelector selector_;
  FrameConverter converter_;
  std::optional<SamplingPlan> plan_;
  MediaInfo info_;
  Libav<AVCodecContext> decoder_;
  Libav<AVPacket> packet_;
  Libav<AVFrame> frame_;
  std::int64_t decoded_ = 0;
  std::int64_t frame_us_ = 0;
  std::int64_t last_us_ = 0;
  std::optional<std::int64_t> first_us_;
};

// The size in a BMP's header, so that too large a one is called that and not damaged.
Result<void> CheckBmpSize(std::span<const std::byte> bytes, const Limits& limits) {
  ByteReader header(bytes.subspan(std::min<std::size_t>(bytes.size(), 14)));
  if (TRY(header.Take<std::uint32_t>()) == 12) {
    const auto width = TRY(header.Take<std::uint16_t>());
    return CheckPictureSize(width, TRY(header.Take<std::uint16_t>()), limits);
  }
  const std::int64_t width = TRY(header.Take<std::int32_t>());
  const std::int64_t height = TRY(header.Take<std::int32_t>());
  return CheckPictureSize(width, height < 0 ? -height : height, limits);  // < 0: top row first
}

Result<MediaInfo> DecodeBmp(std::span<const std::byte> bytes, const DecodeRequest& request,
                            FrameOutput& output) {
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_BMP);
  TRY(CheckBmpSize(bytes, request.limits));
  if (codec == nullptr) return Error{ErrorCode::kUnsupported, "BMP: there is no decoder for it"};
  const auto decoder = TRY(OpenDecoder(*codec, nullptr, request.limits));
  const Libav<AVPacket> packet(av_packet_alloc());
  const Libav<AVFrame> frame(av_frame_alloc());
  if (packet == nullptr || frame == nullptr) return OutOfMemory();
  if (bytes.size() > static_cast<std::size_t>(INT_MAX) - AV_INPUT_BUFFER_PADDING_SIZE ||
      av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) {
    return OutOfMemory();
  }
  std::memcpy(packet->data, bytes.data(), bytes.size());
  int failed = avcodec_send_packet(decoder.get(), packet.get());
  if (failed >= 0) failed = avcodec_receive_frame(decoder.get(), frame.get());
  if (failed < 0) return Error{ErrorCode::kCorrupt, "BMP: " + LibavText(failed)};
  MediaInfo info;
  info.kind = MediaKind::kPhoto;
  info.format = FormatName(Format::kBmp);
  info.width = frame->width;
  info.height = frame->height;
  info.frames = 1;
  DecodeRequest picture = request;
  picture.exact_width = picture.exact_height = 0;
  TRY(FrameConverter(picture, Orientation::kAsIs).Emit(*frame, {}, output));
  return info;
}

bool WantsAll(const FrameSelection& frames) {
  return frames.interval_us <= 0 && frames.stride <= 1;
}

// An animation is composed frame upon frame and ignores an exact size; its own limit is on frames.
DecodeRequest ForAnimation(DecodeRequest request) {
  request.exact_width = request.exact_height = 0;
  request.limits.frames = std::min(request.limits.frames, request.limits.animation_frames);
  return request;
}

}  // namespace

Result<MediaInfo> DecodeVideo(std::span<const std::byte> bytes, Format format,
                              const DecodeRequest& asked, FrameOutput& output) {
  av_log_set_level(AV_LOG_QUIET);
  if (format == Format::kBmp) return DecodeBmp(bytes, asked, output);
  const bool animation = format == Format::kApng || format == Format::kAvifSequence;
  const DecodeRequest request = animation ? ForAnimation(asked) : asked;
  std::optional<SamplingPlan> plan;
  if (!WantsAll(request.frames)) {
    Demuxer demuxer = TRY(Demuxer::Open(bytes, format, request.limits));
    const auto packets = TRY(demuxer.Index(request.limits));
    if (packets.has_value()) plan = SamplingPlan::Make(*packets, request.frames);
  }
  VideoDecoder decoder(TRY(Demuxer::Open(bytes, format, request.limits)), format, request, output);
  decoder.Follow(std::move(plan));
  auto info = decoder.Decode();
  if (info.has_value() && IsCutOff(format, bytes)) {
    return Error{ErrorCode::kCorrupt,
                 info->format + ": is cut off after " + std::to_string(info->frames) + " frames"};
  }
  return info;
}

}  // namespace jikimi::media
