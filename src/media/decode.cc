#include "media/decode.h"

#include <cstdint>
#include <string>
#include <vector>

#include "media/photo_decoder.h"
#include "media/video_decoder.h"

namespace jikimi::media {
namespace {

Result<void> CheckRequest(std::span<const std::byte> bytes, const DecodeRequest& request) {
  if (request.target_side < 0 || request.exact_width < 0 || request.exact_height < 0 ||
      (request.exact_width > 0) != (request.exact_height > 0) || request.frames.stride < 1 ||
      request.frames.interval_us < 0) {
    return Error{ErrorCode::kInvalidArgument, "a decode request with sizes or steps below zero"};
  }
  if (static_cast<std::int64_t>(bytes.size()) > request.limits.input_bytes) {
    return Error{ErrorCode::kResourceExhausted,
                 "has " + std::to_string(bytes.size()) + " bytes, over the limit of " +
                     std::to_string(request.limits.input_bytes) + " bytes"};
  }
  if (request.exact_width > 0) {
    TRY(CheckPictureSize(request.exact_width, request.exact_height, request.limits));
  }
  return {};
}

// Counts what passes through it.
class CountingOutput : public FrameOutput {
 public:
  CountingOutput(FrameOutput& output, const Limits& limits) : output_(output), limits_(limits) {}

  Result<std::uint8_t*> Reserve(int width, int height, Color color) override {
    written_ += std::int64_t{width} * height * static_cast<int>(color);
    if (written_ > limits_.output_bytes) {
      return Error{ErrorCode::kResourceExhausted, "decodes to more than the limit of " +
                                                      std::to_string(limits_.output_bytes) +
                                                      " bytes of pixels"};
    }
    return output_.Reserve(width, height, color);
  }
  Result<void> Finish(const FrameInfo& frame) override { return output_.Finish(frame); }

 private:
  FrameOutput& output_;
  const Limits& limits_;
  std::int64_t written_ = 0;
};

class SinkOutput : public FrameOutput {
 public:
  explicit SinkOutput(const FrameSink& sink) : sink_(sink) {}

  Result<std::uint8_t*> Reserve(int width, int height, Color color) override {
    const int channels = static_cast<int>(color);
    pixels_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                   static_cast<std::size_t>(channels));
    view_ = {pixels_.data(), width, height, channels, std::ptrdiff_t{width} * channels};
    return pixels_.data();
  }
  Result<void> Finish(const FrameInfo& frame) override { return sink_(view_, frame); }

 private:
  const FrameSink& sink_;
  std::vector<std::uint8_t> pixels_;
  PixelsView view_;
};

}  // namespace

Result<MediaInfo> DecodeHere(std::span<const std::byte> bytes, Format format,
                             const DecodeRequest& request, FrameOutput& output) {
  TRY(CheckDecodable(format));
  TRY(CheckRequest(bytes, request));
  CountingOutput counted(output, request.limits);
  if (DecoderOf(format) == Decoder::kLibav) return DecodeVideo(bytes, format, request, counted);
  TRY(StartVips());
  return DecodePhoto(bytes, format, request, counted);
}

Result<MediaInfo> DecodeHere(std::span<const std::byte> bytes, const DecodeRequest& request,
                             const FrameSink& sink) {
  SinkOutput output(sink);
  return DecodeHere(bytes, Sniff(bytes), request, output);
}

}  // namespace jikimi::media
