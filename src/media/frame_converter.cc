#include "media/frame_converter.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace jikimi::media {
namespace {

// SWS_AREA is what the vPDQ reference asks for. Its published hashes come from swscale's portable
// code; on x86 only SWS_ACCURATE_RND gives the same pixels (all but 0.5 bits of a frame's hash,
// where the fast assembler is 21 bits off on dark frames).
constexpr int kScaling = SWS_AREA | SWS_ACCURATE_RND;

// Formats whose first plane is 8-bit luma, a byte a pixel.
bool HasLumaPlane(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format == nullptr) return false;
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL |
                                   AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                                   AV_PIX_FMT_FLAG_ALPHA;
  return (format->flags & kOther) == 0 && format->comp[0].plane == 0 &&
         format->comp[0].depth == 8 && format->comp[0].step == 1 && format->comp[0].offset == 0;
}

// What ExactLuma takes.
bool IsYuv420(const AVFrame& frame) {
  return (frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P) &&
         frame.width % 2 == 0 && frame.height % 2 == 0;
}

Yuv420View ViewOf(const AVFrame& frame) {
  return {.y = frame.data[0],
          .u = frame.data[1],
          .v = frame.data[2],
          .y_stride = frame.linesize[0],
          .u_stride = frame.linesize[1],
          .v_stride = frame.linesize[2],
          .width = frame.width,
          .height = frame.height,
          .full_range = frame.format == AV_PIX_FMT_YUVJ420P};
}

bool IsFullRange(const AVFrame& frame) {
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ411P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_GRAY8:
      return true;
    default:
      return frame.color_range == AVCOL_RANGE_JPEG;
  }
}

std::array<std::uint8_t, 256> RangeTable(bool full_range) {
  std::array<std::uint8_t, 256> table = {};
  for (int y = 0; y < 256; ++y) {
    const int expanded = full_range ? y : std::clamp(((y - 16) * 255 + 109) / 219, 0, 255);
    table[static_cast<std::size_t>(y)] = static_cast<std::uint8_t>(expanded);
  }
  return table;
}

// One row that is the mean of `shrink` x `shrink` boxes of `rows`.
void ShrinkRows(const std::uint8_t* rows, std::ptrdiff_t stride, int shrink, int width,
                std::vector<std::uint32_t>& sums, std::uint8_t* out) {
  const auto columns = static_cast<std::size_t>(width) * static_cast<std::size_t>(shrink);
  sums.assign(columns, 0);
  for (int y = 0; y < shrink; ++y, rows += stride) {
    for (std::size_t x = 0; x < columns; ++x) sums[x] += rows[x];
  }
  const auto area = static_cast<std::uint32_t>(shrink * shrink);
  const std::uint32_t* from = sums.data();
  for (int x = 0; x < width; ++x, from += shrink) {
    std::uint32_t sum = area / 2;
    for (int i = 0; i < shrink; ++i) sum += from[i];
    out[x] = static_cast<std::uint8_t>(sum / area);
  }
}

void LayOnWhite(const std::uint8_t* rgba, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, rgba += 4, rgb += 3) {
    const unsigned alpha = rgba[3];
    for (int c = 0; c < 3; ++c) {
      rgb[c] = static_cast<std::uint8_t>((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
}

}  // namespace

FrameConverter::FrameConverter(const DecodeRequest& request, Orientation orientation)
    : request_(request), orientation_(orientation) {
  if (request.facing == Facing::kAsStored || request.exact_width > 0) {
    orientation_ = Orientation::kAsIs;
  }
}

Result<void> FrameConverter::Emit(const AVFrame& frame, const FrameInfo& info,
                                  FrameOutput& output) {
  TRY(CheckPictureSize(frame.width, frame.height, request_.limits));
  if (request_.exact_width > 0) {
    TRY(EmitScaled(frame, request_.exact_width, request_.exact_height, output));
  } else {
    const int shrink = std::min(
        {ShrinkFactor(frame.width, frame.height, request_.target_side), frame.width, frame.height});
    const bool luma = request_.color == Color::kLuma;
    if (luma && shrink == 1 && IsYuv420(frame)) {
      TRY(EmitExactLuma(frame, output));
    } else if (luma && shrink > 1 && shrink < 4096 && HasLumaPlane(frame)) {
      TRY(EmitShrunkLuma(frame, shrink, output));
    } else {
      TRY(EmitScaled(frame, frame.width / shrink, frame.height / shrink, output));
    }
  }
  return output.Finish(info);
}

Result<std::uint8_t*> FrameConverter::Reserve(int width, int height, FrameOutput& output) {
  if (SwapsSides(orientation_)) std::swap(width, height);
  return output.Reserve(width, height, request_.color);
}

void FrameConverter::PutRow(const std::uint8_t* row, int y, int width, int height,
                            std::uint8_t* shown) const {
  TurnRows(row, 0, y, 1, width, height, static_cast<int>(request_.color), orientation_, shown);
}

Result<void> FrameConverter::EmitExactLuma(const AVFrame& frame, FrameOutput& output) {
  std::uint8_t* shown = TRY(Reserve(frame.width, frame.height, output));
  const Yuv420View view = ViewOf(frame);
  row_.resize(static_cast<std::size_t>(frame.width));
  rounder_.Begin(frame.width);
  for (int y = 0; y < frame.height; ++y) {
    rounder_.Round(luma_.RowOf(view, y), row_.data());
    PutRow(row_.data(), y, frame.width, frame.height, shown);
  }
  return {};
}

Result<void> FrameConverter::EmitShrunkLuma(const AVFrame& frame, int shrink, FrameOutput& output) {
  const int width = frame.width / shrink, height = frame.height / shrink;
  std::uint8_t* shown = TRY(Reserve(width, height, output));
  const auto table = RangeTable(IsFullRange(frame));
  row_.resize(static_cast<std::size_t>(width));
  for (int y = 0; y < height; ++y) {
    ShrinkRows(frame.data[0] + std::ptrdiff_t{y} * shrink * frame.linesize[0], frame.linesize[0],
               shrink, width, sums_, row_.data());
    for (std::uint8_t& luma : row_) luma = table[luma];
    PutRow(row_.data(), y, width, height, shown);
  }
  return {};
}

Result<void> FrameConverter::EmitScaled(const AVFrame& frame, int width, int height,
                                        FrameOutput& output) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* described = av_pix_fmt_desc_get(format);
  if (described == nullptr) return Error{ErrorCode::kCorrupt, "a frame has no pixel format"};
  const bool alpha = (described->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 || format == AV_PIX_FMT_PAL8;
  const AVPixelFormat wanted = alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
  scaler_.reset(sws_getCachedContext(scaler_.release(), frame.width, frame.height, format, width,
                                     height, wanted, kScaling, nullptr, nullptr, nullptr));
  if (scaler_ == nullptr) {
    return Error{ErrorCode::kUnsupported, std::string("pixels of format ") + described->name};
  }
  // A frame of libav's own: its rows are aligned and padded, as swscale's fast paths need.
  if (scaled_ == nullptr || scaled_->width != width || scaled_->height != height ||
      scaled_->format != wanted) {
    scaled_.reset(av_frame_alloc());
    if (scaled_ == nullptr) return OutOfMemory();
    scaled_->width = width;
    scaled_->height = height;
    scaled_->format = wanted;
    if (av_frame_get_buffer(scaled_.get(), 0) < 0) return OutOfMemory();
  }
  if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, scaled_->data,
                scaled_->linesize) != height) {
    return Error{ErrorCode::kInternal, "a frame could not be scaled"};
  }
  std::uint8_t* shown = TRY(Reserve(width, height, output));
  row_.resize(static_cast<std::size_t>(width) * 4);
  std::uint8_t* luma = row_.data() + static_cast<std::size_t>(width) * 3;
  rounder_.Begin(width);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = scaled_->data[0] + std::ptrdiff_t{y} * scaled_->linesize[0];
    if (alpha) {
      LayOnWhite(row, width, row_.data());
      row = row_.data();
    }
    if (request_.color == Color::kLuma) {
      rounder_.Round(luma_.RowOfRgb(row, width), luma);
      row = luma;
    }
    PutRow(row, y, width, height, shown);
  }
  return {};
}

}  // namespace jikimi::media
